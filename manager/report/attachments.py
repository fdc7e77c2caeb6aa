"""Attached files as a manager looks at them: whose, about what, and whether they stand."""

from federation.console.people import find_id, handle_of
from federation.console.sentence import printable
from federation.console.views import View
from ledger.attachment import MEDIA_TYPES
from ledger.operation import WithdrawFile
from ledger.store.attachment import AttachmentStore, Kept
from manager.office import Office


def view_attachments(office: Office, limit: int) -> list[View]:
    """Return the newest attachments, newest first.

    Args:
        office: Opened.
        limit: How many at most.
    """
    found = AttachmentStore(office.store.database).newest(limit)
    return [_view(office, one) for one in found]


def view_attachment(office: Office, attachment: bytes) -> View | None:
    """Return the attachment with a 16-byte id, or None."""
    found = AttachmentStore(office.store.database).get(attachment)
    return None if found is None else _view(office, found)


def ask_withdrawal(office: Office, typed: str, reason: str) -> WithdrawFile:
    """Return the statement that takes a file out.

    Args:
        office: Opened.
        typed: The start of the attachment's id, four hex digits or more.
        reason: For everybody to read.

    Raises:
        UsageInvalid: No attachment is called that, or several are.
    """
    matches = AttachmentStore(office.store.database).find(typed.strip().lower())
    return WithdrawFile(find_id(matches, typed, "attachment"), reason)


def _view(office: Office, kept: Kept) -> View:
    one = kept.attached
    return {
        "id": one.id.hex(),
        "about": one.about.hex(),
        "author": handle_of(office.state.accounts, one.author),
        "name": printable(one.name),
        "kind": MEDIA_TYPES[one.kind],
        "length": one.length,
        "time": one.time,
        "here": kept.here,
        "withdrawn": one.withdrawn,
        "reason": printable(one.reason),
    }
