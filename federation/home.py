"""A home: the folder that holds one party's keys, books and settings."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from platformdirs import user_data_path

from federation.errors import FederationError
from federation.keys import KeyFile, Kind, create_key_file, read_key_file, unlock_seed
from federation.settings import Settings, load_settings, save_settings


class HomeInvalid(FederationError):
    """A folder that is not the home that is needed, or already is one."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where each thing of a party lies; the folder is readable by its owner only."""

    path: Path

    @property
    def key_file(self) -> Path:
        """The party's key, locked by its passphrase."""
        return self.path / "key.json"

    @property
    def ledger(self) -> Path:
        """The journal and the present, a manager's or a replica's."""
        return self.path / "ledger.db"

    @property
    def outgoing(self) -> Path:
        """A member's own change-sets and cards."""
        return self.path / "member.db"

    @property
    def snapshots(self) -> Path:
        """The folder above the torrent's files."""
        return self.path / "snapshot"

    @property
    def excerpt(self) -> Path:
        """What a member keeps who fetches only his own records."""
        return self.path / "excerpt"

    @property
    def registries(self) -> Path:
        """The names of other communities, for all who resolve here."""
        return self.path / "registries"

    @property
    def lock(self) -> Path:
        """Held by the one process that writes the ledger and publishes."""
        return self.path / "lock"

    @property
    def node_state(self) -> Path:
        """What the libtorrent node remembers between starts."""
        return self.path / "node.state"

    @property
    def holders(self) -> Path:
        """Which DHT nodes stored each slot that was polled, so that a restart polls warm."""
        return self.path / "holders"

    @property
    def copies(self) -> Path:
        """Records about a member that came after he could read no more."""
        return self.path / "copies"

    @property
    def evidence(self) -> Path:
        """Notes that contradict each other, kept for everybody to see."""
        return self.path / "evidence"

    def settings(self) -> Settings:
        """Return how to run here."""
        return load_settings(self.path)

    def read_key(self) -> KeyFile:
        """Return the key file, still locked.

        Raises:
            HomeInvalid: Nothing was set up here.
        """
        if not self.key_file.exists():
            raise HomeInvalid(f"{self.path} is not set up yet; run init or restore there first")
        return read_key_file(self.key_file)

    def unlock(self, passphrase: str | None) -> bytes:
        """Return the 32-byte seed.

        Raises:
            PassphraseWrong: The passphrase does not open the key file.
        """
        return unlock_seed(self.read_key(), passphrase)


def default_home(program: str) -> Path:
    """Return where a program's home is unless the person says otherwise."""
    return user_data_path(program, appauthor=False)


def make_home(
    path: Path, kind: Kind, seed: bytes, passphrase: str | None, settings: Settings
) -> Home:
    """Set a new home up: its folder, key file and settings.

    Raises:
        HomeInvalid: There is a key already; it is never overwritten.
    """
    home = Home(path)
    if home.key_file.exists():
        raise HomeInvalid(f"{path} has a key already; choose another --home or keep this one")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    save_settings(path, settings)
    create_key_file(home.key_file, kind, seed, passphrase)
    return home


def meet(home: Home, hints: tuple[tuple[str, int], ...]) -> Settings:
    """Add the DHT nodes of a card to a home's settings and return them."""
    settings = home.settings()
    met = replace(settings, network=settings.network.with_hints(hints))
    if met != settings:
        save_settings(home.path, met)
    return met


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, for its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)
