"""Settling up in a community: who takes part, and what tells the ledger that it happened."""

import pytest

from federation.console.terminal import UsageInvalid
from ledger.operation import Pay, Request, Suspend
from member.household.settle import CASH_MEMO, TypedSettlement, ask_settle, suggest, view_settle
from tests.support.township import EUR, START, Town


@pytest.fixture
def town() -> Town:
    town = Town("anna", "ben", "cleo", "dan")
    town.merge(town.pay("ben", "anna", 1_000), town.pay("cleo", "anna", 500))
    return town


def told(town: Town) -> list[tuple[str, str, int]]:
    handles = {account.id: account.handle for account in town.state.accounts.values()}
    found = [(handles[one.payer], handles[one.payee], one.amount)
             for one in suggest(town.state, EUR)]  # fmt: skip
    return sorted(found)


def test_who_is_below_zero_gives_to_who_is_above(town: Town) -> None:
    assert told(town) == [("ben", "anna", 1_000), ("cleo", "anna", 500)]


def test_who_does_not_take_part_is_left_out(town: Town) -> None:
    town.manage(Suspend(town["ben"].id, "away"))
    assert told(town) == [("cleo", "anna", 500)]


def test_own_suggestions_come_first_and_say_what_to_do(town: Town) -> None:
    held = view_settle(town.state, town.account("cleo"), EUR)
    assert held["balance"] == "-5.00 EUR"
    first, second = held["payments"]
    assert (first["from"], first["to"], first["amount"]) == ("cleo", "anna", "5.00 EUR")
    assert first["yours"] == "gave"
    assert second["yours"] is None
    mine = view_settle(town.state, town.account("anna"), EUR)["payments"]
    assert [one["yours"] for one in mine] == ["got", "got"]


def test_who_got_money_pays_and_who_gave_it_asks(town: Town) -> None:
    anna, ben = town.account("anna"), town.account("ben")
    got = ask_settle(town.state, anna, TypedSettlement("got", "ben"), START)
    assert got == Pay(ben.id, 1_000, "EUR", CASH_MEMO, b"", None)
    part = ask_settle(town.state, anna, TypedSettlement("got", "ben", "4", memo="half"), START)
    assert part == Pay(ben.id, 400, "EUR", "half", b"", None)
    gave = ask_settle(town.state, ben, TypedSettlement("gave", "anna"), START)
    assert isinstance(gave, Request)
    assert (gave.debtor, gave.amount) == (anna.id, 1_000)


def test_what_was_got_brings_both_to_zero(town: Town) -> None:
    got = ask_settle(town.state, town.account("anna"), TypedSettlement("got", "ben"), START)
    town.ask("anna", got)
    assert town.posted("ben", "anna") == (0, 500)
    assert told(town) == [("cleo", "anna", 500)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (TypedSettlement("got", "anna"), "nobody settles up with himself"),
        (TypedSettlement("got", "me"), "nobody settles up with himself"),
        (TypedSettlement("gave", "ben"), "nothing for you to give to ben"),
        (TypedSettlement("got", "dan"), "nothing for you to get from dan"),
        (TypedSettlement("got", "dora", "5"), "nobody here is called"),
    ],
)
def test_what_is_nobodys_suggestion_needs_an_amount(
    town: Town, typed: TypedSettlement, said: str
) -> None:
    with pytest.raises(UsageInvalid, match=said):
        ask_settle(town.state, town.account("anna"), typed, START)
