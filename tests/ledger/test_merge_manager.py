"""The manager's operations: opening, units, admission, limits, suspension, closing, epochs."""

from collections.abc import Callable

import pytest

from ledger import crypto
from ledger.changeset import ManagerStatement, VerifiedStatement, sign_statement
from ledger.field import AMOUNT_MAX
from ledger.merge import Batch, community_hash, merge
from ledger.operation import (
    AddUnit,
    Admit,
    Close,
    Hold,
    ManagerOperation,
    Open,
    Pay,
    Reinstate,
    Rules,
    SetLimit,
    Suspend,
)
from ledger.outcome import Fate
from ledger.record import EpochRecord, ManagerRecord, StateRecord, TransactionRecord
from ledger.refusal import Code
from ledger.rule.manager import UNITS_MAX
from ledger.state import State
from ledger.unit import Unit
from tests.support.township import EPOCH_KEY, EUR, HOUR, RULES, START, Town, seed_of

STRANGER = b"s" * 16
KEY = crypto.public_key(seed_of("newcomer"))


def code(town: Town, operation: ManagerOperation) -> Code | None:
    refusal = town.manage(operation).refusal
    return refusal.code if refusal else None


def test_opening_makes_the_commons_with_limits_that_nobody_reaches() -> None:
    town = Town("anna")
    commons = town.account("commons")
    assert (commons.id, commons.keys, commons.name) == (town.key[:16], (town.key,), "Riverside")
    town.ask("anna", Pay(commons.id, 10_000, "EUR", "", b"", None))
    books = town.books("commons")
    assert (books.credit_limit, books.maximum_balance) == (AMOUNT_MAX, AMOUNT_MAX)


def test_admission_opens_an_account_in_every_unit() -> None:
    town = Town("anna", units=(HOUR, EUR))
    account = town.account("anna")
    assert [books.unit for books in account.balances] == ["EUR", "HOUR"]
    assert (account.status, account.admitted, account.keys) == (
        "active",
        START,
        (town["anna"].key,),
    )
    assert town.state.keys[town["anna"].key].account == account.id


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        pytest.param(lambda _: Open("Again", False, RULES), Code.ALREADY_OPENED, id="open twice"),
        pytest.param(lambda _: Admit(KEY, "anna", "A"), Code.NAME_TAKEN, id="handle taken"),
        pytest.param(lambda _: Admit(KEY, "commons", "A"), Code.NAME_INVALID, id="reserved"),
        pytest.param(lambda _: Admit(KEY, "Anna", "A"), Code.NAME_INVALID, id="not canonical"),
        pytest.param(lambda t: Admit(t["anna"].key, "eve", "E"), Code.KEY_KNOWN, id="key twice"),
        pytest.param(lambda t: Admit(t.key, "eve", "E"), Code.KEY_KNOWN, id="community's key"),
        pytest.param(lambda _: Admit(bytes(32), "eve", "E"), Code.KEY_UNUSABLE, id="no real key"),
        pytest.param(lambda _: Suspend(STRANGER, ""), Code.UNKNOWN_ACCOUNT, id="suspend nobody"),
        pytest.param(lambda _: Reinstate(STRANGER), Code.UNKNOWN_ACCOUNT, id="reinstate nobody"),
        pytest.param(lambda _: Close(STRANGER, "", False), Code.UNKNOWN_ACCOUNT, id="close nobody"),
        pytest.param(lambda t: Reinstate(t["anna"].id), Code.NOT_SUSPENDED, id="not suspended"),
        pytest.param(
            lambda t: Suspend(t.key[:16], ""), Code.COMMONS_PROTECTED, id="suspend commons"
        ),
        pytest.param(
            lambda t: Close(t.key[:16], "", True), Code.COMMONS_PROTECTED, id="close commons"
        ),
        pytest.param(
            lambda t: SetLimit(t.key[:16], "EUR", 0, 0), Code.COMMONS_PROTECTED, id="limit commons"
        ),
        pytest.param(
            lambda t: SetLimit(t["anna"].id, "XYZ", 0, 0), Code.UNKNOWN_UNIT, id="limit of no unit"
        ),
        pytest.param(
            lambda _: AddUnit(Unit("EUR", 3, "Euro", 0, 0)), Code.UNIT_MISMATCH, id="other scale"
        ),
    ],
)
def test_an_operation_is_refused_and_leaves_no_record(
    operation: Callable[[Town], ManagerOperation], expected: Code
) -> None:
    town = Town("anna")
    size = town.state.tree.size
    assert code(town, operation(town)) is expected
    assert town.state.tree.size == size


def test_an_account_id_that_collides_is_refused() -> None:
    town = Town("anna")
    grinding = (town["anna"].key[:16] + n.to_bytes(16) for n in range(100))
    key = next(key for key in grinding if crypto.can_seal(key))
    assert code(town, Admit(key, "twin", "Twin")) is Code.ACCOUNT_EXISTS


def test_nothing_happens_before_the_opening() -> None:
    key = crypto.public_key(seed_of("community"))
    unit = sign_statement(seed_of("community"), ManagerStatement(1, START, AddUnit(EUR)))
    merged = merge(State(key), Batch((unit,)), START)
    assert merged.records == ()
    (outcome,) = merged.outcomes
    assert outcome.refusal is not None
    assert outcome.refusal.code is Code.NOT_OPENED


def test_a_unit_can_change_its_name_and_the_limits_of_newcomers() -> None:
    town = Town("anna")
    assert code(town, AddUnit(Unit("EUR", 2, "Euros", 5, 6))) is None
    town.merge(town.admission("bert"))
    assert town.books("anna").credit_limit == 10_000
    assert (town.books("bert").credit_limit, town.books("bert").maximum_balance) == (5, 6)


def test_a_community_has_a_bounded_number_of_units() -> None:
    town = Town(units=[Unit(f"U{n}", 0, "u", 0, 0) for n in range(UNITS_MAX)])
    assert code(town, AddUnit(EUR)) is Code.TOO_MANY_UNITS


def test_a_limit_binds_new_transfers_only() -> None:
    town = Town("anna", "bert")
    town.merge(town.pay("anna", "bert", 5_000))
    assert code(town, SetLimit(town["anna"].id, "EUR", 100, 100)) is None
    assert town.posted("anna") == (-5_000,)
    refusal = town.ask("anna", town.payment("bert", 1)).refusal
    assert refusal is not None
    assert refusal.code is Code.INSUFFICIENT_CREDIT


def test_new_rules_stand_in_the_state_record() -> None:
    town = Town()
    assert code(town, Rules(1, 2, 3)) is None
    state = town.last.records[-1]
    assert isinstance(state, StateRecord)
    assert town.state.community is not None
    assert town.state.community.rules == Rules(1, 2, 3)
    assert state.community_hash == community_hash(town.state.community)


def test_suspension_and_reinstatement() -> None:
    town = Town("anna", "bert")
    assert code(town, Suspend(town["anna"].id, "robbery")) is None
    assert code(town, Suspend(town["anna"].id, "again")) is Code.ALREADY_SUSPENDED
    assert code(town, Reinstate(town["anna"].id)) is None
    assert town.ask("anna", town.payment("bert", 1)).fate is Fate.MERGED


def test_closing_takes_a_zero_balance_or_a_write_off() -> None:
    town = Town("anna", "bert")
    town.merge(town.pay("anna", "bert", 700))
    assert code(town, Close(town["bert"].id, "left", False)) is Code.BALANCE_NOT_ZERO
    assert code(town, Close(town["bert"].id, "left", True)) is None
    assert code(town, Close(town["anna"].id, "left", True)) is None
    assert town.posted("anna", "bert", "commons") == (0, 0, 0)
    assert town.account("anna").status == "closed"
    signed, write_off, _ = town.last.records
    assert isinstance(signed, ManagerRecord)
    assert isinstance(write_off, TransactionRecord)
    assert write_off.transfers[0].debit == town.key[:16]


def test_a_closed_account_stays_closed() -> None:
    town = Town("anna")
    anna = town["anna"].id
    assert code(town, Close(anna, "left", False)) is None
    for operation in (
        Close(anna, "", True),
        Reinstate(anna),
        Suspend(anna, ""),
        SetLimit(anna, "EUR", 1, 1),
    ):
        assert code(town, operation) is Code.ACCOUNT_CLOSED
    assert code(town, Admit(KEY, "anna", "Another")) is Code.NAME_TAKEN


@pytest.mark.parametrize("name", ["anna", "bert"])
def test_an_account_with_holds_is_not_closed(name: str) -> None:
    town = Town("anna", "bert")
    town.ask("anna", Hold(town["bert"].id, 1, "EUR", "", b"", town.now + 9))
    assert code(town, Close(town[name].id, "", True)) is Code.ACCOUNT_HAS_HOLDS
    town.now += 9
    town.merge()
    assert code(town, Close(town[name].id, "", True)) is None


def numbered(town: Town, number: int, operation: ManagerOperation) -> VerifiedStatement:
    return sign_statement(town.seed, ManagerStatement(number, START, operation))


def test_statement_numbers_rise_and_may_have_gaps() -> None:
    town = Town("anna")
    late = numbered(town, 50, Suspend(town["anna"].id, ""))
    early = numbered(town, 40, Rules(1, 1, 1))
    fates = [outcome.fate for outcome in town.merge(late, early).outcomes]
    assert fates == [Fate.MERGED, Fate.MERGED]
    (outcome,) = town.merge(numbered(town, 50, Reinstate(town["anna"].id))).outcomes
    assert outcome.refusal is not None
    assert outcome.refusal.code is Code.SUPERSEDED


def test_a_refused_statement_uses_up_no_number() -> None:
    town = Town("anna")
    refused = numbered(town, 50, Reinstate(town["anna"].id))
    assert town.merge(refused).outcomes[0].fate is Fate.REFUSED
    assert town.merge(numbered(town, 50, Rules(1, 1, 1))).outcomes[0].fate is Fate.MERGED


def test_one_of_two_statements_with_one_number_stands() -> None:
    town = Town("anna")
    both = (numbered(town, 9, Rules(1, 1, 1)), numbered(town, 9, Rules(2, 2, 2)))
    fates = [outcome.fate for outcome in town.merge(*both).outcomes]
    assert fates == [Fate.MERGED, Fate.REFUSED]


def test_a_closed_ledger_begins_with_an_epoch() -> None:
    town = Town("anna", closed=True)
    assert town.first.records[0] == EpochRecord(1, 0, b"")
    assert town.state.community is not None
    assert town.state.community.epoch == 1


@pytest.mark.parametrize("end", ["suspend", "close"])
def test_suspending_or_closing_begins_an_epoch_that_carries_the_key_before(end: str) -> None:
    town = Town("anna", "bert", closed=True)
    size, anna = town.state.tree.size, town["anna"].id
    code(town, Suspend(anna, "robbery") if end == "suspend" else Close(anna, "left", False))
    assert town.last.records[0] == EpochRecord(2, 0, EPOCH_KEY)
    state = town.last.records[-1]
    assert isinstance(state, StateRecord)
    assert state.epoch == 2
    assert town.state.community is not None
    assert town.state.community.epoch_first == size
    assert town.account("anna").last_record == size + 2


def test_a_refused_suspension_begins_no_epoch() -> None:
    town = Town("anna", closed=True)
    assert code(town, Suspend(STRANGER, "")) is Code.UNKNOWN_ACCOUNT
    assert code(town, Rules(1, 1, 1)) is None
    assert town.state.community is not None
    assert town.state.community.epoch == 1


def test_an_open_ledger_has_no_epochs() -> None:
    town = Town("anna")
    code(town, Suspend(town["anna"].id, ""))
    assert not any(isinstance(record, EpochRecord) for record in town.last.records)
    assert town.state.community is not None
    assert town.state.community.epoch == 0
