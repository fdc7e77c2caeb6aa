"""The torrents that a node seeds, and how often it tells the DHT of them."""

import asyncio
from dataclasses import dataclass

import libtorrent as lt

from federation.port import Torrent
from federation.torrent.files import SnapshotFolder
from federation.torrent.metainfo import Metainfo, encode_torrent
from federation.torrent.session import SessionThread
from federation.torrent.settings import SEED_FLAGS

ANNOUNCE_AGES_S = (1, 3, 8, 20, 60, 180)
"""A young torrent is announced again at these ages, then by libtorrent every 15 minutes."""


@dataclass(slots=True)
class _Seed:
    """A torrent that is being seeded, and how many seconds ago that began."""

    torrent: Torrent
    handle: lt.torrent_handle
    age_s: float = 0


class Seeds:
    """Torrents by v1 infohash, each seeded without reading its files again."""

    def __init__(self, session: SessionThread) -> None:
        self._session = session
        self._seeds: dict[bytes, _Seed] = {}

    def get(self, infohash: bytes) -> Torrent | None:
        """Return a torrent that is being seeded."""
        seed = self._seeds.get(infohash)
        return seed.torrent if seed else None

    async def add(self, metainfo: Metainfo, folder: SnapshotFolder) -> None:
        """Seed files that are all in a folder; libtorrent announces them at once.

        Raises:
            StorageFailed: A file changed since it was described or fetched.
        """
        if metainfo.infohash in self._seeds:
            return
        layers = await asyncio.to_thread(folder.layers, metainfo)
        params = lt.load_torrent_buffer(encode_torrent(metainfo.info, layers))
        params.save_path = str(folder.directory)
        params.flags = SEED_FLAGS
        handle = await self._session.call(lambda session: session.add_torrent(params))
        self._seeds[metainfo.infohash] = _Seed(metainfo.torrent(), handle)

    async def drop(self, infohash: bytes) -> None:
        """Stop seeding a torrent, if it is one of these."""
        if seed := self._seeds.pop(infohash, None):
            await self._session.call(lambda session: session.remove_torrent(seed.handle))

    async def grow_older(self, elapsed_s: float, *, announce_all: bool) -> list[bytes]:
        """Announce torrents that came of an age to be, or all; return their infohashes."""
        due = []
        for seed in self._seeds.values():
            before_s, seed.age_s = seed.age_s, seed.age_s + elapsed_s
            if announce_all or any(before_s < age_s <= seed.age_s for age_s in ANNOUNCE_AGES_S):
                due.append(seed)
        if due:
            handles = [seed.handle for seed in due]
            await self._session.call(lambda _: _announce(handles))
        return [seed.torrent.infohash for seed in due]


def _announce(handles: list[lt.torrent_handle]) -> None:
    for handle in handles:
        handle.force_dht_announce()
