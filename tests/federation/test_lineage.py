"""From the key that is followed back to the one that a journal began under."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from federation.console.terminal import UsageInvalid
from federation.replica import Replica
from federation.snapshot import SnapshotFolder
from federation.succession.inheritance import inherit
from federation.succession.lineage import find_first_key
from ledger import crypto
from ledger.epoch import KeyChain
from ledger.errors import HistoryMismatch
from ledger.rule.successor import verify_successor
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.successor import Successor, propose_successor
from tests.support.succession import NEW, signed_beside, succeed
from tests.support.township import START, Town, seed_of

ALL = ("anna", "bert", "cleo")


def gone_on() -> Town:
    """Return a town with a payment before its succession and one after it."""
    town = Town(*ALL)
    town.merge(town.pay("anna", "bert", 700))
    succeed(town, *ALL)
    town.merge(town.pay("bert", "anna", 200))
    return town


TOWN = gone_on()
(FIRST,) = TOWN.state.former
SIZE = TOWN.state.successions[0].size


@contextmanager
def replica_of(path: Path, key: bytes) -> Iterator[Replica]:
    """Give an empty replica of a key's journal."""
    with closing(open_database(path / "ledger.db", Role.REPLICA, write=True)) as database:
        yield Replica(
            store=JournalStore.begin(database, key, FIRST),
            folder=SnapshotFolder(path, key),
            find_grant=lambda _grants, _known, _index: None,
            chain=KeyChain(),
            observe=lambda _replayed, _version: None,
        )


@pytest.mark.parametrize(
    ("records", "known", "followed", "first"),
    [
        pytest.param(TOWN.records, None, NEW, FIRST, id="from nothing over a succession"),
        pytest.param(TOWN.records[:SIZE], None, FIRST, FIRST, id="from nothing without one"),
        pytest.param(TOWN.records[SIZE:], FIRST, NEW, FIRST, id="from where the keys part"),
        pytest.param(TOWN.records[SIZE + 2 :], NEW, NEW, NEW, id="later"),
    ],
)
def test_replay_starts_with_the_key_that_leads_to_the_one_followed(
    records: list[bytes], known: bytes | None, followed: bytes, first: bytes
) -> None:
    assert find_first_key(lambda: iter(records), known, followed) == first


def test_several_successions_are_followed_back_to_the_first() -> None:
    town = gone_on()
    third_seed = seed_of("third community")
    third, tree = crypto.public_key(third_seed), town.state.tree
    made = Successor(NEW, third, tree.size, tree.root, START, "stolen")
    signed = signed_beside(town, propose_successor(third_seed, made), *ALL)
    town.merge(verify_successor(town.state, signed))
    assert find_first_key(lambda: iter(town.records), None, third) == FIRST
    with pytest.raises(HistoryMismatch, match="2 successions"):
        find_first_key(lambda: iter(town.records), None, NEW)


@pytest.mark.parametrize(
    ("records", "known", "followed"),
    [
        pytest.param(TOWN.records, None, bytes(32), id="another key than the last"),
        pytest.param(TOWN.records[SIZE:], bytes(32), NEW, id="from another key"),
        pytest.param(TOWN.records[:SIZE], FIRST, NEW, id="without the succession"),
        pytest.param(TOWN.records[SIZE:] * 2, FIRST, NEW, id="twice"),
    ],
)
def test_successions_that_lead_elsewhere_are_refused(
    records: list[bytes], known: bytes | None, followed: bytes
) -> None:
    with pytest.raises(HistoryMismatch, match="do not lead to the community's key"):
        find_first_key(lambda: iter(records), known, followed)


def test_a_journal_of_the_old_key_that_leaves_it_is_refused(tmp_path: Path) -> None:
    with replica_of(tmp_path, FIRST) as replica:
        replica.take_records(iter(TOWN.records[:SIZE]))
        with pytest.raises(HistoryMismatch, match=f"record {SIZE}: .* leaves it for"):
            replica.take_records(iter(TOWN.records[SIZE:]))
        assert (replica.size, replica.state.key) == (SIZE, FIRST)


def test_a_replica_of_the_new_key_goes_over_where_it_happened(tmp_path: Path) -> None:
    with replica_of(tmp_path, NEW) as replica:
        replica.take_records(iter(TOWN.records))
        assert replica.state.tree == TOWN.state.tree
        assert replica.state.key == NEW


def test_inherited_records_are_checked_and_kept(tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    with (
        replica_of(tmp_path, FIRST) as replica,
        closing(open_database(new / "ledger.db", Role.MANAGER, write=True)) as database,
    ):
        replica.take_records(iter(TOWN.records[:SIZE]))
        folder = SnapshotFolder(new, NEW)
        with pytest.raises(UsageInvalid, match=f"no merge ended at {SIZE - 1} records; the near"):
            inherit(replica.store, SIZE - 1, database, NEW, folder)
        with pytest.raises(UsageInvalid, match=f"got size 99; the journal here has {SIZE} records"):
            inherit(replica.store, 99, database, NEW, folder)
        state = inherit(replica.store, SIZE, database, NEW, folder)
        assert (state.key, state.tree.root) == (FIRST, replica.state.tree.root)
        assert list(JournalStore(database).records(0, SIZE)) == TOWN.records[:SIZE]
