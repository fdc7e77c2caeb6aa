"""The graph that adverts span: which link can be used from which side, and why others cannot."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from federation.link.advert import Advert, AdvertLink
from ledger.link.terms import Fee, Side

ADVERT_AGE_S_MAX = 86_400
"""A manager writes a new one after six hours at the latest, so an older one is of somebody who is
gone. A community's clock may be ahead of the reader's by as much."""

EDGES_MAX = 8_192
"""Links in one direction that are looked at: 256 communities with 32 each. Whoever makes up
communities that are all linked with each other must not keep a payer waiting."""

Pair: TypeAlias = tuple[bytes, bytes]
"""A link from one side: the community that a payment leaves, and the one that it enters."""


class Barred(StrEnum):
    """Why a link that somebody advertises cannot be used."""

    SUSPENDED = "suspended"
    MISMATCHED = "mismatched terms"
    """The two sides say different terms."""
    ONE_SIDED = "one-sided"
    """The other side does not advertise the link."""
    STALE = "stale"
    """An advert of one side is older than a day, or a day ahead of the reader's clock."""
    UNREAD = "unread"
    """The other side's advert could not be read."""
    CROWDED = "crowded out"
    """More links are advertised than are looked at, and many of them by its community."""


@dataclass(frozen=True, slots=True)
class OwnLink:
    """A link of the own community, as its ledger has it.

    Attributes:
        link: Its amounts are exact here.
        owed: How much the peer owes, 0 where it is the other way round.
        peer_converts: The peer's members do not have the link's unit.
        barred: Why it takes no payments now, or None.
    """

    link: AdvertLink
    owed: int
    peer_converts: bool
    barred: Barred | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A link in one direction, usable.

    Attributes:
        source: Key of the community that a payment leaves by it.
        peer: Key of the one that it enters.
        name: What the first calls the second.
        goes: The terms as the first applies them.
        comes: The terms as the second applies them.
        fee: What the first takes.
        capacity: How much can leave now, in minor units of the link's unit.
        owes: How much the first owes the second, 0 where it is the other way round.
        exact: The capacity is the own ledger's; others' are rounded down, and older.
    """

    source: bytes
    peer: bytes
    name: str
    goes: Side
    comes: Side
    fee: Fee
    capacity: int
    owes: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """Links between communities.

    Attributes:
        own: Key of the own community.
        leaving: Each community's links for payments that leave it.
        entering: The same links for payments that enter, by the terms as that community
            applies them.
        barred: Why a link cannot be used from this side.
        known: All communities that anybody has a link with.
    """

    own: bytes
    leaving: Mapping[bytes, tuple[Edge, ...]]
    entering: Mapping[bytes, Mapping[Side, tuple[Edge, ...]]]
    barred: Mapping[Pair, Barred]
    known: frozenset[bytes]


def build_graph(
    own: bytes, own_links: Iterable[OwnLink], adverts: Iterable[Advert], now: int
) -> Graph:
    """Return the graph of the own links and of what others advertise on both sides.

    A link of one's own needs no advert: the ledger knows what both sides agreed on.

    Args:
        own: Key of the own community; its own advert does not count.
        own_links: As its ledger has them, one for each peer.
        adverts: One for each community.
        now: Unix seconds.
    """
    mine = {one.link.peer: one for one in own_links}
    others = {advert.community: advert for advert in adverts if advert.community != own}
    views = _views(mine, others, own, now)
    edges: list[Edge] = []
    barred: dict[Pair, Barred] = {}
    for pair, link in views.links.items():
        judged = views.judge(pair, link)
        if isinstance(judged, Edge):
            edges.append(judged)
        else:
            barred[pair] = judged
    kept = _thin(own, edges)
    usable = {(edge.source, edge.peer) for edge in kept}
    barred |= dict.fromkeys(views.links.keys() - usable - barred.keys(), Barred.CROWDED)
    known = frozenset(key for pair in views.links for key in pair)
    return Graph(own, _leaving(kept), _entering(kept), barred, known)


def is_stale(advert: Advert, now: int) -> bool:
    """Return whether an advert is too old, or from too far ahead, to be relied on."""
    return abs(now - advert.time) > ADVERT_AGE_S_MAX


@dataclass(frozen=True, slots=True)
class _Views:
    """What each community says of each link, and how far it can be relied on."""

    own: bytes
    mine: Mapping[bytes, OwnLink]
    links: Mapping[Pair, AdvertLink]
    read: frozenset[bytes]
    stale: frozenset[bytes]

    def judge(self, pair: Pair, link: AdvertLink) -> Edge | Barred:
        """Return the link as an edge, or why it is none."""
        source, peer = pair
        if self.own in pair:
            return self._judge_own(pair, link)
        if source in self.stale or peer in self.stale:
            return Barred.STALE
        if peer not in self.read:
            return Barred.UNREAD
        back = self.links.get((peer, source))
        if back is None:
            return Barred.ONE_SIDED
        if back.terms != link.terms:
            return Barred.MISMATCHED
        return _edge(source, link, back.side, exact=False)

    def _judge_own(self, pair: Pair, link: AdvertLink) -> Edge | Barred:
        source, peer = pair
        mine = self.mine.get(source if peer == self.own else peer)
        if mine is None:
            return Barred.ONE_SIDED
        if mine.barred is not None:
            return mine.barred
        if source == self.own:
            return _edge(source, link, Side(link.terms, mine.peer_converts), exact=True)
        if source in self.stale:
            return Barred.STALE
        if mine.link.terms != link.terms:
            return Barred.MISMATCHED
        return replace(_edge(source, link, mine.link.side, exact=False), owes=mine.owed)


def _views(
    mine: Mapping[bytes, OwnLink], others: Mapping[bytes, Advert], own: bytes, now: int
) -> _Views:
    links = {(own, peer): one.link for peer, one in mine.items()}
    links |= {(key, link.peer): link for key, advert in others.items() for link in advert.links}
    stale = frozenset(key for key, advert in others.items() if is_stale(advert, now))
    return _Views(own, mine, links, frozenset(others), stale)


def _edge(source: bytes, link: AdvertLink, comes: Side, *, exact: bool) -> Edge:
    return Edge(
        source, link.peer, link.name, link.side, comes, link.fee, link.capacity_out, link.owes,
        exact,
    )  # fmt: skip


def _thin(own: bytes, edges: Sequence[Edge]) -> Sequence[Edge]:
    """Return as many links as are looked at, of each community as many as of any other.

    Of a community with more than that, those by which most can leave; one's own are all kept.
    """
    if len(edges) <= EDGES_MAX:
        return edges
    by_source = _leaving(edges)
    quota = EDGES_MAX // len(by_source)
    return [
        edge
        for source, some in by_source.items()
        for edge in sorted(some, key=lambda edge: (-edge.capacity, edge.peer))[
            : None if source == own else quota
        ]
    ]


def _leaving(edges: Iterable[Edge]) -> Mapping[bytes, tuple[Edge, ...]]:
    found: dict[bytes, list[Edge]] = defaultdict(list)
    for edge in edges:
        found[edge.source].append(edge)
    return {source: tuple(by) for source, by in found.items()}


def _entering(edges: Iterable[Edge]) -> Mapping[bytes, Mapping[Side, tuple[Edge, ...]]]:
    found: dict[bytes, dict[Side, list[Edge]]] = defaultdict(lambda: defaultdict(list))
    for edge in edges:
        found[edge.peer][edge.comes].append(edge)
    return {peer: {side: tuple(by) for side, by in kinds.items()} for peer, kinds in found.items()}
