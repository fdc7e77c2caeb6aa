"""Whom a change-set concerns by itself; the transactions that it makes name their own accounts."""

from collections.abc import Iterable

from ledger.draft import Draft
from ledger.name.operation import Delegate, Offer, SetRecords, Take
from ledger.operation import (
    Accept,
    Annotate,
    Attach,
    Bill,
    Cancel,
    Decline,
    EndMandate,
    Hold,
    Mandate,
    Operation,
    Pay,
    Post,
    Request,
    Reverse,
)
from ledger.rule.annotate import find_parties
from ledger.rule.bill import find_bill

CONCERNED_MAX = 1_024
"""Accounts that one change-set concerns: 28 bytes of its record each, which holds 65,535."""
FOLLOWING = (Annotate, Attach)
"""What may be about the operation before it in its change-set."""
_NAMED = (SetRecords, Offer, Take, Delegate)
"""What may concern another than its author about a name."""
_ADDRESSED = frozenset((Request, Bill, Mandate, EndMandate, Accept, Decline, Cancel))
"""What concerns somebody besides its author by itself; looked up first, as most are payments."""


def concerned(draft: Draft, author: bytes, operations: tuple[Operation, ...]) -> set[bytes]:
    """Return the accounts whose chain of records a change-set belongs to.

    It is asked before the operations are applied: what they name may not exist.
    """
    found, before = {author}, None
    for operation in operations:
        if isinstance(operation, FOLLOWING):
            found.update(_annotated(draft, operation, before))
        else:
            if isinstance(operation, _NAMED):
                found.update(_named(draft, operation))
            elif type(operation) in _ADDRESSED:
                found.update(_asked(draft, operation))
            before = operation
    return found


def _asked(draft: Draft, operation: Operation) -> Iterable[bytes]:
    """Return whom an operation is put to, or whose proposal it answers."""
    match operation:
        case Request(debtor=debtor):
            return {debtor}
        case Bill(paid=paid, shares=shares):
            return {part.account for part in (*paid, *shares)}
        case Mandate(creditor=creditor) if creditor is not None:
            return {creditor}
        case EndMandate(mandate=named):
            return find_parties(draft, named) or ()
        case Accept() | Decline() | Cancel():
            return _answered(draft, operation)
        case _:
            return ()


def _answered(draft: Draft, operation: Accept | Decline | Cancel) -> Iterable[bytes]:
    """Return whose proposal is answered; creditors learn of what is paid by the transaction."""
    paid = isinstance(operation, Accept)
    request = draft.requests.get(operation.request)
    if request is not None:
        return () if paid else {request.creditor, request.debtor}
    bill = find_bill(draft, operation.request)
    if bill is None:
        return ()
    return {bill.author} if paid else bill.parties


def _named(draft: Draft, operation: SetRecords | Offer | Take | Delegate) -> Iterable[bytes]:
    """Return a name's owner, and who may take it or set its records, before and after."""
    held = draft.names.get(operation.name)
    parties: set[bytes | None] = set() if held is None else {held.owner}
    match operation:
        case Offer(to=to):
            parties |= {to, held.offered if held else None}
        case Delegate(to=to):
            parties |= {to, held.delegate if held else None}
        case _:
            pass
    return {party for party in parties if party is not None}


def _annotated(
    draft: Draft, operation: Annotate | Attach, before: Operation | None
) -> Iterable[bytes]:
    """Return the parties of what an annotation or a file is about: they shall find it."""
    if operation.about is not None:
        return find_parties(draft, operation.about) or ()
    match before:
        case Pay(to=payee) | Hold(to=payee):
            return {payee}
        case Accept(request=named) | Post(hold=named) | Reverse(transaction=named):
            return find_parties(draft, named) or ()
        case _:
            return ()
