"""What a database's failure means: full, busy, damaged, or our own mistake."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from ledger.errors import LedgerError, StoreBusy, StoreDamaged, StoreFull

_ROOM_BYTES_MIN = 1_048_576
"""With less room than this a failed write is taken for a full disk."""
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DISK = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}


@contextmanager
def failures(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into the store's.

    Raises:
        StoreFull: The disk has no room.
        StoreBusy: Another process wrote for longer than the busy timeout.
        StoreDamaged: The file is not a sound database.
        AssertionError: A constraint or trigger refused what we wrote: our own mistake.
    """
    try:
        yield
    except DBAPIError as error:
        raise _meaning(path, error.orig) from error
    except sqlite3.Error as error:
        raise _meaning(path, error) from error
    except OSError as error:
        if _no_room(path):
            raise _full(path) from error
        raise


def _meaning(path: Path, error: BaseException | None) -> LedgerError | AssertionError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code in _DISK and _no_room(path)):
        return _full(path)
    if code in _BUSY:
        return StoreBusy(f"{path}: another process is writing; try again when it is done")
    if code in _DISK:
        return StoreDamaged(
            f"{path}: cannot be read or written ({error}); check the disk and the permissions"
        )
    if code in _DAMAGE:
        return damaged(path, str(error))
    return AssertionError(f"{path}: the database refused what the program wrote: {error}")


def damaged(path: Path, what: str) -> StoreDamaged:
    """Return the error for a damaged database, with what to do about it."""
    return StoreDamaged(
        f"{path}: the database is damaged ({what}); stop the program, move this file away, and "
        "restore a backup, or, for a member's replica, let it be fetched anew"
    )


def _full(path: Path) -> StoreFull:
    return StoreFull(
        f"{path}: the disk is full; nothing of this change was written; make room and try again"
    )


def _no_room(path: Path) -> bool:
    directory = path.parent
    return directory.exists() and shutil.disk_usage(directory).free < _ROOM_BYTES_MIN
