"""Refusals in the journal, newest first."""

from sqlalchemy import select

from ledger.store.database import Database
from ledger.store.lookup import StoredRecord, parse_record
from ledger.store.tables import RecordRow, table_of

REFUSAL_KIND = 4
"""Tag of a RefusalRecord (docs/protocol.md, "Records")."""
LOOKED_MAX = 20_000
"""Newest records that are looked through; no index leads to the refusals among them."""
_record = table_of(RecordRow)


def read_refusals(database: Database, limit: int) -> list[StoredRecord]:
    """Return the newest refusals among the newest 20,000 records, newest first.

    Args:
        database: With a journal.
        limit: How many at most.
    """
    with database.reading() as connection:
        newest = connection.execute(select(_record.c.idx).order_by(_record.c.idx.desc())).scalar()
        query = select(_record.c.idx, _record.c.data).where(
            _record.c.kind == REFUSAL_KIND, _record.c.idx > (newest or 0) - LOOKED_MAX
        )
        rows = connection.execute(query.order_by(_record.c.idx.desc()).limit(limit)).all()
    return [parse_record(row.idx, row.data) for row in rows]
