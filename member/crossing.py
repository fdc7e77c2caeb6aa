"""Crossing: the last step of a home that goes over to its community's new key, at any start."""

import os
from pathlib import Path

from federation.home import Home
from ledger.store.database import Database
from ledger.store.lock import hold_lock
from ledger.store.meta import ValueStore

CROSSING = "crossing"
"""Value of a home whose database has gone over while its replica has not taken its place yet: the
name of the folder where the former one goes."""
NEXT = "next"
"""Folder of the home in which the new replica is made."""


def finish_crossing(home: Home, own: Database) -> None:
    """Put the new replica in its place, if one waits; what was there is moved aside and kept.

    Raises:
        StoreBusy: Another process works in this home, and finishes it itself.
    """
    if ValueStore(own).get(CROSSING) is not None:
        with hold_lock(home.lock):
            move_replica(home, own)


def move_replica(home: Home, own: Database) -> None:
    """Do it, with the home's lock held; where it was done partly, do the rest."""
    values = ValueStore(own)
    name = values.get(CROSSING)
    if name is None:
        return
    aside, waiting = home.path / name.decode(), home.path / NEXT
    if (waiting / home.ledger.name).exists():
        aside.mkdir(mode=0o700, exist_ok=True)
        _move(home.snapshots, aside)
        # The file itself goes last: while it is there, this is not done.
        for path in sorted(home.path.glob(f"{home.ledger.name}*"), reverse=True):
            _move(path, aside)
        _sync(aside)
        _move(waiting / home.ledger.name, home.path)
    if waiting.exists():
        waiting.rmdir()
    _sync(home.path)
    values.remove(CROSSING)


def _move(path: Path, folder: Path) -> None:
    if path.exists():
        path.rename(folder / path.name)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
