"""Routes: how an amount gets from a payer to a payee in another community, and what that costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from federation.link.exits import labels_of
from federation.link.graph import Edge, Graph
from federation.link.search import Wanted, Way, find_way
from ledger.link.instruction import Hop
from ledger.link.terms import across, fee_on, inward, outward


@dataclass(frozen=True, slots=True)
class Step:
    """A link on the way.

    Attributes:
        edge: The link, from the payer's side.
        amount: What enters by it, in minor units of its unit.
        fee: What the community that it leaves takes on top, in the same units.
        rate: What one minor unit that comes there becomes in them.
    """

    edge: Edge
    amount: int
    fee: int
    rate: Fraction

    @property
    def remaining(self) -> int:
        """What can still leave by the link afterwards; below 0 where it is not enough."""
        return self.edge.capacity - self.amount


@dataclass(frozen=True, slots=True)
class Route:
    """A way that holds by what was advertised.

    Attributes:
        wanted: What it brings about.
        pays: What leaves the payer, in minor units of his unit.
        steps: One to eight.
        rate: What one minor unit that comes to the last community becomes in the payee's unit.
    """

    wanted: Wanted
    pays: int
    steps: tuple[Step, ...]
    rate: Fraction

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The way as an instruction has it."""
        return tuple(
            Hop(step.edge.peer, step.edge.goes.terms.unit, step.amount) for step in self.steps
        )

    @property
    def short(self) -> Step | None:
        """The first link by which not enough can leave now; none in what ``find_route`` finds."""
        return next((step for step in self.steps if step.remaining < 0), None)


def find_route(graph: Graph, wanted: Wanted, *, limited: bool = True) -> Route | None:
    """Return the route that costs the payer least; of those the one with the fewest hops.

    Args:
        graph: From ``build_graph``.
        wanted: What is to come about.
        limited: Whether what can leave by each link counts; without it the route may have a
            ``short`` step.

    Returns:
        None where there is none; ``federation.link.no_route`` says why.
    """
    if wanted.target == graph.own:
        return None
    way = find_way(graph, wanted, limited=limited)
    return None if way is None else _route(wanted, way)


def _route(wanted: Wanted, way: Way) -> Route:
    steps = tuple(_steps(way))
    return Route(wanted, way.pays, steps, inward(steps[-1].edge.comes))


def _steps(way: Way) -> Iterator[Step]:
    before: Edge | None = None
    for label in labels_of(way.first):
        edge = label.edge
        rate = across(before.comes, edge.goes) if before else outward(edge.goes)
        yield Step(edge, label.amount, fee_on(edge.fee, label.amount), rate)
        before = edge
