"""Sentences: operations and times in the words that people read."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from federation.console.people import community_of, handle_of
from ledger.bill import legs
from ledger.link.instruction import GIVEN_BACK
from ledger.operation import (
    Accept,
    AddKey,
    Annotate,
    Bill,
    Cancel,
    Decline,
    EndMandate,
    Hold,
    LinkCancel,
    LinkPay,
    LinkRequest,
    Mandate,
    Operation,
    Part,
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
LISTED_MAX = 6
"""People of a bill that a line names."""


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
        case Accept() | Decline() | Cancel() | Post() | Void() | Reverse():
            return _describe_end(state, operation)
        case Bill() | Mandate() | EndMandate() | Annotate():
            return _describe_shared(state, operation)
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
            other = _asked_by(state, own, operation.request)
        case Mandate():
            other = operation.creditor
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


def _asked_by(state: State, own: bytes, entry: bytes) -> bytes | None:
    """Return the other party of a request, or the only one beside the own of a bill's part."""
    asked = state.requests.get(entry)
    if asked is not None:
        return _beside(own, asked.creditor, asked.debtor)
    bill = state.bills.get(entry)
    owed = legs(bill.paid, bill.shares) if bill else ()
    creditors = {leg.creditor for leg in owed if leg.debtor == own}
    return creditors.pop() if len(creditors) == 1 else None


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


def _describe_answer(state: State, operation: Accept | Decline | Cancel) -> str:
    entry = operation.request
    asked = "bill" if entry in state.bills or entry in state.past_bills else "request"
    what = f"{type(operation).__name__.lower()} the {asked} {short_id(entry)}"
    return _with(what, operation.reason if isinstance(operation, Decline) else "")


def _describe_shared(state: State, operation: Bill | Mandate | EndMandate | Annotate) -> str:
    units = units_of(state)
    match operation:
        case Bill(paid=paid, shares=shares, unit=unit, replaces=replaces):
            total = money(units, sum(part.amount for part in paid), unit)
            who = f"paid by {_listed(state, paid)}, among {_listed(state, shares)}"
            instead = "" if replaces is None else f", instead of the bill {short_id(replaces)}"
            return _with(f"split {total}, {who}{instead}", operation.memo)
        case Mandate(creditor=creditor, unit=unit):
            whom = "anybody" if creditor is None else handle_of(state.accounts, creditor)
            caps = f"{money(units, operation.each, unit)} at a time and"
            caps += f" {money(units, operation.month, unit)} a month"
            what = f"let {whom} be paid up to {caps} until {moment(operation.ends)}"
            return _with(what, operation.memo)
        case EndMandate(mandate=mandate):
            return f"end the mandate {short_id(mandate)}"
        case Annotate(about=about, category=category):
            entry = "it" if about is None else short_id(about)
            under = f" under {printable(category)}" if category else ""
            filed = under or not operation.text
            what = f"file {entry}{under or ' under nothing'}" if filed else f"note on {entry}"
            return _with(what, operation.text)


def _listed(state: State, parts: Sequence[Part]) -> str:
    """Return who stands in a bill's list; of a long one how many do."""
    if len(parts) > LISTED_MAX:
        return f"{len(parts)} people"
    names = [handle_of(state.accounts, part.account) for part in parts]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _describe_end(
    state: State, operation: Accept | Decline | Cancel | Post | Void | Reverse
) -> str:
    match operation:
        case Accept() | Decline() | Cancel():
            return _describe_answer(state, operation)
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
