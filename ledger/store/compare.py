"""Comparing a merge's rows with what its records say, and the signed notes with the tree."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, func, select

from ledger.checkpoint import VerifiedCheckpoint, verify_checkpoint
from ledger.errors import HistoryMismatch, NoteError
from ledger.merkle import leaf_hash
from ledger.replay import Replayed
from ledger.state import State, Transaction
from ledger.store.rows import ORDINALS, Values, hash_of, kind_of, transfer_rows
from ledger.store.tables import (
    AttachmentRow,
    BatchRow,
    BillRow,
    CheckpointRow,
    LinkRecordRow,
    MentionRow,
    NameChangeRow,
    NodeRow,
    RecordRow,
    TransactionRow,
    TransferRow,
    TransitRow,
    table_of,
)
from ledger.store.tree import Node

STEP_RECORDS = 2_048
"""Records that are read in one step, one merge at least."""
IDS_A_QUERY = 500
_record = table_of(RecordRow)
_batch = table_of(BatchRow)
_node = table_of(NodeRow)
_transfer = table_of(TransferRow)
_transaction = table_of(TransactionRow)
_checkpoint = table_of(CheckpointRow)
_transit = table_of(TransitRow)
_bill = table_of(BillRow)
_attachment = table_of(AttachmentRow)

Step = tuple[Sequence[Row[Any]], Sequence[Row[Any]]]
"""Rows of some merges, and of all their records."""


def read_steps(connection: Connection, at: int) -> Iterator[Step]:
    """Give the merges from a size on, some at a time, with their records.

    Raises:
        HistoryMismatch: A record is missing, or a merge does not begin where the last ended.
    """
    while True:
        later = select(_batch).where(_batch.c.size > at).order_by(_batch.c.size)
        merges = _rows(connection, later.where(_batch.c.size <= at + STEP_RECORDS))
        merges = merges or _rows(connection, later.limit(1))
        if not merges:
            break
        end = merges[-1].size
        within = (_record.c.idx >= at, _record.c.idx < end)
        records = _rows(connection, select(_record).where(*within).order_by(_record.c.idx))
        places = [row.idx for row in records]
        if places != list(range(at, end)):
            lost = min(set(range(at, end)) - set(places))
            raise HistoryMismatch(f"record {lost} is not there")
        for merge in merges:
            if merge.first != at:
                raise HistoryMismatch(
                    f"the merge ending at size {merge.size} is filed as beginning at "
                    f"{merge.first}; the one before ends at {at}"
                )
            at = merge.size
        yield merges, records
    newest = connection.execute(select(func.max(_record.c.idx))).scalar()
    if newest is not None and newest >= at:
        raise HistoryMismatch(f"{newest + 1} records where the merges have {at}")


def compare_leaves(stored: Sequence[Row[Any]]) -> None:
    """Accept record rows whose bytes have their leaf hashes.

    Raises:
        HistoryMismatch: One of them has not.
    """
    for row in stored:
        if leaf_hash(row.data) != row.leaf:
            raise HistoryMismatch(f"record {row.idx}: its bytes do not have its leaf hash")


def compare_columns(stored: Sequence[Row[Any]], again: Replayed) -> None:
    """Accept record rows that are filed under their records' kinds and hashes.

    Raises:
        HistoryMismatch: One of them is not.
    """
    for row, record in zip(stored, again.merged.records, strict=True):
        if (row.kind, row.hash) != (kind_of(record), hash_of(again.merged.community, record)):
            raise HistoryMismatch(f"record {row.idx}: it is filed under another kind or hash")


def compare_nodes(connection: Connection, nodes: Sequence[Node]) -> None:
    """Accept stored subtrees that are those of the tree.

    Raises:
        HistoryMismatch: One of them is another, or missing.
    """
    for node in nodes:
        where = (_node.c.level == node.level, _node.c.position == node.position)
        if connection.execute(select(_node.c.hash).where(*where)).scalar() != node.hash:
            raise HistoryMismatch(f"subtree {node.position} of level {node.level} has another hash")


def compare_transfers(connection: Connection, again: Replayed) -> list[Values]:
    """Accept the stored transfers of a merge, and return them as they must be.

    Raises:
        HistoryMismatch: They are not those of the records.
    """
    first, end = again.first, again.first + len(again.records)
    wanted: list[Values] = []
    for index, record in enumerate(again.merged.records, first):
        wanted += transfer_rows(index, record)
    bounds = (_transfer.c.id >= first * ORDINALS, _transfer.c.id < end * ORDINALS)
    query = select(_transfer).where(*bounds).order_by(_transfer.c.id)
    found = [tuple(row) for row in connection.execute(query)]
    for one, fits in zip(found, wanted, strict=False):
        if one != fits:
            raise HistoryMismatch(f"record {fits[1]}: a stored transfer is not what it says")
    if len(found) != len(wanted):
        raise HistoryMismatch(
            f"records {first} to {end - 1} move {len(wanted)} transfers; {len(found)} are stored"
        )
    return wanted


def compare_transactions(connection: Connection, again: Replayed) -> tuple[int, int]:
    """Accept the rows of transactions that a merge made or undid; return how many of each.

    Raises:
        HistoryMismatch: One of them is not what the records say.
    """
    wanted = again.merged.changes.transactions
    ids, found = list(wanted), {}
    for at in range(0, len(ids), IDS_A_QUERY):
        query = select(_transaction).where(_transaction.c.id.in_(ids[at : at + IDS_A_QUERY]))
        found.update({row.id: row for row in connection.execute(query)})
    for entry, one in wanted.items():
        row = found.get(entry)
        if row is None or not _agrees(row, one):
            raise HistoryMismatch(
                f"record {one.index}: transaction {entry.hex()} is filed otherwise than it says"
            )
    made = sum(one.index >= again.first for one in wanted.values())
    return made, sum(one.reverted_by is not None for one in wanted.values())


def _agrees(row: Row[Any], one: Transaction) -> bool:
    """Say whether a row is right; one that a later merge undid says so already."""
    undone = one.reverted_by in {None, row.reverted_by}
    return (row.record, row.reverts) == (one.index, one.reverts) and undone


def compare_counts(connection: Connection, counts: Mapping[str, int]) -> None:
    """Accept tables that have no more rows than the records made.

    Args:
        connection: Reading.
        counts: ``transfers``, ``subtrees``, ``transactions``, ``undone transactions``, ``link
            entries``, ``finished payments``, ``finished bills``, ``mentions``, ``name changes``,
            ``attachments`` or ``withdrawn attachments`` -> how many there must be.

    Raises:
        HistoryMismatch: One has more or fewer.
    """
    for name, count in counts.items():
        found = connection.execute(_count(name)).scalar_one()
        if found != count:
            raise HistoryMismatch(f"{found} {name} are stored; the records make {count}")


def _count(name: str) -> Select[int]:
    tables: dict[str, Table] = {
        "transfers": _transfer,
        "subtrees": _node,
        "transactions": _transaction,
        "undone transactions": _transaction,
        "link entries": table_of(LinkRecordRow),
        "finished payments": _transit,
        "finished bills": _bill,
        "mentions": table_of(MentionRow),
        "name changes": table_of(NameChangeRow),
        "attachments": _attachment,
        "withdrawn attachments": _attachment,
    }
    query = select(func.count()).select_from(tables[name])
    match name:
        case "undone transactions":
            return query.where(_transaction.c.reverted_by.is_not(None))
        case "finished payments":
            return query.where(_transit.c.finished.is_not(None))
        case "finished bills":
            return query.where(_bill.c.finished.is_not(None))
        case "withdrawn attachments":
            return query.where(_attachment.c.withdrawn.is_not(None))
        case _:
            return query


def compare_references(connection: Connection) -> None:
    """Accept rows that refer to rows that are there: what is left when all else agrees.

    Raises:
        HistoryMismatch: One of them refers to nothing.
    """
    orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if orphan is not None:
        raise HistoryMismatch(f"row {orphan[1]} of table {orphan[0]} refers to nothing")


def compare_checkpoints(
    connection: Connection, state: State, first: int
) -> list[VerifiedCheckpoint]:
    """Accept the kept notes of this size and more; return them, the newest with its witnesses.

    Raises:
        HistoryMismatch: One is not the community's or names another tree than the records have.
    """
    query = select(_checkpoint).where(_checkpoint.c.size >= first).order_by(_checkpoint.c.size)
    rows = _rows(connection, query)
    verified, known = [], (*state.keys, *(link.link_key for link in state.links.values()))
    for row in rows:
        witnesses = known if row is rows[-1] else ()
        try:
            signed = verify_checkpoint(_signer(state, row.size), row.note, witnesses)
        except NoteError as error:
            raise HistoryMismatch(f"the checkpoint of size {row.size}: {error}") from error
        stands = state.history.get(row.size)
        if not (signed.size, signed.root) == (row.size, row.root) == (row.size, stands):
            raise HistoryMismatch(
                f"the checkpoint of size {row.size} names root {signed.root.hex()} for "
                f"{signed.size} records, but the records have "
                f"{stands.hex() if stands else 'no merge ending there'}; keep both: they prove "
                "what was signed"
            )
        verified.append(signed)
    return verified


def _signer(state: State, size: int) -> bytes:
    """Return the key that the community had at a size: those before it signed what they began."""
    return next((one.old for one in state.successions if size <= one.size), state.key)


def _rows(connection: Connection, query: Select[Any]) -> Sequence[Row[Any]]:
    return connection.execute(query).all()
