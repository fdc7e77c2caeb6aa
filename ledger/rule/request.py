"""Requests: proposals that reserve nothing and move nothing until the debtor accepts."""

from ledger.book import check, move
from ledger.draft import Act, Draft
from ledger.operation import Accept, Cancel, Decline, Request
from ledger.record import Transfer
from ledger.refusal import Code, Moment, Refusal
from ledger.rule.hold import expiry_in_range
from ledger.rule.pay import post
from ledger.state import OpenRequest

OPEN_REQUESTS_MAX = 256
"""Open requests that one creditor may have."""


def request(draft: Draft, act: Act, operation: Request) -> Refusal | None:
    """Propose to another account that it pays the author."""
    assert draft.community is not None
    debtor, entry = operation.debtor, act.entry_id
    if debtor == act.account:
        return Refusal(Code.SAME_ACCOUNT)
    if draft.unit(operation.unit) is None:
        return Refusal(Code.UNKNOWN_UNIT, {"unit": operation.unit})
    refusal = draft.taking_part(debtor) or expiry_in_range(
        draft, operation.expires, draft.community.rules.request_s_max
    )
    if refusal is not None:
        return refusal
    count = draft.request_counts.get(act.account) or 0
    if count >= OPEN_REQUESTS_MAX:
        return Refusal(Code.TOO_MANY_REQUESTS, {"open": count})
    draft.request_counts.set(act.account, count + 1)
    draft.requests.set(
        entry,
        OpenRequest(
            entry,
            act.account,
            debtor,
            operation.amount,
            operation.unit,
            operation.expires,
            operation.memo,
            operation.sealed,
            draft.now,
        ),
    )
    draft.made = entry
    return None


def accept(draft: Draft, act: Act, operation: Accept) -> Refusal | None:
    """Pay a request; the transaction refers to it."""
    found = _find(draft, operation.request)
    if isinstance(found, Refusal):
        return found
    if act.account != found.debtor:
        return Refusal(Code.NOT_DEBTOR)
    return pay_request(draft, act, found, act.entry_id)


def pay_request(draft: Draft, act: Act, found: OpenRequest, entry: bytes) -> Refusal | None:
    """Pay a request by a transaction of this id."""
    transfer = Transfer(found.debtor, found.creditor, found.amount, found.unit)
    refusal = draft.taking_part(found.creditor) or check(draft, transfer) or move(draft, transfer)
    if refusal is not None:
        return refusal
    end_request(draft, found)
    post(draft, act, entry, (transfer,), refers=found.id, memo=found.memo, sealed=found.sealed)
    return None


def decline(draft: Draft, act: Act, operation: Decline) -> Refusal | None:
    """End a request by its debtor."""
    found = _find(draft, operation.request)
    if isinstance(found, Refusal):
        return found
    if act.account != found.debtor:
        return Refusal(Code.NOT_DEBTOR)
    end_request(draft, found)
    return None


def cancel(draft: Draft, act: Act, operation: Cancel) -> Refusal | None:
    """End a request by its creditor."""
    found = _find(draft, operation.request)
    if isinstance(found, Refusal):
        return found
    if act.account != found.creditor:
        return Refusal(Code.NOT_CREDITOR)
    end_request(draft, found)
    return None


def end_request(draft: Draft, found: OpenRequest) -> None:
    """Take a request from the open ones."""
    draft.requests.set(found.id, None)
    count = draft.request_counts.get(found.creditor)
    assert count, "an open request is counted"
    draft.request_counts.set(found.creditor, count - 1)


def _find(draft: Draft, request_id: bytes) -> OpenRequest | Refusal:
    if request_id in draft.expired:
        return Refusal(Code.REQUEST_EXPIRED, {"expired": Moment(draft.expired[request_id])})
    return draft.requests.get(request_id) or Refusal(Code.UNKNOWN_REQUEST)
