"""One writer a home: a lock file that lives as long as the process that holds it."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import StoreBusy
from ledger.saying import said
from ledger.store.failure import failures

_PID_BYTES_MAX = 20
_TRIES = 10
_TRY_AGAIN_S = 0.01


@contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Hold the writer's lock file while the block runs; the kernel frees it after a crash.

    Args:
        path: For example ``HOME/lock``; made where it is missing, never removed, so that two
            processes cannot lock two files of one name.

    Raises:
        StoreBusy: Another process holds it; the message names its process id.
        StoreFull: The disk has no room for the file.
    """
    with failures(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(handle, path)
        with failures(path):
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def lock_holder(path: Path) -> int | None:
    """Return the process id that holds a lock file now, or None when nobody does."""
    if not path.exists():
        return None
    handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _pid(handle)
    finally:
        os.close(handle)
    return None


def _lock(handle: int, path: Path) -> None:
    for _ in range(_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Somebody who only looks (lock_holder) lets go at once; a writer does not.
            time.sleep(_TRY_AGAIN_S)
        else:
            return
    raise StoreBusy(
        said(
            "{path}: process {process} works in this home already; stop it first, or use "
            "another --home",
            path=path,
            process=_pid(handle),
        )
    )


def _pid(handle: int) -> int:
    text = os.pread(handle, _PID_BYTES_MAX, 0)
    return int(text) if text.isdigit() else 0
