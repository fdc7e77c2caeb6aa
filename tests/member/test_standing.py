"""How sure something is, how new, and what is wrong: in words and as JSON."""

from contextlib import closing
from pathlib import Path

import pytest

from federation.home import Home
from federation.witness.confirmations import Confirmations
from federation.witness.halt import go_on, halt
from ledger.checkpoint import cosign, sign_checkpoint
from ledger.cosignature import KeptCosignature
from ledger.store.cosignature import CosignatureStore
from ledger.store.database import Database, Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.meta import ValueStore
from ledger.store.outgoing import OutgoingStore
from ledger.store.witnessed import Listed, Question, WitnessedStore
from member.standing import STALE_S, withheld
from tests.support.hamlet import offline, refresh, settle_in, signed
from tests.support.prompt import Cli
from tests.support.township import DAY_S, START, Town

ADA, BEN = b"\x0a" * 32, b"\x0b" * 32


@pytest.fixture
def old(tmp_path: Path) -> tuple[Home, Town]:
    """Give a home in a town whose people have been members for more than 30 days."""
    town = Town("anna", "bert", "carla")
    town.now = START + 31 * DAY_S
    town.merge(town.pay("bert", "anna", 1_234))
    return settle_in(tmp_path / "anna", town, "anna"), town


def hear(home: Home, town: Town, *names: str, time: int = START) -> None:
    """Let these people cosign the newest checkpoint, as the home heard it."""
    with closing(open_database(home.ledger, Role.REPLICA, write=True)) as database:
        store = JournalStore(database)
        state = store.load_state()
        size = state.tree.size
        checkpoint = sign_checkpoint(town.seed, size, state.tree.root)
        said = [
            KeptCosignature(
                town[name].key, size, time, cosign(town[name].seed, checkpoint, time).signature[8:]
            )
            for name in names
        ]
        assert Confirmations(store).take(said, state, time) == len(names)


def balance(cli: Cli, home: Home) -> tuple[dict[str, object], str]:
    return (
        cli("balance", "--home", home.path, "--json").held["ledger"],
        cli("balance", "--home", home.path).out,
    )


def test_two_of_three_old_members_make_it_final(cli: Cli, old: tuple[Home, Town]) -> None:
    home, town = old
    hear(home, town, "bert")
    stand, said = balance(cli, home)
    assert (stand["checked"], stand["of"], stand["final"]) == (1, 3, False)
    assert "checked by 1 of 3" in said
    hear(home, town, "carla")
    stand, said = balance(cli, home)
    assert (stand["checked"], stand["final"], stand["final_size"]) == (2, True, stand["size"])
    assert "; final." in said
    (entry,) = cli("history", "--home", home.path, "--json").held
    assert (entry["checked"], entry["final"]) == (2, True)
    assert "final" in cli("history", "--home", home.path).out
    assert "final" in cli("show", entry["id"], "--home", home.path).out


def test_the_profile_says_who_one_is_and_how_sure_that_is(cli: Cli, old: tuple[Home, Town]) -> None:
    home, town = old
    hear(home, town, "bert", "carla")
    held = cli("profile", "--home", home.path, "--json").held
    assert (held["handle"], held["name"], held["final"]) == ("anna", "Anna", True)
    said = cli("profile", "--home", home.path).out
    assert "anna: Anna, active" in said
    assert held["fingerprints"][0] in said
    assert "Your newest record is final." in said


def test_what_is_final_stays_final_when_a_witness_leaves(old: tuple[Home, Town]) -> None:
    home, town = old
    hear(home, town, "bert", "carla")
    size = town.state.tree.size
    with closing(open_database(home.ledger, Role.REPLICA, write=True)) as database:
        store = JournalStore(database)
        state = store.load_state()
        for name in ("bert", "carla"):
            account = state.accounts[town[name].id]
            state.accounts[account.id] = type(account)(
                account.id, account.handle, account.name, "closed", account.admitted,
                account.keys, account.balances, account.last_record,
            )  # fmt: skip
        confirmations = Confirmations(store)
        assert confirmations.take([], state, START) == 0
        assert Confirmations(store).final_size == size


def test_a_young_community_shows_the_count(cli: Cli, home: Home, town: Town) -> None:
    town.merge(town.pay("bert", "anna", 1_234))
    refresh(home, town)
    hear(home, town, "anna", "bert", "carla")
    stand, said = balance(cli, home)
    assert (stand["checked"], stand["of"], stand["final"]) == (3, 3, False)
    assert "checked by 3 of 3" in said


def test_the_outbox_says_how_sure_each_change_is(cli: Cli, home: Home, town: Town) -> None:
    for _ in range(2):
        cli("pay", "bert", "1", *offline(home))
    first, second = (one.change_set for one in reversed(signed(home)))
    town.merge(first)
    refresh(home, town)
    hear(home, town, "bert")
    with closing(open_database(home.outgoing, Role.MEMBER, write=True)) as own:
        OutgoingStore(own).settle(first.hash, "merged", 3)
        WitnessedStore(own).list_waiting(town["anna"].key, [second.hash], 1)
    newest, oldest = cli("outbox", "--home", home.path, "--json").held
    assert (oldest["checked"], oldest["of"], oldest["withheld"]) == (1, 3, False)
    assert (newest["checked"], newest["withheld"]) == (0, False)
    said = " ".join(cli("outbox", "--home", home.path).out.split())
    assert "merged in version 3, checked by 1 of 3" in said
    pass_over(home, town, town["anna"].key, second.hash)
    assert cli("outbox", "--home", home.path, "--json").held[0]["withheld"] is True
    assert "WITHHELD" in cli("outbox", "--home", home.path).out
    assert "a change of yours was passed over" in cli("balance", "--home", home.path).out


def pass_over(home: Home, town: Town, witness: bytes, change_set_hash: bytes) -> None:
    """Let three checkpoints pass in which somebody's listed change does not come."""
    with closing(open_database(home.outgoing, Role.MEMBER, write=True)) as own:
        store = WitnessedStore(own)
        store.list_waiting(witness, [change_set_hash], town.state.tree.size)
        for _ in range(3):
            town.merge(town.pay("carla", "bert", 1))
            refresh(home, town)
        store.list_waiting(witness, [change_set_hash], town.state.tree.size)


def test_what_others_wait_for_is_shown_too(cli: Cli, home: Home, town: Town) -> None:
    pass_over(home, town, town["bert"].key, b"\x07" * 32)
    stand, said = balance(cli, home)
    assert [(one["who"], one["own"]) for one in stand["withheld"]] == [("bert", False)]  # type: ignore[attr-defined]
    assert "bert says that a change of theirs was passed over" in said
    ill = [one for one in cli("doctor", "--home", home.path, "--json").held if not one["well"]]
    assert "1 changes of bert" in next(one["found"] for one in ill if one["what"] == "withheld")


@pytest.mark.parametrize(
    ("sizes", "found"),
    [
        pytest.param([10, 12, 14], False, id="only two passed"),
        pytest.param([10, 12, 14, 16], True, id="three passed"),
        pytest.param([12, 14, 18], False, id="one came after the newest word"),
        pytest.param([], False, id="none known"),
    ],
)
def test_three_checkpoints_after_the_first_make_it_withheld(
    sizes: list[int], *, found: bool
) -> None:
    one = Listed(ADA, BEN, 10, 16)
    assert withheld([one], sizes) == ([one] if found else [])


def test_a_ledger_that_nobody_confirmed_for_a_day_is_stale(
    cli: Cli, home: Home, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand, said = balance(cli, home)
    assert stand["stale"] is True
    assert "STALE" in said
    with closing(open_database(home.ledger, Role.REPLICA, write=True)) as database:
        add(database, town, "anna", START + 10 * STALE_S)
    assert balance(cli, home)[0]["confirmed"] == START
    with closing(open_database(home.ledger, Role.REPLICA, write=True)) as database:
        add(database, town, "bert", START + 10 * STALE_S)
    monkeypatch.setattr("time.time", lambda: START + 11 * STALE_S - 1)
    stand, said = balance(cli, home)
    assert (stand["stale"], stand["confirmed"]) == (False, START + 10 * STALE_S)
    assert "STALE" not in said


def add(database: Database, town: Town, name: str, time: int) -> None:
    kept = KeptCosignature(town[name].key, town.state.tree.size, time, bytes(64))
    CosignatureStore(database).add([kept], time)


def test_a_split_view_and_open_questions_are_said_aloud(cli: Cli, home: Home, town: Town) -> None:
    with closing(open_database(home.outgoing, Role.MEMBER, write=True)) as own:
        halt(ValueStore(own), Path("/somewhere/split-view.proof"), START)
        WitnessedStore(own).ask(Question(town["bert"].key, 99, bytes(32), b"note", START))
    stand, said = balance(cli, home)
    assert stand["split_view"] == {
        "time": START, "evidence": "/somewhere/split-view.proof", "confirmed": False,
    }  # fmt: skip
    assert "SPLIT VIEW" in said
    assert "bert was shown 99 records" in said
    ill = {one["what"] for one in cli("doctor", "--home", home.path, "--json").held
           if not one["well"]}  # fmt: skip
    assert {"split view", "open question"} <= ill
    refused = cli("sync", "--home", home.path)
    assert refused.code == 1
    assert "--confirm-split-view" in refused.err
    with closing(open_database(home.outgoing, Role.MEMBER, write=True)) as own:
        go_on(ValueStore(own))
    assert "you go on with yours" in balance(cli, home)[1]
