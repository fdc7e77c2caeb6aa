from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from random import Random

import pytest

from federation.link.cycle import Round, find_rounds
from federation.link.graph import Barred, Graph, build_graph
from ledger.link.instruction import HOPS_MAX, Hop
from ledger.link.terms import Fee, Terms
from tests.support.links import HOUR_AT_15, Tie, adverts_of, graph_of, key_of, own_links_of
from tests.support.weather import EPOCH

OWN, RIVER, HILL, MILL = map(key_of, ("own", "river", "hill", "mill"))
CIRCLE = [
    Tie("own", "river", owes=(500, 0)),
    Tie("river", "hill", owes=(300, 0)),
    Tie("own", "hill", owes=(0, 400)),
]
"""The own community owes River, River owes Hill, Hill owes the own community."""


def settle(clearing: Counter[tuple[bytes, bytes]], one: Round) -> None:
    """Book a round: what the first key owes the second, with the signs of clearing accounts.

    A payment from a community to the next is a credit to the next one's account in the first
    ledger, and a debit of the first one's account in the next ledger.
    """
    for source, peer in pairwise([OWN, *(hop.community for hop in one.hops)]):
        clearing[source, peer] += one.amount
        clearing[peer, source] -= one.amount


def books_of(ties: list[Tie]) -> Counter[tuple[bytes, bytes]]:
    clearing: Counter[tuple[bytes, bytes]] = Counter()
    for tie in ties:
        owes = tie.owes[0] - tie.owes[1]
        clearing[key_of(tie.one), key_of(tie.two)] += owes
        clearing[key_of(tie.two), key_of(tie.one)] -= owes
    return clearing


def net(clearing: Counter[tuple[bytes, bytes]]) -> Counter[bytes]:
    found: Counter[bytes] = Counter()
    for (source, _), owes in clearing.items():
        found[source] += owes
    return found


def test_a_round_goes_against_the_debts_and_leaves_every_net_position_as_it_was() -> None:
    (one,) = find_rounds(graph_of("own", *CIRCLE))
    assert one.hops == tuple(Hop(key, "EUR", 300) for key in (HILL, RIVER, OWN))
    clearing = books_of(CIRCLE)
    before = net(clearing)
    settle(clearing, one)
    assert clearing[OWN, RIVER] == 200
    assert clearing[RIVER, HILL] == 0
    assert clearing[HILL, OWN] == 100
    assert net(clearing) == before


def test_fees_and_rates_do_not_apply() -> None:
    hours = HOUR_AT_15
    fees = (Fee(9, 9), Fee(9, 9))
    ties = [tie._replace(terms=hours, converts=(True, True), fees=fees) for tie in CIRCLE]
    (one,) = find_rounds(graph_of("own", *ties))
    assert (one.unit, one.scale, one.amount) == ("HOUR", 0, 300)


OTHER_UNIT, OTHER_SCALE = Terms("KM", 2, "", 0, 1, 1), Terms("EUR", 3, "", 0, 1, 1)
NO_CIRCLES = {
    "another unit": [CIRCLE[0], CIRCLE[1]._replace(terms=OTHER_UNIT), CIRCLE[2]],
    "another scale": [CIRCLE[0], CIRCLE[1]._replace(terms=OTHER_SCALE), CIRCLE[2]],
    "no circle": CIRCLE[:2],
    "a debt the other way": [CIRCLE[0], CIRCLE[1]._replace(owes=(0, 300)), CIRCLE[2]],
    "debts that contradict": [CIRCLE[0], CIRCLE[1]._replace(owes=(300, 300)), CIRCLE[2]],
    "two of whom each says to owe": [Tie("own", "river", owes=(500, 500))],
    "nothing can leave": [CIRCLE[0], CIRCLE[1], CIRCLE[2]._replace(capacities=(0, 0))],
    "not through the own community": [
        Tie("own", "dale"), Tie("dale", "river", owes=(500, 0)), CIRCLE[1],
        Tie("dale", "hill", owes=(0, 400)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", NO_CIRCLES)
def test_where_debts_make_no_circle_there_is_no_round(case: str) -> None:
    assert find_rounds(graph_of("own", *NO_CIRCLES[case])) == ()


def test_a_barred_link_is_not_cleared() -> None:
    own = [replace(one, barred=Barred.SUSPENDED) for one in own_links_of("own", *CIRCLE)]
    assert find_rounds(build_graph(OWN, own, adverts_of(*CIRCLE).values(), EPOCH)) == ()


def test_what_is_owed_to_oneself_is_exact_and_the_debts_of_others_show_two_digits() -> None:
    ties = [
        Tie("own", "river", owes=(61_500, 0)),
        Tie("river", "hill", owes=(36_900, 0)),
        Tie("own", "hill", owes=(0, 36_899)),
    ]
    assert [one.amount for one in find_rounds(graph_of("own", *ties))] == [36_000]
    ties[2] = ties[2]._replace(owes=(0, 34_567))
    assert [one.amount for one in find_rounds(graph_of("own", *ties))] == [34_567]


def circle(length: int) -> list[Tie]:
    names = ["own", *(f"town{number}" for number in range(1, length)), "own"]
    return [Tie(one, two, owes=(70, 0)) for one, two in pairwise(names)]


def test_a_round_has_at_most_eight_hops() -> None:
    (one,) = find_rounds(graph_of("own", *circle(8)))
    assert len(one.hops) == HOPS_MAX
    assert find_rounds(graph_of("own", *circle(9))) == ()


def test_the_round_that_clears_most_comes_first_and_then_the_shorter_one() -> None:
    ties = [
        Tie("own", "river", owes=(900, 0)),
        Tie("river", "hill", owes=(500, 0)),
        Tie("hill", "own", owes=(500, 0)),
        Tie("river", "mill", owes=(200, 0)),
        Tie("mill", "own", owes=(200, 0)),
        Tie("mill", "hill", owes=(300, 0)),
    ]
    rounds = find_rounds(graph_of("own", *ties))
    assert [(one.amount, one.hops[0].community) for one in rounds] == [(500, HILL), (200, MILL)]
    assert len(find_rounds(graph_of("own", *ties), 1)) == 1


@pytest.mark.parametrize("seed", range(60))
def test_no_circle_clears_more_than_the_first_round(seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- a test
    names = ["own", *(f"town{number}" for number in range(1, 7))]
    ties = [
        Tie(*pair, capacities=(random.choice([10, 10**6]), 10**6), owes=random_debt(random))
        for pair in combinations(names, 2)
        if random.random() < 0.7
    ]
    graph = graph_of("own", *ties)
    rounds = find_rounds(graph)
    clearing = books_of(ties)
    best = min(all_circles(graph), default=None)
    assert (best is None) == (not rounds)
    if best is not None:
        assert (-rounds[0].amount, len(rounds[0].hops)) == best[:2]
        assert tuple(hop.community for hop in rounds[0].hops) == best[2]
    before, size = net(clearing), sum(map(abs, clearing.values()))
    for one in rounds:
        settle(clearing, one)
        size -= 2 * one.amount * len(one.hops)
        assert sum(map(abs, clearing.values())) == size
    assert net(clearing) == before


def random_debt(random: Random) -> tuple[int, int]:
    debt = random.choice([10, 40, 90, 250, 990])
    return (debt, 0) if random.random() < 0.5 else (0, debt)


def all_circles(graph: Graph) -> Iterator[tuple[int, int, tuple[bytes, ...]]]:
    def walk(path: tuple[bytes, ...], least: int) -> Iterator[tuple[int, int, tuple[bytes, ...]]]:
        for edge in graph.leaving.get(path[-1], ()):
            back = next((one for one in graph.leaving[edge.peer] if one.peer == path[-1]), None)
            width = min(least, edge.capacity, back.owes if back else 0)
            if width <= 0:
                continue
            if edge.peer == OWN:
                yield -width, len(path), (*path[1:], OWN)
            elif edge.peer not in path and len(path) < HOPS_MAX:
                yield from walk((*path, edge.peer), width)

    yield from walk((OWN,), 10**9)
