"""A simulated swarm: torrents as lists of file hashes, and the Swarm port over them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from pathlib import Path

from federation.errors import FetchTimeout, StorageFailed, TorrentRefused
from federation.port import FileEntry, Judge, Span, Torrent
from tests.support.weather import Weather

BYTES_PER_S = 1_000_000
LOOK_AGAIN_S = 0.5
PIECE_BYTES = 16_384
METADATA_BYTES = 2_000
"""What a fetch moves beside files."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What an infohash stands for: a name, and each file's entry and SHA-256."""

    name: str
    files: tuple[tuple[FileEntry, bytes], ...]

    @property
    def entries(self) -> tuple[FileEntry, ...]:
        """The files without their hashes, as a judge sees them."""
        return tuple(entry for entry, _ in self.files)

    @property
    def infohash(self) -> bytes:
        """20 bytes that only these names and contents have."""
        return sha1(repr(self).encode()).digest()  # noqa: S324 -- as long as the real one

    @property
    def infohash_v2(self) -> bytes:
        """32 bytes that only these names and contents have."""
        return sha256(repr(self).encode()).digest()


def describe(directory: Path, name: str, files: Sequence[str]) -> Metadata:
    """Return the metadata of files on disk, in order of their names."""
    listed = []
    for file in sorted(files):
        content = (directory / name / file).read_bytes()
        listed.append((FileEntry(file, len(content)), sha256(content).digest()))
    return Metadata(name, tuple(listed))


@dataclass(slots=True)
class SwarmNetwork:
    """Who seeds what.

    Attributes:
        metadata: Every torrent ever made, by v1 infohash. Tests may add hostile ones.
        seeders: Directory of each seeding party, by infohash and party.
        offline: Parties that reach nobody.
    """

    weather: Weather
    metadata: dict[bytes, Metadata] = field(default_factory=dict)
    seeders: dict[bytes, dict[str, Path]] = field(default_factory=dict)
    offline: set[str] = field(default_factory=set)

    def announce(self, metadata: Metadata, party: str, home: Path) -> None:
        """Let a party seed from ``home``, the directory that holds the files themselves."""
        self.metadata[metadata.infohash] = metadata
        self.seeders.setdefault(metadata.infohash, {})[party] = home

    def leave(self, party: str, infohash: bytes | None = None) -> None:
        """Let a party stop seeding one torrent, or all."""
        for known, parties in self.seeders.items():
            if infohash in (None, known):
                parties.pop(party, None)

    def sources(self, infohash: bytes, party: str) -> list[Path]:
        """Return where a party could fetch from now."""
        if party in self.offline:
            return []
        seeders = self.seeders.get(infohash, {})
        return [home for name, home in seeders.items() if name not in self.offline]


class SimSwarm:
    """The Swarm port of one party over a simulated network."""

    def __init__(self, network: SwarmNetwork, party: str) -> None:
        self._network = network
        self._party = party
        self._fetched: dict[bytes, Path] = {}
        self._known: dict[Path, bytes] = {}
        self._turns: dict[Path, asyncio.Lock] = {}
        self._received = 0

    async def seed(self, directory: Path, name: str, files: Sequence[str]) -> Torrent:
        """Seed files as one torrent."""
        try:
            metadata = describe(directory, name, files)
        except OSError as error:
            raise StorageFailed(f"{directory}: {error}") from error
        await self._network.weather.travel()
        self._network.announce(metadata, self._party, directory / name)
        return Torrent(metadata.infohash, metadata.infohash_v2, metadata.entries)

    async def fetch(
        self, infohash: bytes, directory: Path, name: str, judge: Judge, deadline_s: float
    ) -> Torrent:
        """Fetch the files that are not there yet, whole, or fail at the deadline."""
        turn = self._turns.setdefault(directory / name, asyncio.Lock())
        async with _within(deadline_s, infohash), turn:
            metadata = await self._find(infohash)
            if metadata.name != name:
                raise TorrentRefused(f"got a torrent called {metadata.name!r}, not {name!r}")
            left_out = judge(metadata.entries) or ()
            moved = await self._move_all(infohash, metadata, directory / name, left_out)
        self._fetched[infohash] = directory / name
        return Torrent(infohash, metadata.infohash_v2, metadata.entries, moved)

    @contextlib.asynccontextmanager
    async def open_pieces(
        self, infohash: bytes, directory: Path, name: str, judge: Judge, deadline_s: float
    ) -> AsyncIterator["SimPieces"]:
        """Give access to parts of a torrent."""
        async with self._turns.setdefault(directory / name, asyncio.Lock()):
            async with _within(deadline_s, infohash):
                metadata = await self._find(infohash)
                if metadata.name != name:
                    raise TorrentRefused(f"got a torrent called {metadata.name!r}, not {name!r}")
                judge(metadata.entries)
            yield SimPieces(self, metadata, deadline_s)

    async def read_span(self, infohash: bytes, span: Span, digest: bytes) -> bytes:
        """Return a span of a file from whoever has it now."""
        while True:
            for source in self._network.sources(infohash, self._party):
                if _is_there(source / span.file, digest):
                    await self._network.weather.travel()
                    return (source / span.file).read_bytes()[span.first : span.end]
            await asyncio.sleep(LOOK_AGAIN_S)

    def receive(self, count: int) -> None:
        """Count bytes."""
        self._received += count

    async def keep(self, infohash: bytes) -> None:
        """Seed a fetched torrent onward."""
        if infohash in self._fetched:
            metadata = self._network.metadata[infohash]
            self._network.announce(metadata, self._party, self._fetched[infohash])

    async def drop(self, infohash: bytes) -> None:
        """Stop seeding a torrent."""
        self._fetched.pop(infohash, None)
        self._network.leave(self._party, infohash)

    async def moved_bytes(self) -> tuple[int, int]:
        """Return bytes received; what is sent is not counted here."""
        return self._received, 0

    async def close(self) -> None:
        """Stop seeding everything."""
        self._network.leave(self._party)

    async def _find(self, infohash: bytes) -> Metadata:
        while not self._network.sources(infohash, self._party):  # noqa: ASYNC110 -- as peers do
            await asyncio.sleep(LOOK_AGAIN_S)
        await self._network.weather.travel()
        self._received += METADATA_BYTES
        return self._network.metadata[infohash]

    async def _move_all(
        self, infohash: bytes, metadata: Metadata, home: Path, left_out: Collection[str]
    ) -> int:
        incoming = home.parent / f".incoming-{home.name}"
        incoming.mkdir(parents=True, exist_ok=True)
        wanted = [
            (entry, digest)
            for entry, digest in metadata.files
            if self._lacks(home, entry, digest) and entry.name not in left_out
        ]
        before = self._received
        for entry, digest in wanted:
            if not _is_there(incoming / entry.name, digest):
                await self._move(infohash, entry, digest, incoming / entry.name)
        home.mkdir(parents=True, exist_ok=True)
        for entry, digest in wanted:
            (incoming / entry.name).replace(home / entry.name)
            self._known[home / entry.name] = digest
        return self._received - before

    def _lacks(self, home: Path, entry: FileEntry, digest: bytes) -> bool:
        """Tell whether a file must come; refuse what would change one that is here."""
        path = home / entry.name
        if _is_there(path, digest):
            self._known[path] = digest
            return False
        if path.exists() and self._known.get(path) != digest:
            raise TorrentRefused(f"the torrent would change {path}")
        return True

    async def _move(self, infohash: bytes, entry: FileEntry, digest: bytes, path: Path) -> None:
        while True:
            for source in self._network.sources(infohash, self._party):
                if _is_there(source / entry.name, digest):
                    content = (source / entry.name).read_bytes()
                    path.write_bytes(content[: len(content) // 2])
                    await self._network.weather.travel()
                    await asyncio.sleep(entry.length / BYTES_PER_S)
                    path.write_bytes(content)
                    self._received += entry.length
                    return
            await asyncio.sleep(LOOK_AGAIN_S)


class SimPieces:
    """The Pieces port over a simulated torrent."""

    def __init__(self, swarm: SimSwarm, metadata: Metadata, deadline_s: float) -> None:
        self.files: Sequence[FileEntry] = metadata.entries
        self.piece_length = PIECE_BYTES
        self.moved_bytes = 0
        self._swarm = swarm
        self._metadata = metadata
        self._deadline_s = deadline_s
        self._here: set[tuple[str, int]] = set()

    async def read(self, spans: Sequence[Span]) -> list[bytes]:
        """Return the bytes of some spans."""
        files = {entry.name: (entry.length, digest) for entry, digest in self._metadata.files}
        for span in spans:
            length, _ = files.get(span.file, (-1, b""))
            if not 0 <= span.first <= span.end <= length:
                raise TorrentRefused(f"there are no bytes {span.first} to {span.end}")
        infohash = self._metadata.infohash
        async with _within(self._deadline_s, infohash):
            read = [
                await self._swarm.read_span(infohash, span, files[span.file][1]) for span in spans
            ]
        for span in spans:
            self._count(span)
        return read

    def _count(self, span: Span) -> None:
        """Count the pieces of a span that have not moved yet."""
        for piece in range(span.first // PIECE_BYTES, -(-span.end // PIECE_BYTES)):
            if (span.file, piece) not in self._here:
                self._here.add((span.file, piece))
                self.moved_bytes += PIECE_BYTES
                self._swarm.receive(PIECE_BYTES)


@contextlib.asynccontextmanager
async def _within(deadline_s: float, infohash: bytes) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(deadline_s):
            yield
    except TimeoutError:
        raise FetchTimeout(
            f"torrent {infohash.hex()} did not arrive within {deadline_s:g} s"
        ) from None


def _is_there(path: Path, digest: bytes) -> bool:
    return path.is_file() and sha256(path.read_bytes()).digest() == digest
