"""Bills from what was typed: who paid, who shares it, and what does not add up."""

from typing import Any

import pytest

from federation.console.terminal import UsageInvalid
from ledger.errors import AmountInvalid, SplitInvalid
from ledger.operation import EQUAL, Bill, Suspend
from member.household.bill import TypedBill, ask_bill, parse_list, parse_named
from tests.support.township import DAY_S, START, Town

NOW = START + 3 * DAY_S


@pytest.fixture
def town() -> Town:
    return Town("anna", "ben", "cleo")


def ask(town: Town, **typed: Any) -> Bill:
    typed = {"amount": "30", **typed}
    return ask_bill(town.state, town.account("anna"), TypedBill(**typed), NOW)


def named(town: Town, bill: Bill) -> tuple[dict[str, int], dict[str, int]]:
    handles = {account.id: account.handle for account in town.state.accounts.values()}
    paid, shares = ({handles[part.account]: part.amount for part in listed}
                    for listed in (bill.paid, bill.shares))  # fmt: skip
    return paid, shares


def test_a_bill_is_paid_by_its_author_and_shared_by_all(town: Town) -> None:
    bill = ask(town, memo="food", category="groceries")
    assert named(town, bill) == ({"anna": 3_000}, {"anna": 1_000, "ben": 1_000, "cleo": 1_000})
    assert (bill.unit, bill.method, bill.memo, bill.category) == ("EUR", EQUAL, "food", "groceries")
    assert bill.spent == NOW < bill.expires
    assert bill.replaces is None


@pytest.mark.parametrize(
    ("typed", "paid", "shares"),
    [
        ({"split": parse_list("ben,cleo")}, {"anna": 3_000}, {"ben": 1_500, "cleo": 1_500}),
        ({"amount": "10", "split": parse_list("cleo, me,ben")},
         {"anna": 1_000}, {"cleo": 334, "anna": 333, "ben": 333}),
        ({"split": parse_list("anna=2,ben=1"), "method": "shares"},
         {"anna": 3_000}, {"anna": 2_000, "ben": 1_000}),
        ({"split": parse_list("anna=33.5,ben=66.5%"), "method": "percent"},
         {"anna": 3_000}, {"anna": 1_005, "ben": 1_995}),
        ({"split": parse_list("anna=12.50,ben=17.5"), "method": "exact"},
         {"anna": 3_000}, {"anna": 1_250, "ben": 1_750}),
        ({"amount": None, "paid": parse_list("ben=30,anna=10"), "split": parse_list("cleo")},
         {"ben": 3_000, "anna": 1_000}, {"cleo": 4_000}),
        ({"amount": "40", "paid": parse_list("ben,anna=10"), "split": parse_list("cleo")},
         {"ben": 3_000, "anna": 1_000}, {"cleo": 4_000}),
        ({"paid": parse_list("ben")}, {"ben": 3_000},
         {"anna": 1_000, "ben": 1_000, "cleo": 1_000}),
    ],
)  # fmt: skip
def test_everybody_pays_and_shares_as_typed(
    town: Town, typed: dict[str, Any], paid: dict[str, int], shares: dict[str, int]
) -> None:
    assert named(town, ask(town, **typed)) == (paid, shares)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"split": parse_list("ben,dora")}, "nobody here is called 'dora'"),
        ({"split": parse_list("ben,cleo,ben")}, "ben is named twice"),
        ({"paid": parse_list("ben,anna")}, "say who paid how much"),
        ({"amount": None}, "say who paid how much"),
        ({"amount": None, "paid": parse_list("ben,anna=10")}, "say who paid how much"),
        ({"paid": parse_list("ben,anna=30")}, "have paid all of it"),
        ({"split": parse_list("anna")}, "nobody owes anything"),
        ({"split": parse_list("ben=2,anna=1")}, "equal split has only names"),
        ({"split": parse_list("ben,anna"), "method": "shares"}, "without a number of shares"),
        ({"split": parse_list("ben=1.5,anna=1"), "method": "shares"}, "shares are whole numbers"),
        ({"split": parse_list("ben=x,anna=1"), "method": "percent"}, "at most two decimals"),
        ({"split": parse_list("ben=NaN,anna=1"), "method": "percent"}, "at most two decimals"),
        ({"split": parse_list("ben=0.001,anna=1"), "method": "percent"}, "at most two decimals"),
        ({"unit": "HOUR"}, "this community has EUR"),
        ({"category": "x" * 33}, "at most 32 fit"),
        ({"category": "a\nb"}, "control characters"),
        ({"memo": "x" * 201}, "at most 200 fit"),
        ({"date": "2099-01-01"}, "is in the future"),
        ({"date": "yesterday"}, "typed as 2026-11-30"),
    ],
)
def test_what_makes_no_bill_is_refused_with_what_fits(
    town: Town, typed: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageInvalid, match=said):
        ask(town, **typed)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"split": parse_list("anna=50,ben=49"), "method": "percent"}, "1 % is missing"),
        ({"split": parse_list("anna=20,ben=9"), "method": "exact"}, "1.00 EUR is missing"),
        ({"paid": parse_list("ben=20,anna=9")}, "1.00 EUR is missing"),
        ({"amount": "0.02"}, "too little for 3 shares"),
        ({"split": parse_list("anna=0,ben=1"), "method": "shares"}, "got 0 shares"),
    ],
)
def test_what_does_not_add_up_is_said(town: Town, typed: dict[str, Any], said: str) -> None:
    with pytest.raises(SplitInvalid, match=said):
        ask(town, **typed)


def test_an_amount_is_one_of_the_unit(town: Town) -> None:
    with pytest.raises(AmountInvalid):
        ask(town, paid=parse_list("ben=1.234"))


def test_who_does_not_take_part_shares_nothing_unnamed(town: Town) -> None:
    town.manage(Suspend(town["cleo"].id, "away"))
    assert named(town, ask(town))[1] == {"anna": 1_500, "ben": 1_500}


def test_a_date_is_noon_of_the_day(town: Town) -> None:
    assert ask(town, date="2023-11-16").spent == START // DAY_S * DAY_S + 2 * DAY_S + DAY_S // 2


def test_people_are_typed_with_or_without_a_value() -> None:
    assert parse_named(" anna = 30 ") == ("anna", "30")
    assert parse_named("anna") == ("anna", None)
    assert parse_list("anna=2, ben,,") == (("anna", "2"), ("ben", None))
    assert parse_list(None) == ()
