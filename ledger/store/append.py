"""Writing a merge: its records and everything they make different, on one connection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from msgspec.structs import astuple
from sqlalchemy import Connection, bindparam, delete, select, update

from ledger.codec import encode
from ledger.merge import Merge
from ledger.merkle import Frontier
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
class StoredMerge:
    """One merge on its way into the journal.

    Attributes:
        first: Index of its first record: the tree's size before it.
        records: Its records in order, one at least (Merge.records).
        stored: The same as they are stored and hashed: nonce || body, 17 to 65,535 bytes each.
        leaves: Their leaf hashes, 32 bytes each.
        changes: What it makes different.
        hashes: Of the change-set or statement that a record holds or refuses, by the record's
            index; 32 bytes each.
    """

    first: int
    records: Sequence[Record]
    stored: Sequence[bytes]
    leaves: Sequence[bytes]
    changes: Changes
    hashes: Mapping[int, bytes]

    @classmethod
    def of(
        cls, merged: Merge, first: int, stored: Sequence[bytes], leaves: Sequence[bytes]
    ) -> "StoredMerge":
        """Return what to store of a merge; the arguments are as the attributes say."""
        hashes = {one.record: one.hash for one in merged.outcomes if one.record is not None}
        return cls(first, merged.records, stored, leaves, merged.changes, hashes)


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


def write_batch(connection: Connection, tip: Tip, batch: StoredMerge) -> Tip:
    """Write one merge and return where the journal ends now.

    Args:
        connection: In a writing transaction.
        tip: Where the journal ended before.
        batch: What to write; that it does not fit the journal is our own mistake.
    """
    tree, count = tip.tree, len(batch.records)
    assert batch.first == tree.size, f"a batch from {batch.first} after {tree.size} records"
    assert 0 < count == len(batch.stored) == len(batch.leaves), "one leaf and one form a record"
    after, nodes = grow(tree, batch.leaves)
    now = Tip(tip.version + 1, after)
    insert_rows(connection, RecordRow, _record_rows(batch))
    insert_rows(connection, NodeRow, nodes)
    insert_rows(connection, BatchRow, [_batch_row(batch, now)])
    if batch.changes.community is not None:
        write_meta(connection, COMMUNITY, encode(batch.changes.community))
    if batch.changes.succession is not None:
        known = read_successions(connection)
        write_meta(connection, SUCCESSIONS, encode((*known, batch.changes.succession)))
    _write_accounts(connection, batch)
    _write_entries(connection, batch)
    write_bills(connection, batch.changes, after.size)
    write_attachments(connection, batch.changes, batch.first)
    write_names(connection, batch.changes, after.size)
    write_links(connection, batch.first, batch.records, batch.changes)
    return now


def _record_rows(batch: StoredMerge) -> list[Values]:
    named = batch.hashes.get
    triples = zip(batch.records, batch.stored, batch.leaves, strict=True)
    return [
        (index, kind_of(record), named(index), leaf, data)
        for index, (record, data, leaf) in enumerate(triples, batch.first)
    ]


def _batch_row(batch: StoredMerge, tip: Tip) -> Values:
    tree = tip.tree
    time = batch.changes.time
    return (tree.size, tip.version, batch.first, tree.root, time, pack_frontier(tree))


def _write_accounts(connection: Connection, batch: StoredMerge) -> None:
    accounts = _sorted(batch.changes.accounts)
    upsert_rows(connection, AccountRow, [account_row(account) for account in accounts])
    books = [(account.id, *astuple(one)) for account in accounts for one in account.balances]
    run(connection, _NEW_BALANCE, books)
    transfers = [
        row
        for index, record in enumerate(batch.records, batch.first)
        for row in transfer_rows(index, record)
    ]
    insert_rows(connection, TransferRow, transfers)
    # The triggers have summed the transfers up; they refuse a `posted` that merge summed up
    # differently.
    run(connection, _UPDATE_BALANCE, books)


def _write_entries(connection: Connection, batch: StoredMerge) -> None:
    changes = batch.changes
    upsert_rows(connection, KeyStateRow, [astuple(state) for state in _sorted(changes.keys)])
    for model, entries in ((HoldRow, changes.holds), (RequestRow, changes.requests)):
        table = table_of(model)
        gone = [(entry,) for entry, value in entries.items() if value is None]
        run(connection, plain(delete(table).where(table.c.id == bindparam("gone"))), gone)
        insert_rows(connection, model, [astuple(value) for value in entries.values() if value])
    _write_transactions(connection, batch)


def _write_transactions(connection: Connection, batch: StoredMerge) -> None:
    new: list[Values] = []
    undone: list[Values] = []
    for entry in _sorted(batch.changes.transactions):
        if entry.index >= batch.first:
            new.append((entry.id, entry.index, entry.reverts, entry.reverted_by))
        else:
            undone.append((entry.reverted_by, entry.id))
    insert_rows(connection, TransactionRow, new)
    run(connection, _UNDO, undone)


def _sorted(values: Mapping[bytes, V]) -> list[V]:
    """Return values in the order of their keys, in which SQLite finds their places sooner."""
    return [values[key] for key in sorted(values)]
