"""Linking up: what both sides must agree on, and how a link is limited, rated, stopped."""

import pytest

from ledger.link.link import Link, clearing_id, exchange_id
from ledger.link.machine import Stage
from ledger.link.terms import NO_FEE, Fee, Terms
from ledger.operation import (
    AddLink,
    Admit,
    Close,
    LimitLink,
    ManagerOperation,
    RateLink,
    Reverse,
    SetLimit,
    SetLinkStatus,
    Suspend,
)
from ledger.refusal import Code
from ledger.rule.link import LINKS_MAX
from ledger.state import replace
from ledger.unit import Unit
from tests.support.realm import IN_EUR, Shire, adding, ask_pay, link, order, pay, read, settle
from tests.support.township import EUR, HOUR, seed_of

IN_HOURS = Terms("HOUR", 2, "EUR", 2, 1, 15)
UNKNOWN = bytes(range(32))


def two() -> tuple[Shire, Shire]:
    return Shire("lake", "anna"), Shire("river", "bakery")


def manage(here: Shire, operation: ManagerOperation) -> Code | None:
    refusal = here.manage(operation).refusal
    return None if refusal is None else refusal.code


def try_to_pay(here: Shire, *way: Shire) -> Code | None:
    refusal = ask_pay(here, "anna", order("bakery", 10, *way))[1].refusal
    return None if refusal is None else refusal.code


def test_a_link_begins_an_account_that_is_no_members() -> None:
    lake, river = two()
    assert manage(lake, adding(lake, river, trusts=700, owes=900)) is None
    account = lake.account("river")
    assert account.id == clearing_id(river.key)
    assert not account.keys
    books = lake.books("river")
    assert (books.credit_limit, books.maximum_balance) == (700, 900)
    assert manage(lake, SetLimit(account.id, "EUR", 1, 1)) is Code.LINK_ACCOUNT
    assert manage(lake, Suspend(account.id, "no")) is Code.LINK_ACCOUNT
    assert manage(lake, Close(account.id, "no", True)) is Code.LINK_ACCOUNT
    refused = lake.ask("anna", replace(lake.payment("anna", 5), to=account.id)).refusal
    assert refused is not None
    assert refused.code is Code.LINK_ACCOUNT


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"key": "own"}, Code.SELF_LINK),
        ({"own_key": "peer's"}, Code.SELF_LINK),
        ({"link_key": bytes(32)}, Code.KEY_UNUSABLE),
        ({"own_key": bytes(32)}, Code.KEY_UNUSABLE),
        ({"terms": Terms("EUR", 3, "", 0, 1, 1)}, Code.UNIT_MISMATCH),
        ({"terms": Terms("HOUR", 2, "", 0, 1, 1)}, Code.UNKNOWN_UNIT),
        ({"terms": IN_HOURS}, Code.UNKNOWN_UNIT),
        ({"terms": Terms("EUR", 2, "EUR", 2, 1, 1)}, Code.TERMS_INVALID),
        ({"terms": Terms("HOUR", 2, "EUR", 2, 2, 30), "converts": True}, Code.TERMS_INVALID),
        ({"terms": IN_EUR, "converts": True}, Code.TERMS_INVALID),
        ({"terms": Terms("HOUR", 2, "EUR", 3, 1, 15), "converts": True}, Code.UNIT_MISMATCH),
        ({"terms": Terms("HOUR", 2, "USD", 2, 1, 15), "converts": True}, Code.UNKNOWN_UNIT),
        ({"handle": "anna"}, Code.NAME_TAKEN),
        ({"handle": "commons"}, Code.NAME_INVALID),
        ({"handle": "exchange"}, Code.NAME_INVALID),
        ({"handle": "Not a handle"}, Code.NAME_INVALID),
    ],
)
def test_what_cannot_be_linked_is_refused(changed: dict[str, object], code: Code) -> None:
    lake, river = two()
    keys = {"own": lake.key, "peer's": river.link_key}
    changed = {name: keys.get(str(value), value) for name, value in changed.items()}
    asked: AddLink = replace(adding(lake, river), **changed)
    before = lake.state.accounts_map
    assert manage(lake, asked) is code
    assert not lake.state.links
    assert lake.state.accounts_map == before


def test_a_ledger_that_lacks_the_unit_begins_it_and_an_exchange_without_limits() -> None:
    lake = Shire("lake", "anna")
    river = Shire("river", "bakery", units=(HOUR,))
    assert manage(lake, adding(lake, river, IN_HOURS, converts=True)) is None
    assert lake.state.community is not None
    assert lake.state.community.unit("HOUR") == Unit("HOUR", 2, "HOUR", 0, 0)
    exchange = lake.account("exchange")
    assert exchange.id == exchange_id(lake.state.commons)
    assert {books.unit for books in exchange.balances} == {"EUR", "HOUR"}
    assert all(books.credit_limit == 2**53 - 1 for books in exchange.balances)
    assert manage(lake, SetLimit(exchange.id, "EUR", 1, 1)) is Code.LINK_ACCOUNT
    hill = Shire("hill", units=(HOUR,))
    assert manage(lake, adding(lake, hill, IN_HOURS, converts=True)) is None


def test_a_link_and_a_member_never_have_one_handle() -> None:
    lake, river = two()
    manage(lake, adding(lake, river))
    taken = Admit(seed_of("somebody"), "river", "River")
    assert manage(lake, taken) is Code.NAME_TAKEN


def test_a_link_is_begun_once() -> None:
    lake, river = two()
    manage(lake, adding(lake, river))
    assert manage(lake, adding(lake, river)) is Code.LINK_EXISTS


def test_a_community_has_a_bounded_number_of_links() -> None:
    lake, river = two()
    link_to_be = adding(lake, river)
    for number in range(LINKS_MAX):
        key, handle = seed_of(f"peer {number}"), f"peer{number}"
        assert manage(lake, replace(link_to_be, key=key, handle=handle)) is None
    assert manage(lake, link_to_be) is Code.TOO_MANY_LINKS


@pytest.mark.parametrize(
    "operation",
    [
        LimitLink(UNKNOWN, 1, 1),
        RateLink(UNKNOWN, IN_EUR, NO_FEE),
        SetLinkStatus(UNKNOWN, "suspended", "why"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_is_not_linked_cannot_be_changed(operation: ManagerOperation) -> None:
    assert manage(Shire("lake"), operation) is Code.UNKNOWN_LINK


def test_nothing_is_paid_before_the_other_side_has_agreed() -> None:
    lake, river = two()
    manage(lake, adding(lake, river))
    assert try_to_pay(lake, river) is Code.TERMS_MISMATCH
    manage(river, adding(river, lake))
    assert try_to_pay(lake, river) is Code.TERMS_MISMATCH
    read(lake, river)
    assert try_to_pay(lake, river) is None


@pytest.mark.parametrize(
    "other",
    [IN_HOURS, Terms("EUR", 2, "HOUR", 2, 15, 1), Terms("EUR", 2, "HOUR", 2, 16, 1)],
    ids=["another unit", "a rate on one side", "another rate"],
)
def test_sides_that_name_other_terms_pay_nothing(other: Terms) -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery", units=(EUR, HOUR))
    link(lake, river, back=adding(river, lake, other))
    assert not lake.link_to(river).agreed
    assert try_to_pay(lake, river) is Code.TERMS_MISMATCH


def test_a_rate_is_changed_by_both_sides_before_anything_is_paid() -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery", units=(HOUR,))
    link(lake, river, adding(lake, river, IN_HOURS, converts=True), adding(river, lake, IN_HOURS))
    assert lake.link_to(river).agreed
    dearer = replace(IN_HOURS, d=16)
    assert manage(lake, RateLink(river.key, dearer, Fee(5, 0))) is None
    settle(lake, river)
    assert not lake.link_to(river).agreed
    assert not river.link_to(lake).agreed
    assert manage(river, RateLink(lake.key, dearer, NO_FEE)) is None
    settle(lake, river)
    assert lake.link_to(river).agreed
    told = river.link_to(lake).told
    assert told is not None
    assert told.fee == Fee(5, 0)


def test_the_unit_of_a_link_never_changes() -> None:
    lake, river = two()
    link(lake, river)
    assert manage(lake, RateLink(river.key, IN_HOURS, NO_FEE)) is Code.UNIT_MISMATCH
    assert manage(lake, SetLinkStatus(river.key, "closed", "enough")) is None
    other = adding(lake, river, IN_HOURS, converts=True)
    assert manage(lake, other) is Code.UNIT_MISMATCH


@pytest.mark.parametrize("status", ["suspended", "closed"])
@pytest.mark.parametrize("by", ["payer's side", "payee's side", "payee's side, not read yet"])
def test_a_stopped_link_takes_no_new_payments(status: str, by: str) -> None:
    lake, river = two()
    link(lake, river)
    stopping, other = (lake, river) if by == "payer's side" else (river, lake)
    manage(stopping, SetLinkStatus(other.key, status, "why"))  # type: ignore[arg-type]
    stopped = Code.LINK_CLOSED if status == "closed" else Code.LINK_SUSPENDED
    if by.endswith("yet"):
        payment = pay((lake, "anna"), "bakery", 10, river)
        settle(lake, river)
        found = lake.transit(payment)
        assert found is not None
        assert (found.stage, found.code) == (Stage.VOIDED, stopped.value)
        return
    settle(lake, river)
    assert try_to_pay(lake, river) is stopped


def test_a_suspended_link_goes_on_and_a_closed_one_does_not() -> None:
    lake, river = two()
    link(lake, river)
    assert manage(lake, SetLinkStatus(river.key, "suspended", "a while")) is None
    assert manage(lake, SetLinkStatus(river.key, "active", "again")) is None
    assert try_to_pay(lake, river) is None
    assert manage(lake, SetLinkStatus(river.key, "closed", "for good")) is None
    assert manage(lake, SetLinkStatus(river.key, "active", "again")) is Code.LINK_CLOSED


def test_a_closed_link_that_is_added_again_has_its_balance_and_its_entries() -> None:
    lake, river = two()
    link(lake, river)
    pay((lake, "anna"), "bakery", 300, river)
    settle(lake, river)
    manage(lake, SetLinkStatus(river.key, "closed", "for a year"))
    settle(lake, river)
    before: Link = lake.link_to(river)
    assert manage(lake, adding(lake, river, trusts=1, owes=2_000)) is None
    settle(lake, river)
    after = lake.link_to(river)
    assert (lake.owes(river), river.owes(lake)) == (300, -300)
    assert (after.taken, after.sent) == (before.taken, before.sent + 1)
    assert lake.books("river").maximum_balance == 2_000
    pay((lake, "anna"), "bakery", 200, river)
    settle(lake, river)
    assert (lake.owes(river), river.owes(lake)) == (500, -500)


def test_a_manager_cannot_reverse_what_crossed_a_link() -> None:
    lake, river = two()
    link(lake, river)
    pay((lake, "anna"), "bakery", 300, river)
    settle(lake, river)
    for here in (lake, river):
        (transaction,) = here.state.transactions
        assert manage(here, Reverse(transaction, None, "mistake")) is Code.LINK_ACCOUNT
        name = "anna" if here is lake else "bakery"
        refused = here.ask(name, Reverse(transaction, None, "mistake")).refusal
        assert refused is not None
        assert refused.code is Code.LINK_ACCOUNT
