"""Closing an account: for good, without holds, and at zero or written off to the commons."""

from ledger.book import move
from ledger.draft import Act, Draft
from ledger.operation import Close
from ledger.record import WRITE_OFF, Transfer
from ledger.refusal import Code, Money, Refusal
from ledger.rule.bill import end_bills_of
from ledger.rule.link_request import end_of_account
from ledger.rule.mandate import end_mandates_of
from ledger.rule.name_book import end_names_of
from ledger.rule.request import end_request
from ledger.state import Account, Transaction, replace


def close(draft: Draft, act: Act, operation: Close) -> Refusal | None:
    """Close an account; an account that a reversal moved after that can be written off again."""
    account = draft.accounts.get(operation.account)
    if account is None:
        return Refusal(Code.UNKNOWN_ACCOUNT)
    refusal = _ready(draft, account, operation) or _write_off(draft, act, account)
    if refusal is not None:
        return refusal
    draft.accounts.set(account.id, replace(draft.held(account.id), status="closed"))
    draft.end_epoch()
    for request in draft.requests.values():
        if account.id in {request.creditor, request.debtor}:
            end_request(draft, request)
    end_bills_of(draft, account.id)
    end_mandates_of(draft, account.id)
    end_of_account(draft, account.id)
    end_names_of(draft, account.id)
    return None


def _ready(draft: Draft, account: Account, operation: Close) -> Refusal | None:
    left = [balance for balance in account.balances if balance.posted]
    if account.id == draft.commons:
        return Refusal(Code.COMMONS_PROTECTED)
    if not account.keys and account.status == "active":
        return Refusal(Code.LINK_ACCOUNT, {"handle": account.handle})
    if account.status == "closed" and not left:
        return Refusal(Code.ACCOUNT_CLOSED, {"handle": account.handle})
    if any(balance.pending_debit or balance.pending_credit for balance in account.balances):
        return Refusal(Code.ACCOUNT_HAS_HOLDS)
    if left and not operation.write_off:
        return Refusal(Code.BALANCE_NOT_ZERO, {"balance": Money(left[0].posted, left[0].unit)})
    return None


def _write_off(draft: Draft, act: Act, account: Account) -> Refusal | None:
    """Bring every balance to zero in one transaction with the commons."""
    transfers = tuple(
        Transfer(account.id, draft.commons, balance.posted, balance.unit)
        if balance.posted > 0
        else Transfer(draft.commons, account.id, -balance.posted, balance.unit)
        for balance in account.balances
        if balance.posted
    )
    if not transfers:
        return None
    for transfer in transfers:
        refusal = move(draft, transfer)
        if refusal is not None:
            return refusal
    index = draft.write_transaction(act.entry_id, act.cause, WRITE_OFF, transfers)
    entry = Transaction(act.entry_id, index, transfers, None, None)
    draft.transactions.set(act.entry_id, entry)
    return None
