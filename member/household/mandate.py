"""Mandates: what is accepted for their giver unless he objects, typed and shown."""

from dataclasses import dataclass

from federation.console.people import find_member, find_unit, handle_of
from federation.console.sentence import money, units_of
from federation.console.terminal import UsageInvalid
from federation.console.typed import check_memo
from federation.console.views import View
from ledger.operation import Mandate
from ledger.rule.mandate import left_in_month
from ledger.saying import said
from ledger.state import Account, OpenMandate, State
from ledger.unit import parse_amount
from member.household.rhythm import DAY_S, parse_date, start_of

MANDATE_DAYS = 365
"""How long a mandate lasts unless the person says otherwise, days."""


@dataclass(frozen=True, slots=True)
class TypedMandate:
    """What a person typed about a mandate.

    Attributes:
        creditor: Handle of who may be paid; None for anybody in the community.
        each: The most that one request or part of a bill may cost, a decimal number.
        month: The most that a calendar month may cost; None for as much as ``each``.
        until: Last day, ``2026-11-30``; None for a year from now.
    """

    creditor: str | None
    each: str
    month: str | None = None
    unit: str | None = None
    until: str | None = None
    memo: str = ""


def ask_mandate(state: State, own: Account, typed: TypedMandate, now: int) -> Mandate:
    """Return a mandate.

    Raises:
        UsageInvalid: Nobody or no unit is called that, it names its giver, a month allows less
            than one payment, or it ends before it begins.
        AmountInvalid: Not an amount of the unit.
    """
    unit = find_unit(state, typed.unit)
    creditor = None if typed.creditor is None else find_member(state, typed.creditor).id
    if creditor == own.id:
        raise UsageInvalid("a mandate lets others be paid for you; name somebody else")
    each = parse_amount(typed.each, unit)
    month = each if typed.month is None else parse_amount(typed.month, unit)
    if month < each:
        raise UsageInvalid("the limit of a month is below that of one payment; raise --month")
    ends = now + MANDATE_DAYS * DAY_S if typed.until is None else _end_of(typed.until)
    if ends <= now:
        raise UsageInvalid(
            said("got {until!r}, which is over; a mandate ends in the future", until=typed.until)
        )
    return Mandate(creditor, unit.code, each, month, ends, check_memo(typed.memo))


def view_mandates(state: State, account: Account, now: int) -> list[View]:
    """Return the mandates that an account has given or is named in, the next to end first."""
    mine = [one for one in state.mandates.values() if account.id in {one.debtor, one.creditor}]
    return [_view(state, account, one, now) for one in sorted(mine, key=lambda m: (m.ends, m.id))]


def _view(state: State, account: Account, one: OpenMandate, now: int) -> View:
    units, left = units_of(state), left_in_month(one, now)
    given = one.debtor == account.id
    other = one.creditor if given else one.debtor
    return {
        "id": one.id.hex(),
        "direction": "you let be paid" if given else "lets you be paid",
        "given": given,
        "with": "anybody" if other is None else handle_of(state.accounts, other),
        "unit": one.unit,
        "each": money(units, one.each, one.unit),
        "each_minor": one.each,
        "month": money(units, one.month, one.unit),
        "month_minor": one.month,
        "left": money(units, left, one.unit),
        "left_minor": left,
        "ends": one.ends,
        "memo": one.memo,
    }


def _end_of(text: str) -> int:
    return start_of(parse_date(text)) + DAY_S
