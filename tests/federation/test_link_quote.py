import json
from dataclasses import replace
from itertools import pairwise

import pytest

from federation.link.address import AddressBook
from federation.link.graph import Barred, build_graph
from federation.link.no_route import Reason, explain
from federation.link.quote import Quote, tell_no_route, tell_quote, view_no_route, view_quote
from federation.link.route import find_route
from federation.link.search import Wanted
from federation.words import fingerprint
from ledger.field import AMOUNT_MAX
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
NONE = Fee(0, 0)
TIES = [
    Tie("own", "river", HOUR_AT_15, (True, False), (Fee(1, 0), NONE), (9, 9)),
    Tie("river", "hill", Terms("HOUR", 0, "KM", 1, 1, 45), (False, True), (Fee(0, 10_000), NONE)),
]
BOOK = AddressBook(OWN, {"river": RIVER}, adverts_of(*TIES))


def quote_of(*ties: Tie, wanted: Wanted) -> Quote:
    route = find_route(graph_of("own", *ties), wanted)
    assert route is not None
    return Quote(route, "bakery")


QUOTE = quote_of(*TIES, wanted=Wanted("EUR", HILL, "KM", 100))


def test_a_quote_says_what_leaves_what_arrives_and_what_each_hop_takes() -> None:
    assert list(tell_quote(QUOTE, BOOK.name_of)) == [
        "75.00 EUR leave you; bakery at hill.river gets 10.0 KM.",
        f"hill.river has the fingerprint {fingerprint(HILL)}.",
        (
            "1. 4 HOUR to river; your community converts at 15 EUR = 1 HOUR; your community takes "
            "1 HOUR for it (1); then 5 HOUR can still leave by this link."
        ),
        (
            "2. 3 HOUR to hill.river; river takes 1 HOUR for it (1 %); then 999997 HOUR can, as "
            "it says, still leave by this link."
        ),
        "hill.river converts at 1 HOUR = 4.5 KM.",
    ]


def test_a_quote_without_fees_and_rates_is_short() -> None:
    short = quote_of(Tie("own", "river"), wanted=Wanted("EUR", RIVER, "EUR", 1_250))
    assert list(tell_quote(short, BOOK.name_of)) == [
        "12.50 EUR leave you; bakery at river gets 12.50 EUR.",
        f"river has the fingerprint {fingerprint(RIVER)}.",
        "1. 12.50 EUR to river; then 9987.50 EUR can still leave by this link.",
    ]


def test_a_quote_is_json_too() -> None:
    view = json.loads(json.dumps(view_quote(QUOTE, BOOK.name_of)))
    assert (view["pays"], view["pays_minor"], view["pays_unit"]) == ("75.00 EUR", 7_500, "EUR")
    assert (view["gets"], view["gets_minor"], view["gets_unit"]) == ("10.0 KM", 100, "KM")
    assert (view["payee"], view["community_name"]) == ("bakery", "hill.river")
    assert view["rate"] == "1 HOUR = 4.5 KM"
    assert view["hops"][0] == {
        "community": RIVER.hex(),
        "name": "river",
        "fingerprint": fingerprint(RIVER),
        "unit": "HOUR",
        "enters": "4 HOUR",
        "enters_minor": 4,
        "rate": "15 EUR = 1 HOUR",
        "fee": "1 HOUR",
        "fee_minor": 1,
        "fee_terms": "1",
        "remaining": "5 HOUR",
        "remaining_minor": 5,
        "exact": True,
    }
    assert view["hops"][1]["rate"] is None
    assert not view["hops"][1]["exact"]


SHORT = [Tie("own", "river"), Tie("river", "hill", capacities=(800, 0))]
FAR = [Tie("own", "river"), Tie("river", "dale")]
LARGE = Tie("own", "river", fees=(Fee(1, 0), NONE))
CHAIN = ["own", "river", "hill", *(f"town{number}" for number in range(7)), "mill"]
CASES: dict[Reason, tuple[list[Tie], Wanted, str]] = {
    Reason.HOME: (FAR, Wanted("EUR", OWN, "EUR", 1), "that is your own community"),
    Reason.UNKNOWN: (FAR, Wanted("EUR", HILL, "EUR", 1), "nobody reached from here has a link"),
    Reason.CAPACITY: (
        SHORT,
        Wanted("EUR", HILL, "EUR", 1_000),
        "too little can leave now by the link from river to hill.river: 2.00 EUR are missing",
    ),
    Reason.TOO_LARGE: ([LARGE], Wanted("EUR", RIVER, "EUR", AMOUNT_MAX), "pay less"),
    Reason.TOO_FAR: (
        [Tie(one, two) for one, two in pairwise(CHAIN)],
        Wanted("EUR", MILL, "EUR", 1),
        "is 10 links away",
    ),
    Reason.NO_PATH: (
        [Tie("own", "river"), Tie("hill", "mill")],
        Wanted("EUR", MILL, "EUR", 1),
        "no links lead from here",
    ),
}


@pytest.mark.parametrize("reason", CASES)
def test_why_there_is_no_route_is_said_in_a_sentence_and_in_json(reason: Reason) -> None:
    ties, wanted, said = CASES[reason]
    none = explain(graph_of("own", *ties), wanted)
    assert said in tell_no_route(none, BOOK.name_of)
    view = json.loads(json.dumps(view_no_route(none, BOOK.name_of)))
    assert view["reason"] == reason.value
    assert said in view["sentence"]
    assert view["short_minor"] == (200 if reason is Reason.CAPACITY else None)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted("KM", HILL, "EUR", 1), "your community's links take EUR from you, not KM"),
        (Wanted("EUR", HILL, "KM", 1), "hill.river pays its members in EUR or HOUR, not in KM"),
        (Wanted("EUR", HILL, "HOUR", 1), "no way turns EUR into HOUR"),
    ],
)
def test_which_units_would_do_is_said(wanted: Wanted, said: str) -> None:
    hours = Terms("HOUR", 2, "", 0, 1, 1)
    ties = [
        Tie("own", "river", EUR), Tie("river", "hill"), Tie("river", "mill", hours),
        Tie("mill", "hill", hours),
    ]  # fmt: skip
    assert said in tell_no_route(explain(graph_of("own", *ties), wanted), BOOK.name_of)


@pytest.mark.parametrize("barred", Barred)
def test_why_a_link_cannot_be_used_is_said(barred: Barred) -> None:
    own = [replace(one, barred=barred) for one in own_links_of("own", *SHORT)]
    graph = build_graph(OWN, own, adverts_of(*SHORT).values(), EPOCH)
    none = explain(graph, Wanted("EUR", HILL, "EUR", 1))
    assert "to river cannot be used now: " in tell_no_route(none, BOOK.name_of)
    assert view_no_route(none, BOOK.name_of)["barred"] == barred.value
