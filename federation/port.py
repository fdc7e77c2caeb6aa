"""The ports: the few verbs through which the programs reach the outside world."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from federation.item import MutableItem, SlotName


@dataclass(frozen=True, slots=True)
class Got:
    """Answer of a mutable get.

    Attributes:
        item: The newest valid item found, or None if nobody stores one (newer than asked).
        answered: How many nodes answered with a token, an item or nodes.
        copies: How many of them store ``item``.
        unchanged: True when a node confirmed that it stores nothing newer than ``newer_than``.
    """

    item: MutableItem | None
    answered: int
    copies: int
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Put:
    """Answer of a put.

    Attributes:
        accepted: How many nodes acknowledged it.
        newest_seq: Highest ``seq`` seen while looking up, or None.
    """

    accepted: int
    newest_seq: int | None = None


class Dht(Protocol):
    """Storing and reading BEP 44 items. Every verb raises NetworkUnreachable if nobody answers."""

    async def get(self, slot: SlotName, newer_than: int | None = None) -> Got:
        """Return the newest item of a slot; with ``newer_than`` cheaply if unchanged.

        Args:
            slot: Who writes it, under which salt.
            newer_than: The last seq known, -1 for a slot never seen.
        """

    async def put(self, item: MutableItem, cas: int | None = None) -> Put:
        """Store a signed item, one's own or anybody's, on the nodes closest to its target."""

    async def get_immutable(self, target: bytes) -> bytes | None:
        """Return the bencoded value whose SHA-1 is the 20-byte target, checked, or None."""

    async def put_immutable(self, value: bytes) -> Put:
        """Store a bencoded value of at most 999 bytes under its SHA-1."""

    async def nodes(self) -> Sequence[tuple[str, int]]:
        """Return addresses of DHT nodes that answered lately, best first."""

    async def close(self) -> None:
        """Release the port and end every task."""


class PeerDirectory(Protocol):
    """Who has which torrent, as the DHT's nodes keep it for a while."""

    async def find_peers(
        self, infohash: bytes, tell: Callable[[Sequence[tuple[str, int]]], None]
    ) -> None:
        """Look up who has a torrent; ``tell`` gets peers as nodes answer.

        Raises:
            NetworkUnreachable: Nobody answered.
        """

    async def announce_peer(self, infohash: bytes, port: int) -> Put:
        """Tell the nodes closest to a torrent that it is to be had here, at a TCP port.

        Raises:
            NetworkUnreachable: Nobody answered.
        """


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file that a torrent's metadata names: its name inside the torrent and its length."""

    name: str
    length: int


@dataclass(frozen=True, slots=True)
class Torrent:
    """A torrent that is being seeded or was fetched.

    Attributes:
        infohash: v1, 20 bytes.
        infohash_v2: 32 bytes.
        files: All files but padding.
        moved_bytes: Payload received for it, 0 for one's own.
    """

    infohash: bytes
    infohash_v2: bytes
    files: tuple[FileEntry, ...]
    moved_bytes: int = 0


Judge = Callable[[Sequence[FileEntry]], Collection[str] | None]
"""Raises TorrentRefused when the files a torrent names do not fit the snapshot's rules; returns the
names of those that the caller makes himself, so that they need not move."""


class Span(NamedTuple):
    """Bytes ``first`` to ``end`` - 1 of one file of a torrent."""

    file: str
    first: int
    end: int


class Pieces(Protocol):
    """A torrent of which only what is asked for moves. Nothing of it is seeded or kept."""

    @property
    def files(self) -> Sequence[FileEntry]:
        """All files but padding."""

    @property
    def piece_length(self) -> int:
        """Bytes that move at least; every file begins with a piece of its own."""

    @property
    def moved_bytes(self) -> int:
        """Payload received so far, in whole pieces."""

    async def read(self, spans: Sequence[Span]) -> list[bytes]:
        """Return the bytes of some spans, moving the pieces that hold them, each once.

        They are what the torrent names; whether that is true is the caller's to find out.

        Raises:
            TorrentRefused: A span lies outside of its file, or there is no such file.
            FetchTimeout: They did not come within the deadline.
        """


class Swarm(Protocol):
    """Seeding and fetching snapshots. Files are immutable: a name never changes its content."""

    async def seed(self, directory: Path, name: str, files: Sequence[str]) -> Torrent:
        """Seed ``directory/name/<file>`` for each file as one hybrid torrent called ``name``."""

    async def fetch(
        self, infohash: bytes, directory: Path, name: str, judge: Judge, deadline_s: float
    ) -> Torrent:
        """Fetch a torrent into ``directory/name/``, moving only files that are not there yet.

        It does not upload until ``keep`` is called, when the files that ``judge`` left out must be
        there too.

        Raises:
            TorrentRefused: The metadata breaks ``judge``, the name or the limits; no data moved.
            FetchTimeout: Not complete within ``deadline_s`` seconds; what came stays for later.
        """

    def open_pieces(
        self, infohash: bytes, directory: Path, name: str, judge: Judge, deadline_s: float
    ) -> AbstractAsyncContextManager[Pieces]:
        """Give access to parts of a torrent that is not seeded here.

        Args:
            infohash: v1, 20 bytes.
            directory: Where pieces lie meanwhile.
            name: What the torrent must be called.
            judge: As for ``fetch``; what it leaves out is not looked at.
            deadline_s: For the metadata, and again for each reading.

        Raises:
            TorrentRefused: The metadata breaks ``judge``, the name or the limits; no data moved.
            FetchTimeout: Nobody had the metadata within the deadline.
        """

    async def keep(self, infohash: bytes) -> None:
        """Seed a fetched torrent onward: its content matched the signed root."""

    async def drop(self, infohash: bytes) -> None:
        """Stop and forget a torrent; its files stay."""

    async def moved_bytes(self) -> tuple[int, int]:
        """Return bytes received and sent by all torrents since the start, protocol included."""

    async def close(self) -> None:
        """Stop everything within 3 seconds."""


class Clock(Protocol):
    """The only source of time; a simulated world has its own."""

    def now(self) -> int:
        """Return Unix seconds, UTC."""

    def monotonic(self) -> float:
        """Return seconds that never go back, for deadlines."""

    async def sleep(self, delay_s: float) -> None:
        """Wait."""
