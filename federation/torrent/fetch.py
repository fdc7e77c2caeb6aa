"""One fetch: peers from the DHT, then the metadata alone, then the files that are wanted.

The torrent enters the session twice. The first time every file is switched off, so nothing but
the info dictionary can move before it was judged. The second time it goes in without metadata,
which is then handed over: libtorrent connects known peers of such a torrent at once, of others
only with its next tick (up to a second later).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

import libtorrent as lt

from federation.errors import NetworkUnreachable, StorageFailed, TorrentRefused
from federation.port import PeerDirectory
from federation.settings import Kind
from federation.torrent.alerts import (
    Closing,
    DataArrived,
    Flushed,
    MetadataArrived,
    PeersFound,
    PieceRead,
    Removed,
    TorrentEvent,
    TorrentFailed,
)
from federation.torrent.files import SnapshotFolder
from federation.torrent.metainfo import INFO_BYTES_MAX, Metainfo, TorrentFile
from federation.torrent.session import SessionThread
from federation.torrent.settings import FETCH_FLAGS

Peer = tuple[str, int]
Awaited = TypeVar("Awaited", bound=TorrentEvent)

PEERS_MAX = 200
LOOKUP_PAUSE_S = {"public": 1.0, "private": 0.25, "loopback": 0.1}
LOOKUP_PAUSE_MAX_S = 5.0
"""A lookup for peers follows the one before after these seconds, later half as often each time."""
REMOVE_S = 2.0
NORMAL_PRIORITY = 4
METADATA_MOVED_BYTES_MAX = 2 * INFO_BYTES_MAX
"""Metadata may come from two peers at once, with its protocol's own bytes around it."""
METADATA_LOOK_S = 0.1


class Fetch:
    """The work on one infohash; ``events`` gets what libtorrent tells of it.

    Args:
        session: Where the torrent goes.
        infohash: v1, 20 bytes.
        kind: Of the network, for the pace of lookups.
        hints: Peers to try before the DHT knows any.
        directory: Asked for peers beside libtorrent's own look-up.
    """

    def __init__(
        self,
        session: SessionThread,
        infohash: bytes,
        kind: Kind,
        hints: Sequence[Peer],
        directory: PeerDirectory | None,
    ) -> None:
        self.events: asyncio.Queue[TorrentEvent | Closing] = asyncio.Queue()
        self._session = session
        self._infohash = infohash
        self._lookup_pause_s = LOOKUP_PAUSE_S[kind]
        self._peers = dict.fromkeys(hints)
        self._directory = directory
        self._handle: lt.torrent_handle | None = None

    def looking_for_peers(self) -> AbstractAsyncContextManager[None]:
        """Look peers up in the DHT, again and again, for as long as this is entered."""
        return _running(self._look_up())

    async def metadata(self, folder: SnapshotFolder) -> bytes:
        """Return the torrent's info dictionary. Does not end while nobody has it."""
        while not self._peers:
            await self._next(PeersFound)
        params = self._params(folder)
        params.flags |= lt.torrent_flags.default_dont_download
        async with self._added(params) as handle, _running(self._bound_metadata(handle)):
            await self._next(MetadataArrived)
            return await self._session.call(lambda _: _info_section(handle))

    @contextlib.asynccontextmanager
    async def pieces(self, metainfo: Metainfo, folder: SnapshotFolder) -> AsyncIterator[None]:
        """Let ``arrive`` and ``read`` work, for as long as this is entered."""
        params = self._params(folder)
        params.renamed_files = _renamed(metainfo, folder)
        params.piece_priorities = [0] * metainfo.pieces_count
        async with self._added(params) as handle:
            await self._session.call(lambda _: handle.set_metadata(metainfo.info))
            yield

    async def arrive(self, pieces: Sequence[int]) -> int:
        """Fetch pieces; return payload bytes received for the torrent so far.

        Raises:
            StorageFailed: The disk is full or does not take them.
            TorrentRefused: libtorrent found hashes that contradict each other.
        """
        handle = self._handle
        assert handle is not None, "pieces are fetched while ``pieces`` is entered"
        wanted = [(piece, NORMAL_PRIORITY) for piece in pieces]
        await self._session.call(lambda _: handle.prioritize_pieces(wanted))
        while not await self._session.call(lambda _: all(map(handle.have_piece, pieces))):
            await self._next(DataArrived)
        return await self._session.call(lambda _: handle.status().total_payload_download)

    async def read(self, piece: int) -> bytes:
        """Return what a piece holds that has arrived."""
        handle = self._handle
        assert handle is not None, "pieces are read while ``pieces`` is entered"
        await self._session.call(lambda _: handle.read_piece(piece))
        while (read := await self._next(PieceRead)).piece != piece:
            pass
        return read.data

    async def files(
        self, metainfo: Metainfo, folder: SnapshotFolder, wanted: Sequence[TorrentFile]
    ) -> int:
        """Fetch files into the folder's incoming place; return payload bytes received.

        Raises:
            StorageFailed: The disk is full or does not take them.
            TorrentRefused: libtorrent found hashes that contradict each other.
        """
        params = self._params(folder)
        params.renamed_files = _renamed(metainfo, folder)
        params.file_priorities = _priorities(metainfo, wanted)
        async with self._added(params) as handle:
            await self._session.call(lambda _: handle.set_metadata(metainfo.info))
            await self._next(DataArrived)
            await self._session.call(lambda _: handle.flush_cache())
            await self._next(Flushed)
            return await self._session.call(lambda _: handle.status().total_payload_download)

    def _params(self, folder: SnapshotFolder) -> lt.add_torrent_params:
        params = lt.add_torrent_params()
        params.info_hashes = lt.info_hash_t(lt.sha1_hash(self._infohash))
        params.save_path = str(folder.directory)
        params.flags = FETCH_FLAGS
        params.peers = list(self._peers)
        return params

    @contextlib.asynccontextmanager
    async def _added(self, params: lt.add_torrent_params) -> AsyncIterator[lt.torrent_handle]:
        self._handle = handle = await self._session.call(lambda lt_: lt_.add_torrent(params))
        try:
            yield handle
        finally:
            self._handle = None
            await self._session.call(lambda lt_: lt_.remove_torrent(handle))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REMOVE_S):
                    while not isinstance(await self.events.get(), Removed):
                        pass

    async def _next(self, awaited: type[Awaited]) -> Awaited:
        """Wait for and return one kind of event; peers are connected, failures raised meanwhile."""
        while True:
            event = await self.events.get()
            if isinstance(event, PeersFound):
                await self._meet(event.peers)
            if isinstance(event, Closing):
                raise NetworkUnreachable("the node was closed while a torrent was being fetched")
            if isinstance(event, TorrentFailed):
                raise _failure(self._infohash, event)
            if isinstance(event, awaited):
                return event

    async def _meet(self, peers: Sequence[Peer]) -> None:
        room = PEERS_MAX - len(self._peers)
        new = [peer for peer in peers if peer not in self._peers][:room]
        self._peers |= dict.fromkeys(new)
        handle = self._handle
        if handle and new:
            await self._session.call(lambda _: _connect(handle, new))

    async def _bound_metadata(self, handle: lt.torrent_handle) -> None:
        """Fail the torrent when peers send far more than metadata can be.

        libtorrent 2.1.1 looks at its ``max_metadata_size`` too late: it takes a few MiB, and of
        what is larger still it asks the same pieces for ever.
        """
        received = 0
        while received <= METADATA_MOVED_BYTES_MAX:
            await asyncio.sleep(METADATA_LOOK_S)
            received = await self._session.call(lambda _: handle.status().total_download)
        why = f"peers sent {received} bytes of metadata; at most {INFO_BYTES_MAX} fit"
        self.events.put_nowait(TorrentFailed(self._infohash, why, errno=0))

    async def _look_up(self) -> None:
        target = lt.sha1_hash(self._infohash)
        pause_s = self._lookup_pause_s
        while True:
            await self._session.call(lambda lt_: lt_.dht_get_peers(target))
            await self._ask_directory()
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LOOKUP_PAUSE_MAX_S)

    async def _ask_directory(self) -> None:
        if self._directory is None:
            return
        with contextlib.suppress(NetworkUnreachable):  # the fetch's deadline tells a person
            await self._directory.find_peers(self._infohash, self._tell)

    def _tell(self, peers: Sequence[Peer]) -> None:
        self.events.put_nowait(PeersFound(self._infohash, tuple(peers)))


@contextlib.asynccontextmanager
async def _running(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run work beside, until the block ends."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        # Its only failure is that the session closed, which the block hears of itself.
        await asyncio.gather(task, return_exceptions=True)


def _connect(handle: lt.torrent_handle, peers: Sequence[Peer]) -> None:
    for peer in peers:
        handle.connect_peer(peer)


def _info_section(handle: lt.torrent_handle) -> bytes:
    torrent_info = handle.torrent_file()
    assert torrent_info is not None, "metadata was announced"
    return bytes(torrent_info.info_section())


def _priorities(metainfo: Metainfo, wanted: Sequence[TorrentFile]) -> list[int]:
    """Return a priority per v1 file: 0 for padding and for what is here already."""
    names = {file.name for file in wanted if file.length}
    priorities = [0] * (metainfo.positions[-1] + 2)
    for position, file in zip(metainfo.positions, metainfo.files, strict=True):
        priorities[position] = NORMAL_PRIORITY if file.name in names else 0
    return priorities


def _renamed(metainfo: Metainfo, folder: SnapshotFolder) -> dict[int, str]:
    """Return where each v1 file arrives, by its position."""
    return {
        position: folder.partial(file)
        for position, file in zip(metainfo.positions, metainfo.files, strict=True)
    }


def _failure(infohash: bytes, event: TorrentFailed) -> Exception:
    if event.errno:
        return StorageFailed(
            f"torrent {infohash.hex()}: {event.why}; what came stays: make room and fetch again"
        )
    return TorrentRefused(f"torrent {infohash.hex()}: {event.why}")
