"""Holds: reserved, then posted, voided or expired."""

import pytest

from ledger.entry import entry_id, expiry_id
from ledger.operation import Hold, Operation, Post, Reverse, SetLimit, Suspend, Void
from ledger.outcome import Fate
from ledger.record import EXPIRED, PENDING, POSTED_PENDING, VOIDED, TransactionRecord
from ledger.refusal import Code
from ledger.rule.hold import OPEN_HOLDS_MAX
from tests.support.township import DAY_S, RULES, Town


def hold(town: Town, payee: str = "bert", amount: int = 600, life_s: int = DAY_S) -> Hold:
    return Hold(town[payee].id, amount, "EUR", "deposit", b"", town.now + life_s)


def held_town(amount: int = 600) -> tuple[Town, bytes]:
    """A town in which anna holds an amount for bert; and the hold's id."""
    town = Town("anna", "bert", "cleo")
    outcome = town.ask("anna", hold(town, amount=amount))
    return town, entry_id(outcome.hash, 0)


def codes(town: Town, name: str, *operations: Operation) -> Code | None:
    refusal = town.ask(name, *operations).refusal
    return refusal.code if refusal else None


def last_transaction(town: Town) -> TransactionRecord:
    (found,) = [each for each in town.last.records if isinstance(each, TransactionRecord)]
    return found


def pending(town: Town) -> tuple[int, int]:
    return town.books("anna").pending_debit, town.books("bert").pending_credit


def test_a_hold_reserves_and_moves_nothing() -> None:
    town, held = held_town()
    assert last_transaction(town).state == PENDING
    assert last_transaction(town).id == held
    assert held in town.state.holds
    assert pending(town) == (600, 600)
    assert town.posted("anna", "bert") == (0, 0)
    assert town.books("anna").available == 10_000 - 600


def test_a_held_amount_cannot_be_spent_again() -> None:
    town, _ = held_town(9_000)
    assert codes(town, "anna", town.payment("cleo", 1_001)) is Code.INSUFFICIENT_CREDIT
    assert codes(town, "anna", town.payment("cleo", 1_000)) is None


def test_a_pending_gain_cannot_be_spent_and_takes_up_room() -> None:
    town, _ = held_town()
    town.manage(SetLimit(town["bert"].id, "EUR", 0, 1_000))
    assert codes(town, "bert", town.payment("cleo", 1)) is Code.INSUFFICIENT_CREDIT
    assert codes(town, "cleo", town.payment("bert", 401)) is Code.EXCEEDS_MAXIMUM_BALANCE
    assert codes(town, "cleo", town.payment("bert", 400)) is None


@pytest.mark.parametrize("poster", ["anna", "bert"])
@pytest.mark.parametrize(("amount", "moved"), [(None, 600), (600, 600), (200, 200)])
def test_payer_or_payee_posts_the_whole_or_a_part(
    poster: str, amount: int | None, moved: int
) -> None:
    town, held = held_town()
    assert codes(town, poster, Post(held, amount)) is None
    record = last_transaction(town)
    assert (record.state, record.refers, record.memo) == (POSTED_PENDING, held, "deposit")
    assert record.transfers[0].amount == moved
    assert pending(town) == (0, 0)
    assert town.posted("anna", "bert") == (-moved, moved)
    assert held not in town.state.holds
    assert record.id in town.state.transactions


def test_a_hold_is_posted_once() -> None:
    town, held = held_town()
    assert codes(town, "bert", Post(held, 1), Post(held, 1)) is Code.UNKNOWN_HOLD
    assert codes(town, "bert", Post(held, 1)) is None
    assert codes(town, "bert", Post(held, 1)) is Code.UNKNOWN_HOLD


def test_only_the_payee_voids() -> None:
    town, held = held_town()
    assert codes(town, "anna", Void(held, "changed my mind")) is Code.NOT_PAYEE
    assert codes(town, "bert", Void(held, "not needed")) is None
    assert (last_transaction(town).state, last_transaction(town).memo) == (VOIDED, "not needed")
    assert pending(town) == (0, 0)
    assert not town.state.transactions


@pytest.mark.parametrize(
    ("name", "amount", "code"),
    [("cleo", None, Code.NOT_PARTY), ("bert", 601, Code.EXCEEDS_HOLD)],
)
def test_a_post_is_refused(name: str, amount: int | None, code: Code) -> None:
    town, held = held_town()
    assert codes(town, name, Post(held, amount)) is code
    assert pending(town) == (600, 600)


@pytest.mark.parametrize(
    ("life_s", "fits"),
    [(0, False), (1, True), (RULES.hold_s_max, True), (RULES.hold_s_max + 1, False)],
)
def test_a_hold_ends_within_the_rules(life_s: int, *, fits: bool) -> None:
    town = Town("anna", "bert")
    assert codes(town, "anna", hold(town, life_s=life_s)) is (
        None if fits else Code.EXPIRY_OUT_OF_RANGE
    )


def test_a_hold_expires_at_its_time_and_not_before() -> None:
    town, held = held_town()
    town.now += DAY_S - 1
    assert town.merge().records == ()
    town.now += 1
    town.merge()
    record = last_transaction(town)
    assert (record.state, record.refers, record.id) == (EXPIRED, held, expiry_id(held))
    assert record.cause == held + bytes(16)
    assert pending(town) == (0, 0)
    assert not town.state.holds


def test_an_expired_hold_cannot_be_posted_in_the_same_batch_or_later() -> None:
    town, held = held_town()
    town.now += DAY_S
    assert codes(town, "bert", Post(held, None)) is Code.PENDING_EXPIRED
    assert codes(town, "bert", Post(held, None)) is Code.UNKNOWN_HOLD


def test_holds_expire_before_members_spend_what_that_releases() -> None:
    town, _ = held_town(10_000)
    town.now += DAY_S
    assert codes(town, "anna", town.payment("cleo", 10_000)) is None


def test_posting_is_not_checked_against_limits_again() -> None:
    town, held = held_town()
    town.manage(SetLimit(town["anna"].id, "EUR", 0, 0))
    town.manage(SetLimit(town["bert"].id, "EUR", 0, 0))
    assert codes(town, "bert", Post(held, None)) is None
    assert town.posted("anna", "bert") == (-600, 600)


@pytest.mark.parametrize("end", ["post", "void"])
def test_a_suspended_payers_hold_can_be_ended_by_the_payee(end: str) -> None:
    town, held = held_town()
    town.manage(Suspend(town["anna"].id, "away"))
    assert codes(town, "anna", Post(held, None)) is Code.ACCOUNT_SUSPENDED
    assert codes(town, "bert", Post(held, None) if end == "post" else Void(held, "")) is None


def test_nothing_new_is_held_for_a_suspended_account() -> None:
    town, _ = held_town()
    town.manage(Suspend(town["bert"].id, "away"))
    assert codes(town, "anna", hold(town)) is Code.ACCOUNT_SUSPENDED


def test_a_posted_hold_can_be_reversed_and_an_open_one_cannot() -> None:
    town, held = held_town()
    assert codes(town, "bert", Reverse(held, None, "")) is Code.UNKNOWN_TRANSACTION
    town.ask("bert", Post(held, None))
    assert codes(town, "bert", Reverse(last_transaction(town).id, None, "")) is None
    assert town.posted("anna", "bert") == (0, 0)


def test_an_account_has_a_bounded_number_of_open_holds() -> None:
    town = Town("anna", "bert")
    for _ in range(OPEN_HOLDS_MAX // 64):
        assert codes(town, "anna", *[hold(town, amount=1)] * 64) is None
    assert codes(town, "anna", hold(town, amount=1)) is Code.TOO_MANY_HOLDS
    assert codes(town, "bert", Void(next(iter(town.state.holds)), "")) is None
    assert codes(town, "anna", hold(town, amount=1)) is None


def test_a_refused_change_set_takes_its_holds_back() -> None:
    town = Town("anna", "bert")
    outcome = town.ask("anna", hold(town), town.payment("bert", 50_000))
    assert outcome.fate is Fate.REFUSED
    assert not town.state.holds
    assert pending(town) == (0, 0)


def test_a_hold_that_ends_makes_room_for_another_at_once() -> None:
    town = Town("anna", "bert")
    for _ in range(OPEN_HOLDS_MAX // 64):
        town.ask("anna", *[hold(town, amount=1)] * 64)
    ended = next(iter(town.state.holds))
    assert codes(town, "anna", Post(ended, None), hold(town, amount=1)) is None


def test_holds_expire_in_the_order_of_their_times() -> None:
    town = Town("anna", "bert")
    town.ask("anna", *(hold(town, amount=1, life_s=life_s) for life_s in (9, 3, 7, 3, 5)))
    due = sorted(town.state.holds.values(), key=lambda each: (each.expires, each.id))
    town.now += DAY_S
    ended = [each for each in town.merge().records if isinstance(each, TransactionRecord)]
    assert [each.refers for each in ended] == [each.id for each in due]
