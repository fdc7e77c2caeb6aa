"""Opening a home to resolve names in a process that only reads, beside the one that follows."""

from collections.abc import Iterator
from contextlib import contextmanager

from federation.home import Home
from federation.names.folder import RegistryFolder
from federation.names.reader import RegistryReader
from federation.names.resolve import Resolver
from ledger.store.database import Database, Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.names import NameLog


class Names:
    """All names that a home can resolve. Calls block."""

    def __init__(self, home: Home, database: Database) -> None:
        self._database = database
        self._store = JournalStore(database)
        self._reader = RegistryReader(RegistryFolder(home.registries))

    @property
    def log(self) -> NameLog:
        """The own names' changes."""
        return NameLog(self._database)

    def version(self) -> tuple[int, ...]:
        """Return numbers that change when ``resolver`` would give another one."""
        return (self._database.data_version(), *self._reader.version())

    def resolver(self, seen: int | None = None) -> Resolver:
        """Return what resolves names now; raises as the reading of a database does.

        Args:
            seen: When the own checkpoint was last known to be the newest, Unix seconds: for a
                manager now. None for when the running member last saw it.
        """
        return self._reader.resolver(self._store, seen)


@contextmanager
def open_names(home: Home, role: Role) -> Iterator[Names]:
    """Open the names of a home for reading.

    Args:
        home: A member's or a manager's.
        role: What its ledger is: a replica, or the manager's own.

    Raises:
        StoreMissing: There is no ledger here yet.
    """
    database = open_database(home.ledger, role, write=False)
    try:
        yield Names(home, database)
    finally:
        database.close()
