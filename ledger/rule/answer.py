"""Answers: accepting, declining and taking back what asks for money, whatever asks for it."""

from ledger.draft import Act, Draft
from ledger.operation import Accept, Cancel, Decline
from ledger.refusal import Refusal
from ledger.rule.bill import accept_part, cancel_bill, decline_part, find_bill
from ledger.rule.link_request import cancel_linked, decline_linked
from ledger.rule.request import accept, cancel, decline


def accept_any(draft: Draft, act: Act, operation: Accept) -> Refusal | None:
    """Pay a request, or the author's part of a bill."""
    if _is_bill(draft, operation.request):
        return accept_part(draft, act, operation)
    return accept(draft, act, operation)


def decline_any(draft: Draft, act: Act, operation: Decline) -> Refusal | None:
    """Say no to a request, to one that came by a link, or to the author's part of a bill."""
    if _is_bill(draft, operation.request):
        return decline_part(draft, act, operation)
    if draft.linked_requests.get(operation.request) is not None:
        return decline_linked(draft, act, operation)
    return decline(draft, act, operation)


def cancel_any(draft: Draft, act: Act, operation: Cancel) -> Refusal | None:
    """Take back a request, one that left by a link, or what is open of the author's bill."""
    if _is_bill(draft, operation.request):
        return cancel_bill(draft, act, operation)
    if draft.linked_requests.get(operation.request) is not None:
        return cancel_linked(draft, act, operation)
    return cancel(draft, act, operation)


def _is_bill(draft: Draft, entry: bytes) -> bool:
    if draft.requests.get(entry) is not None or draft.linked_requests.get(entry) is not None:
        return False
    return find_bill(draft, entry) is not None
