"""Payments: what moves, what is refused, and what stands in the journal."""

from collections.abc import Callable

import pytest

from ledger.entry import card_payment_id
from ledger.field import AMOUNT_MAX
from ledger.operation import Close, Operation, Pay, SetLimit, Suspend
from ledger.outcome import Fate
from ledger.record import POSTED, ChangeSetRecord, RefusalRecord, StateRecord, TransactionRecord
from ledger.refusal import Code, Money
from tests.support.township import EUR, HOUR, Town

CARD = b"c" * 16


def test_a_payment_moves_the_amount_and_writes_two_records_and_the_state() -> None:
    town = Town("anna", "bert")
    signed = town.pay("anna", "bert", 500)
    merged = town.merge(signed)
    asked, moved, state = merged.records
    assert isinstance(asked, ChangeSetRecord)
    assert (asked.key, asked.body, asked.signature) == (
        town["anna"].key,
        signed.body,
        signed.signature,
    )
    assert isinstance(moved, TransactionRecord)
    assert (moved.cause, moved.state, moved.time) == (signed.hash, POSTED, town.now)
    assert isinstance(state, StateRecord)
    assert town.posted("anna", "bert") == (-500, 500)


def test_the_journal_chains_the_records_of_each_account() -> None:
    town = Town("anna", "bert")
    asked, moved, _ = town.merge(town.pay("anna", "bert", 500)).records
    assert isinstance(asked, ChangeSetRecord)
    assert isinstance(moved, TransactionRecord)
    chained = {concern.account: concern.previous for concern in moved.concerns}
    first = town.state.tree.size - 3
    assert [concern.account for concern in asked.concerns] == [town["anna"].id]
    assert chained[town["anna"].id] == first + 1
    assert 0 < chained[town["bert"].id] <= first
    assert town.account("anna").last_record == town.account("bert").last_record == first + 2


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        pytest.param(10_000, None, id="the whole credit"),
        pytest.param(10_001, Code.INSUFFICIENT_CREDIT, id="one cent more than the credit"),
        pytest.param(AMOUNT_MAX, Code.INSUFFICIENT_CREDIT, id="the largest amount"),
    ],
)
def test_a_payer_goes_down_to_the_credit_limit(amount: int, code: Code | None) -> None:
    town = Town("anna", "bert")
    outcome = town.ask("anna", town.payment("bert", amount))
    assert (outcome.refusal.code if outcome.refusal else None) == code


def test_a_refused_overdraft_says_what_it_takes_and_what_is_left() -> None:
    town = Town("anna", "bert")
    town.merge(town.pay("anna", "bert", 2_500))
    refusal = town.ask("anna", town.payment("bert", 8_000)).refusal
    assert refusal is not None
    assert refusal.facts == {"amount": Money(8_000, "EUR"), "available": Money(7_500, "EUR")}


@pytest.mark.parametrize(("amount", "fits"), [(300, True), (301, False)])
def test_a_payee_goes_up_to_the_maximum_balance(amount: int, *, fits: bool) -> None:
    town = Town("anna", "bert")
    town.manage(SetLimit(town["bert"].id, "EUR", 0, 300))
    outcome = town.ask("anna", town.payment("bert", amount))
    code = outcome.refusal.code if outcome.refusal else None
    assert code == (None if fits else Code.EXCEEDS_MAXIMUM_BALANCE)


def suspend(town: Town) -> None:
    town.manage(Suspend(town["bert"].id, "away"))


def close(town: Town) -> None:
    town.manage(Close(town["bert"].id, "left", write_off=False))


def nothing(_town: Town) -> None:
    """Leave the town as it is."""


@pytest.mark.parametrize(
    ("before", "operation", "code"),
    [
        pytest.param(nothing, Pay(b"x" * 16, 1, "EUR", "", b"", None), Code.UNKNOWN_ACCOUNT,
                     id="to nobody"),
        pytest.param(nothing, ("anna", 1, "EUR"), Code.SAME_ACCOUNT, id="to oneself"),
        pytest.param(nothing, ("bert", 1, "HOUR"), Code.UNKNOWN_UNIT, id="in a foreign unit"),
        pytest.param(suspend, ("bert", 1, "EUR"), Code.ACCOUNT_SUSPENDED, id="to a suspended one"),
        pytest.param(close, ("bert", 1, "EUR"), Code.ACCOUNT_CLOSED, id="to a closed one"),
    ],
)  # fmt: skip
def test_a_payment_is_refused(
    before: Callable[[Town], None], operation: Pay | tuple[str, int, str], code: Code
) -> None:
    town = Town("anna", "bert")
    before(town)
    asked = operation if isinstance(operation, Pay) else town.payment(*operation)
    outcome = town.ask("anna", asked)
    assert outcome.fate is Fate.REFUSED
    assert outcome.refusal is not None
    assert outcome.refusal.code is code
    assert town.account("anna").balances[0].posted == 0


@pytest.mark.parametrize(
    ("end", "code"), [(suspend, Code.ACCOUNT_SUSPENDED), (close, Code.ACCOUNT_CLOSED)]
)
def test_who_is_suspended_or_closed_cannot_pay(end: Callable[[Town], None], code: Code) -> None:
    town = Town("anna", "bert")
    end(town)
    refusal = town.ask("bert", town.payment("anna", 1)).refusal
    assert refusal is not None
    assert refusal.code is code


def test_anybody_can_pay_the_commons() -> None:
    town = Town("anna")
    town.ask("anna", Pay(town.key[:16], 700, "EUR", "fee", b"", None))
    assert town.posted("anna", "commons") == (-700, 700)


def test_a_unit_that_came_later_is_used_with_its_own_limits() -> None:
    town = Town("anna", "bert")
    town.merge(town.new_unit(HOUR))
    assert town.ask("anna", town.payment("bert", 501, "HOUR")).fate is Fate.REFUSED
    assert town.ask("anna", town.payment("bert", 500, "HOUR")).fate is Fate.MERGED
    assert town.posted("anna", "bert", unit="HOUR") == (-500, 500)
    assert [books.unit for books in town.account("anna").balances] == ["EUR", "HOUR"]


def test_a_card_is_paid_once_whoever_pays() -> None:
    town = Town("anna", "bert", "cleo")
    asked = Pay(town["cleo"].id, 250, "EUR", "lunch", b"", CARD)
    assert town.ask("anna", asked).fate is Fate.MERGED
    second = town.ask("bert", asked)
    assert second.refusal is not None
    assert second.refusal.code is Code.ALREADY_PAID
    assert card_payment_id(town["cleo"].id, CARD) in town.state.transactions
    assert town.posted("cleo") == (250,)


def test_a_card_is_paid_once_within_one_batch() -> None:
    town = Town("anna", "bert", "cleo")
    asked = Pay(town["cleo"].id, 250, "EUR", "lunch", b"", CARD)
    merged = town.merge(town["anna"].sign(asked), town["bert"].sign(asked))
    assert sorted(outcome.fate for outcome in merged.outcomes) == [Fate.MERGED, Fate.REFUSED]
    assert town.posted("cleo") == (250,)


def test_the_same_card_id_of_another_payee_is_another_card() -> None:
    town = Town("anna", "bert", "cleo")
    for payee in ("bert", "cleo"):
        asked = Pay(town[payee].id, 250, "EUR", "", b"", CARD)
        assert town.ask("anna", asked).fate is Fate.MERGED


def test_a_change_set_takes_effect_whole_or_not_at_all() -> None:
    town = Town("anna", "bert", "cleo")
    operations: list[Operation] = [town.payment("bert", 100), town.payment("cleo", 100)]
    outcome = town.ask("anna", *operations, town.payment("bert", 50_000))
    assert outcome.refusal is not None
    assert outcome.refusal.operation == 2
    assert town.posted("anna", "bert", "cleo") == (0, 0, 0)
    assert not town.state.transactions
    assert town.ask("anna", *operations).fate is Fate.MERGED
    assert town.posted("anna", "bert", "cleo") == (-200, 100, 100)


def test_a_refusal_keeps_the_signed_bytes_and_uses_up_the_number() -> None:
    town = Town("anna", "bert")
    signed = town.pay("anna", "bert", 50_000)
    refused, _ = town.merge(signed).records
    assert isinstance(refused, RefusalRecord)
    assert (refused.code, refused.body, refused.signature) == (
        "insufficient_credit",
        signed.body,
        signed.signature,
    )
    known = town.state.keys[town["anna"].key]
    assert (known.number, known.hash) == (1, signed.hash)
    assert town.account("anna").last_record == town.state.tree.size - 1


def test_a_refusal_leaves_out_a_body_over_four_kibibytes() -> None:
    town = Town("anna", "bert")
    large = Pay(town["bert"].id, 50_000, "EUR", "", b"s" * 900, None)
    refused, _ = town.merge(town["anna"].sign(*[large] * 5)).records
    assert isinstance(refused, RefusalRecord)
    assert refused.body == b""


def test_pending_gains_are_never_room_but_posted_ones_are() -> None:
    town = Town("anna", "bert", units=(EUR,))
    town.manage(SetLimit(town["bert"].id, "EUR", 0, 20_000))
    assert town.ask("bert", town.payment("anna", 1)).fate is Fate.REFUSED
    town.ask("anna", town.payment("bert", 100))
    assert town.ask("bert", town.payment("anna", 100)).fate is Fate.MERGED
