"""Homes of a community's manager: made, backed up into one file, and made again."""

from pathlib import Path

from federation.console.terminal import UsageInvalid
from federation.home import Home, HomeInvalid, make_home, write_whole
from federation.keys import KeyFile, format_key_file, parse_key_file
from federation.settings import Settings
from ledger import crypto
from ledger.errors import StoreDamaged
from ledger.store.backup import back_up, open_backup, restore
from ledger.store.database import Database, Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.meta import ValueStore
from manager.office import NAME
from manager.opening import RESTORED

KEY = "key.json"
SETTINGS = "settings.json"
_MARK = b"1"


def begin_home(
    home: Home, seed: bytes, passphrase: str | None, settings: Settings, name: str
) -> None:
    """Make a new home for a new community.

    Raises:
        HomeInvalid: The home is not empty.
    """
    _begin_ledger(home, seed, {NAME: name.encode()})
    make_home(home.path, "community", seed, passphrase, settings)


def restore_seed(home: Home, seed: bytes, passphrase: str | None, settings: Settings) -> None:
    """Make a home again from the seed that paper words stand for; members have its ledger.

    Raises:
        HomeInvalid: The home is not empty.
    """
    _begin_ledger(home, seed, {RESTORED: _MARK})
    make_home(home.path, "community", seed, passphrase, settings)


def write_backup(home: Home, database: Database, path: Path) -> None:
    """Write one file with the ledger, what waits, the key as it is locked, and the settings.

    Raises:
        StoreFull: The disk has no room; ``path`` is as it was.
    """
    carried = {KEY: format_key_file(home.read_key())}
    settings = home.path / SETTINGS
    if settings.exists():
        carried[SETTINGS] = settings.read_bytes()
    back_up(database, path, carried)


def restore_backup(home: Home, path: Path) -> KeyFile:
    """Make a home again from a backup; it signs nothing before it has read its own slot.

    Returns:
        The key file, still locked.

    Raises:
        HomeInvalid: The home is not empty.
        StoreMissing: No backup is there.
        StoreDamaged: The backup does not hold.
        KeyFileInvalid: The key file in it is damaged.
    """
    check_empty(home)
    file, settings = _read_backup(path)
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    restore(path, Role.MANAGER, home.ledger)
    _write_values(home, {RESTORED: _MARK})
    if settings:
        write_whole(home.path / SETTINGS, settings)
    # The key comes last: without it the folder is no home yet.
    write_whole(home.key_file, format_key_file(file))
    return file


def check_empty(home: Home) -> None:
    """Accept a folder in which no home is.

    Raises:
        HomeInvalid: There is one already.
    """
    for path in (home.key_file, home.ledger):
        if path.exists():
            raise HomeInvalid(f"{home.path} has {path.name} already; choose another, empty --home")


def _read_backup(path: Path) -> tuple[KeyFile, bytes]:
    backup, carried = open_backup(path, Role.MANAGER)
    backup.close()
    if KEY not in carried:
        raise StoreDamaged(f"{path}: holds no key, so it is no backup; use a file of `backup`")
    file = parse_key_file(carried[KEY])
    if file.kind != "community":
        raise UsageInvalid(f"{path} is a member's backup; use `commontab restore`")
    return file, carried.get(SETTINGS, b"")


def _begin_ledger(home: Home, seed: bytes, values: dict[str, bytes]) -> None:
    check_empty(home)
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = open_database(home.ledger, Role.MANAGER, write=True)
    try:
        JournalStore.begin(database, crypto.public_key(seed))
    finally:
        database.close()
    _write_values(home, values)


def _write_values(home: Home, values: dict[str, bytes]) -> None:
    database = open_database(home.ledger, Role.MANAGER, write=True)
    try:
        for name, value in values.items():
            ValueStore(database).set(name, value)
    finally:
        database.close()
