"""The search for the cheapest way through a graph of links, backwards from the payee.

What a community needs by a link grows with what has to leave it: fees and conversions are
monotone. So of two ways on from a link with as many hops, the one that needs less is never the
worse one, and one label for each link and number of hops is enough: after k rounds each link bears
the least that has to enter by it so that the payee gets his amount k hops later, among all walks.

A walk may come through a community twice, and a payment must not. Where rates make money out of
nothing on a circle, or a community passes two units on but does not change them, the cheapest walk
may do that; then labels also tell whether they came through that community, and the search is done
again (decremental state space relaxation; Righini and Salani, "New dynamic programming algorithms
for the resource constrained elementary shortest path problem", 2008). A walk that is the cheapest
of all and comes through none twice is the cheapest of those that do not.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from federation.link.exits import Exits, Label, Trail, labels_of, leaving
from federation.link.graph import Edge, Graph
from ledger.errors import AmountTooLarge
from ledger.link.instruction import HOPS_MAX
from ledger.link.terms import across, inward, least_input, outward

TOLD_APART_MAX = 4
"""Communities for which labels tell whether they came through; each doubles their number. Where
that is not enough, labels are never led back where they came through, and what is found may not be
the cheapest: whoever wants that needs five communities whose rates contradict each other."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a route has to bring about.

    Attributes:
        payer_unit: Code of the unit that the payer pays in.
        target: Key of the payee's community.
        unit: Code of the unit that the payee is paid in.
        amount: What the payee gets, in minor units of it.
    """

    payer_unit: str
    target: bytes
    unit: str
    amount: int


class Way(NamedTuple):
    """A whole way, ordered by cost, then by hops, then by trail.

    Attributes:
        pays: What leaves the payer, in minor units of his unit.
        hops: How many links.
        trail: The same, from the payer on.
        first: The first link's label.
    """

    pays: int
    hops: int
    trail: Trail
    first: Label


def find_way(graph: Graph, wanted: Wanted, *, limited: bool = True) -> Way | None:
    """Return the cheapest way of at most eight hops; of the cheapest ones the shortest.

    Args:
        graph: From ``build_graph``.
        wanted: Whose target is not the own community.
        limited: Whether what can leave by a link counts; without it the way shows what is short.
    """
    apart: frozenset[bytes] = frozenset()
    while True:
        way = _Search(graph, wanted, apart, limited=limited).run()
        twice = _repeated(way) if way else frozenset[bytes]()
        if not twice:
            return way
        if len(apart | twice) > TOLD_APART_MAX:
            return _Search(graph, wanted, apart, limited=limited, simple=True).run()
        apart |= twice


_Place: TypeAlias = tuple[bytes, bytes, frozenset[bytes]]
"""A link from one side, and what a label passed that bears what has to enter by it."""
_Layer: TypeAlias = dict[_Place, Label]
"""The labels with one number of hops."""


class _Leaving(NamedTuple):
    """What has to come out of a community.

    Attributes:
        leaves: How much goes out with the fee, or what the payee gets.
        factor: What one minor unit that enters becomes in its units.
        label: Of the link that it leaves by; None at the payee's community.
    """

    leaves: int
    factor: Fraction
    label: Label | None = None


class _Search:
    """One search with some communities told apart.

    Args:
        graph: Where.
        wanted: What for.
        limited: Whether what can leave by a link counts.
        apart: Communities for which labels tell whether they came through.
        simple: Whether labels are never led back where they came through.
    """

    def __init__(
        self,
        graph: Graph,
        wanted: Wanted,
        apart: frozenset[bytes],
        *,
        limited: bool,
        simple: bool = False,
    ) -> None:
        self._graph = graph
        self._wanted = wanted
        self._apart = apart
        self._limited = limited
        self._simple = simple
        self._least: dict[_Place, int] = {}
        """For each link and what was passed the smallest amount with fewer hops."""
        # A payment does not come through its target, as if that were out of everybody's reach.
        self._reach = _hops_from(graph) | {wanted.target: HOPS_MAX}

    def run(self) -> Way | None:
        """Return the best way."""
        best: Way | None = None
        layer = self._begin()
        for hops in range(1, HOPS_MAX + 1):
            kept = self._keep(layer)
            for label in kept.pop(self._graph.own, ()):
                way = self._finish(label, hops)
                if way is not None and (best is None or way[:3] < best[:3]):
                    best = way
            layer = {}
            for at, labels in kept.items():
                self._extend(layer, at, labels, HOPS_MAX - hops - 1)
        return best

    def _begin(self) -> _Layer:
        """Return the labels of the links into the payee's community."""
        layer: _Layer = {}
        wanted = self._wanted
        for came, edges in self._graph.entering.get(wanted.target, {}).items():
            if came.local[0] == wanted.unit:
                self._enter(layer, edges, _Leaving(wanted.amount, inward(came)), HOPS_MAX - 1)
        return layer

    def _extend(self, layer: _Layer, at: bytes, labels: Iterable[Label], hops_left: int) -> None:
        """Add the labels of the links into a community, by those of the links out of it."""
        by_passed: dict[frozenset[bytes], list[Label]] = defaultdict(list)
        for label in labels:
            by_passed[label.passed].append(label)
        for some in by_passed.values():
            exits = Exits(some)
            for came, edges in self._graph.entering.get(at, {}).items():
                out = exits.choose(came)
                if out is not None:
                    factor = across(came, out.label.edge.goes)
                    self._enter(layer, edges, _Leaving(out.leaves, factor, out.label), hops_left)

    def _enter(
        self, layer: _Layer, edges: Iterable[Edge], leaving: _Leaving, hops_left: int
    ) -> None:
        """Add the labels of links by which as much has to come as becomes what leaves.

        A label that needs no less than another with fewer hops leads nowhere better.
        """
        leaves, factor, label = leaving
        try:
            amount = least_input(leaves, factor)
        except AmountTooLarge:
            return
        need = leaves if factor == 1 else leaves / factor
        trail = label.trail if label else None
        passed = label.passed if label else frozenset[bytes]()
        for edge in edges:
            if self._limited and amount > edge.capacity:
                continue
            source = edge.source
            if source in passed or self._reach.get(source, HOPS_MAX) > hops_left:
                continue
            if self._simple and label and any(one.edge.peer == source for one in labels_of(label)):
                continue
            through = passed | {source} if source in self._apart else passed
            place = source, edge.peer, through
            least = self._least.get(place)
            if least is not None and amount >= least:
                continue
            made = Label(amount, (edge.peer, need, trail), edge, label, through)
            before = layer.get(place)
            if before is None or made[:2] < before[:2]:
                layer[place] = made

    def _keep(self, layer: _Layer) -> dict[bytes, list[Label]]:
        """Return a round's labels by the community they leave."""
        kept: dict[bytes, list[Label]] = defaultdict(list)
        for place, label in layer.items():
            self._least[place] = label.amount
            kept[label.edge.source].append(label)
        return kept

    def _finish(self, label: Label, hops: int) -> Way | None:
        """Return the way that begins with a link of the own community."""
        factor = outward(label.edge.goes)
        if label.edge.goes.local[0] != self._wanted.payer_unit:
            return None
        try:
            leaves = leaving(label)
            pays = least_input(leaves, factor)
        except AmountTooLarge:
            return None
        return Way(pays, hops, (b"", leaves / factor, label.trail), label)


def _repeated(way: Way) -> frozenset[bytes]:
    """Return the communities that a way comes through more than once."""
    passed = [label.edge.peer for label in labels_of(way.first)]
    return frozenset(one for one in passed if passed.count(one) > 1)


def _hops_from(graph: Graph) -> dict[bytes, int]:
    """Return how many links are between the own community and each that it reaches."""
    hops = {graph.own: 0}
    waiting = deque([graph.own])
    while waiting:
        at = waiting.popleft()
        for edge in graph.leaving.get(at, ()):
            if edge.peer not in hops:
                hops[edge.peer] = hops[at] + 1
                waiting.append(edge.peer)
    return hops
