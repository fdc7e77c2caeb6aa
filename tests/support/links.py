"""Communities and links between them, made up for tests of routes."""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from hashlib import sha256
from itertools import pairwise
from random import Random
from typing import NamedTuple

from federation.link.advert import Advert, AdvertLink, write_advert
from federation.link.graph import Edge, Graph, OwnLink, build_graph
from federation.link.search import Wanted
from ledger import crypto
from ledger.errors import AmountTooLarge, TermsInvalid
from ledger.link.instruction import HOPS_MAX
from ledger.link.terms import NO_FEE, Fee, Terms, across, fee_on, inward, least_input, outward
from tests.support.weather import EPOCH

EUR = Terms("EUR", 2, "", 0, 1, 1)
HOUR_AT_15 = Terms("HOUR", 0, "EUR", 2, 1, 1_500)
NAMES = ("river", "hill", "mill", "lake", "wood", "dale", "moor", "ford", "glen", "holm")


def seed_of(name: str) -> bytes:
    """Return a community's seed."""
    return sha256(name.encode()).digest()


@cache
def key_of(name: str) -> bytes:
    """Return a community's key."""
    return crypto.public_key(seed_of(name))


class Tie(NamedTuple):
    """A link between two communities, as both advertise it.

    Attributes:
        one: Name of the first.
        two: Name of the second.
        terms: What both agreed on.
        converts: Whether the first converts, and whether the second does.
        fees: What each takes on what leaves it.
        capacities: What can leave the first, and what the second.
        owes: What the first owes the second, and the second the first.
    """

    one: str
    two: str
    terms: Terms = EUR
    converts: tuple[bool, bool] = (False, False)
    fees: tuple[Fee, Fee] = (NO_FEE, NO_FEE)
    capacities: tuple[int, int] = (1_000_000, 1_000_000)
    owes: tuple[int, int] = (0, 0)

    def seen_from(self, side: int) -> AdvertLink:
        """Return the link as its first (0) or second (1) community has it."""
        peer = (self.two, self.one)[side]
        return AdvertLink(
            key_of(peer), peer, self.terms, self.converts[side], self.fees[side],
            self.capacities[side], self.owes[side],
        )  # fmt: skip


def adverts_of(*ties: Tie, time: int = EPOCH) -> dict[bytes, Advert]:
    """Return what each community advertises."""
    links: dict[str, list[AdvertLink]] = {}
    for tie in ties:
        links.setdefault(tie.one, []).append(tie.seen_from(0))
        links.setdefault(tie.two, []).append(tie.seen_from(1))
    return {
        key_of(name): write_advert(key_of(name), name.capitalize(), time, own)
        for name, own in links.items()
    }


def own_links_of(own: str, *ties: Tie) -> list[OwnLink]:
    """Return the links of a community as its ledger has them."""
    return [
        OwnLink(tie.seen_from(side), tie.owes[1 - side], tie.converts[1 - side])
        for tie in ties
        for side in (0, 1)
        if tie[side] == own
    ]


def graph_of(own: str, *ties: Tie, now: int = EPOCH) -> Graph:
    """Return the graph as a community sees it."""
    return build_graph(key_of(own), own_links_of(own, *ties), adverts_of(*ties).values(), now)


def random_ties(random: Random, communities: int, links: int) -> list[Tie]:
    """Return different links between communities with units, rates, fees and limits of all kinds.

    Rates contradict each other, so that some circles make money.
    """
    names = [f"{NAMES[number % len(NAMES)]}{number}" for number in range(communities)]
    pairs = [(one, two) for at, one in enumerate(names) for two in names[at + 1 :]]
    return [_random_tie(random, *pair) for pair in random.sample(pairs, min(links, len(pairs)))]


def all_routes(
    graph: Graph, wanted: Wanted
) -> Iterator[tuple[int, int, tuple[tuple[bytes, Fraction], ...], tuple[int, ...]]]:
    """Give every simple path that holds: what it costs, its hops, its trail and its amounts."""
    for path in _paths(graph, (), graph.own, wanted.target):
        try:
            found = _walk(path, wanted)
        except (AmountTooLarge, TermsInvalid):
            continue
        if found is not None:
            yield found


def _paths(
    graph: Graph, path: tuple[Edge, ...], at: bytes, target: bytes
) -> Iterator[tuple[Edge, ...]]:
    if at == target:
        yield path
    elif len(path) < HOPS_MAX:
        passed = {graph.own, *(edge.peer for edge in path)}
        for edge in graph.leaving.get(at, ()):
            if edge.peer not in passed:
                yield from _paths(graph, (*path, edge), edge.peer, target)


def _walk(
    path: tuple[Edge, ...], wanted: Wanted
) -> tuple[int, int, tuple[tuple[bytes, Fraction], ...], tuple[int, ...]] | None:
    """Return what a path costs, worked out hop by hop from its end."""
    first, last = path[0].goes, path[-1].comes
    if first.local[0] != wanted.payer_unit or last.local[0] != wanted.unit:
        return None
    factors = [across(one.comes, two.goes) for one, two in pairwise(path)]
    leaves, amounts = wanted.amount, list[int]()
    trail: list[tuple[bytes, Fraction]] = []
    for edge, factor in zip(path[::-1], [inward(last), *factors[::-1]], strict=True):
        amount = least_input(leaves, factor)
        if amount > edge.capacity:
            return None
        amounts.insert(0, amount)
        trail.insert(0, (edge.peer, Fraction(leaves) / factor))
        leaves = amount + fee_on(edge.fee, amount)
    trail.insert(0, (b"", Fraction(leaves) / outward(first)))
    return least_input(leaves, outward(first)), len(path), tuple(trail), tuple(amounts)


def _random_tie(random: Random, one: str, two: str) -> Tie:
    unit, other = random.sample(["EUR", "HOUR", "KM"], 2)
    changing = random.random() < 0.6
    rate = random.choice([(1, 1), (1, 2), (2, 1), (3, 7), (7, 3), (1, 10)])
    terms = Terms(unit, 2, other, 2, *rate) if changing else Terms(unit, 2, "", 0, 1, 1)
    return Tie(
        one,
        two,
        terms,
        (changing and random.random() < 0.5, changing and random.random() < 0.5),
        (_random_fee(random), _random_fee(random)),
        (random.choice([0, 50, 2_000, 10**6]), random.choice([0, 90, 3_000, 10**6])),
    )


def _random_fee(random: Random) -> Fee:
    return Fee(random.choice([0, 0, 1, 25]), random.choice([0, 0, 10_000, 333_333]))
