"""What a member names as seen he has verified, and he keeps the note that proves it."""

from contextlib import closing

import pytest

from federation.home import Home
from federation.witness.halt import found_split
from ledger.changeset import Seen
from ledger.checkpoint import verify_checkpoint
from ledger.operation import Profile
from ledger.proof.fork import parse_fork, verify_fork
from ledger.store.database import Role, open_database
from ledger.store.journal import KeptCheckpoint
from ledger.store.meta import ValueStore
from ledger.store.witnessed import WitnessedStore
from tests.support.hamlet import offline, refresh, signed
from tests.support.prompt import Cli
from tests.support.township import Town
from tests.support.vandal import opened


def kept(home: Home, town: Town) -> KeptCheckpoint | None:
    """Return the note that a home keeps of what it vouched for."""
    with closing(open_database(home.outgoing, Role.MEMBER, write=False)) as own:
        return WitnessedStore(own).newest(town.key)


def test_the_newest_verified_checkpoint_is_named_and_its_note_kept(
    cli: Cli, home: Home, town: Town
) -> None:
    for amount in ("1", "2"):
        town.merge(town.pay("bert", "carla", 5))
        refresh(home, town)
        assert cli("pay", "bert", amount, *offline(home)).code == 0
        seen = signed(home)[0].change_set.change_set.seen
        assert (seen.size, seen.root) == (town.state.tree.size, town.state.tree.root)
        note = kept(home, town)
        assert note is not None
        assert (note.size, note.root) == (seen.size, seen.root)
        assert verify_checkpoint(town.key, note.note).root == seen.root


def test_a_checkpoint_that_does_not_hold_is_not_named(cli: Cli, home: Home) -> None:
    with opened(home.ledger) as vandal:
        vandal.execute("UPDATE checkpoint SET root = zeroblob(32)")
    said = cli("pay", "bert", "1", *offline(home))
    assert (said.code, "commontab verify" in said.err) == (4, True)
    assert signed(home) == []


@pytest.mark.parametrize("more", [0, 2], ids=["of the same size", "of a larger size"])
def test_another_history_after_one_was_vouched_for_is_proven_by_the_kept_note(
    cli: Cli, home: Home, town: Town, more: int
) -> None:
    town.merge(town.pay("bert", "carla", 5))
    refresh(home, town)
    assert cli("pay", "bert", "1", *offline(home)).code == 0
    size = town.state.tree.size
    for path in home.path.glob("ledger.db*"):
        path.unlink()
    other = Town("anna", "bert", "carla")
    other.merge(other.pay("bert", "carla", 6))
    for _ in range(more):
        other.merge(other.pay("carla", "bert", 1))
    refresh(home, other)
    said = cli("pay", "bert", "2", *offline(home))
    assert (said.code, "SplitView" in said.err) == (1, True)
    assert len(signed(home)) == 1
    proof = parse_fork((home.evidence / "split-view.proof").read_bytes())
    proven = verify_fork(town.key, proof)
    assert proven.what == ("prefix" if more else "size")
    assert size in {proven.first.size, proven.second.size}
    with closing(open_database(home.outgoing, Role.MEMBER, write=False)) as own:
        assert found_split(ValueStore(own)) is not None


def test_whoever_is_refused_for_what_he_has_seen_is_told_by_everybodys_verify(
    cli: Cli, home: Home, town: Town
) -> None:
    other = Town("anna", "bert", "carla")
    other.merge(other.pay("carla", "bert", 7))
    tree = other.state.tree
    town.merge(town.pay("carla", "bert", 5))
    town.merge(town["bert"].sign(Profile("Bert"), seen=Seen(tree.size, tree.root)))
    refresh(home, town)
    held = cli("verify", "--home", home.path, "--json").held
    assert held["ok"] is True
    assert held["refusals_recomputed"] == 1
    (claim,) = held["seen_elsewhere"]
    assert (claim["key"], claim["size"]) == (town["bert"].key.hex(), tree.size)
    assert claim["root"] == tree.root.hex()
    assert "another history" in cli("verify", "--home", home.path).out
