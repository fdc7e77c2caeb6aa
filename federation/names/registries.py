"""Registries of all communities that links lead to: following them, and reading what is kept."""

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
from federation.names.folder import Called, KeptRegistry, RegistryFolder
from federation.names.follow import SEEN_S, RegistryFollower
from federation.names.own import OwnRegistry
from federation.names.registry import FollowedRegistry, Registry
from federation.names.resolve import DEPTH_MAX, Resolver, label_of, links_of
from federation.poll import Poller
from federation.port import Clock, Dht, Swarm
from ledger.errors import HistoryMismatch
from ledger.state import State
from ledger.store.journal import JournalStore

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

    async def look(self, state: State) -> None:
        """Follow every community that links lead to, once; say what the network refused.

        Args:
            state: The own ledger's.
        """
        links = links_of(state)
        if links:
            await self._take_adverts(state.key, list(links.values()), self._clock.now())
        near = await asyncio.to_thread(self._choose, state.key, links)
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

    def see_own(self, own: bytes) -> None:
        """Note that the own ledger is known to be the newest, for those who answer from it.

        Raises:
            StorageFailed: The disk has no room.
        """
        now, kept = self._clock.now(), self._folder.read(own)
        if not 0 <= now - kept.seen < SEEN_S:
            self._folder.save(own, kept.seen_at(now))

    def _choose(self, own: bytes, links: Mapping[str, bytes]) -> list[bytes]:
        """Return whom to follow; let go of all others."""
        known = self._folder.communities()
        called = {key: called_by(self._folder.read(key)) for key in known}
        near = nearest(own, links, called)
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
                NetworkUnreachable, ItemInvalid, FetchTimeout, TorrentRefused, SplitView,
                HistoryMismatch, StorageFailed,
            ) as error:  # fmt: skip
                self._complain(community, str(error))
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


class RegistryReader:
    """Reads what the following process of the home keeps. Calls block."""

    def __init__(self, folder: RegistryFolder) -> None:
        self._folder = folder
        self._versions: dict[bytes, int] = {}
        self._kept: dict[bytes, KeptRegistry] = {}
        self._registries: dict[bytes, FollowedRegistry | None] = {}

    def resolver(self, store: JournalStore, state: State, seen: int | None = None) -> Resolver:
        """Return what resolves names now.

        Args:
            store: The own journal.
            state: What it adds up to.
            seen: When the own checkpoint was last known to be the newest, Unix seconds; None for
                when the following process last looked, or else for when it was merged.
        """
        self._read_changed()
        own = self._kept.get(state.key)
        at = seen if seen is not None else max(own.seen if own else 0, state.time)
        doubted = {key for key, kept in self._kept.items() if kept.other_note}
        others: dict[bytes, Registry | None] = {
            key: registry
            for key, registry in self._registries.items()
            if key != state.key and self._kept[key].size
        }
        return Resolver(
            OwnRegistry(store, state, at),
            label=label_of(state.community.name) if state.community else "",
            links=links_of(state),
            others=others,
            called={key: called_by(kept) for key, kept in self._kept.items()},
            doubted=doubted,
        )

    def _read_changed(self) -> None:
        for community in self._folder.communities():
            version = self._folder.version(community)
            if version != self._versions.get(community):
                self._read(community)
                self._versions[community] = version

    def _read(self, community: bytes) -> None:
        kept = self._folder.read(community)
        known, before = self._kept.get(community), self._registries.get(community)
        self._kept[community] = kept
        if before is not None and known is not None and _says_same(known, kept):
            self._registries[community] = before.seen_at(kept.seen)
            return
        try:
            self._registries[community] = self._folder.load(community, kept, before)
        except StorageFailed:
            # The follower may have just taken the next files in; what was read goes on meanwhile.
            self._kept[community] = known or kept
            self._registries[community] = before


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


def _says_same(one: KeptRegistry, other: KeptRegistry) -> bool:
    """Return whether two things kept of a community differ in nothing that its registry shows."""
    return (one.note, one.files) == (other.note, other.files)


def called_by(kept: KeptRegistry) -> dict[str, bytes]:
    """Return what a community calls others."""
    return {one.name: one.peer for one in kept.called}
