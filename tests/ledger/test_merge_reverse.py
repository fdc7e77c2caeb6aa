"""Reversals: once, by the payee within limits, by the manager without."""

import pytest

from ledger.entry import entry_id
from ledger.operation import Close, Reverse, SetLimit, Suspend
from ledger.outcome import Outcome
from ledger.record import REVERSAL, ManagerRecord, TransactionRecord
from ledger.refusal import Code
from tests.support.township import EUR, HOUR, Town


def paid_town(amount: int = 1_000) -> tuple[Town, bytes]:
    """A town in which anna paid bert; and the transaction's id."""
    town = Town("anna", "bert", "cleo")
    return town, entry_id(town.ask("anna", town.payment("bert", amount)).hash, 0)


def code(outcome: Outcome) -> Code | None:
    return outcome.refusal.code if outcome.refusal else None


def test_a_manager_undoes_a_payment_by_a_public_mirror() -> None:
    town, paid = paid_town()
    assert code(town.manage(Reverse(paid, None, "robbery"))) is None
    signed, mirror, _ = town.last.records
    assert isinstance(signed, ManagerRecord)
    assert isinstance(mirror, TransactionRecord)
    assert (mirror.state, mirror.refers, mirror.memo) == (REVERSAL, paid, "robbery")
    assert {concern.account for concern in signed.concerns} == {town["anna"].id, town["bert"].id}
    assert town.state.transactions[paid].reverted_by == mirror.id
    assert town.state.transactions[mirror.id].reverts == paid
    assert town.posted("anna", "bert") == (0, 0)


def test_a_payee_gives_back() -> None:
    town, paid = paid_town()
    assert code(town.ask("bert", Reverse(paid, None, "wrong size"))) is None
    assert town.posted("anna", "bert") == (0, 0)


def test_a_part_can_be_given_back_once() -> None:
    town, paid = paid_town()
    assert code(town.ask("bert", Reverse(paid, 400, "one was broken"))) is None
    assert town.posted("anna", "bert") == (-600, 600)
    assert code(town.ask("bert", Reverse(paid, 600, "all"))) is Code.ALREADY_REVERTED
    assert code(town.manage(Reverse(paid, None, ""))) is Code.ALREADY_REVERTED


@pytest.mark.parametrize("name", ["anna", "cleo"])
def test_nobody_else_reverses(name: str) -> None:
    town, paid = paid_town()
    assert code(town.ask(name, Reverse(paid, None, "mine"))) is Code.NOT_PAYEE


def test_a_reversal_is_not_reversed() -> None:
    town, paid = paid_town()
    given = entry_id(town.ask("bert", Reverse(paid, None, "")).hash, 0)
    assert code(town.ask("anna", Reverse(given, None, ""))) is Code.NOT_REVERSIBLE
    assert code(town.manage(Reverse(given, None, ""))) is Code.NOT_REVERSIBLE


def test_more_than_was_moved_is_refused() -> None:
    town, paid = paid_town()
    assert code(town.ask("bert", Reverse(paid, 1_001, ""))) is Code.REVERSAL_EXCEEDS


def test_what_does_not_exist_is_refused() -> None:
    town, _ = paid_town()
    assert code(town.manage(Reverse(bytes(16), None, ""))) is Code.UNKNOWN_TRANSACTION


def test_a_payee_who_spent_it_cannot_give_it_back_but_the_manager_can_take_it() -> None:
    town, paid = paid_town()
    town.manage(SetLimit(town["bert"].id, "EUR", 0, 20_000))
    town.ask("bert", town.payment("cleo", 900))
    assert code(town.ask("bert", Reverse(paid, None, ""))) is Code.INSUFFICIENT_CREDIT
    assert code(town.manage(Reverse(paid, None, "robbery"))) is None
    assert town.posted("anna", "bert", "cleo") == (0, -900, 900)


def test_a_gift_back_is_refused_where_it_does_not_fit() -> None:
    town, paid = paid_town()
    town.ask("cleo", town.payment("anna", 1_500))
    town.manage(SetLimit(town["anna"].id, "EUR", 0, 1_000))
    assert code(town.ask("bert", Reverse(paid, None, ""))) is Code.EXCEEDS_MAXIMUM_BALANCE
    assert code(town.manage(Reverse(paid, None, ""))) is None


def test_a_suspended_robber_is_undone_by_the_manager_only() -> None:
    town, paid = paid_town()
    town.manage(Suspend(town["bert"].id, "robbery"))
    assert code(town.ask("bert", Reverse(paid, None, ""))) is Code.ACCOUNT_SUSPENDED
    assert code(town.manage(Reverse(paid, None, "robbery"))) is None


def test_a_robbery_is_undone_even_after_the_robber_was_closed_and_written_off() -> None:
    town, paid = paid_town()
    town.manage(Close(town["bert"].id, "", write_off=True))
    assert town.posted("anna", "bert", "commons") == (-1_000, 0, 1_000)
    assert code(town.manage(Reverse(paid, None, "robbery"))) is None
    assert town.posted("anna", "bert", "commons") == (0, -1_000, 1_000)
    assert code(town.manage(Close(town["bert"].id, "", write_off=True))) is None
    assert town.posted("anna", "bert", "commons") == (0, 0, 0)


def test_a_payee_does_not_pay_into_a_closed_account() -> None:
    town, paid = paid_town()
    town.manage(Close(town["anna"].id, "left", write_off=True))
    assert code(town.ask("bert", Reverse(paid, None, ""))) is Code.ACCOUNT_CLOSED


def test_several_transfers_are_reversed_as_a_whole_only() -> None:
    town = Town("anna", "bert", units=(EUR, HOUR))
    town.ask("anna", town.payment("bert", 100), town.payment("bert", 50, "HOUR"))
    written = town.manage(Close(town["anna"].id, "left", write_off=True))
    write_off = entry_id(written.hash, 0)
    assert len(town.state.transactions[write_off].transfers) == 2
    assert code(town.manage(Reverse(write_off, 1, ""))) is Code.REVERSAL_EXCEEDS
    assert code(town.manage(Reverse(write_off, None, "too early"))) is None
    assert town.posted("anna", "commons") == (-100, 0)
    assert town.posted("anna", "commons", unit="HOUR") == (-50, 0)
