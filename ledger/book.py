"""Bookkeeping on a draft: every amount that leaves one account enters another.

Each function changes both accounts of a transfer, or refuses and changes none.
"""

from ledger.draft import Draft
from ledger.field import AMOUNT_MAX
from ledger.record import Transfer
from ledger.refusal import Code, Fact, Money, Refusal
from ledger.state import UnitBalance


def check(draft: Draft, transfer: Transfer) -> Refusal | None:
    """Refuse a transfer that breaks a limit: pending gains are never room."""
    if transfer.debit == transfer.credit:
        return Refusal(Code.SAME_ACCOUNT)
    unit = draft.unit(transfer.unit)
    if unit is None:
        return Refusal(Code.UNKNOWN_UNIT, {"unit": transfer.unit})
    payer = draft.balance(draft.held(transfer.debit), unit)
    if payer.available < transfer.amount:
        available = Money(max(payer.available, 0), unit.code)
        amount = Money(transfer.amount, unit.code)
        return Refusal(Code.INSUFFICIENT_CREDIT, {"amount": amount, "available": available})
    account = draft.held(transfer.credit)
    payee = draft.balance(account, unit)
    room = payee.maximum_balance - payee.posted - payee.pending_credit
    if room < transfer.amount:
        facts: dict[str, Fact] = {
            "amount": Money(transfer.amount, unit.code),
            "payee": account.handle,
            "room": Money(max(room, 0), unit.code),
        }
        return Refusal(Code.EXCEEDS_MAXIMUM_BALANCE, facts)
    return None


def move(draft: Draft, transfer: Transfer) -> Refusal | None:
    """Move an amount; the limits are the caller's business."""
    return _book(draft, transfer, posted=transfer.amount)


def reserve(draft: Draft, transfer: Transfer) -> Refusal | None:
    """Make an amount pending at both accounts."""
    return _book(draft, transfer, pending=transfer.amount)


def release(draft: Draft, transfer: Transfer) -> None:
    """End what ``reserve`` made pending."""
    refusal = _book(draft, transfer, pending=-transfer.amount)
    assert refusal is None, f"a reserved amount could not be released: {refusal}"


def _book(draft: Draft, transfer: Transfer, *, posted: int = 0, pending: int = 0) -> Refusal | None:
    unit = draft.unit(transfer.unit)
    assert unit is not None, "a transfer is checked before it is booked"
    assert transfer.debit != transfer.credit, "a transfer has two accounts"
    payer, payee = draft.held(transfer.debit), draft.held(transfer.credit)
    debit, credit = draft.balance(payer, unit), draft.balance(payee, unit)
    debited = UnitBalance(
        unit.code,
        debit.posted - posted,
        debit.pending_debit + pending,
        debit.pending_credit,
        debit.credit_limit,
        debit.maximum_balance,
    )
    credited = UnitBalance(
        unit.code,
        credit.posted + posted,
        credit.pending_debit,
        credit.pending_credit + pending,
        credit.credit_limit,
        credit.maximum_balance,
    )
    if not (_writable(debited) and _writable(credited)):
        return Refusal(Code.BALANCE_OUT_OF_RANGE)
    assert debited.posted + credited.posted == debit.posted + credit.posted, "zero sum"
    draft.put_balance(payer, debited)
    draft.put_balance(payee, credited)
    return None


def _writable(balance: UnitBalance) -> bool:
    assert balance.pending_debit >= 0
    assert balance.pending_credit >= 0
    posted = balance.posted
    if posted < 0:
        return max(balance.pending_debit - posted, balance.pending_credit) <= AMOUNT_MAX
    return max(balance.pending_debit, posted + balance.pending_credit) <= AMOUNT_MAX
