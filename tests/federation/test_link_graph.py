import dataclasses
from itertools import combinations

import pytest
from msgspec.structs import replace

from federation.link.graph import ADVERT_AGE_S_MAX, EDGES_MAX, Barred, Edge, Graph, build_graph
from ledger.link.terms import Fee, Terms
from tests.support.links import (
    EUR,
    HOUR_AT_15,
    Tie,
    adverts_of,
    graph_of,
    key_of,
    own_links_of,
)
from tests.support.weather import EPOCH

OWN, RIVER, HILL, MILL = map(key_of, ("own", "river", "hill", "mill"))
NEAR = Tie("own", "river", capacities=(12_345, 23_456), owes=(77_777, 0))
FAR = Tie("river", "hill", HOUR_AT_15, (True, False), (Fee(1, 2), Fee(3, 4)), (12_345, 6), (0, 7))


def edge_between(graph: Graph, source: bytes, peer: bytes) -> Edge | None:
    return next((edge for edge in graph.leaving.get(source, ()) if edge.peer == peer), None)


def test_a_link_that_both_sides_advertise_can_be_used_in_both_directions() -> None:
    graph = graph_of("own", NEAR, FAR)
    there, back = edge_between(graph, RIVER, HILL), edge_between(graph, HILL, RIVER)
    assert there is not None
    assert back is not None
    assert (there.goes.converts, there.comes.converts) == (True, False)
    assert (back.goes.converts, back.comes.converts) == (False, True)
    assert (there.fee, back.fee) == (Fee(1, 2), Fee(3, 4))
    assert (there.capacity, back.capacity) == (12_000, 6)
    assert (there.owes, back.owes) == (0, 7)
    assert (there.name, back.name) == ("hill", "river")
    assert not there.exact
    assert graph.entering[HILL][there.comes] == (there,)
    assert graph.barred == {}
    assert graph.known == {OWN, RIVER, HILL}


def test_an_own_link_is_exact_and_needs_no_advert() -> None:
    graph = build_graph(OWN, own_links_of("own", NEAR), [], EPOCH)
    edge = edge_between(graph, OWN, RIVER)
    assert edge is not None
    assert (edge.capacity, edge.owes, edge.exact) == (12_345, 77_777, True)
    assert edge_between(graph, RIVER, OWN) is None


def test_what_is_advertised_under_the_own_key_does_not_count() -> None:
    adverts = adverts_of(NEAR, Tie("own", "mill"))
    graph = build_graph(OWN, own_links_of("own", NEAR), adverts.values(), EPOCH)
    assert edge_between(graph, OWN, MILL) is None
    assert graph.barred == {(MILL, OWN): Barred.ONE_SIDED}


def test_the_way_back_to_the_own_community_is_as_the_peer_advertises_it() -> None:
    back = edge_between(graph_of("own", NEAR), RIVER, OWN)
    assert back is not None
    assert (back.capacity, back.exact) == (23_000, False)


OTHER_TERMS = Terms("HOUR", 0, "EUR", 2, 1, 1_600)


def changed(name: str, **changes: object) -> Graph:
    """Return the graph where one community's advert says something else of itself."""
    adverts = adverts_of(NEAR, FAR)
    adverts[key_of(name)] = replace(adverts[key_of(name)], **changes)
    return build_graph(OWN, own_links_of("own", NEAR), adverts.values(), EPOCH)


@pytest.mark.parametrize("age", [ADVERT_AGE_S_MAX + 1, -ADVERT_AGE_S_MAX - 1])
def test_a_stale_advert_is_not_relied_on(age: int) -> None:
    graph = changed("hill", time=EPOCH - age)
    assert graph.barred == {(RIVER, HILL): Barred.STALE, (HILL, RIVER): Barred.STALE}
    graph = changed("river", time=EPOCH - age)
    assert graph.barred[RIVER, OWN] == Barred.STALE
    assert edge_between(graph, OWN, RIVER) is not None


@pytest.mark.parametrize("age", [ADVERT_AGE_S_MAX, -ADVERT_AGE_S_MAX])
def test_an_advert_of_a_day_is(age: int) -> None:
    assert changed("hill", time=EPOCH - age).barred == {}


def test_a_link_of_which_two_sides_say_different_terms_is_barred() -> None:
    link = adverts_of(FAR)[HILL].links[0]
    graph = changed("hill", links=(replace(link, terms=OTHER_TERMS),))
    assert set(graph.barred.values()) == {Barred.MISMATCHED}
    assert edge_between(graph, RIVER, HILL) is None
    near = adverts_of(NEAR)[RIVER].links[0]
    graph = changed("river", links=(replace(near, terms=OTHER_TERMS),))
    assert graph.barred[RIVER, OWN] == Barred.MISMATCHED


def test_a_link_that_one_side_advertises_is_barred() -> None:
    assert changed("hill", links=()).barred == {(RIVER, HILL): Barred.ONE_SIDED}


def test_a_link_to_whom_nobody_has_read_is_barred() -> None:
    adverts = adverts_of(NEAR, FAR)
    del adverts[HILL]
    graph = build_graph(OWN, own_links_of("own", NEAR), adverts.values(), EPOCH)
    assert graph.barred == {(RIVER, HILL): Barred.UNREAD}
    assert HILL in graph.known


@pytest.mark.parametrize("why", [Barred.SUSPENDED, Barred.MISMATCHED])
def test_an_own_link_that_takes_no_payments_is_barred_both_ways(why: Barred) -> None:
    own = [dataclasses.replace(one, barred=why) for one in own_links_of("own", NEAR)]
    graph = build_graph(OWN, own, adverts_of(NEAR).values(), EPOCH)
    assert graph.barred == {(OWN, RIVER): why, (RIVER, OWN): why}


def test_terms_of_an_own_link_say_who_converts() -> None:
    tie = Tie("own", "river", HOUR_AT_15, (True, False))
    edge = edge_between(graph_of("own", tie), OWN, RIVER)
    assert edge is not None
    assert (edge.goes.local, edge.comes.local) == (("EUR", 2), ("HOUR", 0))
    assert edge_between(graph_of("own", Tie("own", "river", EUR)), OWN, RIVER) is not None


def test_of_too_many_links_each_community_keeps_those_by_which_most_can_leave() -> None:
    towns = [f"town{number}" for number in range(120)]
    mesh = [
        Tie(one, two, capacities=(9 + at % 2, 9 + at % 2))
        for at, (one, two) in enumerate(combinations(towns, 2))
    ]
    near = [Tie("own", "river"), Tie("river", "hill"), Tie("own", "town0")]
    graph = graph_of("own", *near, *mesh)
    kept = [edge for edges in graph.leaving.values() for edge in edges]
    assert EDGES_MAX - 300 < len(kept) <= EDGES_MAX
    crowded = [pair for pair, why in graph.barred.items() if why is Barred.CROWDED]
    assert len(kept) + len(crowded) == 2 * (len(mesh) + len(near))
    assert edge_between(graph, OWN, RIVER) is not None
    assert edge_between(graph, RIVER, HILL) is not None
    capacity = {frozenset({key_of(tie.one), key_of(tie.two)}): tie.capacities[0] for tie in mesh}
    for town in map(key_of, towns):
        left_out = [capacity[frozenset(pair)] for pair in crowded if pair[0] == town]
        assert max(left_out) <= min(edge.capacity for edge in graph.leaving[town])
