"""Registries of all communities that links lead to: following them, in one process of a home."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from federation.errors import (
    FetchTimeout,
    ItemInvalid,
    NetworkUnreachable,
    SplitView,
    StorageFailed,
    TorrentRefused,
)
from federation.link.advert import Advert
from federation.link.crawl import Crawler
from federation.link.graph import is_stale
from federation.names.folder import Called, RegistryFolder
from federation.names.follow import SEEN_S, RegistryFollower
from federation.names.resolve import DEPTH_MAX
from federation.poll import Poller
from federation.port import Clock, Dht, Swarm
from ledger.errors import HistoryMismatch
from ledger.store.name_lookup import Standing

COMMUNITIES_MAX = 64
"""Whose names are followed at most, the nearest first."""
LINKED_BYTES_MAX = 256 * 2**20
"""Room for the names of a linked community: about 1.4 million of a usual size."""
OTHER_BYTES_MAX = 16 * 2**20
"""Room for those of one that others are linked with, whom nobody here has looked at."""
AT_ONCE = 8
"""Communities that are followed side by side."""
CRAWL_S = 20
"""How long adverts are read at most before names are followed by those that came, seconds."""

CalledBy = Mapping[bytes, Mapping[str, bytes]]
"""By community: what it calls others."""


class Registries:
    """Follows the names of all communities that links lead to, in one process of a home.

    Args:
        folder: Where they are kept.
        dht: Any adapter.
        swarm: Likewise.
        clock: Of this party.
        tell: Told of what is in the way, once until it changes.
    """

    def __init__(
        self,
        *,
        folder: RegistryFolder,
        dht: Dht,
        swarm: Swarm,
        clock: Clock,
        tell: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._dht = dht
        self._swarm = swarm
        self._clock = clock
        self._tell = tell
        self._crawler = Crawler(dht, Poller(dht), {})
        self._followers: dict[bytes, RegistryFollower] = {}
        self._told: dict[bytes, str] = {}

    async def look(self, standing: Standing) -> None:
        """Follow every community that links lead to, once; say what the network refused.

        Args:
            standing: Of the own ledger.
        """
        own, links = standing.community, standing.links
        if links:
            await self._take_adverts(own, list(links.values()), self._clock.now())
        near = await asyncio.to_thread(self._choose, own, links, self._clock.now())
        turns = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(
            *(self._follow(key, turns, linked=key in links.values()) for key in near)
        )

    async def _take_adverts(self, own: bytes, peers: Sequence[bytes], now: int) -> None:
        """Keep what communities call others, of those whose adverts came and are not stale."""
        try:
            crawled = await self._crawler.crawl(own, peers, now, CRAWL_S, lambda *_: None)
        except NetworkUnreachable as error:
            self._complain(own, f"reading of links: {error}")
            return
        self._complain(own, "")
        for community, advert in crawled.adverts.items():
            if not is_stale(advert, now):
                await asyncio.to_thread(self._keep_called, community, advert)

    def _keep_called(self, community: bytes, advert: Advert) -> None:
        called = tuple(Called(link.name, link.peer) for link in advert.links)
        follower = self._followers.get(community)
        kept = follower.kept if follower else self._folder.read(community)
        if kept.called == called:
            return
        changed = kept.calling(called)
        self._folder.save(community, changed)
        if follower is not None:
            follower.kept = changed

    def see_own(self, own: bytes, now: int) -> None:
        """Note that the own ledger is known to be the newest, for those who answer from it.

        Args:
            own: The community's key.
            now: Unix seconds.

        Raises:
            StorageFailed: The disk has no room.
        """
        kept = self._folder.read(own)
        if not 0 <= now - kept.seen < SEEN_S:
            self._folder.save(own, kept.seen_at(now))

    def _choose(self, own: bytes, links: Mapping[str, bytes], now: int) -> list[bytes]:
        """Return whom to follow, also those asked for by their keys; let go of all others."""
        known = self._folder.communities()
        called = {key: self._folder.read(key).calls for key in known}
        linked = nearest(own, links, called)
        asked = self._folder.asked_for(now)
        near = list(dict.fromkeys([*linked, *(key for key in asked if key != own)]))
        for community in set(known) - set(near) - {own}:
            self._followers.pop(community, None)
            self._folder.forget(community)
        return near

    async def _follow(self, community: bytes, turns: asyncio.Semaphore, *, linked: bool) -> None:
        bytes_max = LINKED_BYTES_MAX if linked else OTHER_BYTES_MAX
        async with turns:
            try:
                follower = self._followers.get(community)
                if follower is None:
                    follower = await asyncio.to_thread(self._open, community, bytes_max)
                    self._followers[community] = follower
                await follower.follow()
            except (
                NetworkUnreachable, ItemInvalid, FetchTimeout, TorrentRefused, HistoryMismatch,
                StorageFailed,
            ) as error:  # fmt: skip
                self._complain(community, str(error))
            except SplitView as error:
                self._complain(community, f"{error}; {self._folder.fork(community)} proves it")
            else:
                self._complain(community, "")

    def _open(self, community: bytes, bytes_max: int) -> RegistryFollower:
        return RegistryFollower(
            community=community,
            folder=self._folder,
            dht=self._dht,
            swarm=self._swarm,
            clock=self._clock,
            bytes_max=bytes_max,
        )

    def _complain(self, community: bytes, problem: str) -> None:
        if problem and self._told.get(community) != problem:
            self._tell(f"names of {community.hex()[:16]}…: {problem}")
        self._told[community] = problem


def nearest(own: bytes, links: Mapping[str, bytes], called: CalledBy) -> list[bytes]:
    """Return the communities whose names can be asked for, nearest first, at most 64.

    Args:
        own: Key of the own community, which is none of them.
        links: What it calls those that it is linked with.
        called: What others call theirs.
    """
    found: dict[bytes, None] = dict.fromkeys(sorted(links.values()))
    level = list(found)
    for _ in range(DEPTH_MAX - 1):
        named = {key for one in level for key in called.get(one, {}).values()}
        level = sorted(named - found.keys() - {own})
        found |= dict.fromkeys(level)
    return list(found)[:COMMUNITIES_MAX]
