"""The BitTorrent node: a routing and storing DHT node, and the Swarm port over libtorrent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import libtorrent as lt

from federation.errors import NetworkUnreachable, TorrentRefused
from federation.port import Judge, PeerDirectory, Torrent
from federation.settings import Network
from federation.torrent.alerts import (
    Closing,
    Counters,
    Event,
    ListenFailed,
    Listening,
    TorrentEvent,
)
from federation.torrent.deadline import fetching_within
from federation.torrent.fetch import Fetch, Peer
from federation.torrent.files import SnapshotFolder, naming
from federation.torrent.metainfo import Metainfo, parse_metainfo
from federation.torrent.pieces import TorrentPieces
from federation.torrent.seeds import Seeds
from federation.torrent.session import SessionThread, list_nodes, save_state
from federation.torrent.settings import session_settings

LISTEN_S = 5.0
CLOSE_S = 3.0
TICK_S = 1.0
CONTACTS_MAX = 64
"""Nodes of an earlier life that are asked again at the start."""
HINTS_MAX = 32


class Node:
    """One libtorrent session. Made by ``open_node``; implements the Swarm port."""

    def __init__(self, network: Network, host: str, port: int, state: bytes) -> None:
        self._network = network
        self._contacts: dict[Peer, None] = dict.fromkeys(
            (*network.first_nodes, *list_nodes(state)[:CONTACTS_MAX])
        )
        self._host = host
        self._address: Peer = ("", 0)
        self._listening: asyncio.Queue[Listening | ListenFailed] = asyncio.Queue()
        self._counting: list[asyncio.Future[Counters]] = []
        self._folders: dict[tuple[Path, str], SnapshotFolder] = {}
        self._fetching: dict[bytes, Fetch] = {}
        self._turns: dict[tuple[Path, str], asyncio.Lock] = {}
        self._fetched: dict[bytes, tuple[Metainfo, SnapshotFolder]] = {}
        self._hints: dict[bytes, list[Peer]] = {}
        self._directory: PeerDirectory | None = None
        self._announcing: set[asyncio.Task[None]] = set()
        settings = session_settings(network.kind, host, port)
        self._session = SessionThread(settings, state, self._deliver)
        self._seeds = Seeds(self._session)
        self._upkeep = asyncio.create_task(self._keep_up())

    @property
    def address(self) -> Peer:
        """Where this machine's programs reach the node, TCP and UDP (the DHT) alike."""
        return self._address

    async def add_dht_nodes(self, nodes: Sequence[Peer]) -> None:
        """Meet more DHT nodes (host, port), now and whenever none is left."""
        self._contacts |= dict.fromkeys(nodes)
        await self._session.call(lambda session: _meet(session, nodes))

    async def dht_nodes_count(self) -> int:
        """Return how many nodes the DHT routing table holds."""
        return (await self._count())["dht.dht_nodes"]

    async def dht_nodes(self) -> Sequence[Peer]:
        """Return addresses of the DHT routing table's nodes, for cards and later starts."""
        return list_nodes(await self.save_state())

    async def save_state(self) -> bytes:
        """Return what ``open_node`` takes so that a restarted node knows its DHT nodes."""
        return await self._session.call(save_state)

    def hint_peer(self, infohash: bytes, host: str, port: int) -> None:
        """Name a peer to try for the next fetch of a torrent, beside those from the DHT."""
        self._hints.setdefault(infohash, [])[HINTS_MAX - 1 :] = []
        self._hints[infohash].append((host, port))

    def consult(self, directory: PeerDirectory) -> None:
        """Find and announce peers here too, from now on.

        libtorrent announces a torrent when every node closest to it has answered, and waits up
        to 15 s for one that is gone. A directory that gives up sooner makes publications visible
        at once.
        """
        self._directory = directory

    async def seed(self, directory: Path, name: str, files: Sequence[str]) -> Torrent:
        """Seed ``directory/name/<file>`` for each file as one hybrid torrent called ``name``.

        The same files give the same torrent on every machine. Only files not seen before are
        read: the hashes of others are kept.

        Raises:
            StorageFailed: A file is missing, unreadable, or changed under its name.
        """
        folder = self._folder(directory, name)
        with naming(folder):
            metainfo = await asyncio.to_thread(folder.describe, files)
        await self._seeds.add(metainfo, folder)
        self._announce([metainfo.infohash])
        return metainfo.torrent()

    async def fetch(
        self, infohash: bytes, directory: Path, name: str, judge: Judge, deadline_s: float
    ) -> Torrent:
        """Fetch a torrent into ``directory/name/``, moving only files that are not there yet.

        It does not upload until ``keep`` is called, when the files that ``judge`` left out must be
        there too. Fetches of one name in one directory wait for each other.

        Raises:
            TorrentRefused: The metadata breaks ``judge``, the name or the limits; no data moved.
            FetchTimeout: Not complete within ``deadline_s`` seconds; what came stays for later.
            StorageFailed: The disk is full or fails; what came stays for later.
        """
        if torrent := self._seeds.get(infohash):
            return torrent
        folder = self._folder(directory, name)
        turn = self._turn(directory, name)
        async with fetching_within(deadline_s, infohash), turn:
            with naming(folder):
                return await self._fetch(infohash, folder, judge)

    @contextlib.asynccontextmanager
    async def open_pieces(
        self, infohash: bytes, directory: Path, name: str, judge: Judge, deadline_s: float
    ) -> AsyncIterator[TorrentPieces]:
        """Give access to parts of a torrent that is not seeded here.

        Fetches of the same name in the same directory wait until this is left.

        Raises:
            TorrentRefused: The metadata breaks ``judge``, the name or the limits; no data moved.
            FetchTimeout: Nobody had the metadata within ``deadline_s`` seconds.
        """
        assert self._seeds.get(infohash) is None, "who seeds a torrent has its files"
        folder = self._folder(directory, name)
        async with self._turn(directory, name), self._fetching_of(infohash) as fetch:
            async with fetching_within(deadline_s, infohash):
                metainfo = await _read(fetch, infohash, folder)
                judge(metainfo.entries)
            async with fetch.pieces(metainfo, folder):
                yield TorrentPieces(fetch, metainfo, deadline_s)
        await asyncio.to_thread(folder.sweep)

    async def keep(self, infohash: bytes) -> None:
        """Seed a fetched torrent onward: its content matched the signed root.

        Raises:
            StorageFailed: A file is missing, unreadable, or changed since it was fetched.
        """
        if infohash not in self._fetched:
            return
        metainfo, folder = self._fetched[infohash]
        with naming(folder):
            await self._seeds.add(metainfo, folder)
        self._announce([infohash])
        self._fetched.pop(infohash, None)

    async def drop(self, infohash: bytes) -> None:
        """Stop and forget a torrent; its files stay."""
        self._fetched.pop(infohash, None)
        self._hints.pop(infohash, None)
        await self._seeds.drop(infohash)

    async def moved_bytes(self) -> tuple[int, int]:
        """Return bytes received and sent by all torrents since the start, protocol included."""
        values = await self._count()
        return values["net.recv_bytes"], values["net.sent_bytes"]

    async def close(self) -> None:
        """Stop everything within 3 seconds."""
        tasks = [self._upkeep, *self._announcing]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for fetch in self._fetching.values():
            fetch.events.put_nowait(Closing())
        await self._session.close(CLOSE_S)

    async def _start(self) -> None:
        """Wait for the sockets, then meet the first DHT nodes.

        Raises:
            NetworkUnreachable: The address cannot be bound.
        """
        heard: list[Listening] = []
        try:
            async with asyncio.timeout(LISTEN_S):
                while {each.udp for each in heard} != {False, True}:
                    event = await self._listening.get()
                    if isinstance(event, Listening):
                        heard.append(event)
                    elif self._network.kind != "public":
                        raise NetworkUnreachable(f"{event.why}; choose another address or port")
        except TimeoutError:
            raise NetworkUnreachable(
                f"no socket opened at {self._host or 'any address'}; choose another address or port"
            ) from None
        wildcard = heard[0].host in ("0.0.0.0", "::")  # noqa: S104 -- only recognised here
        self._address = ("127.0.0.1" if wildcard else heard[0].host, heard[0].port)
        await self.add_dht_nodes(list(self._contacts))

    async def _fetch(self, infohash: bytes, folder: SnapshotFolder, judge: Judge) -> Torrent:
        async with self._fetching_of(infohash) as fetch:
            known = self._fetched.get(infohash)
            metainfo = known[0] if known else await _read(fetch, infohash, folder)
            left_out = judge(metainfo.entries) or ()
            missing = await asyncio.to_thread(folder.missing, metainfo)
            wanted = [file for file in missing if file.name not in left_out]
            moved = await fetch.files(metainfo, folder, wanted) if wanted else 0
        await asyncio.to_thread(folder.settle, metainfo, wanted)
        self._fetched[infohash] = (metainfo, folder)
        return metainfo.torrent(moved)

    @contextlib.asynccontextmanager
    async def _fetching_of(self, infohash: bytes) -> AsyncIterator[Fetch]:
        """Give the work on one torrent, which hears of events and looks for peers meanwhile."""
        hints = self._hints.get(infohash, ())
        fetch = Fetch(self._session, infohash, self._network.kind, hints, self._directory)
        assert infohash not in self._fetching, "one torrent is fetched into two places at once"
        self._fetching[infohash] = fetch
        try:
            async with fetch.looking_for_peers():
                yield fetch
        finally:
            del self._fetching[infohash]

    def _turn(self, directory: Path, name: str) -> asyncio.Lock:
        return self._turns.setdefault((directory, name), asyncio.Lock())

    def _folder(self, directory: Path, name: str) -> SnapshotFolder:
        key = (directory, name)
        if key not in self._folders:
            self._folders[key] = SnapshotFolder(directory, name)
        return self._folders[key]

    async def _count(self) -> dict[str, int]:
        answer: asyncio.Future[Counters] = asyncio.get_running_loop().create_future()
        self._counting.append(answer)
        await self._session.call(lambda session: session.post_session_stats())
        return (await answer).values

    def _deliver(self, events: Sequence[Event]) -> None:
        for event in events:
            match event:
                case Listening() | ListenFailed():
                    self._listening.put_nowait(event)
                case Counters():
                    waiting, self._counting = self._counting, []
                    for answer in waiting:
                        if not answer.done():
                            answer.set_result(event)
                case _:
                    self._hand_on(event)

    def _hand_on(self, event: TorrentEvent) -> None:
        if fetch := self._fetching.get(event.infohash):
            fetch.events.put_nowait(event)

    async def _keep_up(self) -> None:
        """Meet the first contacts again when no DHT node is left; announce young torrents."""
        lonely = True
        while True:
            await asyncio.sleep(TICK_S)
            nodes = await self.dht_nodes_count()
            if not nodes:
                await self.add_dht_nodes(list(self._contacts))
            self._announce(await self._seeds.grow_older(TICK_S, announce_all=lonely and nodes > 0))
            lonely = not nodes

    def _announce(self, infohashes: Sequence[bytes]) -> None:
        """Tell the directory, in the background, where these torrents are to be had."""
        if self._directory is None:
            return
        for infohash in infohashes:
            task = asyncio.create_task(_announce(self._directory, infohash, self._address[1]))
            self._announcing.add(task)
            task.add_done_callback(self._announcing.discard)


async def open_node(network: Network, host: str = "", port: int = 0, state: bytes = b"") -> Node:
    """Return a running node.

    Args:
        network: The DHT to take part in, with its first nodes.
        host: Address to bind; empty for the kind's own choice.
        port: TCP and UDP; 0 for any (public: 6881 or the next free one).
        state: What ``save_state`` gave in an earlier life, or nothing.

    Raises:
        NetworkUnreachable: The address cannot be bound.
    """
    node = Node(network, host, port, state)
    try:
        await node._start()  # noqa: SLF001 -- the second half of its construction
    except BaseException:
        await node.close()
        raise
    return node


async def _announce(directory: PeerDirectory, infohash: bytes, port: int) -> None:
    with contextlib.suppress(NetworkUnreachable):  # announced again as it grows older
        await directory.announce_peer(infohash, port)


async def _read(fetch: Fetch, infohash: bytes, folder: SnapshotFolder) -> Metainfo:
    metainfo = parse_metainfo(await fetch.metadata(folder), folder.name)
    if metainfo.infohash != infohash:
        raise TorrentRefused(f"torrent {infohash.hex()}: its metadata hashes to another infohash")
    return metainfo


def _meet(session: lt.session, nodes: Sequence[Peer]) -> None:
    for node in nodes:
        session.add_dht_node(node)
