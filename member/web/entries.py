"""Entries: one transaction whole, what may be done about it, and what proves it."""

from federation.console.terminal import UsageInvalid
from federation.console.views import View
from federation.proof.proving import make_receipt
from ledger.record import POSTED, POSTED_PENDING, TransactionRecord
from ledger.saying import said
from member.household.attachments import view_attachments
from member.household.bills import find_bill
from member.household.stories import view_comments
from member.membership import Membership
from member.past import Reader, find_entry, view_entry
from member.standing import view_confirmed
from member.web.timeline import kind_of_line
from member.web.wish import ID_DIGITS

_RETURNABLE = frozenset((POSTED, POSTED_PENDING))


def view_whole(member: Membership, reader: Reader, entry: str) -> View:
    """Return one transaction with its cause, its standing and what its reader may do.

    Args:
        member: Who looks.
        reader: Opens memos.
        entry: Its id, 32 hex digits.

    Raises:
        UsageInvalid: No such transaction, or not one of the member's.
    """
    wanted = entry.strip().lower()
    found = member.lookup.find_transaction(wanted) if len(wanted) == ID_DIGITS else []
    stored = find_entry(member.lookup, found[0]) if found else None
    if stored is None:
        raise UsageInvalid(said("no transaction has the id {entry!r}", entry=entry[:ID_DIGITS]))
    record = stored.record
    assert isinstance(record, TransactionRecord), "a transaction's index names its record"
    if not any(reader.account in {move.debit, move.credit} for move in record.transfers):
        raise UsageInvalid(said("the transaction {entry} is not one of yours", entry=entry))
    one = view_entry(member.state, member.lookup, reader, stored)
    held = view_confirmed(member.confirmation, stored.index)
    received = all(move.credit == reader.account for move in record.transfers)
    returnable = received and record.state in _RETURNABLE and not one["reverted_by"]
    state = "final" if held["final"] else "merged"
    bill = find_bill(member.state, record.refers) if record.refers else None
    return (
        one
        | held
        | {
            "state": state,
            "kind": kind_of_line(one),
            "returnable": returnable,
            "bill": bill.id.hex() if bill is not None else None,
            "comments": view_comments(member, record.id),
            "attachments": view_attachments(member, record.id, with_cause=True),
        }
    )


def receipt(member: Membership, entry: str) -> bytes:
    """Return a receipt of a transaction, which anybody can check without this program.

    Raises:
        UsageInvalid: No such transaction.
        Refused: No checkpoint covers it yet.
    """
    return make_receipt(member, entry)
