"""Why there is no route: the reason that tells most, and the link at which a payment ends."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from federation.link.graph import Barred, Graph, Pair
from federation.link.route import find_route
from federation.link.search import Wanted
from ledger.link.instruction import HOPS_MAX
from ledger.link.terms import Side


class Reason(StrEnum):
    """What is in the way."""

    HOME = "home"
    """It is the own community, where one pays without a route."""
    UNKNOWN = "unknown community"
    """Nobody whose advert was read has a link with it."""
    CAPACITY = "capacity"
    """Not enough can leave by a link now."""
    TOO_LARGE = "too large"
    """Some amount on the way would be 2**53 minor units or more."""
    UNIT = "unit"
    """Links lead there, but none from the payer's unit to the payee's."""
    BARRED = "barred"
    """Links would lead there if one of them could be used."""
    TOO_FAR = "too far"
    """Links lead there by more than eight hops."""
    NO_PATH = "no path"


@dataclass(frozen=True, slots=True)
class NoRoute:
    """Why a payment does not get there.

    Attributes:
        reason: What is in the way.
        wanted: What was to come about.
        pair: The link that is in the way, from the payer's side, or None.
        terms: That link as the side that a payment leaves applies it, or None.
        short: By how much too little can leave, in minor units of the link's unit.
        barred: Why the link cannot be used, or None.
        at: The community at which units do not fit: the payer's, the payee's, or None.
        units: What would do there.
        hops: How many links lead there, where they are too many.
    """

    reason: Reason
    wanted: Wanted
    pair: Pair | None = None
    terms: Side | None = None
    short: int = 0
    barred: Barred | None = None
    at: bytes | None = None
    units: tuple[str, ...] = ()
    hops: int = 0


def explain(graph: Graph, wanted: Wanted) -> NoRoute:
    """Return why ``find_route`` found nothing.

    Args:
        graph: The one that it was asked about.
        wanted: What it was asked for.
    """
    if wanted.target == graph.own:
        return NoRoute(Reason.HOME, wanted)
    if wanted.target not in graph.known:
        return NoRoute(Reason.UNKNOWN, wanted)
    wide = find_route(graph, wanted, limited=False)
    if wide is not None:
        step = wide.short
        assert step is not None, "a route by which enough can leave would have been found"
        pair = step.edge.source, step.edge.peer
        return NoRoute(Reason.CAPACITY, wanted, pair, step.edge.goes, -step.remaining)
    if find_route(graph, replace(wanted, amount=1), limited=False) is not None:
        return NoRoute(Reason.TOO_LARGE, wanted)
    return _explain_path(graph, wanted)


def _explain_path(graph: Graph, wanted: Wanted) -> NoRoute:
    """Return what is in the way where no amount at all would get there."""
    usable = {(edge.source, edge.peer) for edges in graph.leaving.values() for edge in edges}
    path = _shortest(usable, graph.own, wanted.target)
    if path and len(path) <= HOPS_MAX:
        return _explain_units(graph, wanted)
    named = usable | graph.barred.keys() | {(peer, source) for source, peer in graph.barred}
    through = _shortest(named, graph.own, wanted.target)
    if through and len(through) <= HOPS_MAX:
        pair = next(pair for pair in through if pair not in usable)
        barred = graph.barred.get(pair) or graph.barred[pair[1], pair[0]]
        return NoRoute(Reason.BARRED, wanted, pair, barred=barred)
    if path:
        return NoRoute(Reason.TOO_FAR, wanted, hops=len(path))
    return NoRoute(Reason.NO_PATH, wanted)


def _explain_units(graph: Graph, wanted: Wanted) -> NoRoute:
    leaving = {edge.goes.local[0] for edge in graph.leaving[graph.own]}
    entering = {came.local[0] for came in graph.entering[wanted.target]}
    if wanted.payer_unit not in leaving:
        return NoRoute(Reason.UNIT, wanted, at=graph.own, units=tuple(sorted(leaving)))
    if wanted.unit not in entering:
        return NoRoute(Reason.UNIT, wanted, at=wanted.target, units=tuple(sorted(entering)))
    return NoRoute(Reason.UNIT, wanted)


def _shortest(pairs: Iterable[Pair], start: bytes, end: bytes) -> Sequence[Pair]:
    """Return the shortest way along pairs, of several the one with the smallest keys, or none."""
    onward: Mapping[bytes, list[bytes]] = defaultdict(list)
    for source, peer in sorted(pairs):
        onward[source].append(peer)
    came: dict[bytes, bytes] = {start: start}
    waiting = deque([start])
    while waiting and end not in came:
        at = waiting.popleft()
        for peer in onward[at]:
            if peer not in came:
                came[peer] = at
                waiting.append(peer)
    path: list[Pair] = []
    while end in came and end != start:
        path.append((came[end], end))
        end = came[end]
    return path[::-1]
