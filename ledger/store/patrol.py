"""The patrol: what was audited once is looked at again, some of it at each turn."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row

from ledger.codec import encode
from ledger.errors import CodecError
from ledger.record import TransactionRecord, decode_record
from ledger.store.rows import MOVING, ORDINALS
from ledger.store.tree import NODE_LEVEL_MIN

TILE_RECORDS = 256
"""Records that one digest covers."""
TILES_A_TURN = 8
"""2,048 records: about 20 ms. A ledger that is no larger is looked at whole each time."""
_TRANSACTION_KIND = 3
_RECORDS = "SELECT idx, kind, hash, leaf, data FROM record WHERE idx >= ? AND idx < ?"
_TRANSFERS = "SELECT * FROM transfer WHERE id >= ? AND id < ?"
_BATCHES = "SELECT * FROM batch WHERE size > ? AND size <= ?"
_NODE = "SELECT * FROM node WHERE level = ? AND position = ?"
_SIGNED = (
    "SELECT * FROM checkpoint WHERE size >= ? AND size < ?",
    "SELECT * FROM publication WHERE size >= ? AND size < ?",
)
"""Kept after the audit of their size, so they belong to the record that comes after it."""
_LINK_RECORDS = "SELECT * FROM link_record WHERE record >= ? AND record < ?"
_FINISHED = "SELECT * FROM transit WHERE finished > ? AND finished <= ? ORDER BY payment"
_MENTIONS = (
    "SELECT about, record, operation FROM mention WHERE record >= ? AND record < ? "
    "ORDER BY record, operation, about"
)
_FINISHED_BILLS = "SELECT * FROM bill WHERE finished > ? AND finished <= ? ORDER BY id"
_ATTACHED = (
    "SELECT number, id, record, operation, time, month, about, author, name, kind, length, hash, "
    "target, key, CASE WHEN withdrawn IS NULL THEN reason ELSE '' END FROM attachment "
    "WHERE record >= ? AND record < ? ORDER BY number"
)
_WITHDRAWN = (
    "SELECT id, withdrawn, reason FROM attachment WHERE withdrawn >= ? AND withdrawn < ? "
    "ORDER BY number"
)
_NAME_CHANGES = "SELECT * FROM name_change WHERE size > ? AND size <= ? ORDER BY number"
_TRANSACTIONS = "SELECT id, record, reverts FROM transaction_state WHERE id IN ({})"
_UNDONE_WRONGLY = (
    "SELECT one.id FROM transaction_state AS one WHERE id IN ({}) AND reverted_by IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM transaction_state AS other "
    "WHERE other.id = one.reverted_by AND other.reverts = one.id)"
)
"""A transaction may be undone at any time; it names the one that did it, which names it."""


class Patrol:
    """Remembers a digest of all append-only rows of each 256 records: 32 bytes.

    Args:
        tiles_a_turn: How many of these to look at in a turn.
    """

    def __init__(self, tiles_a_turn: int = TILES_A_TURN) -> None:
        self._tiles_a_turn = tiles_a_turn
        self._size = 0
        self._digests: list[bytes] = []
        self._next = 0

    def note(self, connection: Connection, size: int) -> None:
        """Remember the rows of the records up to ``size``, which were audited just now."""
        whole = self._size // TILE_RECORDS
        self._size = size
        del self._digests[whole:]
        for tile in range(whole, -(-size // TILE_RECORDS)):
            self._digests.append(self._digest(connection, tile))

    def find_changed(self, connection: Connection) -> tuple[int, int] | None:
        """Look at the next tiles; return first and end of those records whose rows changed."""
        for _ in range(min(self._tiles_a_turn, len(self._digests))):
            tile = self._next % len(self._digests)
            self._next = tile + 1
            if self._digest(connection, tile) != self._digests[tile]:
                return self._bounds(tile)
        return None

    def _bounds(self, tile: int) -> tuple[int, int]:
        first = tile * TILE_RECORDS
        return first, min(first + TILE_RECORDS, self._size)

    def _digest(self, connection: Connection, tile: int) -> bytes:
        digest = sha256()
        for rows in _rows(connection, *self._bounds(tile)):
            digest.update(encode([tuple(row) for row in rows]))
        return digest.digest()


def _rows(connection: Connection, first: int, end: int) -> Iterator[Sequence[Row[Any]]]:
    """Give the rows that belong to records [first, end) and are never changed."""
    run = connection.exec_driver_sql
    records = run(_RECORDS, (first, end)).all()
    yield records
    yield run(_TRANSFERS, (first * ORDINALS, end * ORDINALS)).all()
    yield run(_BATCHES, (first, end)).all()
    yield run(_LINK_RECORDS, (first, end)).all()
    yield run(_FINISHED, (first, end)).all()
    yield run(_MENTIONS, (first, end)).all()
    yield run(_FINISHED_BILLS, (first, end)).all()
    yield run(_NAME_CHANGES, (first, end)).all()
    yield run(_ATTACHED, (first, end)).all()
    yield run(_WITHDRAWN, (first, end)).all()
    for query in _SIGNED:
        yield run(query, (first, end)).all()
    level = NODE_LEVEL_MIN
    while end % (1 << level) == 0:
        yield run(_NODE, (level, (end >> level) - 1)).all()
        level += 1
    entries = tuple(_moved(records))
    marks = ", ".join("?" * len(entries))
    yield run(_TRANSACTIONS.format(marks), entries).all()
    yield run(_UNDONE_WRONGLY.format(marks), entries).all()


def _moved(records: Sequence[Row[Any]]) -> Iterator[bytes]:
    """Give the ids of transactions that moved something; of a damaged record none."""
    for row in records:
        if row.kind != _TRANSACTION_KIND:
            continue
        try:
            record = decode_record(row.data)
        except CodecError:
            continue
        if isinstance(record, TransactionRecord) and record.state in MOVING:
            yield record.id
