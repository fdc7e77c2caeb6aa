"""Households that bill each other at random: whatever they do, nobody pays what he must not."""

from collections import Counter
from random import Random

import pytest

from ledger.changeset import Verified
from ledger.entry import part_payment_id
from ledger.operation import (
    EQUAL,
    Accept,
    Annotate,
    Bill,
    Cancel,
    Decline,
    EndMandate,
    Mandate,
    Operation,
    Part,
    Request,
    Rules,
)
from ledger.record import TransactionRecord, decode_record
from ledger.replay import replay
from ledger.state import ACCEPTED, OPEN, State
from tests.support.audit import add_up
from tests.support.household import NAMES, house
from tests.support.township import DAY_S, Town

OBJECTION_S = 20
STEPS = 120


class House:
    """Four people, what they sign, and what has happened in all houses so far."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)  # noqa: S311
        self.town = house()
        self.town.manage(Rules(DAY_S, DAY_S, OBJECTION_S))
        self.town.now += self.dice.randrange(60 * DAY_S)
        self.waiting: list[Verified] = []

    def live(self) -> None:
        """Let somebody ask for something; now and then time passes and all is merged."""
        name = self.dice.choice(NAMES)
        operation = self.dice.choice(
            (self.bill, self.bill, self.answer, self.answer, self.mandate, self.request, self.pay)
        )(name)
        self.waiting.append(self.town[name].sign(*operation))
        if self.dice.random() < 0.5:
            self.town.now += self.dice.choice((0, 1, 7, OBJECTION_S, 40))
            self.cycle()

    def cycle(self) -> None:
        """Merge what waits, which is the same in any order and repeated."""
        again = [*self.waiting, *self.waiting[:2]]
        self.dice.shuffle(again)
        expected = self.town.try_merge(*self.waiting).bodies
        assert self.town.merge(*again).bodies == expected
        self.waiting = []

    def bill(self, name: str) -> tuple[Operation, ...]:
        del name
        total = self.dice.randrange(4, 3_000)
        paid, shares = self.split(total), self.split(total)
        known = [*self.town.state.bills, *self.town.state.past_bills, None, None]
        replaces = self.dice.choice(sorted(known, key=str)) if self.dice.random() < 0.2 else None
        ends = self.town.now + self.dice.choice((5, 100, DAY_S))
        return (Bill("EUR", paid, shares, EQUAL, 0, "", "", ends, replaces),)

    def split(self, total: int) -> tuple[Part, ...]:
        """Cut an amount at random among some people."""
        among = self.dice.sample(NAMES, self.dice.randrange(1, len(NAMES) + 1))
        cuts = sorted(self.dice.sample(range(1, total), len(among) - 1))
        sizes = [end - at for at, end in zip([0, *cuts], [*cuts, total], strict=True)]
        return tuple(
            Part(self.town[name].id, size) for name, size in zip(among, sizes, strict=True)
        )

    def answer(self, name: str) -> tuple[Operation, ...]:
        state = self.town.state
        known = sorted((*state.bills, *state.bills, *state.past_bills, *state.requests))
        if not known:
            return self.pay(name)
        asked = self.dice.choice(self.owed_by(name) or known)
        answers: list[tuple[Operation, ...]] = [
            (Accept(asked),),
            (Accept(asked), Annotate(None, "", "paid")),
            (Decline(asked, ""),),
            (Decline(asked, ""),),
            (Cancel(asked),),
            (Annotate(asked, "food", ""),),
        ]
        return self.dice.choice(answers)

    def owed_by(self, name: str) -> list[bytes]:
        """Return, half of the time, the bills by which somebody owes."""
        owing = {
            bill.id
            for bill in self.town.state.bills.values()
            for part in bill.parts
            if part.account == self.town[name].id and part.stage == OPEN
        }
        return sorted(owing) if self.dice.random() < 0.5 else []

    def mandate(self, name: str) -> tuple[Operation, ...]:
        given = sorted(self.town.state.mandates)
        if given and self.dice.random() < 0.2:
            return (EndMandate(self.dice.choice(given)),)
        others = [self.town[other].id for other in NAMES if other != name]
        creditor = self.dice.choice([*others, None, None, None])
        caps = self.dice.randrange(1, 2_000), self.dice.randrange(1, 4_000)
        ends = self.town.now + self.dice.choice((30, 500, DAY_S))
        return (Mandate(creditor, "EUR", *caps, ends, ""),)

    def request(self, name: str) -> tuple[Operation, ...]:
        debtor = self.dice.choice([other for other in NAMES if other != name])
        ends = self.town.now + self.dice.choice((5, 100, DAY_S))
        amount = self.dice.randrange(1, 1_500)
        return (Request(self.town[debtor].id, amount, "EUR", "", b"", ends),)

    def pay(self, name: str) -> tuple[Operation, ...]:
        payee = self.dice.choice([other for other in NAMES if other != name])
        return (self.town.payment(payee, self.dice.randrange(1, 2_000)),)


def check(town: Town) -> None:
    """Accept a present: zero sums, limits kept, each part paid once and never more than owed."""
    state = town.state
    assert sum(town.posted(*NAMES)) == 0
    for account in state.accounts.values():
        for books in account.balances:
            assert books.available >= 0
            assert books.posted <= books.maximum_balance
    for each in (*state.bills.values(), *state.past_bills.values()):
        share_of = {part.account: part.amount for part in each.shares}
        for part in each.parts:
            paid = state.transactions.get(part_payment_id(each.id, part.account))
            assert (paid is not None) is (part.stage == ACCEPTED)
            if paid is not None:
                assert sum(move.amount for move in paid.transfers) == part.amount
            assert part.amount <= share_of[part.account]
    assert all(each.is_open for each in state.bills.values())
    assert not any(each.is_open for each in state.past_bills.values())


def what_happened(town: Town) -> Counter[str]:
    """Count how parts ended and what was paid by mandates, and check that by other rules."""
    add_up(town.key, town.records)
    parsed = [decode_record(record) for record in town.records]
    moved = [record for record in parsed if isinstance(record, TransactionRecord)]
    happened = Counter({"mandates": sum(record.cause.endswith(bytes(16)) for record in moved)})
    for each in town.state.past_bills.values():
        happened.update(f"stage {part.stage}" for part in each.parts)
    return happened


def test_nobody_pays_what_he_must_not() -> None:
    happened: Counter[str] = Counter()
    for seed in range(12):
        lived = House(seed)
        for _ in range(STEPS):
            lived.live()
            check(lived.town)
        state = State(lived.town.key)
        assert list(replay(state, lived.town.records))
        assert state == lived.town.state
        happened += what_happened(lived.town)
    assert happened["mandates"] > 20
    assert all(happened[f"stage {stage}"] > 5 for stage in range(OPEN + 1, 5))


@pytest.mark.parametrize("seed", range(3))
def test_mandates_alone_write_nothing_twice(seed: int) -> None:
    lived = House(seed)
    for _ in range(STEPS):
        lived.live()
    lived.cycle()
    while lived.town.merge().records:
        check(lived.town)
    assert lived.town.try_merge().records == ()
