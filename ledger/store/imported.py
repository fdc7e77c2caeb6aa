"""Lines of other programs' files that this home has imported, so that none is imported twice."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from ledger.errors import StoreBusy
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

    Raises:
        StoreBusy: Another process of this home imported one of them meanwhile.
    """
    known = _known(connection)
    for row in rows:
        if row in known:
            raise StoreBusy(
                "another program of this home has just imported lines of this file; "
                "import it again, which takes over the rest"
            )
        write_meta(connection, _PREFIX + row.hex(), made)


class ImportedStore:
    """The lines that were imported, in the member's own database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def known(self) -> set[bytes]:
        """Return the hashes of all lines that were imported, but of those that were refused."""
        with self.database.reading() as connection:
            return _known(connection)

    def keep(self, rows: Iterable[bytes]) -> None:
        """Note lines of which this home has nothing to sign.

        Raises:
            StoreBusy: Another process of this home imported one of them meanwhile.
        """
        with self.database.writing() as connection:
            keep_imported(connection, rows, b"")


def _known(connection: Connection) -> set[bytes]:
    void = select(_change_set.c.hash).where(_change_set.c.state.in_(_VOID))
    ended = set(connection.execute(void).scalars())
    query = select(_meta.c.name, _meta.c.value).where(_meta.c.name.between(_PREFIX, _AFTER))
    return {
        bytes.fromhex(name.removeprefix(_PREFIX))
        for name, made in connection.execute(query)
        if made not in ended
    }
