"""Holds: an amount reserved until it is posted, voided or expired."""

from ledger.book import check, move, release, reserve
from ledger.draft import Act, Draft
from ledger.entry import expiry_id, unsigned_cause
from ledger.operation import Hold, Post, Void
from ledger.record import EXPIRED, PENDING, POSTED_PENDING, VOIDED, Transfer
from ledger.refusal import Code, Moment, Money, Refusal
from ledger.rule.pay import post
from ledger.state import OpenHold, replace

OPEN_HOLDS_MAX = 256
"""Open holds that one payer may have."""


def hold(draft: Draft, act: Act, operation: Hold) -> Refusal | None:
    """Reserve an amount for a payee."""
    assert draft.community is not None
    transfer = Transfer(act.account, operation.to, operation.amount, operation.unit)
    refusal = (
        draft.taking_part(operation.to)
        or expiry_in_range(draft, operation.expires, draft.community.rules.hold_s_max)
        or check(draft, transfer)
    )
    if refusal is not None:
        return refusal
    if draft.transits.get(act.entry_id):
        return Refusal(Code.DUPLICATE_PAYMENT)
    count = draft.hold_counts.get(act.account) or 0
    if count >= OPEN_HOLDS_MAX:
        return Refusal(Code.TOO_MANY_HOLDS, {"open": count})
    refusal = reserve(draft, transfer)
    if refusal is not None:
        return refusal
    memo, sealed, expires = operation.memo, operation.sealed, operation.expires
    entry = act.entry_id
    draft.hold_counts.set(act.account, count + 1)
    draft.holds.set(
        entry,
        OpenHold(
            entry,
            act.account,
            operation.to,
            operation.amount,
            operation.unit,
            expires,
            memo,
            sealed,
        ),
    )
    draft.write_transaction(entry, act.cause, PENDING, (transfer,), memo=memo, sealed=sealed)
    return None


def post_hold(draft: Draft, act: Act, operation: Post) -> Refusal | None:
    """Move a held amount or a part of it, by payee or payer; no limit is checked again."""
    found = _find(draft, operation.hold)
    if isinstance(found, Refusal):
        return found
    if act.account not in {found.payer, found.payee}:
        return Refusal(Code.NOT_PARTY)
    held = _transfer(found)
    amount = held.amount if operation.amount is None else operation.amount
    if amount > held.amount:
        asked = Money(amount, held.unit)
        return Refusal(Code.EXCEEDS_HOLD, {"amount": asked, "held": Money(held.amount, held.unit)})
    _end(draft, found)
    transfer = replace(held, amount=amount)
    refusal = move(draft, transfer)
    if refusal is not None:
        return refusal
    post(
        draft,
        act,
        act.entry_id,
        (transfer,),
        state=POSTED_PENDING,
        refers=found.id,
        memo=found.memo,
        sealed=found.sealed,
    )
    return None


def void(draft: Draft, act: Act, operation: Void) -> Refusal | None:
    """Release a held amount to its payer, by the payee."""
    found = _find(draft, operation.hold)
    if isinstance(found, Refusal):
        return found
    if act.account != found.payee:
        return Refusal(Code.NOT_PAYEE)
    _end(draft, found)
    draft.write_transaction(
        act.entry_id,
        act.cause,
        VOIDED,
        (_transfer(found),),
        refers=found.id,
        memo=operation.reason,
    )
    return None


def expire_hold(draft: Draft, found: OpenHold) -> None:
    """Release a hold whose time has come."""
    _end(draft, found)
    draft.expired[found.id] = found.expires
    cause = unsigned_cause(found.id)
    draft.write_transaction(
        expiry_id(found.id), cause, EXPIRED, (_transfer(found),), refers=found.id
    )


def expiry_in_range(draft: Draft, expires: int, life_s_max: int) -> Refusal | None:
    """Refuse an end that has passed or lies further ahead than the rules allow."""
    if draft.now < expires <= draft.now + life_s_max:
        return None
    return Refusal(
        Code.EXPIRY_OUT_OF_RANGE,
        {
            "got": Moment(expires),
            "earliest": Moment(draft.now + 1),
            "latest": Moment(draft.now + life_s_max),
        },
    )


def _find(draft: Draft, hold_id: bytes) -> OpenHold | Refusal:
    if hold_id in draft.expired:
        return Refusal(Code.PENDING_EXPIRED, {"expired": Moment(draft.expired[hold_id])})
    return draft.holds.get(hold_id) or Refusal(Code.UNKNOWN_HOLD)


def _end(draft: Draft, found: OpenHold) -> None:
    release(draft, _transfer(found))
    draft.holds.set(found.id, None)
    count = draft.hold_counts.get(found.payer)
    assert count, "an open hold is counted"
    draft.hold_counts.set(found.payer, count - 1)


def _transfer(found: OpenHold) -> Transfer:
    return Transfer(found.payer, found.payee, found.amount, found.unit)
