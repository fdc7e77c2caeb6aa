"""Refusals in the journal, newest first."""

from sqlalchemy import select

from ledger.store.database import Database
from ledger.store.lookup import StoredRecord, parse_record
from ledger.store.tables import BatchRow, RecordRow, table_of

REFUSAL_KIND = 4
"""Tag of a RefusalRecord (docs/protocol.md, "Records")."""
LOOKED_MAX = 20_000
"""Newest records that are looked through; no index leads to the refusals among them."""
_record = table_of(RecordRow)
_batch = table_of(BatchRow)


def read_refusals(database: Database, limit: int) -> list[tuple[StoredRecord, int]]:
    """Return the newest refusals among the newest 20,000 records, and when they were merged.

    Args:
        database: With a journal.
        limit: How many at most.

    Returns:
        Newest first, each with its merge's Unix seconds.
    """
    with database.reading() as connection:
        newest = connection.execute(select(_record.c.idx).order_by(_record.c.idx.desc())).scalar()
        merged = select(_batch.c.time).where(_batch.c.size > _record.c.idx)
        when = merged.order_by(_batch.c.size).limit(1).scalar_subquery()
        query = select(_record.c.idx, _record.c.data, when.label("time")).where(
            _record.c.kind == REFUSAL_KIND, _record.c.idx > (newest or 0) - LOOKED_MAX
        )
        rows = connection.execute(query.order_by(_record.c.idx.desc()).limit(limit)).all()
    return [(parse_record(row.idx, row.data), row.time) for row in rows]
