"""Stories: what was said about an entry, and which bill corrects which, without reading records."""

from sqlalchemy import select

from ledger.store.database import Database
from ledger.store.lookup import CANDIDATES_MAX, prefix_bounds
from ledger.store.tables import BillRow, MentionRow, table_of

_bill = table_of(BillRow)
_mention = table_of(MentionRow)
MENTIONS_MAX = 1_000
"""Annotations of one entry that are looked at."""


class StoryLookup:
    """Answers from a community's database; each call sees one moment, beside any writer."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def mentions(self, about: bytes) -> list[tuple[int, int]]:
        """Return where an entry is written about: record and operation in it, oldest first.

        Args:
            about: 16-byte id of the entry.
        """
        query = select(_mention.c.record, _mention.c.operation).where(_mention.c.about == about)
        order = query.order_by(_mention.c.record, _mention.c.operation).limit(MENTIONS_MAX)
        with self.database.reading() as connection:
            return [(row.record, row.operation) for row in connection.execute(order)]

    def replaced_by(self, bill: bytes) -> bytes | None:
        """Return the newest bill that corrects another one, by its 16-byte id, or None."""
        query = select(_bill.c.id).where(_bill.c.replaces == bill)
        # An entry's id says nothing of its time; a bill is corrected more than once only where its
        # author corrected the same one again instead of the correction.
        with self.database.reading() as connection:
            return connection.execute(query.order_by(_bill.c.id).limit(1)).scalar()

    def find_bill(self, prefix: str) -> list[bytes]:
        """Return up to ten ids of bills, open or not, that begin with these hex digits.

        Args:
            prefix: 1 to 32 lower-case hex digits; anything else matches nothing.
        """
        bounds = prefix_bounds(prefix)
        if bounds is None:
            return []
        query = select(_bill.c.id).where(_bill.c.id.between(*bounds)).limit(CANDIDATES_MAX)
        with self.database.reading() as connection:
            return list(connection.execute(query).scalars())
