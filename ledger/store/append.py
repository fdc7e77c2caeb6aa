"""Writing a merge: its records and everything they make different, on one connection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from msgspec.structs import astuple
from sqlalchemy import Connection, bindparam, delete, select, update

from ledger.codec import encode
from ledger.merge import Merge
from ledger.merkle import Frontier
from ledger.outcome import hashes_by_record
from ledger.record import Record
from ledger.state import Changes
from ledger.store.append_attachments import write_attachments
from ledger.store.append_bills import write_bills
from ledger.store.append_links import write_links
from ledger.store.append_names import write_names
from ledger.store.bulk import insert_rows, plain, run, upsert_rows
from ledger.store.meta import COMMUNITY, SUCCESSIONS, read_successions, write_meta
from ledger.store.rows import Values, account_row, kind_of, transfer_rows
from ledger.store.tables import (
    AccountRow,
    BatchRow,
    HoldRow,
    KeyStateRow,
    NodeRow,
    RecordRow,
    RequestRow,
    TransactionRow,
    TransferRow,
    table_of,
)
from ledger.store.tree import grow, pack_frontier, unpack_frontier

V = TypeVar("V")

_batch = table_of(BatchRow)
_transaction = table_of(TransactionRow)
_NEW_BALANCE = (
    "INSERT INTO balance SELECT ?1, ?2, 0, -1, 0, 0, ?6, ?7 "
    "WHERE NOT EXISTS (SELECT 1 FROM balance WHERE account = ?1 AND unit = ?2)"
)
_UPDATE_BALANCE = (
    "UPDATE balance SET posted = ?3, pending_debit = ?4, pending_credit = ?5, "
    "credit_limit = ?6, maximum_balance = ?7 WHERE account = ?1 AND unit = ?2"
)
_UNDO = plain(
    update(_transaction)
    .where(_transaction.c.id == bindparam("entry"))
    .values(reverted_by=bindparam("by"))
)


@dataclass(frozen=True, slots=True)
class StoredPage:
    """Records of a merge on their way into the journal, one at least, in order.

    Attributes:
        first: Index of the first.
        records: The records.
        stored: The same as they are stored and hashed: nonce || body, 17 to 65,535 bytes each.
        leaves: Their leaf hashes, 32 bytes each.
        hashes: Of the change-set or statement that a record holds or refuses, by the record's
            index; 32 bytes each.
    """

    first: int
    records: Sequence[Record]
    stored: Sequence[bytes]
    leaves: Sequence[bytes]
    hashes: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class StoredMerge:
    """One merge on its way into the journal.

    Attributes:
        page: All its records.
        changes: What it makes different.
    """

    page: StoredPage
    changes: Changes

    @classmethod
    def of(
        cls, merged: Merge, first: int, stored: Sequence[bytes], leaves: Sequence[bytes]
    ) -> "StoredMerge":
        """Return what to store of a merge; the arguments are as the attributes of its page say."""
        hashes = hashes_by_record(merged.outcomes)
        return cls(StoredPage(first, merged.records, stored, leaves, hashes), merged.changes)


class Tip(NamedTuple):
    """Where the journal ends: how many merges it had, and the tree after the last."""

    version: int = 0
    tree: Frontier = Frontier()


def read_tip(connection: Connection) -> Tip:
    """Return where the journal ends."""
    row = connection.execute(select(_batch).order_by(_batch.c.size.desc()).limit(1)).first()
    if row is None:
        return Tip()
    return Tip(row.version, unpack_frontier(row.size, row.frontier))


class MergeWriter:
    """Writes one merge: its records page by page, and then what they make different.

    Args:
        connection: In a writing transaction.
        tip: Where the journal ended before.
    """

    def __init__(self, connection: Connection, tip: Tip) -> None:
        self._connection = connection
        self._before = tip
        self._tree = tip.tree

    def write(self, page: StoredPage) -> None:
        """Write the next records; that they do not fit the journal is our own mistake."""
        tree, count = self._tree, len(page.records)
        assert page.first == tree.size, f"records from {page.first} after {tree.size}"
        assert 0 < count == len(page.stored) == len(page.leaves), "one leaf and one form a record"
        self._tree, nodes = grow(tree, page.leaves)
        insert_rows(self._connection, RecordRow, _record_rows(page))
        insert_rows(self._connection, NodeRow, nodes)

    def finish(self, records: Sequence[Record], changes: Changes) -> Tip:
        """Write what the merge makes different and return where the journal ends now.

        Args:
            records: All that were written.
            changes: What they make different.
        """
        connection, first = self._connection, self._before.tree.size
        now = Tip(self._before.version + 1, self._tree)
        assert now.tree.size == first + len(records) > first, "each record was written, and some"
        insert_rows(connection, BatchRow, [_batch_row(first, changes, now)])
        if changes.community is not None:
            write_meta(connection, COMMUNITY, encode(changes.community))
        if changes.succession is not None:
            known = read_successions(connection)
            write_meta(connection, SUCCESSIONS, encode((*known, changes.succession)))
        _write_accounts(connection, first, records, changes)
        _write_entries(connection, first, changes)
        write_bills(connection, changes, now.tree.size)
        write_attachments(connection, changes, first)
        write_names(connection, changes, now.tree.size)
        write_links(connection, first, records, changes)
        return now


def write_merge(connection: Connection, tip: Tip, merge: StoredMerge) -> Tip:
    """Write one merge whole and return where the journal ends now; as ``MergeWriter``."""
    writer = MergeWriter(connection, tip)
    writer.write(merge.page)
    return writer.finish(merge.page.records, merge.changes)


def _record_rows(page: StoredPage) -> list[Values]:
    named = page.hashes.get
    triples = zip(page.records, page.stored, page.leaves, strict=True)
    return [
        (index, kind_of(record), named(index), leaf, data)
        for index, (record, data, leaf) in enumerate(triples, page.first)
    ]


def _batch_row(first: int, changes: Changes, tip: Tip) -> Values:
    tree = tip.tree
    return (tree.size, tip.version, first, tree.root, changes.time, pack_frontier(tree))


def _write_accounts(
    connection: Connection, first: int, records: Sequence[Record], changes: Changes
) -> None:
    accounts = _sorted(changes.accounts)
    upsert_rows(connection, AccountRow, [account_row(account) for account in accounts])
    books = [(account.id, *astuple(one)) for account in accounts for one in account.balances]
    run(connection, _NEW_BALANCE, books)
    transfers = [
        row for index, record in enumerate(records, first) for row in transfer_rows(index, record)
    ]
    insert_rows(connection, TransferRow, transfers)
    # The triggers have summed the transfers up; they refuse a `posted` that merge summed up
    # differently.
    run(connection, _UPDATE_BALANCE, books)


def _write_entries(connection: Connection, first: int, changes: Changes) -> None:
    upsert_rows(connection, KeyStateRow, [astuple(state) for state in _sorted(changes.keys)])
    for model, entries in ((HoldRow, changes.holds), (RequestRow, changes.requests)):
        table = table_of(model)
        gone = [(entry,) for entry, value in entries.items() if value is None]
        run(connection, plain(delete(table).where(table.c.id == bindparam("gone"))), gone)
        insert_rows(connection, model, [astuple(value) for value in entries.values() if value])
    _write_transactions(connection, first, changes)


def _write_transactions(connection: Connection, first: int, changes: Changes) -> None:
    new: list[Values] = []
    undone: list[Values] = []
    for entry in _sorted(changes.transactions):
        if entry.index >= first:
            new.append((entry.id, entry.index, entry.reverts, entry.reverted_by))
        else:
            undone.append((entry.reverted_by, entry.id))
    insert_rows(connection, TransactionRow, new)
    run(connection, _UNDO, undone)


def _sorted(values: Mapping[bytes, V]) -> list[V]:
    """Return values in the order of their keys, in which SQLite finds their places sooner."""
    return [values[key] for key in sorted(values)]
