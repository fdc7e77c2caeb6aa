"""Backups of a member's home, and homes made again from them."""

from dataclasses import dataclass
from pathlib import Path

from federation.console.terminal import UsageInvalid
from federation.home import Home, HomeInvalid, make_home, write_whole
from federation.keys import format_key_file, parse_key_file
from federation.settings import Settings
from ledger import crypto
from ledger.errors import StoreDamaged
from ledger.store.backup import back_up, open_backup, restore
from ledger.store.database import Database, Role, open_database
from ledger.store.meta import ValueStore
from ledger.store.recurring import RecurringStore
from member.membership import NAME, RESTORED

KEY = "key.json"
SETTINGS = "settings.json"
_MARK = b"1"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup file holds beside the member's database.

    Attributes:
        key: Public key of its member, 32 bytes.
        key_file: The key file's bytes; locked by the passphrase it had.
        settings: The settings file's bytes, or empty.
    """

    key: bytes
    key_file: bytes
    settings: bytes


def write_backup(home: Home, own: Database, path: Path) -> None:
    """Write one file with the key, the own change-sets, the card and the settings.

    The ledger itself is not in it: every member and the manager have it.

    Raises:
        StoreFull: The disk has no room; ``path`` is as it was.
    """
    carried = {KEY: format_key_file(home.read_key())}
    settings = home.path / SETTINGS
    if settings.exists():
        carried[SETTINGS] = settings.read_bytes()
    back_up(own, path, carried)


def read_backup(path: Path) -> Kept:
    """Return what a backup file holds, checked.

    Raises:
        StoreMissing: Nothing is there.
        StoreDamaged: It is not a member's backup, or is damaged.
        KeyFileInvalid: The key file in it is damaged.
    """
    backup, carried = open_backup(path, Role.MEMBER)
    backup.close()
    if KEY not in carried:
        raise StoreDamaged(f"{path}: holds no key, so it is no backup; use a file of `backup`")
    file = parse_key_file(carried[KEY])
    if file.kind != "member":
        raise UsageInvalid(f"{path} is a community's backup; use `commontab-manager restore`")
    return Kept(file.key, carried[KEY], carried.get(SETTINGS, b""))


def restore_backup(home: Home, path: Path) -> Kept:
    """Make a home again from a backup; it signs nothing before it has read its own slot.

    Raises:
        HomeInvalid: The home is not empty.
        StoreDamaged: The backup does not hold.
    """
    check_empty(home)
    kept = read_backup(path)
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    restore(path, Role.MEMBER, home.outgoing)
    if kept.settings:
        write_whole(home.path / SETTINGS, kept.settings)
    _mark_restored(home, "")
    _pause_recurring(home)
    # The key comes last: without it the folder is no home yet.
    write_whole(home.key_file, kept.key_file)
    return kept


def restore_seed(
    home: Home, seed: bytes, passphrase: str | None, settings: Settings, name: str
) -> bytes:
    """Make a home again from the seed that paper words stand for; return its public key.

    Raises:
        HomeInvalid: The home is not empty.
    """
    check_empty(home)
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    _mark_restored(home, name)
    make_home(home.path, "member", seed, passphrase, settings)
    return crypto.public_key(seed)


def begin_home(
    home: Home, seed: bytes, passphrase: str | None, settings: Settings, name: str
) -> None:
    """Make a new home for a new key.

    Raises:
        HomeInvalid: The home is not empty.
    """
    check_empty(home)
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_values(home, {NAME: name.encode()})
    make_home(home.path, "member", seed, passphrase, settings)


def _mark_restored(home: Home, name: str) -> None:
    values = {RESTORED: _MARK}
    if name:
        values[NAME] = name.encode()
    _write_values(home, values)


def _pause_recurring(home: Home) -> None:
    """Let nothing come again by itself: what was issued since the backup would be so twice."""
    own = open_database(home.outgoing, Role.MEMBER, write=True)
    try:
        RecurringStore(own).pause_all("paused: this home came from a backup")
    finally:
        own.close()


def _write_values(home: Home, values: dict[str, bytes]) -> None:
    own = open_database(home.outgoing, Role.MEMBER, write=True)
    try:
        for name, value in values.items():
            ValueStore(own).set(name, value)
    finally:
        own.close()


def check_empty(home: Home) -> None:
    """Accept a folder that no home is in yet.

    Raises:
        HomeInvalid: There is one; keys and changes are never overwritten.
    """
    for path in (home.key_file, home.outgoing):
        if path.exists():
            raise HomeInvalid(f"{home.path} has {path.name} already; choose another, empty --home")
