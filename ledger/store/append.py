"""Writing a merge: its records and everything they make different, on one connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlmodel import SQLModel

from ledger.codec import encode
from ledger.merge import Merge
from ledger.merkle import Frontier
from ledger.record import Record
from ledger.state import Changes
from ledger.store.meta import COMMUNITY, write_meta
from ledger.store.rows import (
    Values,
    account_row,
    balance_row,
    hash_of,
    kind_of,
    struct_row,
    transfer_rows,
)
from ledger.store.tables import (
    AccountRow,
    BalanceRow,
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

_batch = table_of(BatchRow)
_balance = table_of(BalanceRow)
_transaction = table_of(TransactionRow)
_NEW_BALANCE = text(
    "INSERT INTO balance SELECT :account, :unit, 0, -1, 0, 0, :credit_limit, :maximum_balance "
    "WHERE NOT EXISTS (SELECT 1 FROM balance WHERE account = :account AND unit = :unit)"
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
    """

    first: int
    records: Sequence[Record]
    stored: Sequence[bytes]
    leaves: Sequence[bytes]
    changes: Changes

    @classmethod
    def of(
        cls, merged: Merge, first: int, stored: Sequence[bytes], leaves: Sequence[bytes]
    ) -> "StoredMerge":
        """Return what to store of a merge; the arguments are as the attributes say."""
        return cls(first, merged.records, stored, leaves, merged.changes)


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


def write_batch(connection: Connection, community: bytes, tip: Tip, batch: StoredMerge) -> Tip:
    """Write one merge and return where the journal ends now.

    Args:
        connection: In a writing transaction.
        community: The community's public key.
        tip: Where the journal ended before.
        batch: What to write; that it does not fit the journal is our own mistake.
    """
    tree, count = tip.tree, len(batch.records)
    assert batch.first == tree.size, f"a batch from {batch.first} after {tree.size} records"
    assert 0 < count == len(batch.stored) == len(batch.leaves), "one leaf and one form a record"
    after, nodes = grow(tree, batch.leaves)
    now = Tip(tip.version + 1, after)
    _insert(connection, RecordRow, _record_rows(community, batch))
    _insert(connection, NodeRow, [node._asdict() for node in nodes])
    _insert(connection, BatchRow, [_batch_row(batch, now)])
    if batch.changes.community is not None:
        write_meta(connection, COMMUNITY, encode(batch.changes.community))
    _write_accounts(connection, batch)
    _write_entries(connection, batch)
    return now


def _record_rows(community: bytes, batch: StoredMerge) -> list[Values]:
    triples = zip(batch.records, batch.stored, batch.leaves, strict=True)
    return [
        {
            "idx": index,
            "kind": kind_of(record),
            "hash": hash_of(community, record),
            "leaf": leaf,
            "data": data,
        }
        for index, (record, data, leaf) in enumerate(triples, batch.first)
    ]


def _batch_row(batch: StoredMerge, tip: Tip) -> Values:
    return {
        "size": tip.tree.size,
        "version": tip.version,
        "first": batch.first,
        "root": tip.tree.root,
        "time": batch.changes.time,
        "frontier": pack_frontier(tip.tree),
    }


def _write_accounts(connection: Connection, batch: StoredMerge) -> None:
    accounts = batch.changes.accounts.values()
    _upsert(connection, AccountRow, [account_row(account) for account in accounts])
    books = [balance_row(account.id, one) for account in accounts for one in account.balances]
    if books:
        connection.execute(_NEW_BALANCE, books)
    _insert(
        connection,
        TransferRow,
        [
            row
            for index, record in enumerate(batch.records, batch.first)
            for row in transfer_rows(index, record)
        ],
    )
    if books:
        # The triggers have summed the transfers up; they refuse a `posted` that merge summed
        # up differently.
        connection.execute(_UPDATE_BALANCE, [_named_apart(row) for row in books])


_UPDATE_BALANCE = (
    update(_balance)
    .where(_balance.c.account == bindparam("of_account"), _balance.c.unit == bindparam("of_unit"))
    .values(
        {
            name: bindparam(name)
            for name in (
                "posted",
                "pending_debit",
                "pending_credit",
                "credit_limit",
                "maximum_balance",
            )
        }
    )
)


def _named_apart(row: Values) -> Values:
    """Return a row whose key columns have names that an UPDATE can use in WHERE."""
    rest = {name: value for name, value in row.items() if name not in ("account", "unit")}
    return {"of_account": row["account"], "of_unit": row["unit"], **rest}


def _write_entries(connection: Connection, batch: StoredMerge) -> None:
    changes = batch.changes
    _upsert(connection, KeyStateRow, [struct_row(state) for state in changes.keys.values()])
    for model, entries in ((HoldRow, changes.holds), (RequestRow, changes.requests)):
        gone = [{"gone": entry} for entry, value in entries.items() if value is None]
        if gone:
            table = table_of(model)
            connection.execute(delete(table).where(table.c.id == bindparam("gone")), gone)
        _insert(connection, model, [struct_row(value) for value in entries.values() if value])
    _write_transactions(connection, batch)


def _write_transactions(connection: Connection, batch: StoredMerge) -> None:
    new: list[Values] = []
    undone: list[Values] = []
    for entry in batch.changes.transactions.values():
        if entry.index >= batch.first:
            new.append(
                {
                    "id": entry.id,
                    "record": entry.index,
                    "reverts": entry.reverts,
                    "reverted_by": entry.reverted_by,
                }
            )
        else:
            undone.append({"entry": entry.id, "by": entry.reverted_by})
    _insert(connection, TransactionRow, new)
    if undone:
        connection.execute(
            update(_transaction)
            .where(_transaction.c.id == bindparam("entry"))
            .values(reverted_by=bindparam("by")),
            undone,
        )


def _insert(connection: Connection, model: type[SQLModel], rows: Sequence[Values]) -> None:
    if rows:
        connection.exec_driver_sql(_plain_insert(table_of(model)), rows)


@cache
def _plain_insert(table: Table) -> str:
    """Return an INSERT that the driver takes as it is: SQLAlchemy's own costs 20 us a row."""
    return str(insert(table).compile(dialect=SQLiteDialect(paramstyle="named")))


def _upsert(connection: Connection, model: type[SQLModel], rows: Sequence[Values]) -> None:
    if rows:
        table = table_of(model)
        statement = upsert(table)
        changed = {column.name: statement.excluded[column.name] for column in table.columns}
        connection.execute(
            statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed),
            rows,
        )
