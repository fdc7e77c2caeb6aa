"""Bills: what was typed about who paid and who shares it becomes an operation."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple

from federation.console.people import find_member, find_unit
from federation.console.terminal import UsageInvalid
from federation.console.typed import check_memo
from ledger.bill import fault
from ledger.operation import (
    BILL_PAID_MAX,
    BILL_SHARES_MAX,
    EQUAL,
    EXACT,
    PERCENT,
    SHARES,
    Bill,
    Part,
)
from ledger.saying import said
from ledger.split import check_sum, split_equal, split_exact, split_percent, split_shares
from ledger.state import Account, State
from ledger.unit import Unit, parse_amount
from member.ask import REQUEST_S, end_of
from member.household.categories import check_category
from member.household.rhythm import DAY_S, noon_of, parse_date

Method = Literal["equal", "shares", "percent", "exact"]
METHODS: dict[Method, int] = {
    "equal": EQUAL, "shares": SHARES, "percent": PERCENT, "exact": EXACT,
}  # fmt: skip
ME = "me"
"""What people may type for themselves, unless it is somebody's handle."""
_HUNDREDTHS = 100


class Named(NamedTuple):
    """A person and what was typed about him: ``anna=30``; None where there was only a name."""

    who: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class TypedBill:
    """What a person typed about a bill.

    Attributes:
        amount: What it was in all, a decimal number; None where what everybody paid says it.
        memo: What it was for.
        unit: A unit's code; None for the community's only one.
        paid: Who paid how much; nobody for the author alone. One may have no amount: the rest.
        split: Who shares it, with what the method asks for; nobody for all members, equally.
        method: How it is split.
        category: What it is filed under, or empty.
        date: When the money was spent, ``2026-11-30``; None for now.
    """

    amount: str | None
    memo: str = ""
    unit: str | None = None
    paid: Sequence[Named] = ()
    split: Sequence[Named] = ()
    method: Method = "equal"
    category: str = ""
    date: str | None = None


def parse_named(text: str) -> Named:
    """Return a person and a value that were typed as ``anna=30``, or a person alone."""
    who, equals, value = text.partition("=")
    return Named(who.strip(), value.strip() if equals else None)


def parse_list(text: str | None) -> tuple[Named, ...]:
    """Return the people of a list that was typed as ``anna=2,ben=1`` or ``anna,ben``."""
    return tuple(parse_named(one) for one in (text or "").split(",") if one.strip())


def ask_bill(
    state: State,
    own: Account,
    typed: TypedBill,
    now: int,
    *,
    expires: str | None = None,
    replaces: bytes | None = None,
) -> Bill:
    """Return a bill.

    Args:
        state: The own replica's.
        own: The author's account; he need not be among those who paid or share it.
        typed: As typed.
        now: Unix seconds.
        expires: For how long parts can be accepted, a duration; None for 30 days, or what the
            community's rules allow.
        replaces: Id of the author's bill that this one corrects.

    Raises:
        UsageInvalid: Somebody or the unit is unknown, somebody is named twice, a number is none,
            the date is in the future, or nobody owes anything by it.
        AmountInvalid: Not an amount of the unit.
        SplitInvalid: Something does not add up; the message says by how much.
    """
    assert state.community is not None, "bills are made in a community"
    unit = find_unit(state, typed.unit)
    paid = _paid(state, own, typed, unit)
    total = sum(part.amount for part in paid)
    shares = _shares(state, own, typed, total, unit)
    if not _is_owed(paid, shares):
        raise UsageInvalid("nobody owes anything by this: everybody paid exactly his own share")
    wrong = fault(paid, shares)
    assert not wrong, wrong
    return Bill(
        unit.code,
        paid,
        shares,
        METHODS[typed.method],
        _spent(typed.date, now),
        check_category(typed.category),
        check_memo(typed.memo),
        end_of(expires, REQUEST_S, state.community.rules.request_s_max, now),
        replaces,
    )


def find_person(state: State, own: Account, typed: str) -> Account:
    """Return who is meant, where ``me`` may stand for the author.

    Raises:
        UsageInvalid: Nobody is called that.
    """
    return own if typed.lower() == ME and ME not in state.handles else find_member(state, typed)


def _paid(state: State, own: Account, typed: TypedBill, unit: Unit) -> tuple[Part, ...]:
    people = _people(state, own, typed.paid or (Named(own.handle),))
    if len(people) > BILL_PAID_MAX:
        raise UsageInvalid(
            said(
                "got {count} who paid; at most {paid_max} fit in a bill",
                count=len(people),
                paid_max=BILL_PAID_MAX,
            )
        )
    total = None if typed.amount is None else parse_amount(typed.amount, unit)
    amounts = [None if one.value is None else parse_amount(one.value, unit)
               for one in typed.paid or (Named(own.handle),)]  # fmt: skip
    known = [amount for amount in amounts if amount is not None]
    missing = len(amounts) - len(known)
    if missing > 1 or (missing and total is None):
        raise UsageInvalid(
            "say who paid how much: name the amount of the whole bill and type "
            "--paid anna=30 --paid ben=10, where one of them may have the rest"
        )
    whole = sum(known) if total is None else total
    if missing and sum(known) >= whole:
        raise UsageInvalid("the others have paid all of it; leave out who has no amount")
    filled = [whole - sum(known) if amount is None else amount for amount in amounts]
    check_sum(said("the amounts paid"), filled, whole, unit)
    return tuple(Part(who, amount) for who, amount in zip(people, filled, strict=True))


def _shares(
    state: State, own: Account, typed: TypedBill, total: int, unit: Unit
) -> tuple[Part, ...]:
    named = typed.split or tuple(Named(account.handle) for account in _everybody(state))
    people = _people(state, own, named)
    if len(people) > BILL_SHARES_MAX:
        raise UsageInvalid(
            said(
                "got {count} people to share it; at most {shares_max} fit in a bill: name "
                "them with --among anna,ben",
                count=len(people),
                shares_max=BILL_SHARES_MAX,
            )
        )
    match typed.method:
        case "equal":
            if any(one.value is not None for one in named):
                raise UsageInvalid("an equal split has only names, such as --among anna,ben")
            amounts = split_equal(total, len(people), unit)
        case "shares":
            amounts = split_shares(total, [_weight(one) for one in named], unit)
        case "percent":
            amounts = split_percent(total, [_hundredths(one) for one in named], unit)
        case "exact":
            exact = [parse_amount(_value(one, "an amount"), unit) for one in named]
            amounts = split_exact(total, exact, unit)
    return tuple(Part(who, amount) for who, amount in zip(people, amounts, strict=True))


def _everybody(state: State) -> list[Account]:
    """Return all who take part, the community's own account apart, in the order of handles."""
    members = [one for one in state.accounts.values() if one.keys and one.id != state.commons]
    return sorted((one for one in members if one.status == "active"), key=lambda one: one.handle)


def _people(state: State, own: Account, named: Sequence[Named]) -> list[bytes]:
    found = [find_person(state, own, one.who) for one in named]
    for place, account in enumerate(found):
        if account in found[:place]:
            raise UsageInvalid(
                said(
                    "{handle} is named twice; say it in one amount or share", handle=account.handle
                )
            )
    return [account.id for account in found]


def _is_owed(paid: Sequence[Part], shares: Sequence[Part]) -> bool:
    laid_out = {(part.account, part.amount) for part in paid}
    return laid_out != {(part.account, part.amount) for part in shares}


def _spent(typed: str | None, now: int) -> int:
    if typed is None:
        return now
    spent = noon_of(parse_date(typed))
    if spent > now + DAY_S:
        raise UsageInvalid(
            said(
                "{typed} is in the future; `commontab recurring add` signs it when it is due",
                typed=typed,
            )
        )
    return spent


def _weight(one: Named) -> int:
    value = _value(one, said("a number of shares"))
    if not (value.isascii() and value.isdigit() and len(value) <= len("1000000")):
        raise UsageInvalid(
            said(
                "got {who}={value}; shares are whole numbers, such as {who}=2",
                who=one.who,
                value=value,
            )
        )
    return int(value)


def _hundredths(one: Named) -> int:
    """Return a percentage in hundredths of a percent."""
    value = _value(one, said("a percentage")).removesuffix("%").strip()
    wrong = UsageInvalid(
        said(
            "got {who}={value}; a percentage is a number with at most two decimals: {who}=33.5",
            who=one.who,
            value=value,
        )
    )
    try:
        hundredths = Decimal(value.replace(",", ".")) * _HUNDREDTHS
    except InvalidOperation:
        raise wrong from None
    if not hundredths.is_finite() or hundredths != int(hundredths):
        raise wrong
    return int(hundredths)


def _value(one: Named, what: str) -> str:
    if not one.value:
        raise UsageInvalid(said("got {who!r} without {what}; type {who}=…", who=one.who, what=what))
    return one.value
