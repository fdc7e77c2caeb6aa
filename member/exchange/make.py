"""Making: the operations that stand for a line of a file."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from federation.console.sentence import describe, money, units_of
from federation.export.say import plain
from ledger.bill import Leg, fault, legs
from ledger.changeset import OPERATIONS_MAX
from ledger.field import CATEGORY_CHARS_MAX, MEMO_CHARS_MAX
from ledger.operation import (
    BILL_PAID_MAX,
    BILL_SHARES_MAX,
    Bill,
    Operation,
    Part,
    Pay,
    Request,
)
from ledger.saying import chain, message_of, said
from ledger.state import Account, OpenBill, State
from member.ask import REQUEST_S, end_of
from member.exchange.item import Item, Kind, Misfit
from member.exchange.parts import Sides, Units, account_of, amounts_of, sides_of
from member.exchange.who import Person
from member.household.rhythm import DAY_S, noon_of

OPENING_MEMO = "opening balance"
OWN_MAX = OPERATIONS_MAX
"""Operations that stand or fall together: those of one change-set."""
_CUT = "\u2026"


@dataclass(frozen=True, slots=True)
class Made:
    """What a line makes: ``others`` says that the rest of it is for others to sign."""

    operations: tuple[Operation, ...]
    told: str
    others: bool = False


class Author(NamedTuple):
    """Who imports: the own replica's state, the own account, and Unix seconds."""

    state: State
    account: Account
    now: int


class Summed(NamedTuple):
    """What lines add up to for somebody, in minor units."""

    handle: str
    unit: str
    amount: int


class Maker:
    """Makes operations in one community, for one author."""

    def __init__(
        self, author: Author, people: Mapping[str, Person], items: Iterable[Item], unit: str | None
    ) -> None:
        """Remember for whom.

        Raises:
            UsageInvalid: The unit is none of the community's.
        """
        self._state, self._own, self._now = author
        assert self._state.community is not None, "nothing is imported before there is a community"
        self._open = {_said(bill) for bill in self._state.bills.values()}
        self._people, self._units = people, Units(self._state, items, unit)
        request_s_max = self._state.community.rules.request_s_max
        self._expires = end_of(None, REQUEST_S, request_s_max, self._now)

    def make(self, item: Item) -> Made:
        """Return what the author signs for a line.

        Raises:
            Misfit: Nothing can stand for it; the message says why.
        """
        unit = self._units.of(item)
        sides = sides_of(self._state, self._people, item, unit)
        owed = legs(sides.paid, sides.shares)
        if not owed:
            return Made((), said("everybody paid exactly his share"))
        operations: tuple[Operation, ...] = ()
        match item.kind:
            case Kind.PAYMENT:
                operations = tuple(self._pays(owed, unit.code, _dated(item)))
            case Kind.SETTLEMENT if len(owed) == 1 and self._own.id in owed[0][:2]:
                operations = (self._settle(owed[0], unit.code, _dated(item)),)
            case Kind.SETTLEMENT | Kind.BILL:
                bill = self._bill(item, sides, unit.code)
                if _said(bill) in self._open:
                    return Made((), said("this very bill is open already"))
                operations = (bill,)
        if not operations:
            told = self._tell(owed, unit.code)
            return Made((), said("for others to sign: {told}", told=told), others=True)
        if len(operations) > OWN_MAX:
            raise Misfit(said("your part of it has over {most} payments", most=OWN_MAX))
        described = [describe(self._state, one) for one in operations]
        return Made(operations, chain((*described, *item.notes)))

    def check(self, item: Item) -> None:
        """Accept a line that can be summed up.

        Raises:
            Misfit: Its amounts fit no unit.
        """
        amounts_of(item, self._units.of(item))

    def sum_up(self, items: Iterable[Item]) -> tuple[tuple[Summed, ...], str]:
        """Return what lines add up to, by handle, and why nothing can be made of that, if so."""
        sums: dict[tuple[str, str], int] = {}
        for item in items:
            unit = self._units.of(item)
            paid, owed, _ = amounts_of(item, unit)
            for sign, each in ((1, paid), (-1, owed)):
                for name, amount in each:
                    sums[name, unit.code] = sums.get((name, unit.code), 0) + sign * amount
        found: dict[tuple[str, str], int] = {}
        try:
            for (name, code), amount in sums.items():
                if amount:
                    handle = self._handle(account_of(self._state, self._people, name))
                    found[handle, code] = found.get((handle, code), 0) + amount
        except Misfit as misfit:
            return (), message_of(misfit)
        return tuple(Summed(*place, found[place]) for place in sorted(found) if found[place]), ""

    def open_with(self, summed: Iterable[Summed]) -> tuple[Operation, ...]:
        """Return the author's payments that bring everybody to what was summed up.

        Debtors fill up creditors, both by handle, so that all who import the same file arrive at
        the same payments, each signing his own.
        """
        listed = list(summed)
        operations: list[Operation] = []
        for code in dict.fromkeys(one.unit for one in listed):
            of_unit = [one for one in listed if one.unit == code]
            paid = tuple(self._part(one) for one in of_unit if one.amount > 0)
            owed = tuple(self._part(one) for one in of_unit if one.amount < 0)
            operations += self._pays(legs(paid, owed), code, OPENING_MEMO)
        return tuple(operations)

    def _pays(self, owed: Iterable[Leg], code: str, memo: str) -> Iterator[Pay]:
        for debtor, creditor, amount in owed:
            if debtor == self._own.id:
                yield Pay(creditor, amount, code, memo, b"", None)

    def _settle(self, owed: Leg, code: str, memo: str) -> Pay | Request:
        debtor, creditor, amount = owed
        if debtor == self._own.id:
            return Pay(creditor, amount, code, memo, b"", None)
        return Request(debtor, amount, code, memo, b"", self._expires)

    def _bill(self, item: Item, sides: Sides, code: str) -> Bill:
        if len(sides.paid) > BILL_PAID_MAX or len(sides.shares) > BILL_SHARES_MAX:
            raise Misfit(
                said(
                    "a bill has at most {paid_max} who paid and {shares_max} who share it",
                    paid_max=BILL_PAID_MAX,
                    shares_max=BILL_SHARES_MAX,
                )
            )
        wrong = fault(sides.paid, sides.shares)
        if wrong:
            raise Misfit(wrong)
        spent = self._spent(item)
        memo, category = _cut(item.what, MEMO_CHARS_MAX), _cut(item.category, CATEGORY_CHARS_MAX)
        how = (sides.method, spent, category, memo, self._expires, None)
        return Bill(code, sides.paid, sides.shares, *how)

    def _spent(self, item: Item) -> int:
        spent = noon_of(item.day) if item.day else self._now
        if spent < 0:
            raise Misfit("it is of before 1970")
        if spent > self._now + DAY_S:
            raise Misfit("its day is in the future")
        return spent

    def _part(self, one: Summed) -> Part:
        return Part(self._state.handles[one.handle], abs(one.amount))

    def _handle(self, account: bytes) -> str:
        return self._state.accounts[account].handle

    def _tell(self, owed: Iterable[Leg], code: str) -> str:
        units = units_of(self._state)
        return chain(
            said(
                "{debtor} pays {amount} to {creditor}",
                debtor=self._handle(debtor),
                amount=money(units, amount, code),
                creditor=self._handle(creditor),
            )
            for debtor, creditor, amount in owed
        )


def _said(bill: Bill | OpenBill) -> tuple[object, ...]:
    """Return what makes a bill the same that somebody else has made of the same line."""
    return bill.unit, frozenset(bill.paid), frozenset(bill.shares), bill.spent, bill.memo


def _dated(item: Item) -> str:
    """Return what a payment was for, with the day that the ledger does not keep."""
    day = f" ({item.day.isoformat()})" if item.day else ""
    return _cut(item.what, MEMO_CHARS_MAX - len(day)) + day


def _cut(text: str, chars_max: int) -> str:
    """Return a text in one line that fits, with a mark where it was longer."""
    line = plain(text)
    return line if len(line) <= chars_max else line[: chars_max - 1] + _CUT
