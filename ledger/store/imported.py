"""Lines of other programs' files that this home has imported, so that none is imported twice."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from ledger.store.database import Database
from ledger.store.meta import write_meta
from ledger.store.tables import ChangeSetRow, MetaRow, table_of

_PREFIX = "imported:"
_AFTER = "imported;"
"""The first name behind all that begin with the prefix."""
_VOID = ("refused", "superseded")
"""States of a change-set whose lines may be imported again."""
_meta = table_of(MetaRow)
_change_set = table_of(ChangeSetRow)


def keep_imported(connection: Connection, rows: Iterable[bytes], made: bytes) -> None:
    """Note which lines a change-set holds, in its transaction.

    Args:
        connection: The one that keeps the change-set.
        rows: Hashes of lines, 32 bytes each.
        made: Hash of the change-set; empty for lines of which this home signs nothing.
    """
    for row in rows:
        # After a refusal the same line comes with another change-set.
        write_meta(connection, _PREFIX + row.hex(), made)


class ImportedStore:
    """The lines that were imported, in the member's own database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def known(self) -> set[bytes]:
        """Return the hashes of all lines that were imported, but of those that were refused."""
        query = select(_meta.c.name, _meta.c.value).where(_meta.c.name.between(_PREFIX, _AFTER))
        void = select(_change_set.c.hash).where(_change_set.c.state.in_(_VOID))
        with self.database.reading() as connection:
            ended = set(connection.execute(void).scalars())
            rows = connection.execute(query).all()
        return {bytes.fromhex(name.removeprefix(_PREFIX)) for name, made in rows
                if made not in ended}  # fmt: skip

    def keep(self, rows: Iterable[bytes]) -> None:
        """Note lines of which this home has nothing to sign."""
        with self.database.writing() as connection:
            keep_imported(connection, rows, b"")
