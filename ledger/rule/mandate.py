"""Mandates: what a debtor lets be accepted for him, where he does not object in time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from ledger.bill import legs
from ledger.draft import Act, Draft
from ledger.entry import mandate_payment_id, unsigned_cause
from ledger.field import TIME_MAX
from ledger.operation import EndMandate, Mandate
from ledger.refusal import Code, Refusal
from ledger.rule.bill import pay_part
from ledger.rule.hold import expiry_in_range
from ledger.rule.request import pay_request
from ledger.state import OPEN, Mention, OpenBill, OpenMandate, OpenRequest, replace

OPEN_MANDATES_MAX = 32
"""Mandates of one debtor that have not ended."""
_MONTHS = 12
_DAY_S = 86_400


class Owed(NamedTuple):
    """What somebody owes by an open request or part of a bill.

    Attributes:
        merged: When what asks for it was, Unix seconds.
        id: Of the request or the bill.
        creditors: Whom it would be paid to.
        amount: In all, minor units.
        source: What asks for it.
    """

    merged: int
    id: bytes
    debtor: bytes
    creditors: frozenset[bytes]
    amount: int
    unit: str
    source: OpenRequest | OpenBill


def give_mandate(draft: Draft, act: Act, operation: Mandate) -> Refusal | None:
    """Let somebody, or anybody, be paid for the author within what the mandate says."""
    creditor = operation.creditor
    if creditor == act.account:
        return Refusal(Code.SAME_ACCOUNT)
    if draft.unit(operation.unit) is None:
        return Refusal(Code.UNKNOWN_UNIT, {"unit": operation.unit})
    refusal = None if creditor is None else draft.taking_part(creditor)
    refusal = refusal or expiry_in_range(draft, operation.ends, TIME_MAX - draft.now)
    if refusal is not None:
        return refusal
    count = draft.mandate_counts.get(act.account) or 0
    if count >= OPEN_MANDATES_MAX:
        return Refusal(Code.TOO_MANY_MANDATES, {"open": count})
    draft.mandate_counts.set(act.account, count + 1)
    given = OpenMandate(
        act.entry_id,
        act.account,
        creditor,
        operation.unit,
        operation.each,
        operation.month,
        operation.ends,
        operation.memo,
        draft.now,
        month_number(draft.now),
        0,
    )
    draft.mandates.set(given.id, given)
    draft.mention(given.id, act)
    draft.made = given.id
    return None


def end_mandate(draft: Draft, act: Act, operation: EndMandate) -> Refusal | None:
    """End the author's mandate."""
    found = draft.mandates.get(operation.mandate)
    if found is None:
        return Refusal(Code.UNKNOWN_MANDATE)
    if found.debtor != act.account:
        return Refusal(Code.NOT_AUTHOR)
    draft.mention(found.id, act)
    remove_mandate(draft, found)
    return None


def remove_mandate(draft: Draft, found: OpenMandate) -> None:
    """Take a mandate from those that have not ended."""
    draft.mandates.set(found.id, None)
    count = draft.mandate_counts.get(found.debtor)
    assert count, "a mandate is counted"
    draft.mandate_counts.set(found.debtor, count - 1)


def end_mandates_of(draft: Draft, account: bytes) -> None:
    """End what a closed account gave, and what names it as the one that is paid."""
    for found in draft.mandates.values():
        if account in {found.debtor, found.creditor}:
            remove_mandate(draft, found)


def pay_by_mandates(draft: Draft) -> None:
    """Accept for their debtors what is due and fits, the oldest first.

    What does not fit stays open without a word: it is looked at again in every merge, until it
    fits, is answered or expires.
    """
    given: dict[bytes, list[OpenMandate]] = defaultdict(list)
    for found in draft.mandates.values():
        given[found.debtor].append(found)
    if not given:
        return
    owed = [one for one in _owed(draft, given) if one.debtor in given]
    for one in sorted(owed, key=lambda one: (one.merged, one.id, one.debtor)):
        if draft.taking_part(one.debtor) is None:
            _pay_by_one(draft, one, given[one.debtor])


def covers(mandate: OpenMandate, owed: Owed) -> bool:
    """Return whether a mandate is about this at all, whatever its limits and the time."""
    fits = mandate.creditor is None or owed.creditors == {mandate.creditor}
    return mandate.debtor == owed.debtor and mandate.unit == owed.unit and fits


def due_at(mandate: OpenMandate, owed: Owed, objection_s: int) -> int:
    """Return from when on (Unix seconds) a mandate accepts what it covers."""
    return max(mandate.merged, owed.merged) + objection_s


def owed_by_request(request: OpenRequest) -> Owed:
    """Return what a request asks for."""
    creditors = frozenset((request.creditor,))
    place = (request.merged, request.id, request.debtor, creditors)
    return Owed(*place, request.amount, request.unit, request)


def owed_by_bill(bill: OpenBill) -> Iterator[Owed]:
    """Give what the open parts of a bill ask for."""
    creditors: dict[bytes, set[bytes]] = defaultdict(set)
    for leg in legs(bill.paid, bill.shares):
        creditors[leg.debtor].add(leg.creditor)
    for part in bill.parts:
        if part.stage == OPEN:
            place = (bill.merged, bill.id, part.account, frozenset(creditors[part.account]))
            yield Owed(*place, part.amount, bill.unit, bill)


def month_number(now: int) -> int:
    """Return the calendar month (UTC) of a time in Unix seconds: 12 * year + month - 1.

    Every time of the format has one, also those that ``datetime`` does not reach.

    Source:
        Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    """
    days = now // _DAY_S + 719_468
    era, day = divmod(days, 146_097)
    year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
    shifted = (5 * (day - (365 * year + year // 4 - year // 100)) + 2) // 153
    march = _MONTHS * (era * 400 + year) + shifted
    return march + 2


def left_in_month(mandate: OpenMandate, now: int) -> int:
    """Return what a mandate can still accept in the month of ``now``, minor units."""
    spent = mandate.spent_minor if mandate.month_number == month_number(now) else 0
    return max(mandate.month - spent, 0)


def _owed(draft: Draft, debtors: Collection[bytes]) -> Iterator[Owed]:
    for request in draft.requests.values():
        yield owed_by_request(request)
    for bill in draft.bills.values():
        if any(part.account in debtors for part in bill.parts):
            yield from owed_by_bill(bill)


def _pay_by_one(draft: Draft, owed: Owed, given: Iterable[OpenMandate]) -> None:
    """Let the first of a debtor's mandates that can accept do so.

    The ones that name a creditor come before those for anybody, the sooner to end before others.
    """
    assert draft.community is not None
    objection_s = draft.community.rules.objection_s
    for known in sorted(given, key=lambda one: (one.creditor is None, one.ends, one.id)):
        mandate = draft.mandates.get(known.id)
        if mandate is None or not covers(mandate, owed):
            continue
        fits = owed.amount <= min(mandate.each, left_in_month(mandate, draft.now))
        if not fits or draft.now < due_at(mandate, owed, objection_s):
            continue
        draft.begin()
        if _pay(draft, mandate, owed) is None:
            draft.mentions.set(Mention(mandate.id, draft.size - 1, 0), True)
            return
        draft.roll_back()


def _pay(draft: Draft, mandate: OpenMandate, owed: Owed) -> Refusal | None:
    month, now = month_number(draft.now), draft.now
    spent = mandate.month - left_in_month(mandate, now) + owed.amount
    draft.mandates.set(mandate.id, replace(mandate, month_number=month, spent_minor=spent))
    act = Act(mandate.debtor, unsigned_cause(mandate.id))
    if isinstance(owed.source, OpenRequest):
        return pay_request(draft, act, owed.source, mandate_payment_id(owed.id))
    bill = draft.bills.get(owed.id)
    assert bill is not None, "an open part is of an open bill"
    part = next(part for part in bill.parts if part.account == owed.debtor)
    return pay_part(draft, act, bill, part)
