"""Annotations: what the parties of an entry say about it, or file it under."""

from ledger.draft import Act, Draft
from ledger.operation import Annotate
from ledger.refusal import Code, Refusal
from ledger.rule.bill import find_bill


def annotate(draft: Draft, act: Act, operation: Annotate) -> Refusal | None:
    """Note that the author says something about an entry that concerns him; it moves nothing."""
    about = draft.made if operation.about is None else operation.about
    parties = None if about is None else find_parties(draft, about)
    if about is None or parties is None:
        return Refusal(Code.UNKNOWN_ENTRY)
    if act.account not in parties:
        return Refusal(Code.NOT_CONCERNED)
    draft.mention(about, act)
    return None


def find_parties(draft: Draft, entry: bytes) -> frozenset[bytes] | None:
    """Return the accounts that an entry concerns, or None where there is no such entry.

    An entry is a transaction that moved something, a bill, or an open hold, request, mandate or
    payment across links.
    """
    transaction = draft.transactions.get(entry)
    if transaction is not None:
        moves = transaction.transfers
        return frozenset(account for move in moves for account in (move.debit, move.credit))
    bill = find_bill(draft, entry)
    return bill.parties if bill is not None else _under_way(draft, entry)


def _under_way(draft: Draft, entry: bytes) -> frozenset[bytes] | None:
    hold = draft.holds.get(entry)
    if hold is not None:
        return frozenset((hold.payer, hold.payee))
    request = draft.requests.get(entry)
    if request is not None:
        return frozenset((request.creditor, request.debtor))
    mandate = draft.mandates.get(entry)
    if mandate is not None:
        named = () if mandate.creditor is None else (mandate.creditor,)
        return frozenset((mandate.debtor, *named))
    transit = draft.transits.get(entry)
    linked = draft.linked_requests.get(entry)
    if transit is not None:
        return frozenset((transit.account,))
    return None if linked is None else frozenset((linked.account,))
