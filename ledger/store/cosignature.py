"""Witnesses' cosignatures of this journal's checkpoints: the newest of each."""

from collections.abc import Iterable

from sqlalchemy import Connection, Row, Select, func, select, update

from ledger.cosignature import KeptCosignature
from ledger.store.bulk import run
from ledger.store.database import Database
from ledger.store.tables import CosignatureRow, table_of

_cosignature = table_of(CosignatureRow)
_Columns = tuple[bytes, int, int, bytes, int, int, int | None]
_KEEP = (
    "INSERT INTO cosignature VALUES (?1, ?2, ?3, ?4, ?5, ?5, NULL) "
    'ON CONFLICT ("key") DO UPDATE SET size = ?2, time = ?3, signature = ?4, noted = ?5, '
    "since = CASE WHEN ?2 > size THEN ?5 ELSE since END, "
    "shipped = CASE WHEN ?2 > size THEN NULL ELSE shipped END "
    "WHERE ?2 > size OR (?2 = size AND ?3 > time)"
)


class CosignatureStore:
    """What witnesses confirmed, beside the journal; whoever adds has verified."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, rows: Iterable[KeptCosignature], noted: int) -> int:
        """Keep cosignatures that are newer than what their witnesses said before.

        Args:
            rows: Verified, of sizes at which merges of this journal ended.
            noted: When they came, Unix seconds.

        Returns:
            How many were newer.
        """
        values = [(row.witness, row.size, row.time, row.signature, noted) for row in rows]
        if not values:
            return 0
        with self.database.writing() as connection:
            return run(connection, _KEEP, values)

    def sizes(self) -> dict[bytes, int]:
        """Return the largest size that each witness has cosigned, by key."""
        query = select(_cosignature.c.key, _cosignature.c.size)
        with self.database.reading() as connection:
            return {row.key: row.size for row in connection.execute(query)}

    def all(self) -> list[KeptCosignature]:
        """Return the newest of each witness, by key."""
        return self._list(select(_cosignature).order_by(_cosignature.c.key))

    def of_size(self, size: int, limit: int) -> list[KeptCosignature]:
        """Return those of one checkpoint, in the order in which they came.

        The first ones stay the first ones until their witnesses cosign a larger one.
        """
        query = select(_cosignature).where(_cosignature.c.size == size)
        order = (_cosignature.c.since, _cosignature.c.key)
        return self._list(query.order_by(*order).limit(limit))

    def seen_at(self, own: bytes) -> int:
        """Return when another witness last confirmed anything, Unix seconds, 0 for never.

        A witness's clock counts no further than to when its word came.

        Args:
            own: Key of whoever asks: one's own word confirms nothing to oneself.
        """
        latest = func.max(func.min(_cosignature.c.time, _cosignature.c.noted))
        query = select(latest).where(_cosignature.c.key != own)
        with self.database.reading() as connection:
            return connection.execute(query).scalar() or 0

    def ship(
        self, size: int, limit: int, known: Iterable[KeptCosignature] = ()
    ) -> list[KeptCosignature]:
        """Choose what the snapshot of ``size`` records hands on, and keep the choice.

        Asked again after a crash, it gives the same.

        Args:
            size: Tree size of a checkpoint; only cosignatures of smaller ones are chosen.
            limit: How many at most; the oldest checkpoints' come first.
            known: Those that everybody has from elsewhere.
        """
        waiting = select(_cosignature.c.key).where(
            _cosignature.c.shipped.is_(None),
            _cosignature.c.size < size,
            _cosignature.c.key.not_in([one.witness for one in known]),
        )
        order = (_cosignature.c.size, _cosignature.c.since, _cosignature.c.key)
        with self.database.reading() as connection:
            chosen = self._shipped(connection, size)
            keys = connection.execute(waiting.order_by(*order).limit(limit)).scalars().all()
        if chosen or not keys:
            return chosen
        with self.database.writing() as connection:
            connection.execute(
                update(_cosignature).where(_cosignature.c.key.in_(keys)).values(shipped=size)
            )
            return self._shipped(connection, size)

    def _shipped(self, connection: Connection, size: int) -> list[KeptCosignature]:
        query = select(_cosignature).where(_cosignature.c.shipped == size)
        return [_kept(row) for row in connection.execute(query.order_by(_cosignature.c.key))]

    def _list(self, query: Select[_Columns]) -> list[KeptCosignature]:
        with self.database.reading() as connection:
            return [_kept(row) for row in connection.execute(query)]


def _kept(row: Row[_Columns]) -> KeptCosignature:
    return KeptCosignature(row.key, row.size, row.time, row.signature)
