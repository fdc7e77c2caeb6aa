"""The journal on disk is the state in memory, and the audit sees every change made behind it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection

from ledger.checkpoint import sign_checkpoint
from ledger.errors import HistoryMismatch, StoreDamaged, StoreMissing
from ledger.merkle import Frontier, leaf_hash
from ledger.outcome import Fate
from ledger.record import ChangeSetRecord, RefusalRecord, TransactionRecord
from ledger.state import State
from ledger.store.append import StoredMerge
from ledger.store.audit import audit
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.lookup import Lookup
from ledger.store.tree import grow
from tests.support.storage import StoredTown, open_manager, raw
from tests.support.vandal import drop_guards


@pytest.fixture
def town(tmp_path: Path) -> Iterator[StoredTown]:
    town = StoredTown(open_manager(tmp_path), "ada", "ben", "cem")
    town.live()
    yield town
    town.database.close()


def same(stored: State, present: State) -> bool:
    """Say whether two states are one, whatever their mappings are."""
    plain = (
        *("key", "community", "time", "accounts", "handles", "keys", "holds", "requests", "tree"),
        *("links", "transits", "linked_requests", "bills", "mandates", "names", "name_rules"),
        "filed",
    )
    maps = ("accounts_map", "keys_map", "names_map", "links_map")
    return (
        all(getattr(stored, name) == getattr(present, name) for name in plain)
        and all(getattr(stored, name).root == getattr(present, name).root for name in maps)
        and dict(stored.finished) == dict(present.finished)
        and dict(stored.past_bills) == dict(present.past_bills)
        and list(stored.attachments.items()) == list(present.attachments.items())
        and dict(stored.transactions) == dict(present.transactions)
        and dict(stored.history) == dict(present.history)
    )


def test_what_is_loaded_is_what_was_merged(town: StoredTown) -> None:
    assert town.state.holds
    assert town.state.requests
    assert any(one.reverted_by for one in town.state.transactions.values())
    assert same(town.journal.load_state(), town.state)


def test_merging_goes_on_from_what_was_loaded(town: StoredTown) -> None:
    town.state = town.journal.load_state()
    assert town.ask("ada", town.payment("cem", 7)).fate is Fate.MERGED
    assert town.ask("ada", town.payment("cem", 10**9)).fate is Fate.REFUSED
    assert same(town.journal.load_state(), town.state)
    assert town.state.tree.size in town.state.history
    assert len(town.state.history) == len(list(town.state.history))
    assert 10**9 not in town.state.history
    entry = next(iter(town.state.transactions))
    assert town.state.transactions[entry].id == entry
    assert bytes(16) not in town.state.transactions
    assert town.state.transactions.get(bytes(16)) is None


def test_an_empty_journal_is_an_empty_state(tmp_path: Path) -> None:
    store = JournalStore.begin(open_manager(tmp_path), bytes(32))
    assert same(store.load_state(), State(bytes(32)))
    assert store.tip().version == 0
    assert store.newest_checkpoint() is None
    assert audit(store).size == 0
    assert Lookup(store.database).community() is None
    store.database.close()


def test_many_merges_commit_as_one(town: StoredTown, tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "replica.db", Role.REPLICA, write=True)) as replica:
        copy = JournalStore.begin(replica, town.key)
        tip = copy.append(town.steps)
        assert tip == town.journal.tip()
        assert tip.version == len(town.steps)
        assert same(copy.load_state(), town.state)


def test_nothing_is_written_when_the_last_step_fails(town: StoredTown) -> None:
    before = town.journal.load_state()

    def stumble(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO meta VALUES ('half', x'01')")
        raise ZeroDivisionError

    town.extra = stumble
    with pytest.raises(ZeroDivisionError):
        town.merge(town.pay("ada", "ben", 5))
    assert same(town.journal.load_state(), before)
    with town.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT 1 FROM meta WHERE name = 'half'").first() is None
    assert audit(town.journal).size == before.tree.size


@pytest.mark.parametrize("first", [-1, 1])
def test_a_merge_that_does_not_continue_the_journal_is_not_written(
    town: StoredTown, first: int
) -> None:
    before = town.journal.load_state()
    merged = town.try_merge(town.pay("ada", "ben", 5))
    stored = [bytes(16) + body for body in merged.bodies]
    leaves = [leaf_hash(one) for one in stored]
    step = StoredMerge.of(merged, before.tree.size + first, stored, leaves)
    with pytest.raises(AssertionError):
        town.journal.append([step])
    assert same(town.journal.load_state(), before)


def test_records_and_leaves_come_back_byte_for_byte(town: StoredTown) -> None:
    size = len(town.records)
    assert list(town.journal.records(0, size)) == town.records
    assert list(town.journal.records(3, 7)) == town.records[3:7]
    assert list(town.journal.leaves(2, size)) == [leaf_hash(one) for one in town.records[2:]]
    with pytest.raises(StoreDamaged, match="not all there"):
        list(town.journal.records(0, size + 1))


def test_versions_count_merges(town: StoredTown) -> None:
    lookup, tip = Lookup(town.database), town.journal.tip()
    sizes = town.journal.batch_sizes(0, tip.tree.size)
    assert len(sizes) == tip.version
    assert lookup.version_at(0) == 1
    assert lookup.version_at(tip.tree.size - 1) == tip.version
    assert lookup.version_at(tip.tree.size) is None


def test_a_change_set_is_found_by_its_hash(town: StoredTown) -> None:
    lookup = Lookup(town.database)
    asked = town.pay("ada", "ben", 5)
    town.merge(asked)
    refused = town.pay("ada", "ben", 10**9)
    town.merge(refused)
    found, no = lookup.find_record(asked.hash), lookup.find_record(refused.hash)
    assert found is not None
    assert no is not None
    assert isinstance(found.record, ChangeSetRecord)
    assert found.record.body == asked.body
    assert isinstance(no.record, RefusalRecord)
    assert lookup.find_record(bytes(32)) is None
    assert lookup.record(10**6) is None


def test_a_transaction_is_found_by_the_beginning_of_its_id(town: StoredTown) -> None:
    lookup = Lookup(town.database)
    for entry, transaction in town.state.transactions.items():
        assert entry in lookup.find_transaction(entry.hex()[:8])
        assert lookup.find_transaction(entry.hex()) == [entry]
        assert lookup.transaction(entry) == transaction
    for nothing in ("", "xyz", "A", "0" * 32, "0" * 33, "%"):
        assert lookup.find_transaction(nothing) == []


def test_a_history_is_the_chain_of_an_account_s_records(town: StoredTown) -> None:
    lookup, ada = Lookup(town.database), town["ada"].id
    whole = lookup.history(ada, 100)
    indexes = [one.index for one in whole]
    assert indexes == sorted(indexes, reverse=True)
    moved = [
        one.index
        for one in whole
        if isinstance(one.record, TransactionRecord)
        and any(ada in (each.debit, each.credit) for each in one.record.transfers)
    ]
    assert len(moved) >= 5
    assert [one.index for one in lookup.history(ada, 2)] == indexes[:2]
    assert [one.index for one in lookup.history(ada, 2, before=indexes[1])] == indexes[2:4]
    assert lookup.history(bytes(16), 5) == []
    assert lookup.accounts() == town.state.accounts
    assert lookup.community() == town.state.community


def test_a_checkpoint_is_kept_once_and_only_for_the_journal_s_own_tree(town: StoredTown) -> None:
    store, tree = town.journal, town.journal.tip().tree
    note = sign_checkpoint(town.seed, tree.size, tree.root).note
    store.add_checkpoint(tree.size, tree.root, note)
    store.add_checkpoint(tree.size, tree.root, note)
    for size, root in ((tree.size, bytes(32)), (tree.size + 1, tree.root), (1, tree.root)):
        with pytest.raises(HistoryMismatch, match="nothing was signed"):
            store.add_checkpoint(size, root, note)
    kept = store.newest_checkpoint()
    assert kept is not None
    assert (kept.size, kept.root, kept.note) == (tree.size, tree.root, note)


def test_another_community_s_database_is_refused(town: StoredTown) -> None:
    assert JournalStore.begin(town.database, town.key).load_state().tree == town.state.tree
    with pytest.raises(HistoryMismatch, match="another --home"):
        JournalStore.begin(town.database, bytes(32))


def test_a_database_that_is_being_made_is_not_taken_for_a_damaged_one(tmp_path: Path) -> None:
    with closing(open_manager(tmp_path)) as database:
        with pytest.raises(StoreMissing, match="try again"):
            JournalStore(database)
        assert JournalStore.begin(database, bytes(32)).community_key == bytes(32)


def test_a_journal_that_does_not_say_whose_it_is_is_damaged(town: StoredTown) -> None:
    with closing(raw(town.database)) as vandal:
        drop_guards(vandal)
        vandal.execute("DELETE FROM meta WHERE name = 'community_key'")
    with pytest.raises(StoreDamaged, match="whose"):
        JournalStore(town.database)


def test_large_subtrees_are_kept_when_they_become_full() -> None:
    leaves = [leaf_hash(place.to_bytes(2)) for place in range(1_100)]
    tree, nodes, at = Frontier(), [], 0
    for step in (1, 255, 256, 300, 288):
        tree, full = grow(tree, leaves[at : at + step])
        nodes += full
        at += step
    assert tree == Frontier().append(leaves)
    assert [(one.level, one.position) for one in nodes] == [
        (8, 0), (8, 1), (9, 0), (8, 2), (8, 3), (9, 1), (10, 0)
    ]  # fmt: skip
    for one in nodes:
        width = 1 << one.level
        part = leaves[one.position * width : (one.position + 1) * width]
        assert one.hash == Frontier().append(part).root


def test_the_audit_confirms_a_sound_journal_and_tells_its_progress(town: StoredTown) -> None:
    tree = town.journal.tip().tree
    town.journal.add_checkpoint(
        tree.size, tree.root, sign_checkpoint(town.seed, tree.size, tree.root).note
    )
    told: list[tuple[int, int]] = []
    assert audit(town.journal, lambda done, end: told.append((done, end))).size == tree.size
    assert told[-1] == (tree.size, tree.size)


def test_the_audit_names_the_record_whose_bytes_changed(town: StoredTown) -> None:
    with closing(raw(town.database)) as vandal:
        drop_guards(vandal)
        for index in range(0, len(town.records), 5):
            data = bytearray(town.records[index])
            data[index % len(data)] ^= 1
            vandal.execute("UPDATE record SET data = ? WHERE idx = ?", (bytes(data), index))
            with pytest.raises(StoreDamaged, match=rf"record {index}\b"):
                audit(town.journal)
            leaf = leaf_hash(bytes(data))
            vandal.execute("UPDATE record SET leaf = ? WHERE idx = ?", (leaf, index))
            with pytest.raises(StoreDamaged):
                audit(town.journal)
            values = (town.records[index], leaf_hash(town.records[index]), index)
            vandal.execute("UPDATE record SET data = ?, leaf = ? WHERE idx = ?", values)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM record WHERE idx = (SELECT max(idx) FROM record)",
        "DELETE FROM batch WHERE size = (SELECT max(size) FROM batch)",
        "DELETE FROM transfer WHERE id = (SELECT max(id) FROM transfer)",
        "DELETE FROM transaction_state WHERE reverted_by IS NOT NULL",
        "DELETE FROM hold",
        "DELETE FROM request",
        "DELETE FROM key_state WHERE number > 1",
        "DELETE FROM meta WHERE name = 'community'",
        "INSERT INTO transfer SELECT max(id) + 1, record, 1, debit, credit, 1, unit FROM transfer",
    ],
)
def test_the_audit_sees_missing_and_added_rows(town: StoredTown, statement: str) -> None:
    with closing(raw(town.database)) as vandal:
        drop_guards(vandal)
        vandal.execute(statement)
    with pytest.raises(StoreDamaged):
        audit(town.journal)
