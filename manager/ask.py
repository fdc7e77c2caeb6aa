"""Asking: what a manager typed becomes operations of statements."""

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass

from federation.console.people import find_account, find_unit
from federation.console.terminal import UsageInvalid
from ledger.changeset import ManagerStatement
from ledger.codec import decode, encode
from ledger.errors import CodecError, NameInvalid
from ledger.field import AMOUNT_MAX
from ledger.names import parse_handle
from ledger.operation import AddUnit, ManagerOperation, Reverse, Rules, SetLimit
from ledger.record import RECORD_BYTES_MAX
from ledger.saying import said
from ledger.state import Account, State, Transaction
from ledger.unit import SCALE_MAX, Unit, parse_amount

DAY_S = 86_400
RULES = Rules(hold_s_max=30 * DAY_S, request_s_max=90 * DAY_S, objection_s=7 * DAY_S)
"""What a ledger opens with unless the manager says otherwise."""
DAYS_MAX = 3_650
SCALE = 2
CREDIT_LIMIT = "100"
"""How far below zero new accounts may go, in whole units, unless the manager says otherwise: with
0 nobody could be the first to pay."""
MAXIMUM_BALANCE = "1000"
_HANDLES_TRIED = 100
_CODE = re.compile(r"[A-Z][A-Z0-9]{1,7}")


@dataclass(frozen=True, slots=True)
class TypedUnit:
    """What a manager typed about a unit; None where it was left out.

    Attributes:
        code: Such as EUR, any case.
        scale: Decimals.
        name: What people read.
        credit_limit: How far below zero new accounts may go.
        maximum_balance: How far above.
    """

    code: str
    scale: int | None = None
    name: str | None = None
    credit_limit: str | None = None
    maximum_balance: str | None = None


def ask_unit(known: Unit | None, typed: TypedUnit) -> AddUnit:
    """Return the statement that begins a unit, or changes one: what was left out stays.

    Raises:
        UsageInvalid: No code of a unit, or more decimals than 6.
        AmountInvalid: A limit is not an amount.
    """
    code = typed.code.strip().upper()
    if not _CODE.fullmatch(code):
        raise UsageInvalid(
            said(
                "got the unit {code!r}; a code has 2 to 8 letters and digits, a letter first",
                code=typed.code,
            )
        )
    scale = typed.scale if typed.scale is not None else known.scale if known else SCALE
    if not 0 <= scale <= SCALE_MAX:
        raise UsageInvalid(
            said(
                "got a scale of {scale}; a unit has 0 to {most} decimals",
                scale=scale,
                most=SCALE_MAX,
            )
        )
    bare = Unit(code, scale, typed.name or (known.name if known else code), 0, AMOUNT_MAX)
    credit, most = typed.credit_limit, typed.maximum_balance
    return AddUnit(
        Unit(
            bare.code,
            bare.scale,
            bare.name,
            known.credit_limit
            if known and credit is None
            else parse_limit(credit or CREDIT_LIMIT, bare),
            known.maximum_balance
            if known and most is None
            else parse_limit(most or MAXIMUM_BALANCE, bare),
        )
    )


def ask_rules(
    before: Rules,
    hold_days: int | None = None,
    request_days: int | None = None,
    objection_days: int | None = None,
) -> Rules:
    """Return the community's settings with those changed that were typed.

    Raises:
        UsageInvalid: A number of days below 0 or over ten years.
    """
    return Rules(
        _seconds(hold_days, before.hold_s_max),
        _seconds(request_days, before.request_s_max),
        _seconds(objection_days, before.objection_s),
    )


def ask_limit(
    state: State, who: str, unit: str | None, credit: str | None, most: str | None
) -> SetLimit:
    """Return the statement that sets an account's limits; one that was left out stays.

    Raises:
        UsageInvalid: Nobody or no unit is called that, or no limit was typed.
        AmountInvalid: A limit is not an amount of the unit.
    """
    account, of = find_account(state, who), find_unit(state, unit)
    if credit is None and most is None:
        raise UsageInvalid("type the new limits: --credit-limit A, --maximum-balance A, or both")
    books = next((one for one in account.balances if one.unit == of.code), of)
    return SetLimit(
        account.id,
        of.code,
        books.credit_limit if credit is None else parse_limit(credit, of),
        books.maximum_balance if most is None else parse_limit(most, of),
    )


def ask_reverse(state: State, moved: Transaction, amount: str | None, reason: str) -> Reverse:
    """Return the statement that undoes a transaction, whole or in part.

    Raises:
        AmountInvalid: Not an amount of the transaction's unit.
    """
    if amount is None:
        return Reverse(moved.id, None, reason)
    unit = find_unit(state, moved.transfers[0].unit)
    return Reverse(moved.id, parse_amount(amount, unit), reason)


def parse_limit(text: str, unit: Unit) -> int:
    """Return a limit in minor units: an amount, or 0.

    Raises:
        AmountInvalid: Not a plain decimal, or too many decimals.
    """
    zero = re.fullmatch(r"\s*0+(?:[.,]0*)?\s*", text)
    return 0 if zero else parse_amount(text, unit)


def taken_words(state: State) -> set[str]:
    """Return what nobody can be called any more: all handles, and the names that are owned."""
    owned = {word for word, name in state.names.items() if name.owner is not None}
    return {*state.handles, *owned}


def propose_handle(name: str, taken: Container[str]) -> str:
    """Return a handle made of a display name that nobody has yet.

    Raises:
        UsageInvalid: None can be made of it.
    """
    folded = unicodedata.normalize("NFC", name.lower())
    words = "".join(char if char.isalnum() else " " for char in folded).split()
    try:
        handle = parse_handle("-".join(words))
    except NameInvalid as error:
        raise UsageInvalid(
            said(
                "no handle can be made of {name!r} ({error}); give --handle", name=name, error=error
            )
        ) from error
    tried = (handle, *(f"{handle}-{number}" for number in range(2, _HANDLES_TRIED)))
    free = next((one for one in tried if one not in taken), None)
    if free is None:
        raise UsageInvalid(
            said("{handle!r} and the like are all taken; give --handle", handle=handle)
        )
    return free


def checked(operation: ManagerOperation) -> ManagerOperation:
    """Return an operation that the ledger's format can carry.

    Raises:
        UsageInvalid: A field is out of its bounds: a text too long, a number too large.
    """
    try:
        decode(encode(ManagerStatement(1, 0, operation)), ManagerStatement, RECORD_BYTES_MAX)
    except CodecError as error:
        raise UsageInvalid(said("this cannot be signed: {error}", error=error)) from error
    return operation


def member_of(state: State, who: str) -> Account:
    """Return the member's account that was typed.

    Raises:
        UsageInvalid: Nobody is called that, or it is the community's own account or a link's.
    """
    account = find_account(state, who)
    if account.id == state.commons:
        raise UsageInvalid("the commons is the community's own account; type a member's handle")
    if not account.keys:
        raise UsageInvalid(
            said(
                "{handle} is a link's account; see `commontab-manager link`", handle=account.handle
            )
        )
    return account


def _seconds(days: int | None, before_s: int) -> int:
    if days is None:
        return before_s
    if not 0 <= days <= DAYS_MAX:
        raise UsageInvalid(said("got {days} days; 0 to {most} fit", days=days, most=DAYS_MAX))
    return days * DAY_S
