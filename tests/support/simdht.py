"""A simulated DHT: storing nodes, honest and not, and the Dht port over them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random
from typing import TypeVar

from federation.errors import ItemInvalid, NetworkUnreachable
from federation.item import MutableItem, SlotName, immutable_target, verify_item
from federation.port import Got, Put
from tests.support.weather import Weather

T = TypeVar("T")

REPLICAS = 8
"""How many closest nodes store an item (BEP 5, "K (8)")."""
LIFETIME_S = 7_200
"""A node may forget an item that nobody put again for so long (BEP 44, "Expiration")."""
TRIES = 2


class Manner(Enum):
    """How a storing node behaves."""

    HONEST = auto()
    STUBBORN = auto()
    """Acknowledges every put and keeps the first version of each slot that it saw."""
    FORGER = auto()
    """Answers with altered, foreign and invented items."""
    SILENT = auto()


@dataclass(slots=True)
class _Stored:
    versions: list[MutableItem]
    put_at: float


@dataclass(slots=True)
class StoringNode:
    """One node: keeps what BEP 44 lets it keep, for two hours after the last put."""

    id: bytes
    address: tuple[str, int]
    manner: Manner = Manner.HONEST
    _mutable: dict[bytes, _Stored] = field(default_factory=dict)
    _immutable: dict[bytes, tuple[bytes, float]] = field(default_factory=dict)

    def versions(self, target: bytes, at_s: float) -> Sequence[MutableItem]:
        """Return all versions of a slot that it saw, oldest first, or none when expired."""
        stored = self._mutable.get(target)
        if stored is None or at_s - stored.put_at > LIFETIME_S:
            self._mutable.pop(target, None)
            return ()
        return stored.versions

    def take(self, item: MutableItem, cas: int | None, at_s: float) -> bool:
        """Store an item as BEP 44 says and return whether the put is acknowledged.

        Another value of the same ``seq`` is acknowledged and dropped, as libtorrent does.
        """
        try:
            verify_item(item)
        except ItemInvalid:
            return False
        held = self.versions(item.slot.target, at_s)
        if not held:
            self._mutable[item.slot.target] = _Stored([item], at_s)
            return True
        if (cas is not None and cas != held[-1].seq) or item.seq < held[-1].seq:
            return False
        stored = self._mutable[item.slot.target]
        if item == held[-1]:
            stored.put_at = at_s
        elif item.seq > held[-1].seq and self.manner is not Manner.STUBBORN:
            stored.versions.append(item)
            stored.put_at = at_s
        return True

    def forget_all(self) -> None:
        """Lose everything, as a node that leaves and comes back."""
        self._mutable.clear()
        self._immutable.clear()

    def forget(self, slot: SlotName) -> None:
        """Lose one slot, as when nobody put it again for long."""
        self._mutable.pop(slot.target, None)

    def answer(self, slot: SlotName, weather: Weather, at_s: float) -> MutableItem | None:
        """Return what it sends for a get: the newest, an older or a forged item, or nothing."""
        held = self.versions(slot.target, at_s)
        if self.manner is Manner.FORGER:
            return self._forge(slot, held, weather.random)
        if not held:
            return None
        return weather.random.choice(held) if weather.ages() else held[-1]

    def take_immutable(self, value: bytes, at_s: float) -> bool:
        """Store a value under its SHA-1."""
        self._immutable[immutable_target(value)] = (value, at_s)
        return True

    def answer_immutable(self, target: bytes, at_s: float) -> bytes:
        """Return the value with this SHA-1, or no bytes, or a forged one."""
        value, put_at = self._immutable.get(target, (b"", 0.0))
        if not value or at_s - put_at > LIFETIME_S:
            return b""
        return bytes([value[0] ^ 1]) + value[1:] if self.manner is Manner.FORGER else value

    def _forge(
        self, slot: SlotName, held: Sequence[MutableItem], random: Random
    ) -> MutableItem | None:
        foreign = [stored.versions[-1] for stored in self._mutable.values()]
        source = random.choice([*held, *foreign]) if held or foreign else None
        if source is None:
            return MutableItem(slot, 2**63 - 1, b"4:lies", bytes(64))
        flipped = bytes([source.value[0] ^ 1]) + source.value[1:]
        return random.choice(
            [
                MutableItem(slot, source.seq, flipped, source.signature),
                MutableItem(slot, source.seq + 1, source.value, source.signature),
                MutableItem(slot, source.seq, b"9999:" + bytes(5_000), source.signature),
                # True to itself, but another slot's unless it happens to be the one asked for.
                MutableItem(slot, source.seq, source.value, source.signature),
            ]
        )


@dataclass(frozen=True, slots=True)
class SeenPut:
    """A put that a party asked for, whether or not any node took it."""

    party: str
    at_s: float
    item: MutableItem


@dataclass(frozen=True, slots=True)
class Pause:
    """A party's look that waits on its way.

    Attributes:
        begun: Set once the look waits.
        go_on: To be set by whoever holds it back.
    """

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)


class DhtNetwork:
    """All storing nodes, and who reaches whom.

    Attributes:
        nodes: The storing nodes.
        puts: Every mutable put ever asked for, in order.
        offline: Parties whose datagrams all vanish.
        severed: (party, node number) pairs between which no datagram passes.
        calls: Number of port calls, by party and verb.
    """

    def __init__(self, weather: Weather, manners: Sequence[Manner] = (Manner.HONEST,) * 20) -> None:
        self.weather = weather
        self.nodes = [
            StoringNode(weather.random.randbytes(20), ("127.0.0.1", 10_000 + number), manner)
            for number, manner in enumerate(manners)
        ]
        self.puts: list[SeenPut] = []
        self.offline: set[str] = set()
        self.severed: set[tuple[str, int]] = set()
        self.calls: Counter[tuple[str, str]] = Counter()
        self._pauses: dict[str, Pause] = {}

    def pause_next(self, party: str) -> Pause:
        """Hold a party's next look at a slot back until it is let go on."""
        return self._pauses.setdefault(party, Pause())

    async def pass_pause(self, party: str) -> None:
        """Wait where a look of this party is held back."""
        if pause := self._pauses.pop(party, None):
            pause.begun.set()
            await pause.go_on.wait()

    def closest(self, target: bytes) -> list[StoringNode]:
        """Return the nodes whose ids are closest to the target by XOR, closest first."""
        place = int.from_bytes(target)
        return sorted(self.nodes, key=lambda node: int.from_bytes(node.id) ^ place)[:REPLICAS]

    def copies(self, slot: SlotName, at_s: float) -> list[MutableItem]:
        """Return the newest item that each of the closest nodes holds, for checkers."""
        held = (node.versions(slot.target, at_s) for node in self.closest(slot.target))
        return [versions[-1] for versions in held if versions]

    async def ask(
        self, party: str, node: StoringNode, question: Callable[[StoringNode], T]
    ) -> T | None:
        """Return the node's answer, or None when datagrams were lost too often."""
        for _ in range(TRIES):
            await self.weather.travel()
            if self._passes(party, node):
                answer = question(node)
                if self._passes(party, node):
                    await self.weather.travel()
                    return answer
            await asyncio.sleep(self.weather.timeout_s)
        return None

    def _passes(self, party: str, node: StoringNode) -> bool:
        number = node.address[1] - 10_000
        return not (
            node.manner is Manner.SILENT
            or party in self.offline
            or (party, number) in self.severed
            or self.weather.loses()
        )


class SimDht:
    """The Dht port of one party over a simulated network. It verifies as the real one does."""

    def __init__(self, network: DhtNetwork, party: str) -> None:
        self._network = network
        self._party = party
        self._answered: list[tuple[str, int]] = []

    async def get(self, slot: SlotName, newer_than: int | None = None) -> Got:
        """Ask the closest nodes and return the newest item whose signature holds."""
        self._count("get")
        await self._network.pass_pause(self._party)
        items, answered = await self._read(slot)
        known = -1 if newer_than is None else newer_than
        newest = max((item for item in items if item.seq > known), key=_order, default=None)
        copies = sum(item == newest for item in items)
        unchanged = newest is None and any(item.seq == newer_than for item in items)
        return Got(newest, len(answered), copies, unchanged)

    async def put(self, item: MutableItem, cas: int | None = None) -> Put:
        """Store an item on the closest nodes that answer."""
        verify_item(item)
        self._count("put")
        self._network.puts.append(SeenPut(self._party, _now_s(), item))
        items, answered = await self._read(item.slot)

        def store(node: StoringNode) -> bool:
            return node.take(item, cas, _now_s())

        taken = await self._ask(answered, store)
        return Put(sum(taken.values()), max((held.seq for held in items), default=None))

    async def get_immutable(self, target: bytes) -> bytes | None:
        """Return the value with this SHA-1, or None."""
        self._count("get_immutable")

        def read(node: StoringNode) -> bytes:
            return node.answer_immutable(target, _now_s())

        answers = await self._ask_closest(target, read)
        return next(
            (value for value in answers.values() if immutable_target(value) == target), None
        )

    async def put_immutable(self, value: bytes) -> Put:
        """Store a value on the nodes closest to its SHA-1."""
        self._count("put_immutable")

        def store(node: StoringNode) -> bool:
            return node.take_immutable(value, _now_s())

        return Put(sum((await self._ask_closest(immutable_target(value), store)).values()))

    async def nodes(self) -> Sequence[tuple[str, int]]:
        """Return the addresses of the nodes that answered last."""
        if not self._answered:
            await self._ask_closest(bytes(20), lambda node: node.id)
        return list(self._answered)

    async def close(self) -> None:
        """Nothing to release."""

    async def _read(self, slot: SlotName) -> tuple[list[MutableItem], list[StoringNode]]:
        def read(node: StoringNode) -> tuple[MutableItem | None]:
            return (node.answer(slot, self._network.weather, _now_s()),)

        answers = await self._ask_closest(slot.target, read)
        items = [item for (item,) in answers.values() if item is not None and _holds(slot, item)]
        return items, [node for node in self._network.nodes if node.address in answers]

    async def _ask_closest(
        self, target: bytes, question: Callable[[StoringNode], T]
    ) -> dict[tuple[str, int], T]:
        closest = self._network.closest(target)
        answers = await self._ask(closest, question)
        if not answers:
            raise NetworkUnreachable(f"none of {len(closest)} DHT nodes answered {self._party}")
        self._answered = list(answers)
        return answers

    async def _ask(
        self, nodes: Sequence[StoringNode], question: Callable[[StoringNode], T]
    ) -> dict[tuple[str, int], T]:
        asked = [self._network.ask(self._party, node, question) for node in nodes]
        replies = zip(nodes, await asyncio.gather(*asked), strict=True)
        return {node.address: reply for node, reply in replies if reply is not None}

    def _count(self, verb: str) -> None:
        self._network.calls[self._party, verb] += 1


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _order(item: MutableItem) -> tuple[int, bytes]:
    return item.seq, item.value


def _holds(slot: SlotName, item: MutableItem) -> bool:
    try:
        verify_item(item)
    except ItemInvalid:
        return False
    return item.slot == slot
