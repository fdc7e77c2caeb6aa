"""Bills as people see them: who paid, who shares, and what became of each part."""

from federation.console.people import ID_CHARS_MIN, find_id, handle_of
from federation.console.sentence import money, units_of
from federation.console.terminal import UsageInvalid
from federation.console.views import View
from ledger.bill import legs
from ledger.operation import EQUAL, EXACT, PERCENT, SHARES, Part
from ledger.saying import said
from ledger.state import (
    ACCEPTED,
    CANCELLED,
    DECLINED,
    EXPIRED,
    OPEN,
    Account,
    OpenBill,
    OpenPart,
    State,
)
from ledger.store.story import StoryLookup
from member.membership import Membership

METHOD_WORDS = {EQUAL: "equal", SHARES: "shares", PERCENT: "percent", EXACT: "exact"}
STAGE_WORDS = {
    OPEN: "open", ACCEPTED: "accepted", DECLINED: "declined", CANCELLED: "taken back",
    EXPIRED: "expired",
}  # fmt: skip


def view_bills(state: State, account: Account) -> list[View]:
    """Return the open bills that name an account, the soonest end first."""
    mine = [one for one in state.bills.values() if account.id in one.parties]
    return [view_bill(state, account, one) for one in sorted(mine, key=lambda b: (b.expires, b.id))]


def view_past_bills(state: State, account: Account, limit: int) -> list[View]:
    """Return bills without an open part that name an account, the newest end first."""
    found: list[View] = []
    for bill_id in reversed(list(state.past_bills)):
        bill = state.past_bills[bill_id]
        if account.id in bill.parties:
            found.append(view_bill(state, account, bill))
        if len(found) == limit:
            break
    return found


def view_bill(state: State, account: Account, bill: OpenBill) -> View:
    """Return one bill, open or not, with what became of its parts."""
    units = units_of(state)
    total = sum(part.amount for part in bill.paid)
    mine = next((part for part in bill.parts if part.account == account.id), None)
    owed = sum(leg.amount for leg in legs(bill.paid, bill.shares) if leg.creditor == account.id)
    return {
        "id": bill.id.hex(),
        "author": handle_of(state.accounts, bill.author),
        "mine": bill.author == account.id,
        "amount": money(units, total, bill.unit),
        "amount_minor": total,
        "unit": bill.unit,
        "memo": bill.memo,
        "category": bill.category,
        "method": METHOD_WORDS[bill.method],
        "spent": bill.spent,
        "made": bill.merged,
        "expires": bill.expires,
        "open": bill.is_open,
        "replaces": bill.replaces.hex() if bill.replaces else None,
        "paid": [_view_part(state, bill, part) for part in bill.paid],
        "shares": [_view_part(state, bill, part) for part in bill.shares],
        "parts": [_view_owed(state, account, bill, part) for part in bill.parts],
        "you_owe_minor": mine.amount if mine and mine.stage == OPEN else 0,
        "you_owe": money(units, mine.amount if mine and mine.stage == OPEN else 0, bill.unit),
        "you_are_owed_minor": owed,
        "you_are_owed": money(units, owed, bill.unit),
    }


def view_open_parts(state: State, account: Account) -> list[View]:
    """Return the open parts that an account owes or asks for, in the shape of open requests."""
    found = []
    for bill in sorted(state.bills.values(), key=lambda bill: (bill.expires, bill.id)):
        for part in bill.parts:
            asked = part.account == account.id
            if part.stage == OPEN and (asked or bill.author == account.id):
                found.append(_view_asked(state, bill, part, asked=asked))
    return found


def find_bill(state: State, bill_id: bytes) -> OpenBill | None:
    """Return a bill by its id, be it open or not any more."""
    return state.bills.get(bill_id) or state.past_bills.get(bill_id)


def find_typed_bill(member: Membership, typed: str) -> OpenBill:
    """Return the bill of the member's whose id begins with what was typed.

    Raises:
        UsageInvalid: None, several, or one between other people.
    """
    prefix = typed.strip().lower()
    found = StoryLookup(member.store.database).find_bill(prefix)
    ids = found if len(prefix) >= ID_CHARS_MIN else []
    bill = find_bill(member.state, find_id(ids, typed, said("bill")))
    if bill is None or member.account.id not in bill.parties:
        raise UsageInvalid(
            said("no bill of yours has an id that begins with {typed!r}", typed=typed)
        )
    return bill


def answerable(state: State, account: Account) -> list[bytes]:
    """Return the ids of bills of which an account may accept or decline its part."""
    return [
        bill.id
        for bill in state.bills.values()
        if any(part.account == account.id and part.stage == OPEN for part in bill.parts)
    ]


def cancellable_bills(state: State, account: Account) -> list[bytes]:
    """Return the ids of an account's own bills that are open."""
    return [bill.id for bill in state.bills.values() if bill.author == account.id]


def _view_part(state: State, bill: OpenBill, part: Part) -> View:
    return {
        "who": handle_of(state.accounts, part.account),
        "amount": money(units_of(state), part.amount, bill.unit),
        "amount_minor": part.amount,
    }


def _view_asked(state: State, bill: OpenBill, part: OpenPart, *, asked: bool) -> View:
    return {
        "id": bill.id.hex(),
        "amount": money(units_of(state), part.amount, bill.unit),
        "amount_minor": part.amount,
        "unit": bill.unit,
        "memo": bill.memo,
        "sealed": False,
        "expires": bill.expires,
        "direction": "you are asked by a bill" if asked else "you ask by a bill",
        "with": handle_of(state.accounts, bill.author if asked else part.account),
    }


def _view_owed(state: State, account: Account, bill: OpenBill, part: OpenPart) -> View:
    creditors = [leg.creditor for leg in legs(bill.paid, bill.shares) if leg.debtor == part.account]
    return {
        "who": handle_of(state.accounts, part.account),
        "you": part.account == account.id,
        "amount": money(units_of(state), part.amount, bill.unit),
        "amount_minor": part.amount,
        "to": [handle_of(state.accounts, one) for one in creditors],
        "state": STAGE_WORDS[part.stage],
    }
