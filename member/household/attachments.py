"""Attached files as people see them: what is attached to an entry, and the files themselves."""

from dataclasses import dataclass

from federation.console.people import find_id, handle_of
from federation.console.sentence import short_id
from federation.console.terminal import Refused
from federation.console.views import View
from ledger.attachment import IMAGES, MEDIA_TYPES, open_file
from ledger.errors import FileInvalid
from ledger.saying import said
from ledger.state import Attachment
from ledger.store.attachment import AttachmentStore, Kept
from ledger.store.outgoing_file import OutgoingFileStore
from member.household.attachment import find_kind, fit_name
from member.membership import Membership
from member.past import find_entry

UNKNOWN_TYPE = "application/octet-stream"
"""What bytes are called that are not what their author says (RFC 2046, section 4.5.1)."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An attached file, opened.

    Attributes:
        name: Without folders, with the ending of what it says it is.
        media_type: What it is; for what is something else than its author says, nothing known.
        shown: Whether it is a picture that a page may show.
        plain: Its bytes, at most 262,144, from anybody.
    """

    name: str
    media_type: str
    shown: bool
    plain: bytes


def view_attachments(member: Membership, entry: bytes, *, with_cause: bool = False) -> list[View]:
    """Return what is attached to an entry (16-byte id), oldest first.

    Args:
        member: Who looks.
        entry: Of a transaction, bill, request, hold or mandate.
        with_cause: Of a transaction also what is attached to the request, hold or bill behind it.
    """
    store = AttachmentStore(member.store.database)
    entries = [*_causes(member, entry), entry] if with_cause else [entry]
    return [_view(member, one) for about in entries for one in store.of_entry(about)]


def view_attachment(member: Membership, attachment: bytes) -> View | None:
    """Return one attachment by its 16-byte id; None where there is no such."""
    found = AttachmentStore(member.store.database).get(attachment)
    return None if found is None else _view(member, found)


def find_attachment(member: Membership, typed: str) -> bytes:
    """Return the id of the attachment whose id begins with the typed hex digits.

    Raises:
        UsageInvalid: Fewer than 4 digits, none, or several that fit.
    """
    ids = AttachmentStore(member.store.database).find(typed.strip().lower())
    return find_id(ids, typed, "attachment")


def open_attachment(member: Membership, attachment: bytes) -> Opened | None:
    """Return an attached file; None where there is no attachment with this id.

    Raises:
        Refused: It was withdrawn, has not come yet, or is not what its author signed.
    """
    found = AttachmentStore(member.store.database).get(attachment)
    if found is None:
        return None
    plain = _open(member, found)
    attached = found.attached
    genuine = find_kind(plain) == attached.kind
    return Opened(
        fit_name(attached.name, attached.kind),
        MEDIA_TYPES[attached.kind] if genuine else UNKNOWN_TYPE,
        genuine and attached.kind in IMAGES,
        plain,
    )


def _causes(member: Membership, entry: bytes) -> list[bytes]:
    stored = find_entry(member.lookup, entry)
    refers = getattr(stored.record, "refers", None) if stored else None
    return [refers] if refers else []


def _open(member: Membership, found: Kept) -> bytes:
    attached = found.attached
    if attached.withdrawn is not None:
        raise Refused(
            said(
                "the manager has withdrawn {name}: {reason}",
                name=attached.name,
                reason=attached.reason,
            )
        )
    sealed = AttachmentStore(member.store.database).sealed(attached.hash)
    if sealed is None:
        sealed = OutgoingFileStore(member.outgoing.database).sealed(attached.hash)
    if sealed is None:
        raise Refused(
            said(
                "{name} has not come yet; the program that runs fetches it, or `commontab sync`",
                name=attached.name,
            )
        )
    try:
        return open_file(sealed, attached)
    except FileInvalid as error:
        raise Refused(
            said("{name} cannot be opened: {error}", name=attached.name, error=error)
        ) from error


def _view(member: Membership, one: Kept) -> View:
    attached = one.attached
    kept = one.here or attached.hash in _own(member, attached)
    state = "withdrawn" if attached.withdrawn is not None else "here" if kept else "coming"
    return {
        "id": attached.id.hex(),
        "short": short_id(attached.id),
        "entry": attached.about.hex(),
        "name": fit_name(attached.name, attached.kind),
        "media_type": MEDIA_TYPES[attached.kind],
        "picture": attached.kind in IMAGES,
        "length": attached.length,
        "who": handle_of(member.state.accounts, attached.author),
        "mine": attached.author == member.account.id,
        "time": attached.time,
        "state": state,
        "reason": attached.reason,
    }


def _own(member: Membership, attached: Attachment) -> set[bytes]:
    """Return the files of this home's own that the ledger may not have handed on yet."""
    if attached.author != member.account.id:
        return set()
    return set(OutgoingFileStore(member.outgoing.database).kept())
