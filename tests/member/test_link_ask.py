"""Quotes over several links and between units, and that ledgers take what was quoted."""

import pytest

from federation.console.terminal import Refused, UsageInvalid
from federation.link.address import Address
from federation.link.advert import write_advert
from federation.link.own import own_links
from federation.link.reach import Reach, reach_of
from ledger.link.instruction import GIVEN_BACK, About
from ledger.link.terms import Fee, Terms
from ledger.operation import LinkRequest, RateLink
from member.link_ask import Purpose, TypedPay, ask_linked, quote_back, quote_request, quote_typed
from tests.support.realm import Shire, adding, ask_pay, link, settle
from tests.support.township import DAY_S, EUR, HOUR, START

IN_EUR = Terms("EUR", 2, "", 0, 1, 1)
IN_HOURS = Terms("HOUR", 2, "EUR", 2, 1, 15)
END = START + DAY_S


class Vale:
    """River and Lake in euros, and behind Lake Hill, in hours of 15 euros each."""

    def __init__(self) -> None:
        self.river, self.lake = Shire("river", "ada"), Shire("lake", "ben")
        self.hill = Shire("hill", "carl", units=(HOUR,))
        link(self.river, self.lake)
        link(
            self.lake,
            self.hill,
            adding(self.lake, self.hill, IN_HOURS, converts=True),
            adding(self.hill, self.lake, IN_HOURS),
        )

    @property
    def all(self) -> tuple[Shire, ...]:
        """The three."""
        return self.river, self.lake, self.hill

    def reach(self, here: Shire) -> Reach:
        """Return what one of them can reach, when all advertise."""
        adverts = {
            one.key: write_advert(
                one.key, one.name.capitalize(), START, [own.link for own in own_links(one.state)]
            )
            for one in self.all
        }
        return reach_of(here.state, adverts, START)


@pytest.fixture
def vale() -> Vale:
    return Vale()


def quoted(vale: Vale, amount: str, unit: str | None = "HOUR") -> tuple[int, str, list[int]]:
    """Return what a payment from Ada to Carl takes, in which unit, and what enters each ledger."""
    to = vale.reach(vale.river).book.parse("carl@hill.lake")
    made = quote_typed(
        vale.river.state, vale.reach(vale.river), to, TypedPay(amount, unit, ""), END
    )
    asked = made.operation
    return asked.pays, asked.pays_unit, [hop.amount for hop in asked.hops]


def test_a_payee_in_another_unit_gets_what_was_typed(vale: Vale) -> None:
    assert quoted(vale, "2") == (3_000, "EUR", [3_000, 200])


def test_what_was_quoted_is_what_the_ledgers_take(vale: Vale) -> None:
    vale.lake.manage(RateLink(vale.hill.key, IN_HOURS, Fee(3, 0)))
    settle(*vale.all)
    reach = vale.reach(vale.river)
    to = reach.book.parse("carl@hill.lake")
    made = quote_typed(vale.river.state, reach, to, TypedPay("2", "HOUR", "saw"), END)
    assert made.operation.pays == 3_045
    payment, outcome = ask_pay(vale.river, "ada", made.operation)
    assert outcome.refusal is None
    settle(*vale.all)
    assert payment in vale.river.state.finished
    assert vale.river.posted("ada") == (-3_045,)
    assert vale.hill.posted("carl", unit="HOUR") == (200,)


def test_a_payee_in_another_unit_needs_the_unit_typed(vale: Vale) -> None:
    with pytest.raises(UsageInvalid, match=r"hill\.lake pays its members in HOUR; add --unit"):
        quoted(vale, "2", None)
    with pytest.raises(UsageInvalid, match="got the unit 'eur'"):
        quoted(vale, "2", "eur")


def test_what_cannot_get_through_says_where_it_ends(vale: Vale) -> None:
    with pytest.raises(Refused, match="the link from your community to lake"):
        quoted(vale, "20")


def test_an_unknown_community_is_refused(vale: Vale) -> None:
    typed = TypedPay("1", "EUR", "")
    with pytest.raises(Refused, match="nobody reached from here has a link with"):
        quote_typed(vale.river.state, vale.reach(vale.river), Address("x", b"x" * 32), typed, END)


def test_giving_back_leaves_no_more_than_came(vale: Vale) -> None:
    reach = vale.reach(vale.river)
    to = reach.book.parse("carl@hill.lake")
    made = quote_typed(vale.river.state, reach, to, TypedPay("2", "HOUR", ""), END)
    payment, _ = ask_pay(vale.river, "ada", made.operation)
    settle(*vale.all)
    vale.lake.manage(RateLink(vale.river.key, IN_EUR, Fee(50, 100_000)))
    settle(*vale.all)
    received = vale.hill.transit(payment)
    assert received is not None
    back = quote_back(vale.reach(vale.hill), received, None, Purpose("no saw", END)).operation
    assert (back.pays, back.pays_unit, back.about) == (200, "HOUR", About(GIVEN_BACK, payment))
    # 30.00 EUR less the fee of 0.50 and a tenth of what goes on.
    assert (back.amount, back.unit) == (2_681, "EUR")
    again, outcome = ask_pay(vale.hill, "carl", back)
    assert outcome.refusal is None
    settle(*vale.all)
    assert again in vale.hill.state.finished
    assert vale.hill.posted("carl", unit="HOUR") == (0,)
    assert vale.river.posted("ada") == (-3_000 + 2_681,)


def test_a_part_is_given_back_and_never_more(vale: Vale) -> None:
    reach = vale.reach(vale.river)
    to = reach.book.parse("carl@hill.lake")
    made = quote_typed(vale.river.state, reach, to, TypedPay("2", "HOUR", ""), END)
    payment, _ = ask_pay(vale.river, "ada", made.operation)
    settle(*vale.all)
    received = vale.hill.transit(payment)
    assert received is not None
    back = quote_back(vale.reach(vale.hill), received, 100, Purpose("", END)).operation
    assert (back.pays, back.amount) == (100, 1_500)
    with pytest.raises(UsageInvalid, match="at most what came"):
        quote_back(vale.reach(vale.hill), received, 201, Purpose("", END))


def test_a_request_goes_the_way_its_payment_comes(vale: Vale) -> None:
    reach = vale.reach(vale.hill)
    to = reach.book.parse("ada@river.lake")
    asked = ask_linked(vale.hill.state, reach, to, TypedPay("2", None, "saw"), END)
    assert asked == LinkRequest((vale.lake.key, vale.river.key), "ada", "HOUR", 200, "saw", END)
    assert vale.hill.ask("carl", asked).refusal is None
    settle(*vale.all)
    (due,) = vale.river.state.linked_requests.values()
    paid = quote_request(vale.river.state, vale.reach(vale.river), due, END).operation
    assert (paid.pays, paid.payee, paid.unit, paid.amount) == (3_000, "carl", "HOUR", 200)
    _, outcome = ask_pay(vale.river, "ada", paid)
    assert outcome.refusal is None
    settle(*vale.all)
    assert not vale.hill.state.linked_requests
    assert vale.hill.posted("carl", unit="HOUR") == (200,)


def test_a_request_finds_a_linked_community_without_adverts(vale: Vale) -> None:
    reach = reach_of(vale.river.state, {}, START)
    to = reach.book.parse("ben@lake")
    asked = ask_linked(vale.river.state, reach, to, TypedPay("1", None, ""), END)
    assert asked.path == (vale.lake.key,)


def test_a_request_in_anothers_unit_or_without_a_way_is_refused(vale: Vale) -> None:
    reach = vale.reach(vale.river)
    to = reach.book.parse("ben@lake")
    with pytest.raises(UsageInvalid, match="you are paid in EUR"):
        ask_linked(vale.river.state, reach, to, TypedPay("1", "HOUR", ""), END)
    with pytest.raises(Refused, match="nobody reached from here"):
        ask_linked(vale.river.state, reach, Address("x", b"x" * 32), TypedPay("1", None, ""), END)


def test_a_payer_with_several_units_pays_in_the_one_asked_for() -> None:
    river, lake = Shire("river", "ada", units=(EUR, HOUR)), Shire("lake", "ben")
    link(river, lake)
    reach = reach_of(river.state, {}, START)
    to = reach.book.parse("ben@lake")
    made = quote_typed(river.state, reach, to, TypedPay("1", None, ""), END)
    assert made.operation.pays_unit == "EUR"
