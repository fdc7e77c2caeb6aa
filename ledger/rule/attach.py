"""Attachments: files that parties add to an entry, and the manager's taking one out."""

from collections.abc import Sequence

from ledger.attachment import ATTACHED_MAX, MONTH_BYTES_MAX
from ledger.draft import Act, Draft
from ledger.operation import Attach, Operation, WithdrawFile
from ledger.refusal import Code, Refusal
from ledger.rule.annotate import find_parties
from ledger.rule.mandate import month_number
from ledger.state import Attachment, Filed, replace

_KIB = 1_024


def too_many_attached(operations: Sequence[Operation]) -> Refusal | None:
    """Refuse a change-set with more files than fit."""
    if len(operations) <= ATTACHED_MAX:
        return None
    count = sum(isinstance(operation, Attach) for operation in operations)
    if count > ATTACHED_MAX:
        return Refusal(Code.TOO_MANY_ATTACHED, {"files": count, "most": ATTACHED_MAX})
    return None


def attach(draft: Draft, act: Act, operation: Attach) -> Refusal | None:
    """Attach a file to an entry that concerns the author; it moves nothing."""
    about = draft.made if operation.about is None else operation.about
    parties = None if about is None else find_parties(draft, about)
    if about is None or parties is None:
        return Refusal(Code.UNKNOWN_ENTRY)
    if act.account not in parties:
        return Refusal(Code.NOT_CONCERNED)
    refusal = _fits_month(draft, act.account, operation.length)
    if refusal is not None:
        return refusal
    attached = Attachment(
        act.entry_id,
        draft.change_set,
        act.operation,
        draft.now,
        about,
        act.account,
        operation.name,
        operation.kind,
        operation.length,
        operation.hash,
        operation.target,
        operation.key,
        None,
        "",
    )
    draft.attachments.set(attached.id, attached)
    return None


def withdraw(draft: Draft, act: Act, operation: WithdrawFile) -> Refusal | None:
    """Take a file out of all later snapshots; ``act`` is the manager's."""
    assert act.account == draft.commons, "only the manager's statements withdraw"
    found = draft.attachments.get(operation.attachment)
    if found is None:
        return Refusal(Code.UNKNOWN_ATTACHMENT)
    if found.withdrawn is not None:
        return Refusal(Code.ALREADY_WITHDRAWN)
    taken = replace(found, withdrawn=draft.size - 1, reason=operation.reason)
    draft.attachments.set(found.id, taken)
    return None


def attached_to(draft: Draft, attachment: bytes) -> set[bytes]:
    """Return whom an attachment (16-byte id) concerns: its author and the entry's parties."""
    found = draft.attachments.get(attachment)
    if found is None:
        return set()
    return {found.author, *(find_parties(draft, found.about) or ())}


def _fits_month(draft: Draft, account: bytes, length: int) -> Refusal | None:
    """Count a file's bytes for the month, or refuse it where it is too much."""
    month = month_number(draft.now)
    known = draft.filed.get(account)
    used = known.length if known is not None and known.month_number == month else 0
    if used + length > MONTH_BYTES_MAX:
        facts = {"used": _kib(used), "most": _kib(MONTH_BYTES_MAX), "length": _kib(length)}
        return Refusal(Code.TOO_MANY_FILES, facts)
    draft.filed.set(account, Filed(month, used + length))
    return None


def _kib(length: int) -> int:
    return -(-length // _KIB)
