"""What crosses links: limits on both sides, fees, rates, and one rounding for each ledger."""

import pytest

from ledger.field import AMOUNT_MAX
from ledger.link.instruction import Hop
from ledger.link.machine import Stage
from ledger.link.terms import Fee, Terms
from ledger.operation import AddLink, LimitLink, LinkPay, RateLink, SetLimit
from ledger.refusal import Code
from ledger.rule.transit import OPEN_TRANSITS_MAX
from ledger.state import replace
from ledger.unit import Unit
from tests.support.realm import Shire, adding, ask_pay, link, order, pay, read, settle
from tests.support.township import DAY_S, EUR, HOUR, START

IN_HOURS = Terms("HOUR", 2, "EUR", 2, 2, 31)
"""1 HOUR = 15.50 EUR."""
VAST = Unit("EUR", 2, "Euro", AMOUNT_MAX, AMOUNT_MAX)


def code_of(here: Shire, operation: LinkPay, name: str = "anna") -> Code | None:
    refusal = ask_pay(here, name, operation)[1].refusal
    return None if refusal is None else refusal.code


def sums(*shires: Shire) -> list[int]:
    """Return for each community and unit what all its accounts have together."""
    totals = [
        sum(books.posted for account in here.state.accounts.values() for books in account.balances)
        for here in shires
    ]
    pending = [
        books.pending_debit or books.pending_credit
        for here in shires
        for account in here.state.accounts.values()
        for books in account.balances
    ]
    return [*totals, int(any(pending))]


def test_a_payer_needs_credit_and_room_is_kept_while_it_is_under_way() -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river, adding(lake, river, owes=50_000), adding(river, lake, trusts=50_000))
    assert code_of(lake, order("bakery", 10_001, river)) is Code.INSUFFICIENT_CREDIT
    pay((lake, "anna"), "bakery", 10_000, river)
    assert code_of(lake, order("bakery", 1, river)) is Code.INSUFFICIENT_CREDIT


@pytest.mark.parametrize(
    ("ours", "theirs"), [(1_000, 5_000), (5_000, 1_000)], ids=["our limit", "the told limit"]
)
def test_no_more_leaves_than_either_side_lets_us_owe(ours: int, theirs: int) -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river, adding(lake, river, owes=ours), adding(river, lake, trusts=theirs))
    assert code_of(lake, order("bakery", 1_001, river)) is Code.EXCEEDS_TRUST_LIMIT
    pay((lake, "anna"), "bakery", 600, river)
    assert code_of(lake, order("bakery", 401, river)) is Code.EXCEEDS_TRUST_LIMIT
    pay((lake, "anna"), "bakery", 400, river)
    settle(lake, river)
    assert lake.owes(river) == 1_000
    assert code_of(lake, order("bakery", 1, river)) is Code.EXCEEDS_TRUST_LIMIT


def test_what_comes_back_makes_room_again() -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river, adding(lake, river, owes=1_000), adding(river, lake, trusts=1_000))
    pay((lake, "anna"), "bakery", 1_000, river)
    settle(lake, river)
    pay((river, "bakery"), "anna", 300, lake)
    settle(lake, river)
    assert code_of(lake, order("bakery", 301, river)) is Code.EXCEEDS_TRUST_LIMIT
    pay((lake, "anna"), "bakery", 300, river)
    settle(lake, river)
    assert (lake.owes(river), river.owes(lake)) == (1_000, -1_000)


def test_the_side_that_trusts_refuses_by_its_own_limit_of_today() -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river)
    assert river.manage(LimitLink(lake.key, 100, 10_000)).refusal is None
    payment = pay((lake, "anna"), "bakery", 101, river)
    settle(lake, river)
    found = lake.found(payment)
    assert (found.stage, found.code) == (Stage.VOIDED, "exceeds_trust_limit")
    assert code_of(lake, order("bakery", 101, river)) is Code.EXCEEDS_TRUST_LIMIT
    assert sums(lake, river) == [0, 0, 0]


def test_a_limit_that_is_narrowed_lets_end_what_is_under_way() -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river)
    payment = pay((lake, "anna"), "bakery", 800, river)
    read(river, lake)
    for here, peer in ((lake, river), (river, lake)):
        assert here.manage(LimitLink(peer.key, 0, 0)).refusal is None
    settle(lake, river)
    assert lake.found(payment).stage is Stage.POSTED
    assert (lake.owes(river), river.owes(lake)) == (800, -800)


def test_a_payee_needs_room() -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river)
    river.manage(SetLimit(river["bakery"].id, "EUR", 0, 99))
    payment = pay((lake, "anna"), "bakery", 100, river)
    settle(lake, river)
    assert lake.found(payment).code == "exceeds_maximum_balance"


@pytest.mark.parametrize(
    ("fee", "amount", "taken"),
    [
        (Fee(7, 0), 1_000, 7),
        (Fee(0, 2_500), 1_000, 3),
        (Fee(7, 2_500), 1_000, 10),
        (Fee(0, 1), 1, 1),
        (Fee(0, 1_000_000), 500, 500),
    ],
    ids=str,
)
def test_a_fee_goes_to_the_commons_that_the_payment_leaves(
    fee: Fee, amount: int, taken: int
) -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river, adding(lake, river, fee=fee))
    asked = order("bakery", amount, river)
    assert code_of(lake, asked) is Code.QUOTE_OUTDATED
    assert code_of(lake, replace(asked, pays=amount + taken - 1)) is Code.QUOTE_OUTDATED
    assert code_of(lake, replace(asked, pays=amount + taken + 50)) is None
    settle(lake, river)
    assert lake.posted("anna", "commons") == (-amount - taken, taken)
    assert river.posted("bakery") == (amount,)
    assert sums(lake, river) == [0, 0, 0]


def test_a_hop_takes_its_fee_and_what_is_over() -> None:
    lake, river, hill = Shire("lake", "anna"), Shire("river"), Shire("hill", "bakery")
    link(lake, river)
    link(river, hill, adding(river, hill, fee=Fee(10, 0)))
    asked = order("bakery", 500, river, hill)
    enters = Hop(river.key, "EUR", 512)
    asked = replace(asked, hops=(enters, asked.hops[1]), pays=512)
    payment, outcome = ask_pay(lake, "anna", asked)
    assert outcome.refusal is None
    settle(lake, river, hill)
    assert lake.found(payment).stage is Stage.POSTED
    assert (lake.posted("anna"), river.posted("commons"), hill.posted("bakery")) == (
        (-512,), (12,), (500,),
    )  # fmt: skip
    assert (river.owes(lake), river.owes(hill)) == (-512, 500)
    assert sums(lake, river, hill) == [0, 0, 0, 0]


def test_a_hop_refuses_less_than_its_fee_asks() -> None:
    lake, river, hill = Shire("lake", "anna"), Shire("river"), Shire("hill", "bakery")
    link(lake, river)
    link(river, hill, adding(river, hill, fee=Fee(10, 0)))
    payment = pay((lake, "anna"), "bakery", 500, river, hill)
    settle(lake, river, hill)
    assert lake.found(payment).code == "quote_outdated"
    assert hill.transit(payment) is None


def hours_between(converts: str) -> tuple[Shire, Shire]:
    """Return two communities linked in hours, of which one converts."""
    lake = Shire("lake", "anna", units=(EUR,) if converts == "lake" else (HOUR,))
    river = Shire("river", "bakery", units=(EUR,) if converts == "river" else (HOUR,))
    link(
        lake,
        river,
        adding(lake, river, IN_HOURS, converts=converts == "lake"),
        adding(river, lake, IN_HOURS, converts=converts == "river"),
    )
    return lake, river


def test_the_payers_side_converts_and_rounds_up_once() -> None:
    lake, river = hours_between("lake")
    hops = (Hop(river.key, "HOUR", 7),)
    # 7 minor hours are worth 108.5 minor euros.
    asked = LinkPay(hops, "bakery", "HOUR", 7, "EUR", 108, "", b"", START + DAY_S, None)
    assert code_of(lake, asked) is Code.QUOTE_OUTDATED
    assert code_of(lake, replace(asked, pays=109)) is None
    settle(lake, river)
    assert lake.posted("anna", "exchange") == (-109, 109)
    assert lake.posted("exchange", unit="HOUR") == (-7,)
    assert (lake.owes(river, "HOUR"), river.owes(lake, "HOUR")) == (7, -7)
    assert river.posted("bakery", unit="HOUR") == (7,)
    assert sums(lake, river) == [0, 0, 0]


def test_the_payees_side_converts_and_rounds_down_once() -> None:
    lake, river = hours_between("river")
    hops = (Hop(river.key, "HOUR", 7),)
    asked = LinkPay(hops, "bakery", "EUR", 109, "HOUR", 7, "", b"", START + DAY_S, None)
    payment, _ = ask_pay(lake, "anna", asked)
    settle(lake, river)
    assert lake.found(payment).code == "quote_outdated"
    assert code_of(lake, replace(asked, amount=108)) is None
    settle(lake, river)
    assert river.posted("bakery", "exchange") == (108, -108)
    assert river.posted("exchange", unit="HOUR") == (7,)
    assert sums(lake, river) == [0, 0, 0]


def test_a_hop_between_two_units_converts_once() -> None:
    lake = Shire("lake", "anna", units=(HOUR,))
    river = Shire("river", "carla")
    hill = Shire("hill", "bakery")
    link(
        lake,
        river,
        adding(lake, river, IN_HOURS),
        adding(river, lake, IN_HOURS, converts=True),
    )
    link(river, hill, adding(river, hill, fee=Fee(1, 0)))
    # 107 and a fee of 1 are worth 6.97 minor hours.
    hops = (Hop(river.key, "HOUR", 7), Hop(hill.key, "EUR", 107))
    asked = LinkPay(hops, "bakery", "EUR", 107, "HOUR", 7, "", b"", START + DAY_S, None)
    payment, outcome = ask_pay(lake, "anna", asked)
    assert outcome.refusal is None
    settle(lake, river, hill)
    assert lake.found(payment).stage is Stage.POSTED
    assert river.posted("commons", "exchange") == (1, -108)
    assert river.posted("exchange", unit="HOUR") == (7,)
    assert (river.owes(lake, "HOUR"), river.owes(hill)) == (-7, 107)
    assert sums(lake, river, hill) == [0, 0, 0, 0]


def test_a_hop_whose_members_have_neither_unit_passes_nothing_on() -> None:
    lake = Shire("lake", "anna", units=(HOUR,))
    river = Shire("river", units=(EUR, HOUR))
    hill = Shire("hill", "bakery")
    in_hours = Terms("HOUR", 2, "", 0, 1, 1)
    link(lake, river, adding(lake, river, in_hours), adding(river, lake, in_hours))
    link(river, hill)
    hops = (Hop(river.key, "HOUR", 7), Hop(hill.key, "EUR", 7))
    asked = LinkPay(hops, "bakery", "EUR", 7, "HOUR", 7, "", b"", START + DAY_S, None)
    payment, _ = ask_pay(lake, "anna", asked)
    settle(lake, river, hill)
    assert lake.found(payment).code == "unknown_unit"


def test_a_rate_that_changes_on_the_way_stops_what_was_quoted_before() -> None:
    lake, river = hours_between("river")
    dearer = replace(IN_HOURS, d=30, n=2)
    hops = (Hop(river.key, "HOUR", 7),)
    asked = LinkPay(hops, "bakery", "EUR", 108, "HOUR", 7, "", b"", START + DAY_S, None)
    payment, _ = ask_pay(lake, "anna", asked)
    river.manage(RateLink(lake.key, replace(dearer, n=1, d=15), Fee(0, 0)))
    settle(lake, river)
    assert lake.found(payment).code == "terms_mismatch"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"pays_unit": "HOUR"}, Code.UNKNOWN_UNIT),
        ({"deadline": START}, Code.EXPIRY_OUT_OF_RANGE),
        ({"deadline": START + 31 * DAY_S}, Code.EXPIRY_OUT_OF_RANGE),
    ],
    ids=str,
)
def test_a_payer_is_refused_at_home(changed: dict[str, object], code: Code) -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river)
    assert code_of(lake, replace(order("bakery", 10, river), **changed)) is code


def boundless(here: Shire, peer: Shire) -> AddLink:
    return adding(here, peer, trusts=AMOUNT_MAX, owes=AMOUNT_MAX)


def test_the_largest_amounts_pass_and_larger_ones_are_refused() -> None:
    lake = Shire("lake", "anna", units=(VAST,))
    river = Shire("river", "bakery", units=(VAST,))
    link(lake, river, boundless(lake, river), boundless(river, lake))
    pay((lake, "anna"), "bakery", AMOUNT_MAX, river)
    settle(lake, river)
    assert (lake.owes(river), river.owes(lake)) == (AMOUNT_MAX, -AMOUNT_MAX)
    assert code_of(lake, order("bakery", 1, river)) is Code.EXCEEDS_TRUST_LIMIT


def test_a_fee_that_leaves_the_range_of_amounts_is_refused() -> None:
    lake = Shire("lake", "anna", units=(VAST,))
    river = Shire("river", units=(VAST,))
    hill = Shire("hill", "bakery", units=(VAST,))
    link(lake, river, boundless(lake, river), boundless(river, lake))
    dear = replace(boundless(river, hill), fee=Fee(AMOUNT_MAX, 0))
    link(river, hill, dear, boundless(hill, river))
    assert code_of(river, order("bakery", 1, hill), river.join("cem").name) is Code.QUOTE_OUTDATED
    payment = pay((lake, "anna"), "bakery", AMOUNT_MAX, river, hill)
    settle(lake, river, hill)
    assert lake.found(payment).code == "balance_out_of_range"


def test_a_payer_has_a_bounded_number_of_payments_under_way() -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river)
    for _ in range(OPEN_TRANSITS_MAX // 64):
        lake.merge(lake["anna"].sign(*[order("bakery", 1, river)] * 64))
    assert len(lake.state.transits) == OPEN_TRANSITS_MAX
    assert code_of(lake, order("bakery", 1, river)) is Code.TOO_MANY_TRANSITS
    settle(lake, river)
    assert lake.owes(river) == OPEN_TRANSITS_MAX
    assert code_of(lake, order("bakery", 1, river)) is None
