"""The crawl: reading adverts from the own links outward, as far as a payment may go."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from federation.errors import NetworkUnreachable, SlotInvalid
from federation.item import MutableItem
from federation.link.advert import Advert, ListedAdvert, advert_slot, join_advert, read_advert
from federation.link.graph import is_stale
from federation.poll import Polled, Poller
from federation.port import Dht, Got
from ledger.link.instruction import HOPS_MAX

COMMUNITIES_MAX = 256
KEPT_S = 60
"""What was read so lately is not asked for again."""
FORGOTTEN_S = 3_600
BATCH = 32
"""Slots that are polled before the next ones; after each batch is told how far it came."""
CHUNKS_IN_FLIGHT = 32
"""Items of longer adverts that are asked for at once."""

Tell = Callable[[int, int], None]
"""Told how many adverts were found, and of how many communities they are known so far."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was read of a community's slot.

    Attributes:
        read: When, in Unix seconds.
        seq: Of the item, None where nobody stores one.
        advert: What it says, None where it was refused or is not there.
        fault: Why it was refused, or nothing.
    """

    read: int
    seq: int | None = None
    advert: Advert | None = None
    fault: str = ""


Memory = dict[bytes, Remembered]


@dataclass(frozen=True, slots=True)
class Crawled:
    """What a crawl found.

    Attributes:
        adverts: By community.
        refused: Communities whose adverts do not hold, and why.
        silent: Communities of which no advert was found.
        whole: Whether it came to its end before its time or number of communities was over.
    """

    adverts: Mapping[bytes, Advert]
    refused: Mapping[bytes, str]
    silent: frozenset[bytes]
    whole: bool


class Crawler:
    """Reads the adverts of communities that are linked with each other.

    Args:
        dht: Any adapter.
        poller: Over the same.
        memory: What was read before; it is changed.
    """

    def __init__(self, dht: Dht, poller: Poller, memory: Memory) -> None:
        self._dht = dht
        self._poller = poller
        self._memory = memory
        self._chunks = asyncio.Semaphore(CHUNKS_IN_FLIGHT)

    async def crawl(
        self, own: bytes, peers: Iterable[bytes], now: int, deadline_s: float, tell: Tell
    ) -> Crawled:
        """Read the adverts of the own links' peers, then of theirs, up to eight links away.

        Args:
            own: Key of the own community, whose advert is not read.
            peers: Keys of those that it has links with.
            now: Unix seconds.
            deadline_s: After so many seconds it ends with what it has.
            tell: Called after each batch.

        Raises:
            NetworkUnreachable: Nobody answered at all.
        """
        self._forget(now)
        frontier = _Frontier(own, peers, now)
        try:
            async with asyncio.timeout(deadline_s):
                whole = await self._read_levels(frontier, now, tell)
        except TimeoutError:
            whole = False
        known = {key: self._memory[key] for key in frontier.reached if key in self._memory}
        adverts = {key: one.advert for key, one in known.items() if one.advert is not None}
        refused = {key: one.fault for key, one in known.items() if one.fault}
        silent = frozenset(frontier.reached.keys() - adverts.keys() - refused.keys())
        return Crawled(adverts, refused, silent, whole)

    async def _read_levels(self, frontier: "_Frontier", now: int, tell: Tell) -> bool:
        for _ in range(HOPS_MAX):
            level, left_out = frontier.advance(self._memory)
            for start in range(0, len(level), BATCH):
                await self._read(level[start : start + BATCH], now)
                found = sum(key in self._memory for key in frontier.reached)
                tell(found, len(frontier.reached))
            if left_out:
                return False
        return True

    async def _read(self, keys: Sequence[bytes], now: int) -> None:
        """Read the adverts that were not read lately.

        Raises:
            NetworkUnreachable: Nobody answered for any of them, and nothing was read before.
        """
        due = [key for key in keys if not self._is_fresh(key, now)]
        asked = {advert_slot(key): self._seq(key) for key in due}
        answers = await self._poller.poll(asked)
        failures = [one for one in answers.values() if isinstance(one, NetworkUnreachable)]
        if failures and len(failures) == len(answers) and not self._memory:
            raise failures[0]
        await asyncio.gather(*(self._take(slot.key, one, now) for slot, one in answers.items()))

    async def _take(self, key: bytes, polled: Polled, now: int) -> None:
        """Remember what a poll brought; what is not answered stays as it was."""
        if not isinstance(polled, Got):
            return
        if polled.item is not None:
            self._memory[key] = await self._open(polled.item, now)
        else:
            self._memory[key] = replace(self._memory.get(key, Remembered(now)), read=now)

    async def _open(self, item: MutableItem, now: int) -> Remembered:
        key = item.slot.key
        try:
            content = read_advert(key, item.value)
            advert = await self._join(content) if isinstance(content, ListedAdvert) else content
        except SlotInvalid as error:
            return Remembered(now, item.seq, fault=str(error))
        # An advert whose items nobody had is asked for again as if it were new.
        return Remembered(now, item.seq if advert else None, advert)

    async def _join(self, listed: ListedAdvert) -> Advert | None:
        """Return the advert of listed items, None where nobody has one of them.

        Raises:
            SlotInvalid: They do not hold an advert.
        """
        found = await asyncio.gather(*map(self._fetch, listed.targets))
        items = [item for item in found if item is not None]
        return join_advert(listed, items) if len(items) == len(found) else None

    async def _fetch(self, target: bytes) -> bytes | None:
        async with self._chunks:
            try:
                return await self._dht.get_immutable(target)
            except NetworkUnreachable:
                return None

    def _is_fresh(self, key: bytes, now: int) -> bool:
        known = self._memory.get(key)
        return known is not None and 0 <= now - known.read < KEPT_S

    def _seq(self, key: bytes) -> int | None:
        known = self._memory.get(key)
        return known.seq if known else None

    def _forget(self, now: int) -> None:
        for key in [key for key, one in self._memory.items() if now - one.read > FORGOTTEN_S]:
            del self._memory[key]


class _Frontier:
    """How far a crawl has come.

    A community is asked for its links only when one that leads to it is advertised on both sides:
    who names others in vain leads nobody astray. Where not all fit, each community whose links are
    followed brings in as many as the others.

    Args:
        own: Key of the own community.
        peers: Keys of those that it has links with.
        now: Unix seconds.
    """

    def __init__(self, own: bytes, peers: Iterable[bytes], now: int) -> None:
        self._own = own
        self._peers = tuple(dict.fromkeys(peers))
        self._now = now
        self._open: dict[bytes, frozenset[bytes]] = {}
        """Whose links are followed, and where they lead."""
        self.reached: dict[bytes, None] = {}

    def advance(self, memory: Mapping[bytes, Remembered]) -> tuple[list[bytes], bool]:
        """Return whom to read next, and whether some had to be left out."""
        if not self.reached:
            return self._reach(self._peers)
        opened = self._open_more(memory)
        named = zip_longest(*(sorted(self._open[key]) for key in opened))
        return self._reach(key for key in chain.from_iterable(named) if key is not None)

    def _reach(self, keys: Iterable[bytes]) -> tuple[list[bytes], bool]:
        new = [key for key in dict.fromkeys(keys) if key != self._own and key not in self.reached]
        room = COMMUNITIES_MAX - len(self.reached)
        self.reached |= dict.fromkeys(new[:room])
        return new[:room], len(new) > room

    def _open_more(self, memory: Mapping[bytes, Remembered]) -> list[bytes]:
        """Open all that are linked on both sides with one that is open, and return them."""
        opened: list[bytes] = []
        closed = {key: self._links(memory.get(key)) for key in self.reached.keys() - self._open}
        while more := [key for key in self.reached if key in closed and self._leads(key, closed)]:
            opened.extend(more)
            self._open |= {key: closed.pop(key) for key in more}
        return opened

    def _leads(self, key: bytes, closed: Mapping[bytes, frozenset[bytes]]) -> bool:
        links = closed[key]
        if key in self._peers:
            return bool(links)
        return any(key in self._open[other] for other in links & self._open.keys())

    def _links(self, known: Remembered | None) -> frozenset[bytes]:
        if known is None or known.advert is None or is_stale(known.advert, self._now):
            return frozenset()
        return frozenset(link.peer for link in known.advert.links)
