"""One file with everything: a consistent copy of a database that is in use."""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from ledger.store.database import Database, Role, open_database
from ledger.store.failure import failures

_PREFIX = "backup/"
"""Names of the values that a backup carries along begin with this."""
PAGES_A_STEP = 1_024


def back_up(database: Database, path: Path, carried: Mapping[str, bytes]) -> None:
    """Copy a database, as it is at one moment, into one file of mode 0600.

    The file appears whole or not at all, and nothing lies beside it.

    Args:
        database: Others may read and write it meanwhile.
        path: Where the copy goes; what stood there is replaced.
        carried: More to keep in the same file, by name: for example the sealed key file.

    Raises:
        StoreFull: The disk has no room; ``path`` is as it was.
    """
    draft = path.with_name(path.name + ".part")
    with failures(path):
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            _copy(database.path, draft, carried)
            draft.replace(path)
            _sync(path.parent)
        finally:
            draft.unlink(missing_ok=True)


def open_backup(path: Path, role: Role) -> tuple[Database, dict[str, bytes]]:
    """Open a backup for reading, and return it with what it carries along.

    Raises:
        StoreMissing: Nothing is there.
        StoreDamaged: It is not a sound database of this role.
    """
    backup = open_database(path, role, write=False, older=True)
    try:
        backup.check()
        with backup.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT substr(name, ?), value FROM meta WHERE name GLOB ?",
                (len(_PREFIX) + 1, f"{_PREFIX}*"),
            ).all()
    except BaseException:
        backup.close()
        raise
    return backup, {row[0]: row[1] for row in rows}


def restore(path: Path, role: Role, into: Path) -> None:
    """Check a backup and copy it to where a home has its database.

    Args:
        path: The backup; it is only read.
        role: Which tables it has.
        into: Must not exist.

    Raises:
        StoreMissing: No backup is there.
        StoreDamaged: It is not a sound database of this role.
        StoreFull: The disk has no room; nothing is left.
        FileExistsError: A database stands at ``into``.
    """
    if into.exists():
        raise FileExistsError(f"{into}: a database is there already; restore into an empty home")
    backup, _ = open_backup(path, role)
    try:
        back_up(backup, into, {})
    finally:
        backup.close()
    restored = open_database(into, role, write=True)
    try:
        with restored.writing() as connection:
            connection.exec_driver_sql("DELETE FROM meta WHERE name GLOB ?", (f"{_PREFIX}*",))
    finally:
        restored.close()


def _copy(source: Path, draft: Path, carried: Mapping[str, bytes]) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(draft)) as new:
        old.backup(new, pages=PAGES_A_STEP)
        # A log file beside the copy would be forgotten when the copy is moved.
        new.execute("PRAGMA journal_mode = DELETE")
        new.execute("PRAGMA synchronous = EXTRA")
        rows = [(_PREFIX + name, value) for name, value in carried.items()]
        with new:
            new.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)
    _sync(draft)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
