"""Opening a home's database: pragmas, schema, transactions and what can go wrong."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from ledger.errors import StoreDamaged, StoreMissing
from ledger.store.failure import damaged, failures

BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for another process's transaction."""
CACHE_KIB = 32_768
PAGE_BYTES = 8_192
"""Pages of a new file: a merge writes half as many as with SQLite's own 4,096 bytes."""
WAL_PAGES = 4_096
"""A commit that leaves so many pages in the write-ahead log, 32 MiB, moves them into the file. At
SQLite's own 1,000 each merge of a few thousand change-sets would wait for that too."""
WAL_BYTES_MAX = 67_108_864
"""The write-ahead log is cut back to this after a large transaction."""
HEADS = {"journal": "journal_6", "desk": "desk_3", "outgoing": "outgoing_4"}
"""The newest migration of each branch of tables."""
_WRITE = "commontab_write"


class Role(Enum):
    """What a database is for; the value names the branches of its tables."""

    MANAGER = ("journal", "desk")
    REPLICA = ("journal",)
    MEMBER = ("outgoing",)


class Database:
    """An open database: short transactions for any thread, one connection each."""

    def __init__(self, path: Path, role: Role, engine: Engine, *, write: bool) -> None:
        self.path = path
        self.role = role
        self._engine = engine
        self._writer = engine.execution_options(**{_WRITE: True}) if write else None
        self._watch: PoolProxiedConnection | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one unchanging moment, beside any writer.

        Raises:
            StoreDamaged: The file cannot be read.
        """
        with failures(self.path), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose work is committed whole at the end, or not at all.

        The commit is on the disk when the block has ended (WAL, ``synchronous=FULL``).

        Raises:
            StoreFull: The disk has no room; nothing was written.
            StoreBusy: Another process wrote for longer than 30 s.
            StoreDamaged: The file cannot be read or written.
        """
        assert self._writer is not None, f"{self.path} was opened for reading"
        with failures(self.path), self._writer.begin() as connection:
            yield connection

    def data_version(self) -> int:
        """Return a number that changes when anybody else has committed to this file.

        It costs microseconds and takes no lock; compare it with the one before.
        """
        with failures(self.path):
            if self._watch is None:
                self._watch = self._engine.raw_connection()
            row = self._watch.cursor().execute("PRAGMA data_version").fetchone()
        return int(row[0])

    def check(self) -> None:
        """Read the whole file and accept it if every page, index and reference is sound.

        Raises:
            StoreDamaged: It is not; the message says what SQLite found.
        """
        with self.reading() as connection:
            self._check_pages(connection)
            orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if orphan is not None:
                raise damaged(self.path, f"a row of {orphan[0]} refers to nothing")

    def check_pages(self) -> None:
        """Accept a file whose pages and indexes are sound; what rows say is left to an audit.

        Raises:
            StoreDamaged: It is not; the message says what SQLite found.
        """
        with self.reading() as connection:
            self._check_pages(connection)

    def _check_pages(self, connection: Connection) -> None:
        found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
        if found != "ok":
            raise damaged(self.path, str(found))

    def close(self) -> None:
        """Close every connection."""
        if self._watch is not None:
            self._watch.close()
        self._engine.dispose()


def open_database(path: Path, role: Role, *, write: bool, older: bool = False) -> Database:
    """Open a database; a writer makes it where it is missing and brings its tables up to date.

    Opening takes no lock: whoever appends to the journal holds the home's lock (ledger.store.lock),
    while other processes may queue statements, allocate change-sets and read.

    Args:
        path: The file; made with mode 0600.
        role: Which tables it has.
        write: False for a connection that cannot change anything.
        older: Whether a reader takes one with an older version's tables, as a backup may have.

    Raises:
        StoreMissing: Nothing is there and ``write`` is False.
        StoreDamaged: Not a sound database, of another role, or of a newer program.
        StoreFull: The disk has no room for it.
    """
    database = Database(path, role, _engine(path, write=write), write=write)
    try:
        if write:
            _create(database)
        else:
            _check_schema(database, older=older)
    except BaseException:
        database.close()
        raise
    return database


def _engine(path: Path, *, write: bool) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions begin below, never behind our back
        for pragma in (
            f"page_size = {PAGE_BYTES}",
            "synchronous = FULL",
            "foreign_keys = ON",
            "recursive_triggers = ON",
            f"cache_size = -{CACHE_KIB}",
            f"wal_autocheckpoint = {WAL_PAGES}",
            f"journal_size_limit = {WAL_BYTES_MAX}",
            f"query_only = {'OFF' if write else 'ON'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _create(database: Database) -> None:
    with failures(database.path):
        _touch(database.path)
        wal = database._engine.raw_connection()  # noqa: SLF001 -- this module's own
        mode = wal.cursor().execute("PRAGMA journal_mode = WAL").fetchone()[0]
        wal.close()
    if mode != "wal":
        raise damaged(database.path, f"journal mode {mode} where wal is needed")
    if _missing(database, _versions(database)):
        # Alembic takes longer to import than a payment takes to make.
        schema = import_module("ledger.store.schema")
        with database.writing() as connection:
            schema.upgrade(connection, database.role.value)


def _touch(path: Path) -> None:
    """Make an empty file that only its owner reads; one that is there is never opened.

    To close a file that SQLite has open in this process would drop its locks: whoever closes a
    connection elsewhere would then take himself for the last one and remove the log in use.

    Source:
        SQLite, "How To Corrupt An SQLite Database File", 2.2.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _check_schema(database: Database, *, older: bool) -> None:
    if not database.path.exists():
        raise StoreMissing(f"{database.path}: nothing is there yet; set the home up first")
    have = _versions(database)
    missing = _missing(database, have)
    if not have:
        raise StoreMissing(f"{database.path}: is being set up just now; try again in a moment")
    if missing and not (older and len(have) == len(database.role.value)):
        raise StoreDamaged(
            f"{database.path}: has no tables, or an older version's, for "
            f"{', '.join(sorted(missing))}; "
            "run a command that writes with this version once, or check which file this is"
        )


def _versions(database: Database) -> set[str]:
    """Return the migrations that the branches are at."""
    with database.reading() as connection:
        tables = connection.exec_driver_sql(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'alembic_version'"
        ).scalar_one()
        if not tables:
            return set()
        rows = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        return {str(row[0]) for row in rows}


def _missing(database: Database, have: set[str]) -> set[str]:
    """Return the branches that are not at their newest migration."""
    branches = {branch: HEADS[branch] for branch in database.role.value}
    strange = {version for version in have if version.rpartition("_")[0] not in branches}
    newer = {version for version in have - strange if _step(version) > _step(HEADS[_of(version)])}
    if strange or newer:
        raise StoreDamaged(
            f"{database.path}: was made for something else or by a newer version "
            f"({', '.join(sorted(strange | newer))}); check the file or update the program"
        )
    return {branch for branch, head in branches.items() if head not in have}


def _of(version: str) -> str:
    return version.rpartition("_")[0]


def _step(version: str) -> int:
    return int(version.rpartition("_")[2])
