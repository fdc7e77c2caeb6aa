"""Sentences: operations and times in the words that people read."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from federation.console.name_sentence import describe_name
from federation.console.people import community_of, handle_of
from ledger.bill import legs
from ledger.link.instruction import GIVEN_BACK
from ledger.name.operation import Claim, Delegate, Offer, Release, Renew, SetRecords, Take
from ledger.operation import (
    Accept,
    AddKey,
    Annotate,
    Attach,
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
from ledger.saying import Saying, chain, listing, said, said_moment
from ledger.state import Account, State
from ledger.unit import Unit, format_amount

NameOf = Callable[[bytes], str]
"""What a community is called, by its key."""
SHORT_ID_CHARS = 8
"""Digits of an entry's id that tables show; four are enough to type."""
LISTED_MAX = 6
"""People of a bill that a line names."""
_KIB = 1_024


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
        case Bill() | Mandate() | EndMandate() | Annotate() | Attach():
            return _describe_shared(state, operation)
        case Profile() | AddKey() | RevokeKey():
            return _describe_self(operation)
        case Claim() | SetRecords() | Renew() | Offer() | Take() | Release() | Delegate():
            return describe_name(state, operation, partial(money, units_of(state)))
        case LinkPay() | LinkCancel() | LinkRequest():
            return _describe_linked(state, operation, name_of or partial(community_of, state))


def describe_all(
    state: State, operations: Sequence[Operation], name_of: NameOf | None = None
) -> str:
    """Return what a change-set asks for, in one line; see ``describe``."""
    return chain(describe(state, operation, name_of) for operation in operations)


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
    if unit:
        return format_amount(amount_minor, unit)
    return said("{amount} minor {unit}", amount=amount_minor, unit=code)


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
        return said("at Unix time {time}", time=time)
    text = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return said_moment(text, time)


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


def _describe_self(operation: Profile | AddKey | RevokeKey) -> str:
    match operation:
        case Profile(name=name):
            return said("be called {name}", name=printable(name))
        case AddKey():
            return said("add the key of another device")
        case RevokeKey():
            return said("revoke the key of another device")


def _describe_money(state: State, operation: Pay | Hold | Request) -> str:
    amount = money(units_of(state), operation.amount, operation.unit)
    match operation:
        case Pay():
            who = handle_of(state.accounts, operation.to)
            what = said("pay {amount} to {who}", amount=amount, who=who)
        case Hold():
            who = handle_of(state.accounts, operation.to)
            what = said("hold {amount} for {who}", amount=amount, who=who)
        case Request():
            who = handle_of(state.accounts, operation.debtor)
            what = said("request {amount} from {who}", amount=amount, who=who)
    return _with(what, said("sealed memo") if operation.sealed else operation.memo)


def _describe_answer(state: State, operation: Accept | Decline | Cancel) -> str:
    entry = operation.request
    asks = entry in state.bills or entry in state.past_bills
    which = said("the bill {id}" if asks else "the request {id}", id=short_id(entry))
    match operation:
        case Accept():
            return said("accept {which}", which=which)
        case Decline():
            return _with(said("decline {which}", which=which), operation.reason)
        case Cancel():
            return said("cancel {which}", which=which)


def _describe_shared(
    state: State, operation: Bill | Mandate | EndMandate | Annotate | Attach
) -> str:
    units = units_of(state)
    match operation:
        case Bill(paid=paid, shares=shares, unit=unit, replaces=replaces):
            total = money(units, sum(part.amount for part in paid), unit)
            what = said(
                "split {total}, paid by {payers}, among {sharers}",
                total=total,
                payers=_listed(state, paid),
                sharers=_listed(state, shares),
            )
            if replaces is not None:
                what = said("{what}, instead of the bill {id}", what=what, id=short_id(replaces))
            return _with(what, operation.memo)
        case Mandate(creditor=creditor, unit=unit):
            whom = said("anybody") if creditor is None else handle_of(state.accounts, creditor)
            what = said(
                "let {whom} be paid up to {each} at a time and {month} a month until {ends}",
                whom=whom,
                each=money(units, operation.each, unit),
                month=money(units, operation.month, unit),
                ends=moment(operation.ends),
            )
            return _with(what, operation.memo)
        case EndMandate(mandate=mandate):
            return said("end the mandate {id}", id=short_id(mandate))
        case Annotate(about=about, category=category):
            return _with(_describe_note(about, category, operation.text), operation.text)
        case Attach(about=about, name=name, length=length):
            entry = said("it") if about is None else short_id(about)
            size = -(-length // _KIB)
            return said(
                "attach {file} ({size} KiB) to {entry}",
                file=printable(name),
                size=size,
                entry=entry,
            )


def _describe_note(about: bytes | None, category: str, text: str) -> Saying:
    entry = said("it") if about is None else short_id(about)
    if category:
        return said("file {entry} under {category}", entry=entry, category=printable(category))
    return said("note on {entry}" if text else "file {entry} under nothing", entry=entry)


def _listed(state: State, parts: Sequence[Part]) -> str:
    """Return who stands in a bill's list; of a long one how many do."""
    if len(parts) > LISTED_MAX:
        return said("{count} people", count=len(parts))
    return listing([handle_of(state.accounts, part.account) for part in parts])


def _describe_end(
    state: State, operation: Accept | Decline | Cancel | Post | Void | Reverse
) -> str:
    match operation:
        case Accept() | Decline() | Cancel():
            return _describe_answer(state, operation)
        case Post():
            whole = operation.amount is None
            text = "post the hold {id}" if whole else "post a part of the hold {id}"
            return said(text, id=short_id(operation.hold))
        case Void():
            what = said("void the hold {id}", id=short_id(operation.hold))
            return _with(what, operation.reason)
        case Reverse():
            whole = operation.amount is None
            text = "give back transaction {id}" if whole else "give back a part of transaction {id}"
            return _with(said(text, id=short_id(operation.transaction)), operation.reason)


def _describe_linked(
    state: State, operation: LinkPay | LinkCancel | LinkRequest, name_of: NameOf
) -> str:
    units = units_of(state)
    match operation:
        case LinkPay(hops=hops, payee=payee, unit=unit, amount=amount):
            whom = address(payee, name_of(hops[-1].community))
            back = operation.about is not None and operation.about.kind == GIVEN_BACK
            text = (
                "give back {paid} to {whom}, for {most}"
                if back
                else "pay {paid} to {whom}, for {most}"
            )
            most = money(units, operation.pays, operation.pays_unit)
            what = said(text, paid=money(units, amount, unit), whom=whom, most=most)
            return _with(what, operation.memo)
        case LinkCancel(payment=payment):
            found = state.transits.get(payment) or state.finished.get(payment)
            if found is None:
                return said("take back the payment {id}", id=short_id(payment))
            asked = found.instruction
            whom = address(asked.payee, name_of(asked.hops[-1].community))
            return said(
                "take back {paid} to {whom}",
                paid=money(units, asked.amount, asked.unit),
                whom=whom,
            )
        case LinkRequest(path=path, debtor=debtor, unit=unit, amount=amount):
            whom = address(debtor, name_of(path[-1]))
            paid = money(units, amount, unit)
            return _with(said("request {amount} from {who}", amount=paid, who=whom), operation.memo)


def _with(what: Saying, text: str) -> Saying:
    if not text:
        return what
    shown = text if isinstance(text, Saying) else printable(text)
    return said("{what}: {text}", what=what, text=shown)
