"""A simulated Kademlia network in virtual time, for lookups: lossy, stale, and partly hostile."""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from federation.dht.contact import Address, Contact, distance, pack_nodes
from federation.dht.exchange import Flow
from federation.dht.krpc import Answer, FindNode, Get, Question

NEIGHBOURS = 40
NAMED = 8

Reply = Callable[["Swamp", Address, Question], Answer | None]
"""What a node says to a question; None for silence."""


@dataclass
class Swamp:
    """Nodes by address, each with an id, the nodes it knows, and its manner of answering.

    Attributes:
        asked: How many datagrams each address got.
        asked_at: When each datagram was sent, by host.
        now: Virtual seconds.
    """

    seed: int
    round_trip_s: float = 0.1
    loss: float = 0.0
    ids: dict[Address, bytes] = field(default_factory=dict)
    known: dict[Address, list[Contact]] = field(default_factory=dict)
    manners: dict[Address, Reply] = field(default_factory=dict)
    asked: Counter[Address] = field(default_factory=Counter)
    asked_at: dict[str, list[float]] = field(default_factory=dict)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 -- no secret
        self._order = count()

    def populate(self, nodes: int, manner: Reply) -> list[Address]:
        """Add nodes, each in a /24 of its own, that know some near and some far ones."""
        added = [(f"{60 + at // 250}.{at % 250}.7.1", 6881) for at in range(nodes)]
        for address in added:
            self.ids[address] = self.random.randbytes(20)
            self.manners[address] = manner
        for address in added:
            others = [self.contact(other) for other in added if other != address]
            near = sorted(others, key=lambda other: distance(other.id, self.ids[address]))
            far = self.random.sample(others, min(NEIGHBOURS, len(others)))
            self.known[address] = [*near[:NEIGHBOURS], *far]
        return added

    def contact(self, address: Address) -> Contact:
        return Contact(self.ids[address], address)

    def closest(self, target: bytes, among: Sequence[Address]) -> list[Address]:
        """Return the addresses whose ids are closest to a target, closest first."""
        return sorted(among, key=lambda address: distance(self.ids[address], target))

    def run(self, flow: Flow) -> float:
        """Run a flow to its end and return the virtual seconds it took."""
        began = self.now
        due: list[tuple[float, int, Address | None, Answer | None]] = []
        while True:
            for asked, question in flow.step(self.now):
                self._send(asked, question, due)
            if flow.done:
                return self.now - began
            heapq.heappush(due, (max(flow.wake_at, self.now), next(self._order), None, None))
            self.now, _, address, answer = heapq.heappop(due)
            if address and answer:
                flow.heard(address, answer, self.now)

    def _send(
        self,
        address: Address,
        question: Question,
        due: list[tuple[float, int, Address | None, Answer | None]],
    ) -> None:
        self.asked[address] += 1
        self.asked_at.setdefault(address[0], []).append(self.now)
        manner = self.manners.get(address)
        lost = self.random.random() < self.loss
        answer = None if manner is None or lost else manner(self, address, question)
        if answer:
            delay_s = self.round_trip_s * self.random.uniform(0.5, 1.5)
            heapq.heappush(due, (self.now + delay_s, next(self._order), address, answer))


def honest(swamp: Swamp, address: Address, question: Question) -> Answer:
    """Name the closest nodes one knows."""
    assert isinstance(question, Get | FindNode)
    near = sorted(
        swamp.known[address], key=lambda contact: distance(contact.id, question.target)
    )  # fmt: skip
    return Answer(swamp.ids[address], pack_nodes(near[:NAMED]), b"token")


def silent(_swamp: Swamp, _address: Address, _question: Question) -> None:
    """Say nothing."""


def misleading(swamp: Swamp, address: Address, question: Question) -> Answer:
    """Name nodes that do not exist, ever closer to the target."""
    assert isinstance(question, Get | FindNode)
    invented = [
        Contact(
            question.target[:10] + swamp.random.randbytes(10),
            (f"200.{swamp.random.randrange(250)}.{swamp.random.randrange(250)}.9", 7_000),
        )
        for _ in range(32)
    ]
    return Answer(swamp.ids[address], pack_nodes(invented), b"token")
