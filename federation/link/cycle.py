"""Clearing rounds: payments on a circle that make each of its communities owe the next one less.

Where River owes Hill, Hill owes the own community and the own community owes River, a payment goes
round against the debts: from the own community to Hill, on to River and back. A payment from one
community to the next makes the first owe the second more, or the second owe the first less: here
each makes a debt smaller, by the same amount in the same unit. What enters a community by one link
leaves it by the next, so nobody's members are paid anything, nobody converts, nobody takes a fee,
and what each community owes all others together stays as it was.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from federation.link.graph import Edge, Graph, Pair
from ledger.link.instruction import HOPS_MAX, Hop

ROUNDS_MAX = 16
"""How many rounds are proposed at once; the next ones are found when these are done."""


@dataclass(frozen=True, slots=True)
class Round:
    """One clearing round that begins and ends at the own community.

    Attributes:
        unit: Of all its links.
        scale: Its digits after the point.
        amount: By how much each debt falls, in minor units.
        edges: The links that the payment takes, in order: each community is owed by the next.
    """

    unit: str
    scale: int
    amount: int
    edges: tuple[Edge, ...]

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The way as an instruction has it; the last hop is the own community."""
        return tuple(Hop(edge.peer, self.unit, self.amount) for edge in self.edges)


def find_rounds(graph: Graph, rounds_max: int = ROUNDS_MAX) -> tuple[Round, ...]:
    """Return clearing rounds one after another, each as if those before it were done.

    The one by which each debt falls most comes first; of equal ones the one with the fewest
    communities, then the one through the smaller keys. Units come in the order of their codes.

    Args:
        graph: From ``build_graph``. What is owed shows two digits of others' debts, so a round
            leaves a rest, which a later one clears.
        rounds_max: The most that are looked for in each unit.
    """
    units = sorted({_unit(edge) for edge in graph.leaving.get(graph.own, ())})
    return tuple(one for unit in units for one in _rounds(graph, unit, rounds_max))


def _rounds(graph: Graph, unit: tuple[str, int], rounds_max: int) -> Iterator[Round]:
    edges = {
        (edge.source, edge.peer): edge
        for leaving in graph.leaving.values()
        for edge in leaving
        if _unit(edge) == unit
    }
    clearable = _clearable(edges)
    for _ in range(rounds_max):
        amount, circle = _widest(clearable, graph.own)
        if not circle:
            return
        yield Round(*unit, amount, tuple(edges[pair] for pair in circle))
        for pair in circle:
            clearable[pair] -= amount


def _clearable(edges: Mapping[Pair, Edge]) -> dict[Pair, int]:
    """Return how much a payment by each link makes its peer owe less, as far as it can leave.

    Two sides of which each says to owe the other one contradict each other, and are left alone.
    """
    owed = {(peer, source): edge.owes for (source, peer), edge in edges.items() if edge.owes}
    return {
        pair: min(edges[pair].capacity, amount)
        for pair, amount in owed.items()
        if pair in edges and pair[::-1] not in owed
    }


def _widest(clearable: Mapping[Pair, int], own: bytes) -> tuple[int, tuple[Pair, ...]]:
    """Return the circle through the own community whose smallest amount is largest.

    The fewer links are left out, the easier it is to come round: so the amount is found by halving.
    """
    amounts = sorted({amount for amount in clearable.values() if amount > 0})
    low, high = 0, len(amounts)
    best: tuple[int, tuple[Pair, ...]] = (0, ())
    while low < high:
        middle = (low + high) // 2
        circle = _shortest_circle(clearable, own, amounts[middle])
        if circle:
            best, low = (amounts[middle], circle), middle + 1
        else:
            high = middle
    return best


def _shortest_circle(clearable: Mapping[Pair, int], own: bytes, least: int) -> tuple[Pair, ...]:
    """Return the shortest circle of pairs with at least an amount, through the smallest keys."""
    onward: dict[bytes, list[bytes]] = {}
    for source, peer in sorted(pair for pair, amount in clearable.items() if amount >= least):
        onward.setdefault(source, []).append(peer)
    paths: dict[bytes, tuple[bytes, ...]] = {}
    waiting: deque[tuple[bytes, ...]] = deque([(own,)])
    while waiting:
        path = waiting.popleft()
        for peer in onward.get(path[-1], ()):
            if peer == own:
                circle = (*path, own)
                return tuple(pairwise(circle))
            if peer not in paths and len(path) < HOPS_MAX:
                paths[peer] = (*path, peer)
                waiting.append(paths[peer])
    return ()


def _unit(edge: Edge) -> tuple[str, int]:
    return edge.goes.terms.unit, edge.goes.terms.scale
