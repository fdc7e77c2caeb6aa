"""Mandates: what their givers do not object to in time is paid, within their caps."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.entry import mandate_payment_id, part_payment_id, unsigned_cause
from ledger.operation import (
    Accept,
    Close,
    Decline,
    EndMandate,
    Reinstate,
    Request,
    SetLimit,
    Suspend,
)
from ledger.record import POSTED, TransactionRecord
from ledger.refusal import Code
from ledger.rule.mandate import OPEN_MANDATES_MAX, left_in_month, month_number
from ledger.state import ACCEPTED, DECLINED, OPEN, Mention, replace
from tests.support.household import bill, code, dinner, house, mandate, propose, stages
from tests.support.township import DAY_S, RULES, START, Town

OBJECTION_S = RULES.objection_s


def request(town: Town, amount: int = 500) -> Request:
    """Return what asks bert for an amount."""
    return Request(town["bert"].id, amount, "EUR", "rent", b"", town.now + 60 * DAY_S)


def mandated_house(creditor: str | None = "anna", each: int = 5_000) -> tuple[Town, bytes]:
    """A house in which bert lets anna be paid for him; and the mandate's id."""
    town = house()
    return town, propose(town, "bert", mandate(town, creditor, each=each))


def test_a_mandate_moves_nothing_and_concerns_both() -> None:
    town, entry = mandated_house()
    given = town.state.mandates[entry]
    assert (given.debtor, given.creditor) == (town["bert"].id, town["anna"].id)
    assert given.spent_minor == 0
    assert town.posted("anna", "bert") == (0, 0)
    assert len(town.account("anna").keys) == 1
    assert town.account("anna").last_record == len(town.records) - 1


def test_a_request_is_paid_when_the_objection_period_is_over() -> None:
    town, entry = mandated_house()
    asked = propose(town, "anna", request(town))
    town.now += OBJECTION_S - 1
    assert town.merge().records == ()
    town.now += 1
    record = town.merge().records[0]
    assert isinstance(record, TransactionRecord)
    assert record.id == mandate_payment_id(asked)
    assert (record.cause, record.refers) == (unsigned_cause(entry), asked)
    assert (record.state, record.memo) == (POSTED, "rent")
    assert town.posted("anna", "bert") == (500, -500)
    assert not town.state.requests
    assert town.state.mandates[entry].spent_minor == 500
    assert town.last.changes.mentions == {Mention(entry, len(town.records) - 2, 0)}
    assert town.merge().records == ()


def test_a_part_of_a_bill_is_paid_and_the_others_wait() -> None:
    town, _ = mandated_house()
    entry = propose(town, "anna", dinner(town))
    town.now += OBJECTION_S
    record = town.merge().records[0]
    assert isinstance(record, TransactionRecord)
    assert record.id == part_payment_id(entry, town["bert"].id)
    assert stages(town, entry) == [ACCEPTED, OPEN]


def test_an_objection_in_the_last_batch_counts() -> None:
    town, entry = mandated_house()
    asked = propose(town, "anna", dinner(town))
    town.now += OBJECTION_S
    assert code(town, "bert", Decline(asked, "not mine")) is None
    assert stages(town, asked) == [DECLINED, OPEN]
    again = propose(town, "anna", request(town))
    town.now += OBJECTION_S
    assert code(town, "bert", EndMandate(entry)) is None
    assert again in town.state.requests
    assert town.posted("anna", "bert") == (0, 0)


def test_what_was_asked_before_the_mandate_waits_from_then() -> None:
    town = house()
    asked = propose(town, "anna", request(town))
    town.now += OBJECTION_S
    propose(town, "bert", mandate(town))
    assert asked in town.state.requests
    town.now += OBJECTION_S
    town.merge()
    assert asked not in town.state.requests


@pytest.mark.parametrize(
    ("creditor", "each", "month", "amount", "paid"),
    [
        pytest.param("anna", 500, 500, 500, True, id="just fits"),
        pytest.param(None, 500, 500, 500, True, id="for anybody"),
        pytest.param("cleo", 500, 500, 500, False, id="for somebody else"),
        pytest.param("anna", 499, 500, 500, False, id="over the cap of one"),
        pytest.param("anna", 500, 499, 500, False, id="over the cap of a month"),
    ],
)
def test_what_a_mandate_covers(
    creditor: str | None, each: int, month: int, amount: int, *, paid: bool
) -> None:
    town = house()
    propose(town, "bert", mandate(town, creditor, each=each, month=month))
    asked = propose(town, "anna", request(town, amount))
    town.now += OBJECTION_S
    assert bool(town.merge().records) is paid
    assert (asked in town.state.requests) is not paid


def test_a_part_with_several_creditors_needs_a_mandate_for_anybody() -> None:
    town, _ = mandated_house("anna")
    entry = propose(town, "anna", bill(town, {"anna": 50, "cleo": 50}, {"bert": 100}))
    town.now += OBJECTION_S
    assert town.merge().records == ()
    propose(town, "bert", mandate(town))
    town.now += OBJECTION_S
    town.merge()
    assert stages(town, entry) == [ACCEPTED]


def test_the_cap_of_a_month_begins_again_with_the_next() -> None:
    town = house()
    town.now = int(datetime(2026, 1, 20, tzinfo=UTC).timestamp())
    entry = propose(town, "bert", mandate(town, "anna", each=800, month=1_000))
    for _ in range(3):
        propose(town, "anna", request(town, 400))
    town.now += OBJECTION_S
    town.merge()
    assert town.posted("bert") == (-800,)
    assert left_in_month(town.state.mandates[entry], town.now) == 200
    town.now = int(datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC).timestamp())
    assert town.merge().records == ()
    town.now += 1
    town.merge()
    assert town.posted("bert") == (-1_200,)
    assert town.state.mandates[entry].spent_minor == 400


def test_what_does_not_fit_stays_open_and_stops_nothing() -> None:
    town, entry = mandated_house()
    town.manage(SetLimit(town["bert"].id, "EUR", 400, 20_000))
    first = propose(town, "anna", request(town, 500))
    town.now += 1
    second = propose(town, "anna", request(town, 300))
    town.now += OBJECTION_S
    town.merge()
    assert set(town.state.requests) == {first}
    assert second != first
    assert town.state.mandates[entry].spent_minor == 300
    assert town.merge().records == ()
    town.ask("anna", town.payment("bert", 400))
    assert not town.state.requests
    assert town.posted("bert") == (-400,)


@pytest.mark.parametrize("name", ["anna", "bert"])
def test_nothing_is_paid_while_either_account_is_suspended(name: str) -> None:
    town, _ = mandated_house()
    asked = propose(town, "anna", request(town))
    town.manage(Suspend(town[name].id, "?"))
    town.now += OBJECTION_S
    assert town.merge().records == ()
    town.manage(Reinstate(town[name].id))
    assert asked not in town.state.requests


def test_a_mandate_ends_by_its_time_without_a_record() -> None:
    town = house()
    propose(town, "bert", mandate(town, "anna", life_s=OBJECTION_S))
    propose(town, "anna", request(town))
    town.now += OBJECTION_S
    assert town.merge().records == ()
    town.ask("anna", town.payment("cleo", 1))
    assert not town.state.mandates
    assert len(town.state.requests) == 1


def test_only_its_giver_ends_a_mandate_and_once() -> None:
    town, entry = mandated_house()
    assert code(town, "anna", EndMandate(entry)) is Code.NOT_AUTHOR
    assert code(town, "bert", EndMandate(entry), EndMandate(entry)) is Code.UNKNOWN_MANDATE
    assert code(town, "bert", EndMandate(entry)) is None
    assert not town.state.mandates


@pytest.mark.parametrize("closed", ["anna", "bert"])
def test_closing_either_account_ends_the_mandate(closed: str) -> None:
    town, _ = mandated_house()
    town.manage(Close(town[closed].id, "moved", write_off=False))
    assert not town.state.mandates


@pytest.mark.parametrize(
    ("creditor", "unit", "life_s", "expected"),
    [
        pytest.param("bert", "EUR", 1, Code.SAME_ACCOUNT, id="for oneself"),
        pytest.param("anna", "HOUR", 1, Code.UNKNOWN_UNIT, id="in a foreign unit"),
        pytest.param("anna", "EUR", 0, Code.EXPIRY_OUT_OF_RANGE, id="that has ended"),
    ],
)
def test_a_mandate_is_refused(creditor: str, unit: str, life_s: int, expected: Code) -> None:
    town = house()
    asked = mandate(town, creditor, life_s=life_s)
    assert code(town, "bert", replace(asked, unit=unit)) is expected


def test_a_debtor_has_a_bounded_number_of_mandates() -> None:
    town = house()
    assert code(town, "bert", *[mandate(town)] * OPEN_MANDATES_MAX) is None
    assert code(town, "bert", mandate(town)) is Code.TOO_MANY_MANDATES
    assert code(town, "bert", EndMandate(min(town.state.mandates)), mandate(town)) is None


def test_a_mandate_for_somebody_acts_before_one_for_anybody() -> None:
    town, named = mandated_house("anna", each=600)
    anybody = propose(town, "bert", mandate(town))
    propose(town, "anna", request(town, 500))
    town.now += OBJECTION_S
    town.merge()
    assert town.state.mandates[named].spent_minor == 500
    assert town.state.mandates[anybody].spent_minor == 0


def test_who_pays_by_hand_before_is_not_paid_for_again() -> None:
    town, _ = mandated_house()
    asked = propose(town, "anna", dinner(town))
    town.now += OBJECTION_S
    assert code(town, "bert", Accept(asked)) is None
    assert town.posted("bert") == (-3_000,)
    assert town.merge().records == ()


@given(st.integers(START, 250_000_000_000))
def test_months_are_those_of_the_calendar(now: int) -> None:
    day = datetime.fromtimestamp(now, UTC)
    assert month_number(now) == 12 * day.year + day.month - 1


def test_every_time_of_the_format_has_a_month() -> None:
    assert month_number(0) == 12 * 1970
    assert month_number(2**40 - 1) > 12 * 36_000
