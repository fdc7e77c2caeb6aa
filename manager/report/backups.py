"""Backups: when the last one was made, and making one beside the home."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from federation.console.views import View
from federation.home import Home
from ledger.store.database import Database
from ledger.store.meta import ValueStore
from manager.safe import write_backup

KEPT = 5
"""How many backups that the page made stay in the home; older ones go."""
OLD_DAYS = 7
"""A backup that is older than this is told of."""
_NAME = "backed_up"


@dataclass(frozen=True, slots=True)
class BackedUp:
    """The newest backup: when (Unix seconds), with how many records, and where it was written."""

    time: int
    records: int
    path: str


def folder(home: Home) -> Path:
    """Return where the page writes backups; only the home's owner can look into it."""
    return home.path / "backups"


def make_backup(home: Home, database: Database, path: Path, records: int, now: int) -> BackedUp:
    """Write a backup and note it.

    Args:
        home: The manager's.
        database: Opened for writing.
        path: Where the file goes.
        records: How many records the journal has.
        now: Unix seconds.

    Raises:
        StoreFull: The disk has no room; ``path`` is as it was.
    """
    write_backup(home, database, path)
    made = BackedUp(now, records, str(path.absolute()))
    ValueStore(database).set(_NAME, json.dumps(asdict(made)).encode())
    return made


def make_kept(home: Home, database: Database, records: int, now: int) -> BackedUp:
    """Write a backup into the home's own folder, and let go of all but the five newest there."""
    into = folder(home)
    into.mkdir(mode=0o700, exist_ok=True)
    when = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
    made = make_backup(home, database, into / f"commontab-{when}.backup", records, now)
    for old in _files(home)[KEPT:]:
        old.unlink(missing_ok=True)
    return made


def last_backup(values: ValueStore) -> BackedUp | None:
    """Return the newest backup that was noted, None before the first."""
    kept = values.get(_NAME)
    return None if kept is None else BackedUp(**json.loads(kept))


def view_backups(home: Home, values: ValueStore, now: int) -> View:
    """Return when the last backup was made, whether that is long ago, and what lies in the home."""
    last = last_backup(values)
    return {
        "last": asdict(last) if last else None,
        "old": last is None or now - last.time > OLD_DAYS * 86_400,
        "old_days": OLD_DAYS,
        "kept": KEPT,
        "folder": str(folder(home)),
        "locked": home.read_key().needs_passphrase,
        "files": [{"name": one.name, "bytes": one.stat().st_size} for one in _files(home)],
    }


def _files(home: Home) -> list[Path]:
    """Return the backups in the home's folder, newest first; their names are their times."""
    return sorted(folder(home).glob("commontab-*.backup"), reverse=True)
