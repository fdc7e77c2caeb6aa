"""Stories: a bill with what it corrects, what was paid and given back, and what was said."""

from collections.abc import Iterator

from federation.console.people import handle_of
from federation.console.sentence import money, units_of
from federation.console.views import View
from ledger.bill import legs
from ledger.changeset import CHANGE_SET_BYTES_MAX, ChangeSet
from ledger.codec import decode
from ledger.entry import part_payment_id
from ledger.operation import Annotate
from ledger.record import ChangeSetRecord, TransactionRecord
from ledger.saying import listing, said
from ledger.state import OpenBill
from ledger.store.story import StoryLookup
from member.household.attachments import view_attachments
from member.household.bills import find_bill, view_bill
from member.membership import Membership

STORY_BILLS_MAX = 50
"""Corrections of one bill that a story goes back and on."""


def view_story(member: Membership, bill: OpenBill) -> View:
    """Return a bill's whole story: the newest correction, and all that happened, oldest first."""
    chain = _chain(member, bill)
    events = [event for one in chain for event in _events(member, one)]
    newest = chain[-1]
    return view_bill(member.state, member.account, newest) | {
        "corrects": [one.id.hex() for one in chain[:-1]],
        "story": sorted(events, key=lambda event: event["time"]),
    }


def view_comments(member: Membership, entry: bytes) -> list[View]:
    """Return what the parties of an entry said about it, and under what they filed it.

    Args:
        member: Who looks.
        entry: 16-byte id of a transaction, bill, request, hold or mandate.
    """
    return list(_comments(member, entry))


def category_of(member: Membership, entry: bytes) -> str:
    """Return what the member files an entry under, as he said last; empty for nothing."""
    own = [one for one in _comments(member, entry) if one["mine"] and one["category"]]
    return str(own[-1]["category"]) if own else ""


def _chain(member: Membership, bill: OpenBill) -> list[OpenBill]:
    """Return a bill, those that it corrects before it, and those that correct it behind."""
    lookup, chain = StoryLookup(member.store.database), [bill]
    while len(chain) < STORY_BILLS_MAX and chain[0].replaces is not None:
        before = find_bill(member.state, chain[0].replaces)
        if before is None or before in chain:
            break
        chain.insert(0, before)
    while len(chain) < STORY_BILLS_MAX:
        newer = lookup.replaced_by(chain[-1].id)
        found = find_bill(member.state, newer) if newer else None
        if found is None or found in chain:
            break
        chain.append(found)
    return chain


def _events(member: Membership, bill: OpenBill) -> Iterator[View]:
    state = member.state
    author = handle_of(state.accounts, bill.author)
    total = money(units_of(state), sum(part.amount for part in bill.paid), bill.unit)
    text = (
        "{author} corrected it to {total}" if bill.replaces else "{author} made a bill of {total}"
    )
    yield _event(bill.merged, "bill", author, said(text, author=author, total=total))
    for part in bill.parts:
        yield from _payment(member, bill, part.account)
    yield from _said(member, bill.id)


def _payment(member: Membership, bill: OpenBill, debtor: bytes) -> Iterator[View]:
    """Give that a part was paid, and given back, where it was."""
    entry = part_payment_id(bill.id, debtor)
    paid = member.state.transactions.get(entry)
    if paid is None:
        return
    state, who = member.state, handle_of(member.state.accounts, debtor)
    owed = [leg for leg in legs(bill.paid, bill.shares) if leg.debtor == debtor]
    whom = listing([handle_of(state.accounts, leg.creditor) for leg in owed])
    amount = money(units_of(state), sum(leg.amount for leg in owed), bill.unit)
    text = said("{who} paid {amount} to {whom}", who=who, amount=amount, whom=whom)
    yield _event(_time_of(member, entry), "paid", who, text, entry)
    if paid.reverted_by is not None:
        back = paid.reverted_by
        text = said("{amount} went back to {who}", amount=amount, who=who)
        yield _event(_time_of(member, back), "reversed", who, text, back)
    yield from _said(member, entry)


def _said(member: Membership, entry: bytes) -> Iterator[View]:
    """Give what the parties of an entry said about it and attached to it."""
    yield from _comments(member, entry)
    for one in view_attachments(member, entry):
        text = said("{who} attached {name}", who=one["who"], name=one["name"])
        yield _event(one["time"], "attached", one["who"], text, entry) | {"attachment": one}


def _comments(member: Membership, entry: bytes) -> Iterator[View]:
    for index, operation in StoryLookup(member.store.database).mentions(entry):
        stored = member.lookup.record(index)
        if stored is None or not isinstance(stored.record, ChangeSetRecord):
            continue
        asked = decode(stored.record.body, ChangeSet, CHANGE_SET_BYTES_MAX)
        note = asked.operations[operation]
        if not isinstance(note, Annotate):
            continue
        known = member.state.keys.get(stored.record.key)
        account = known.account if known else stored.record.key[:16]
        who = handle_of(member.state.accounts, account)
        yield _event(asked.time, "comment", who, _tell_note(note), entry) | {
            "mine": account == member.account.id,
            "text": note.text,
            "category": note.category,
        }


def _tell_note(note: Annotate) -> str:
    if not note.category:
        return note.text
    filed = said("filed under {category}", category=note.category)
    return said("{text}, {filed}", text=note.text, filed=filed) if note.text else filed


def _event(time: int, kind: str, who: str, told: str, entry: bytes | None = None) -> View:
    return {
        "time": time,
        "kind": kind,
        "who": who,
        "told": told,
        "entry": entry.hex() if entry else None,
    }


def _time_of(member: Membership, entry: bytes) -> int:
    moved = member.lookup.transaction(entry)
    stored = member.lookup.record(moved.index) if moved else None
    record = stored.record if stored else None
    return record.time if isinstance(record, TransactionRecord) else 0
