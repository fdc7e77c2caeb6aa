"""What the manager's commands say of witnesses and of a split view."""

from contextlib import closing
from pathlib import Path

from federation.witness.halt import go_on, halt
from ledger.store.database import Role, open_database
from ledger.store.meta import ValueStore
from tests.support.council import Council
from tests.support.township import START


def test_a_split_view_ends_status_with_1_and_names_the_evidence(council: Council) -> None:
    council.do("open", "--unit", "EUR")
    with closing(open_database(council.home.ledger, Role.MANAGER, write=True)) as database:
        halt(ValueStore(database), Path("/somewhere/split-view.proof"), START)
        halt(ValueStore(database), Path("/later"), START + 1)
    said = council.cli("status", "--home", council.home.path)
    assert said.code == 1
    assert "/somewhere/split-view.proof" in said.err
    assert "SPLIT VIEW" in said.out
    held = council.cli("status", "--home", council.home.path, "--json").held
    assert held["split_view"]["confirmed"] is False
    ill = council.cli("doctor", "--home", council.home.path, "--json").held
    found = next(one for one in ill if one["what"] == "ledger")
    assert "--confirm-split-view" in found["step"]
    with closing(open_database(council.home.ledger, Role.MANAGER, write=True)) as database:
        go_on(ValueStore(database))
    assert "split view:" not in council.cli("status", "--home", council.home.path).err


def test_a_stopped_home_runs_no_cycle(council: Council) -> None:
    council.do("open", "--unit", "EUR")
    with closing(open_database(council.home.ledger, Role.MANAGER, write=True)) as database:
        halt(ValueStore(database), Path("/somewhere/split-view.proof"), START)
    said = council.cli("cycle", "--home", council.home.path)
    assert said.code == 1
    assert "--confirm-split-view" in said.err
