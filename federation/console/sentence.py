"""Sentences: operations and times in the words that people read."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from federation.console.people import community_of, handle_of
from ledger.link.instruction import GIVEN_BACK
from ledger.operation import (
    Accept,
    AddKey,
    Cancel,
    Decline,
    Hold,
    LinkCancel,
    LinkPay,
    LinkRequest,
    Operation,
    Pay,
    Post,
    Profile,
    Request,
    Reverse,
    RevokeKey,
    Void,
)
from ledger.state import Account, State
from ledger.unit import Unit, format_amount

NameOf = Callable[[bytes], str]
"""What a community is called, by its key."""
SHORT_ID_CHARS = 8
"""Digits of an entry's id that tables show; four are enough to type."""


_LAST_MOMENT = 253_402_300_799
"""The end of the year 9999. A record may bear a later time, if a community's clock lies."""


def describe(state: State, operation: Operation, name_of: NameOf | None = None) -> str:
    """Return what an operation asks for, in one line.

    Args:
        state: What is known of accounts, units and links.
        operation: Signed already, or about to be.
        name_of: Gives other communities their names; without it links do.
    """
    match operation:
        case Pay() | Hold() | Request():
            return _describe_money(state, operation)
        case Accept() | Decline() | Cancel():
            return _describe_answer(operation)
        case Post() | Void() | Reverse():
            return _describe_end(operation)
        case Profile():
            return f"be called {printable(operation.name)}"
        case AddKey() | RevokeKey():
            verb = (
                "add the key of another" if isinstance(operation, AddKey) else "revoke the key of a"
            )
            return f"{verb} the key of another device"
        case LinkPay() | LinkCancel() | LinkRequest():
            return _describe_linked(state, operation, name_of or partial(community_of, state))


def describe_all(
    state: State, operations: Sequence[Operation], name_of: NameOf | None = None
) -> str:
    """Return what a change-set asks for, in one line; see ``describe``."""
    return "; ".join(describe(state, operation, name_of) for operation in operations)


def other_party(state: State, own: bytes, operation: Operation) -> Account | None:
    """Return the account that an operation is about beside the own one, if there is one."""
    other: bytes | None = None
    match operation:
        case Pay() | Hold():
            other = operation.to
        case Request():
            other = operation.debtor
        case Accept() | Decline() | Cancel():
            asked = state.requests.get(operation.request)
            other = _beside(own, asked.creditor, asked.debtor) if asked else None
        case Post() | Void():
            held = state.holds.get(operation.hold)
            other = _beside(own, held.payer, held.payee) if held else None
        case Reverse():
            moved = state.transactions.get(operation.transaction)
            first = moved.transfers[0] if moved else None
            other = _beside(own, first.debit, first.credit) if first else None
        case _:
            pass
    return None if other is None else state.accounts.get(other)


def money(units: Mapping[str, Unit], amount_minor: int, code: str) -> str:
    """Return an amount with its unit, or in minor units where the unit is unknown."""
    unit = units.get(code)
    return format_amount(amount_minor, unit) if unit else f"{amount_minor} minor {code}"


def units_of(state: State) -> dict[str, Unit]:
    """Return the community's units by code, and those that the terms of its links name."""
    linked = [link.terms for link in state.links.values()]
    sides = [(one.unit, one.scale) for one in linked]
    sides += [(one.other, one.other_scale) for one in linked if one.other]
    known = {code: Unit(code, scale, code, 0, 0) for code, scale in sides}
    units = state.community.units if state.community else ()
    return known | {unit.code: unit for unit in units}


def person(account: Account) -> str:
    """Return an account as people know it: handle, and the name where it says more."""
    name = printable(account.name)
    return account.handle if name.lower() == account.handle else f"{account.handle} ({name})"


def moment(time: int | None) -> str:
    """Return a Unix time as people read it; one that no calendar here has, as its number."""
    if time is None:
        return ""
    if time > _LAST_MOMENT:
        return f"at Unix time {time}"
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M UTC")


def short_id(entry: bytes) -> str:
    """Return the start of an entry's id."""
    return entry.hex()[:SHORT_ID_CHARS]


def address_of(state: State, handle: str, community: bytes) -> str:
    """Return somebody in another community, or here, as people write it."""
    return (
        foreign(handle)
        if community == state.key
        else address(handle, community_of(state, community))
    )


def address(handle: str, community: str) -> str:
    """Return somebody by handle, as another ledger wrote it, and by the community's name here."""
    return f"{foreign(handle)}@{community}"


def foreign(handle: str) -> str:
    """Return a handle that another ledger wrote: in quotes where no rule of handles allows it."""
    plain = handle.replace("-", "").isalnum()
    return handle if plain else f"'{printable(handle)}'"


def printable(text: str) -> str:
    """Return another's text without what would play with the terminal."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _beside(own: bytes, one: bytes, two: bytes) -> bytes:
    return two if one == own else one


def _describe_money(state: State, operation: Pay | Hold | Request) -> str:
    amount = money(units_of(state), operation.amount, operation.unit)
    match operation:
        case Pay():
            what = f"pay {amount} to {handle_of(state.accounts, operation.to)}"
        case Hold():
            what = f"hold {amount} for {handle_of(state.accounts, operation.to)}"
        case Request():
            what = f"request {amount} from {handle_of(state.accounts, operation.debtor)}"
    return _with(what, "sealed memo" if operation.sealed else operation.memo)


def _describe_answer(operation: Accept | Decline | Cancel) -> str:
    what = f"{type(operation).__name__.lower()} the request {short_id(operation.request)}"
    return _with(what, operation.reason if isinstance(operation, Decline) else "")


def _describe_end(operation: Post | Void | Reverse) -> str:
    match operation:
        case Post():
            part = "" if operation.amount is None else "a part of "
            return f"post {part}the hold {short_id(operation.hold)}"
        case Void():
            return _with(f"void the hold {short_id(operation.hold)}", operation.reason)
        case Reverse():
            part = "" if operation.amount is None else "a part of "
            what = f"give back {part}transaction {short_id(operation.transaction)}"
            return _with(what, operation.reason)


def _describe_linked(
    state: State, operation: LinkPay | LinkCancel | LinkRequest, name_of: NameOf
) -> str:
    units = units_of(state)
    match operation:
        case LinkPay(hops=hops, payee=payee, unit=unit, amount=amount):
            whom = address(payee, name_of(hops[-1].community))
            back = operation.about is not None and operation.about.kind == GIVEN_BACK
            verb = "give back" if back else "pay"
            most = money(units, operation.pays, operation.pays_unit)
            paid = money(units, amount, unit)
            return _with(f"{verb} {paid} to {whom}, for {most}", operation.memo)
        case LinkCancel(payment=payment):
            return f"take back the payment {short_id(payment)}"
        case LinkRequest(path=path, debtor=debtor, unit=unit, amount=amount):
            whom = address(debtor, name_of(path[-1]))
            return _with(f"request {money(units, amount, unit)} from {whom}", operation.memo)


def _with(what: str, text: str) -> str:
    return f"{what}: {printable(text)}" if text else what
