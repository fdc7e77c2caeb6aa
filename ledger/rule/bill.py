"""Bills: each debtor accepts his own part, and nothing of it moves before."""

from ledger import bill
from ledger.book import check, move
from ledger.draft import Act, Draft
from ledger.entry import part_payment_id
from ledger.operation import Accept, Bill, Cancel, Decline
from ledger.record import Transfer
from ledger.refusal import Code, Moment, Refusal
from ledger.rule.hold import expiry_in_range
from ledger.rule.pay import post
from ledger.state import (
    ACCEPTED,
    CANCELLED,
    DECLINED,
    EXPIRED,
    OPEN,
    OpenBill,
    OpenPart,
    replace,
)

OPEN_BILLS_MAX = 64
"""Open bills that one author may have."""
_ENDED = {ACCEPTED: "paid", DECLINED: "declined", CANCELLED: "taken back"}


def propose(draft: Draft, act: Act, operation: Bill) -> Refusal | None:
    """Put a bill to everybody who owes by it; the author's own part is paid at once."""
    refusal = _fits(draft, operation) or _supersede(draft, act, operation)
    if refusal is not None:
        return refusal
    count = draft.bill_counts.get(act.account) or 0
    if count >= OPEN_BILLS_MAX:
        return Refusal(Code.TOO_MANY_BILLS, {"open": count})
    draft.bill_counts.set(act.account, count + 1)
    made = _open_bill(draft, act, operation)
    draft.bills.set(made.id, made)
    draft.mention(made.id, act)
    own = _part_of(made, act.account)
    if own is not None:
        refusal = pay_part(draft, act, made, own)
    draft.made = made.id
    return refusal


def accept_part(draft: Draft, act: Act, operation: Accept) -> Refusal | None:
    """Pay the author's part of a bill; the transaction refers to it."""
    found = _answered(draft, act, operation.request)
    if isinstance(found, Refusal):
        return found
    draft.mention(found[0].id, act)
    return pay_part(draft, act, *found)


def decline_part(draft: Draft, act: Act, operation: Decline) -> Refusal | None:
    """End the author's part of a bill."""
    found = _answered(draft, act, operation.request)
    if isinstance(found, Refusal):
        return found
    draft.mention(found[0].id, act)
    _move_on(draft, found[0], frozenset((act.account,)), DECLINED)
    return None


def cancel_bill(draft: Draft, act: Act, operation: Cancel) -> Refusal | None:
    """End all open parts of the author's bill."""
    found = find_bill(draft, operation.request)
    if found is None:
        return Refusal(Code.UNKNOWN_BILL)
    if found.author != act.account:
        return Refusal(Code.NOT_AUTHOR)
    if not found.is_open:
        return Refusal(Code.PART_ENDED)
    draft.mention(found.id, act)
    _end_all(draft, found, CANCELLED)
    return None


def pay_part(draft: Draft, act: Act, found: OpenBill, part: OpenPart) -> Refusal | None:
    """Pay all that an account owes by a bill, in one transaction, or nothing of it."""
    transfers = transfers_of(found, part.account)
    for transfer in transfers:
        refusal = (
            draft.taking_part(transfer.credit) or check(draft, transfer) or move(draft, transfer)
        )
        if refusal is not None:
            return refusal
    _move_on(draft, found, frozenset((part.account,)), ACCEPTED)
    entry = part_payment_id(found.id, part.account)
    post(draft, act, entry, transfers, refers=found.id, memo=found.memo)
    return None


def transfers_of(found: OpenBill, debtor: bytes) -> tuple[Transfer, ...]:
    """Return what an account pays whom by accepting its part of a bill."""
    return tuple(
        Transfer(leg.debtor, leg.creditor, leg.amount, found.unit)
        for leg in bill.legs(found.paid, found.shares)
        if leg.debtor == debtor
    )


def find_bill(draft: Draft, bill_id: bytes) -> OpenBill | None:
    """Return a bill by its id, be it open or not any more."""
    return draft.bills.get(bill_id) or draft.past_bills.get(bill_id)


def expire_bill(draft: Draft, found: OpenBill) -> None:
    """End what is open of a bill whose time has come; it has no record, as nothing moved."""
    _end_all(draft, found, EXPIRED)


def end_bills_of(draft: Draft, account: bytes) -> None:
    """End what a closed account made, what it owes and what it is owed by bills."""
    for found in draft.bills.values():
        if found.author == account:
            _end_all(draft, found, CANCELLED)
        elif account in found.parties:
            legs = bill.legs(found.paid, found.shares)
            ends = {leg.debtor for leg in legs if account in {leg.debtor, leg.creditor}}
            _move_on(draft, found, frozenset(ends), CANCELLED)


def _fits(draft: Draft, operation: Bill) -> Refusal | None:
    assert draft.community is not None
    why = bill.fault(operation.paid, operation.shares)
    if why:
        return Refusal(Code.BILL_INVALID, {"why": why})
    if draft.unit(operation.unit) is None:
        return Refusal(Code.UNKNOWN_UNIT, {"unit": operation.unit})
    for party in (*operation.paid, *operation.shares):
        refusal = draft.taking_part(party.account)
        if refusal is not None:
            return refusal
    return expiry_in_range(draft, operation.expires, draft.community.rules.request_s_max)


def _supersede(draft: Draft, act: Act, operation: Bill) -> Refusal | None:
    """End what is open of the author's bill that this one corrects."""
    if operation.replaces is None:
        return None
    before = find_bill(draft, operation.replaces)
    if before is None:
        return Refusal(Code.UNKNOWN_BILL)
    if before.author != act.account:
        return Refusal(Code.NOT_AUTHOR)
    draft.mention(before.id, act)
    _end_all(draft, before, CANCELLED)
    return None


def _open_bill(draft: Draft, act: Act, operation: Bill) -> OpenBill:
    owed: dict[bytes, int] = {}
    for leg in bill.legs(operation.paid, operation.shares):
        owed[leg.debtor] = owed.get(leg.debtor, 0) + leg.amount
    return OpenBill(
        act.entry_id,
        act.account,
        operation.unit,
        operation.paid,
        operation.shares,
        operation.method,
        operation.spent,
        operation.category,
        operation.memo,
        operation.expires,
        operation.replaces,
        draft.now,
        tuple(OpenPart(account, amount, OPEN) for account, amount in owed.items()),
    )


def _answered(draft: Draft, act: Act, bill_id: bytes) -> tuple[OpenBill, OpenPart] | Refusal:
    """Return a bill and the author's open part of it, or why he has none."""
    found = find_bill(draft, bill_id)
    if found is None:
        return Refusal(Code.UNKNOWN_BILL)
    part = _part_of(found, act.account)
    if part is None:
        return Refusal(Code.NOT_DEBTOR)
    if part.stage == EXPIRED:
        return Refusal(Code.REQUEST_EXPIRED, {"expired": Moment(found.expires)})
    if part.stage != OPEN:
        return Refusal(Code.PART_ENDED, {"how": _ENDED[part.stage]})
    return found, part


def _part_of(found: OpenBill, account: bytes) -> OpenPart | None:
    return next((part for part in found.parts if part.account == account), None)


def _end_all(draft: Draft, found: OpenBill, stage: int) -> None:
    _move_on(draft, found, frozenset(part.account for part in found.parts), stage)


def _move_on(draft: Draft, found: OpenBill, accounts: frozenset[bytes], stage: int) -> None:
    """End the open parts of these accounts; a bill without any is over."""
    parts = tuple(
        replace(part, stage=stage) if part.stage == OPEN and part.account in accounts else part
        for part in found.parts
    )
    if parts == found.parts:
        return
    after = replace(found, parts=parts)
    if after.is_open:
        draft.bills.set(found.id, after)
        return
    draft.bills.set(found.id, None)
    draft.past_bills.set(found.id, after)
    count = draft.bill_counts.get(found.author)
    assert count, "an open bill is counted"
    draft.bill_counts.set(found.author, count - 1)
