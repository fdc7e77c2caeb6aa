"""The log of the names map: each of its changes in the order of the journal."""

from collections.abc import Iterator

from sqlalchemy import select

from ledger.store.database import Database
from ledger.store.name_rows import NameChange
from ledger.store.tables import NameChangeRow, table_of

CHUNK_CHANGES = 1_024
"""Changes read in one step, so that a slow reader holds no snapshot of the database."""
_change = table_of(NameChangeRow)


class NameLog:
    """Reads the log; merges write it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def changes(self, first: int, end: int) -> Iterator[NameChange]:
        """Give the changes with numbers [first, end), in their order."""
        for at in range(first, end, CHUNK_CHANGES):
            until = min(at + CHUNK_CHANGES, end)
            part = select(_change).where(_change.c.number >= at, _change.c.number < until)
            with self._database.reading() as connection:
                rows = connection.execute(part.order_by(_change.c.number)).all()
            yield from (NameChange(*row) for row in rows)

    def count(self, size: int | None = None) -> int:
        """Return how many changes there are.

        Args:
            size: Count those of the journal's first records only; None for all.
        """
        query = select(_change.c.number).order_by(_change.c.number.desc()).limit(1)
        if size is not None:
            # Sizes rise with the numbers, so it is one of the first that are looked at.
            query = query.where(_change.c.size <= size)
        with self._database.reading() as connection:
            newest = connection.execute(query).scalar()
        return 0 if newest is None else newest + 1

    def history(self, name: str) -> list[NameChange]:
        """Return all changes of one name, oldest first."""
        query = select(_change).where(_change.c.key == name.encode())
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(_change.c.number)).all()
        return [NameChange(*row) for row in rows]
