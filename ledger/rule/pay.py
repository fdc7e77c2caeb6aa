"""Payments and reversals: what moves an amount at once."""

from ledger.book import check, move
from ledger.draft import Act, Draft
from ledger.entry import card_payment_id
from ledger.link.instruction import PAYEE_CARD, About
from ledger.link.machine import Role, is_held
from ledger.operation import Pay, Reverse
from ledger.record import POSTED, REVERSAL, Transfer
from ledger.refusal import Code, Money, Refusal
from ledger.state import Transaction, replace


def pay(draft: Draft, act: Act, operation: Pay) -> Refusal | None:
    """Move an amount from the author to another account."""
    if operation.card is None:
        entry = act.entry_id
    else:
        entry = card_payment_id(operation.to, operation.card)
        if draft.transactions.get(entry) is not None or _arriving(draft, operation):
            return Refusal(Code.ALREADY_PAID)
    transfer = Transfer(act.account, operation.to, operation.amount, operation.unit)
    refusal = draft.taking_part(operation.to) or check(draft, transfer) or move(draft, transfer)
    if refusal is not None:
        return refusal
    post(draft, act, entry, (transfer,), memo=operation.memo, sealed=operation.sealed)
    return None


def _arriving(draft: Draft, operation: Pay) -> bool:
    """Return whether the card's payment by a link is held already."""
    return any(
        is_held(one.stage)
        and one.role is Role.PAYEE
        and one.account == operation.to
        and one.instruction.about == About(PAYEE_CARD, operation.card or b"")
        for one in draft.transits.values()
    )


def post(
    draft: Draft,
    act: Act,
    entry: bytes,
    transfers: tuple[Transfer, ...],
    *,
    state: int = POSTED,
    refers: bytes | None = None,
    memo: str = "",
    sealed: bytes = b"",
) -> None:
    """Write down transfers that were moved, as a transaction that can be reversed."""
    index = draft.write_transaction(
        entry, act.cause, state, transfers, refers=refers, memo=memo, sealed=sealed
    )
    draft.transactions.set(entry, Transaction(entry, index, transfers, None, None))


def give_back(draft: Draft, act: Act, operation: Reverse) -> Refusal | None:
    """Reverse a transaction by its payee: a new transfer, within everybody's limits."""
    mirror = _mirror(draft, operation)
    if isinstance(mirror, Refusal):
        return mirror
    if any(transfer.debit != act.account for transfer in mirror):
        return Refusal(Code.NOT_PAYEE)
    for transfer in mirror:
        refusal = (
            draft.taking_part(transfer.credit) or check(draft, transfer) or move(draft, transfer)
        )
        if refusal is not None:
            return refusal
    _revert(draft, act, operation, mirror)
    return None


def undo(draft: Draft, act: Act, operation: Reverse) -> Refusal | None:
    """Reverse a transaction by the manager: no limit and no status stands in the way."""
    mirror = _mirror(draft, operation)
    if isinstance(mirror, Refusal):
        return mirror
    for transfer in mirror:
        refusal = move(draft, transfer)
        if refusal is not None:
            return refusal
    _revert(draft, act, operation, mirror)
    return None


def _mirror(draft: Draft, operation: Reverse) -> tuple[Transfer, ...] | Refusal:
    """Return the transfers that undo a transaction, or why it cannot be undone."""
    transaction = draft.transactions.get(operation.transaction)
    if transaction is None:
        return Refusal(Code.UNKNOWN_TRANSACTION)
    if transaction.reverts is not None:
        return Refusal(Code.NOT_REVERSIBLE)
    if transaction.reverted_by is not None:
        return Refusal(Code.ALREADY_REVERTED)
    transfers = transaction.transfers
    if any(not draft.held(move.credit).keys for move in transfers) or any(
        not draft.held(move.debit).keys for move in transfers
    ):
        return Refusal(Code.LINK_ACCOUNT)
    if operation.amount is not None:
        first = transfers[0]
        if len(transfers) > 1 or operation.amount > first.amount:
            amount, moved = Money(operation.amount, first.unit), Money(first.amount, first.unit)
            return Refusal(Code.REVERSAL_EXCEEDS, {"amount": amount, "moved": moved})
        transfers = (replace(first, amount=operation.amount),)
    return tuple(Transfer(move.credit, move.debit, move.amount, move.unit) for move in transfers)


def _revert(draft: Draft, act: Act, operation: Reverse, mirror: tuple[Transfer, ...]) -> None:
    entry, reverted = act.entry_id, operation.transaction
    original = draft.transactions.get(reverted)
    assert original is not None
    index = draft.write_transaction(
        entry, act.cause, REVERSAL, mirror, refers=reverted, memo=operation.reason
    )
    draft.transactions.set(entry, Transaction(entry, index, mirror, reverted, None))
    draft.transactions.set(reverted, replace(original, reverted_by=entry))
