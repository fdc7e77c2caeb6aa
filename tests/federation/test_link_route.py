from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise
from random import Random

import pytest

from federation.link.graph import Barred, Graph, build_graph
from federation.link.no_route import NoRoute, Reason, explain
from federation.link.route import find_route
from federation.link.search import Wanted
from ledger.field import AMOUNT_MAX
from ledger.link.instruction import Hop
from ledger.link.terms import Fee, Terms
from tests.support.links import (
    HOUR_AT_15,
    Tie,
    adverts_of,
    all_routes,
    graph_of,
    key_of,
    own_links_of,
    random_ties,
)
from tests.support.weather import EPOCH

OWN, RIVER, HILL, MILL = map(key_of, ("own", "river", "hill", "mill"))
PERCENT = Fee(0, 10_000)


def eur(target: bytes, amount: int = 1_000) -> Wanted:
    return Wanted("EUR", target, "EUR", amount)


def check_best(graph: Graph, wanted: Wanted) -> bool:
    """Compare a route with the best of all simple paths and return whether there is one."""
    best = min(all_routes(graph, wanted), default=None)
    route = find_route(graph, wanted)
    if best is None or route is None:
        assert best is None
        assert route is None
        return False
    assert (route.pays, len(route.steps)) == best[:2]
    assert [hop.community for hop in route.hops] == [peer for peer, _ in best[2][1:]]
    assert tuple(hop.amount for hop in route.hops) == best[3]
    assert route.short is None
    return True


def test_a_route_over_one_link() -> None:
    tie = Tie("own", "river", capacities=(1_500, 0), fees=(PERCENT, Fee(0, 0)))
    route = find_route(graph_of("own", tie), eur(RIVER))
    assert route is not None
    assert route.pays == 1_010
    assert route.hops == (Hop(RIVER, "EUR", 1_000),)
    step = route.steps[0]
    assert (step.fee, step.remaining) == (10, 500)
    assert step.rate == route.rate == 1


def test_a_route_that_converts_twice_pays_each_fee_on_what_leaves() -> None:
    ties = (
        Tie("own", "river", HOUR_AT_15, (True, False), (Fee(1, 0), Fee(0, 0)), (9, 9)),
        Tie("river", "hill", Terms("HOUR", 0, "KM", 1, 1, 45), (False, True), (PERCENT, PERCENT)),
    )
    route = find_route(graph_of("own", *ties), Wanted("EUR", HILL, "KM", 100))
    assert route is not None
    # 10.0 KM are 2.2… hours, so 3; River takes 1 % of that, rounded up, so 4 enter it.
    assert [hop.amount for hop in route.hops] == [4, 3]
    assert [step.fee for step in route.steps] == [1, 1]
    assert route.pays == 7_500
    assert [step.rate for step in route.steps] == [Fraction(1, 1_500), 1]
    assert route.rate == 45


def test_the_cheapest_route_is_taken_before_the_shortest() -> None:
    direct = Tie("own", "hill", fees=(Fee(3, 0), Fee(3, 0)))
    round_about = (Tie("own", "river"), Tie("river", "hill"))
    cheap = find_route(graph_of("own", direct, *round_about), eur(HILL))
    assert cheap is not None
    assert [hop.community for hop in cheap.hops] == [RIVER, HILL]


def test_of_routes_that_cost_the_same_the_shortest_is_taken_and_then_the_smaller_key() -> None:
    ties = [Tie("own", "river"), Tie("river", "hill"), Tie("own", "mill"), Tie("mill", "hill")]
    longer = find_route(graph_of("own", *ties), eur(HILL))
    assert longer is not None
    assert longer.hops[0].community == min(MILL, RIVER)
    shorter = find_route(graph_of("own", *ties, Tie("own", "hill")), eur(HILL))
    assert shorter is not None
    assert len(shorter.hops) == 1


def test_a_link_by_which_not_enough_can_leave_is_gone_around() -> None:
    ties = [
        Tie("own", "river"),
        Tie("river", "hill", capacities=(999, 0)),
        Tie("own", "mill", fees=(Fee(9, 0), Fee(0, 0))),
        Tie("mill", "hill", capacities=(1_000, 0)),
    ]
    route = find_route(graph_of("own", *ties), eur(HILL))
    assert route is not None
    assert route.hops[0].community == MILL


def chain(links: int) -> list[Tie]:
    names = ["own", *(f"town{number}" for number in range(1, links + 1))]
    return [Tie(one, two) for one, two in pairwise(names)]


def test_a_route_has_at_most_eight_hops() -> None:
    graph = graph_of("own", *chain(9))
    route = find_route(graph, eur(key_of("town8")))
    assert route is not None
    assert len(route.hops) == 8
    assert find_route(graph, eur(key_of("town9"))) is None


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_no_simple_path_is_better_than_the_route(first: int) -> None:
    found = 0
    for seed in range(first, first + 50):
        random = Random(seed)  # noqa: S311 -- a test
        ties = random_ties(random, random.randint(3, 7), random.randint(3, 16))
        own, target = random.sample(sorted({name for tie in ties for name in tie[:2]}), 2)
        graph = graph_of(own, *ties)
        for _ in range(4):
            units = random.choices(["EUR", "HOUR", "KM"], k=2)
            amount = random.choice([1, 7, 100, 1_234])
            found += check_best(graph, Wanted(units[0], key_of(target), units[1], amount))
    assert found > 10


def test_a_circle_of_rates_that_makes_money_is_not_walked_round() -> None:
    profit = Terms("HOUR", 2, "EUR", 2, 1, 2)
    loss = Terms("HOUR", 2, "EUR", 2, 1, 1)
    ties = [
        Tie("own", "river"),
        Tie("river", "hill", profit, (True, False)),
        Tie("hill", "mill", Terms("HOUR", 2, "", 0, 1, 1)),
        Tie("mill", "river", loss, (False, True)),
        Tie("river", "dale"),
    ]
    assert check_best(graph_of("own", *ties), eur(key_of("dale")))
    assert check_best(graph_of("own", *(tie._replace() for tie in ties[::-1])), eur(key_of("dale")))


def test_a_community_that_does_not_change_its_two_units_is_not_passed_twice() -> None:
    hours = Terms("HOUR", 2, "", 0, 1, 1)
    both = Terms("HOUR", 2, "EUR", 2, 1, 2)
    ties = [
        Tie("own", "river"),
        Tie("river", "hill"),
        Tie("hill", "mill", both, (True, False)),
        Tie("mill", "river", hours),
        Tie("river", "dale", hours),
    ]
    graph, wanted = graph_of("own", *ties), Wanted("EUR", key_of("dale"), "HOUR", 100)
    assert not check_best(graph, wanted)
    assert explain(graph, wanted).reason is Reason.UNIT
    around = Tie("mill", "dale", hours, fees=(Fee(900, 0), Fee(0, 0)))
    assert check_best(graph_of("own", *ties, around), wanted)


@pytest.mark.parametrize("seed", [1, 6, 9, 11])
def test_where_more_rates_contradict_each_other_than_labels_tell_a_simple_path_is_found(
    seed: int,
) -> None:
    random = Random(seed)  # noqa: S311 -- a test
    names = [f"town{number}" for number in range(8)]
    ties = [Tie(one, two, *wild_terms(random)) for one, two in combinations(names, 2)]
    graph = graph_of("town0", *ties)
    for unit in ("EUR", "HOUR"):
        wanted = Wanted("EUR", key_of("town1"), unit, 1_000)
        route = find_route(graph, wanted)
        assert route is not None
        amounts = tuple(hop.amount for hop in route.hops)
        assert (route.pays, amounts) in {(one[0], one[3]) for one in all_routes(graph, wanted)}


def wild_terms(random: Random) -> tuple[Terms, tuple[bool, bool]]:
    units = random.choice([("EUR", 2, "HOUR", 2), ("HOUR", 2, "EUR", 2)])
    terms = Terms(*units, *random.choice([(1, 2), (2, 1), (1, 1)]))
    return terms, (random.random() < 0.5, random.random() < 0.5)


def why(own: str, ties: list[Tie], wanted: Wanted) -> NoRoute:
    graph = graph_of(own, *ties)
    assert find_route(graph, wanted) is None
    return explain(graph, wanted)


LINE = [Tie("own", "river"), Tie("river", "hill", capacities=(800, 0))]


def test_it_is_said_where_not_enough_can_leave_and_by_how_much() -> None:
    found = why("own", LINE, eur(HILL))
    assert (found.reason, found.pair, found.short) == (Reason.CAPACITY, (RIVER, HILL), 200)


def test_it_is_said_that_a_payment_stays_at_home() -> None:
    assert why("own", LINE, eur(OWN)).reason is Reason.HOME


def test_it_is_said_that_nobody_knows_a_community() -> None:
    assert why("own", LINE, eur(MILL)).reason is Reason.UNKNOWN


def test_it_is_said_which_units_would_do() -> None:
    found = why("own", LINE, Wanted("HOUR", HILL, "EUR", 100))
    assert (found.reason, found.at, found.units) == (Reason.UNIT, OWN, ("EUR",))
    found = why("own", LINE, Wanted("EUR", HILL, "HOUR", 100))
    assert (found.reason, found.at, found.units) == (Reason.UNIT, HILL, ("EUR",))
    hours = Tie("river", "hill", Terms("HOUR", 2, "", 0, 1, 1))
    found = why("own", [LINE[0], hours], Wanted("EUR", HILL, "HOUR", 100))
    assert (found.reason, found.at, found.units) == (Reason.UNIT, None, ())


def test_it_is_said_that_links_do_not_lead_there() -> None:
    apart = [Tie("own", "river"), Tie("hill", "mill")]
    assert why("own", apart, eur(HILL)).reason is Reason.NO_PATH
    found = why("own", chain(10), eur(key_of("town10")))
    assert (found.reason, found.hops) == (Reason.TOO_FAR, 10)


def test_it_is_said_that_an_amount_is_too_large_on_the_way() -> None:
    tie = Tie("own", "river", fees=(Fee(1, 0), Fee(0, 0)), capacities=(AMOUNT_MAX, 0))
    assert why("own", [tie], eur(RIVER, AMOUNT_MAX)).reason is Reason.TOO_LARGE


@pytest.mark.parametrize("barred", [Barred.SUSPENDED, Barred.MISMATCHED])
def test_it_is_said_which_link_cannot_be_used(barred: Barred) -> None:
    own = [replace(one, barred=barred) for one in own_links_of("own", *LINE)]
    graph = build_graph(OWN, own, adverts_of(*LINE).values(), EPOCH)
    found = explain(graph, eur(HILL))
    assert (found.reason, found.pair, found.barred) == (Reason.BARRED, (OWN, RIVER), barred)


def test_it_is_said_that_a_link_is_advertised_on_the_other_side_only() -> None:
    adverts = adverts_of(*LINE)
    adverts[RIVER] = adverts_of(LINE[0])[RIVER]
    graph = build_graph(OWN, own_links_of("own", *LINE), adverts.values(), EPOCH)
    found = explain(graph, eur(HILL))
    assert (found.pair, found.barred) == ((RIVER, HILL), Barred.ONE_SIDED)
