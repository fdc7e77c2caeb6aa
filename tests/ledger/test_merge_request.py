"""Requests: they move nothing until the debtor accepts."""

import pytest

from ledger.entry import entry_id
from ledger.operation import Accept, Cancel, Close, Decline, Operation, Request, Suspend
from ledger.record import POSTED, ChangeSetRecord, TransactionRecord
from ledger.refusal import Code
from ledger.rule.request import OPEN_REQUESTS_MAX
from tests.support.township import DAY_S, RULES, Town


def request(town: Town, debtor: str = "anna", amount: int = 300, life_s: int = DAY_S) -> Request:
    return Request(town[debtor].id, amount, "EUR", "eggs", b"", town.now + life_s)


def requested_town() -> tuple[Town, bytes]:
    """A town in which bert asks anna for an amount; and the request's id."""
    town = Town("anna", "bert", "cleo")
    return town, entry_id(town.ask("bert", request(town)).hash, 0)


def code(town: Town, name: str, *operations: Operation) -> Code | None:
    refusal = town.ask(name, *operations).refusal
    return refusal.code if refusal else None


def test_a_request_reserves_nothing_and_is_in_both_accounts_chains() -> None:
    town, asked = requested_town()
    record = town.last.records[0]
    assert isinstance(record, ChangeSetRecord)
    assert {concern.account for concern in record.concerns} == {town["anna"].id, town["bert"].id}
    assert town.state.requests[asked].creditor == town["bert"].id
    assert town.posted("anna", "bert") == (0, 0)
    assert town.books("anna").available == 10_000


def test_accepting_pays_and_names_the_request() -> None:
    town, asked = requested_town()
    assert code(town, "anna", Accept(asked)) is None
    record = town.last.records[1]
    assert isinstance(record, TransactionRecord)
    assert (record.state, record.refers, record.memo) == (POSTED, asked, "eggs")
    assert town.posted("anna", "bert") == (-300, 300)
    assert not town.state.requests


@pytest.mark.parametrize(
    ("name", "operation", "expected"),
    [
        pytest.param("anna", Accept, None, id="debtor accepts"),
        pytest.param("anna", Decline, None, id="debtor declines"),
        pytest.param("bert", Cancel, None, id="creditor cancels"),
        pytest.param("bert", Accept, Code.NOT_DEBTOR, id="creditor accepts"),
        pytest.param("cleo", Accept, Code.NOT_DEBTOR, id="stranger accepts"),
        pytest.param("cleo", Decline, Code.NOT_DEBTOR, id="stranger declines"),
        pytest.param("anna", Cancel, Code.NOT_CREDITOR, id="debtor cancels"),
    ],
)
def test_who_may_end_a_request(
    name: str, operation: type[Accept | Decline | Cancel], expected: Code | None
) -> None:
    town, asked = requested_town()
    answer = Decline(asked, "no") if operation is Decline else operation(asked)  # type: ignore[call-arg]
    assert code(town, name, answer) is expected
    assert (asked in town.state.requests) is (expected is not None)


def test_a_request_is_answered_once() -> None:
    town, asked = requested_town()
    assert code(town, "anna", Accept(asked), Accept(asked)) is Code.UNKNOWN_REQUEST
    assert code(town, "anna", Decline(asked, "")) is None
    assert code(town, "anna", Accept(asked)) is Code.UNKNOWN_REQUEST


@pytest.mark.parametrize(
    "operation", [Accept(bytes(16)), Decline(bytes(16), ""), Cancel(bytes(16))]
)
def test_a_request_that_never_was_is_not_answered(operation: Operation) -> None:
    town, _ = requested_town()
    assert code(town, "anna", operation) is Code.UNKNOWN_REQUEST


def test_an_expired_request_cannot_be_accepted() -> None:
    town, asked = requested_town()
    town.now += DAY_S
    assert code(town, "anna", Accept(asked)) is Code.REQUEST_EXPIRED
    assert code(town, "anna", Accept(asked)) is Code.UNKNOWN_REQUEST


def test_the_end_of_a_request_alone_writes_nothing() -> None:
    town, _ = requested_town()
    town.now += DAY_S
    assert town.merge().records == ()


def test_accepting_is_checked_like_a_payment() -> None:
    town = Town("anna", "bert")
    asked = entry_id(town.ask("bert", request(town, amount=10_001)).hash, 0)
    assert code(town, "anna", Accept(asked)) is Code.INSUFFICIENT_CREDIT
    assert asked in town.state.requests


def test_a_suspended_creditor_is_not_paid() -> None:
    town, asked = requested_town()
    town.manage(Suspend(town["bert"].id, "away"))
    assert code(town, "anna", Accept(asked)) is Code.ACCOUNT_SUSPENDED
    assert code(town, "anna", Decline(asked, "")) is None


@pytest.mark.parametrize(
    ("debtor", "unit", "life_s", "expected"),
    [
        pytest.param("bert", "EUR", 1, Code.SAME_ACCOUNT, id="of oneself"),
        pytest.param("anna", "HOUR", 1, Code.UNKNOWN_UNIT, id="in a foreign unit"),
        pytest.param("anna", "EUR", 0, Code.EXPIRY_OUT_OF_RANGE, id="that has expired"),
        pytest.param(
            "anna", "EUR", RULES.request_s_max + 1, Code.EXPIRY_OUT_OF_RANGE, id="too far ahead"
        ),
    ],
)
def test_a_request_is_refused(debtor: str, unit: str, life_s: int, expected: Code) -> None:
    town = Town("anna", "bert")
    asked = Request(town[debtor].id, 1, unit, "", b"", town.now + life_s)
    assert code(town, "bert", asked) is expected


def test_nobody_is_asked_who_is_not_there() -> None:
    town = Town("anna")
    asked = Request(b"x" * 16, 1, "EUR", "", b"", town.now + 1)
    assert code(town, "anna", asked) is Code.UNKNOWN_ACCOUNT


@pytest.mark.parametrize("closed", ["anna", "bert"])
def test_closing_either_account_ends_the_request(closed: str) -> None:
    town, _ = requested_town()
    town.manage(Close(town[closed].id, "moved", write_off=False))
    assert not town.state.requests


def test_an_account_has_a_bounded_number_of_open_requests() -> None:
    town = Town("anna", "bert")
    for _ in range(OPEN_REQUESTS_MAX // 64):
        assert code(town, "bert", *[request(town)] * 64) is None
    assert code(town, "bert", request(town)) is Code.TOO_MANY_REQUESTS
    assert code(town, "bert", Cancel(next(iter(town.state.requests)))) is None
    assert code(town, "bert", request(town)) is None


def test_a_request_that_ends_makes_room_for_another_at_once() -> None:
    town = Town("anna", "bert")
    for _ in range(OPEN_REQUESTS_MAX // 64):
        town.ask("bert", *[request(town)] * 64)
    ended = next(iter(town.state.requests))
    assert code(town, "bert", Cancel(ended), request(town)) is None
