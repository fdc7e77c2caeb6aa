"""The manager's part of a merge: statements by number, each whole or not at all."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from ledger.changeset import VerifiedStatement, statement_hash
from ledger.draft import Act, Draft
from ledger.link.link import clearing_id
from ledger.name.operation import Dispute, NameRules, Reserve, RevokeName
from ledger.operation import (
    AddLink,
    AddUnit,
    Admit,
    Close,
    ForceRelease,
    LimitLink,
    ManagerOperation,
    NetLinks,
    Open,
    RateLink,
    Reinstate,
    Reverse,
    Rules,
    SetLimit,
    SetLinkStatus,
    Suspend,
    WithdrawFile,
)
from ledger.outcome import Fate, Outcome
from ledger.record import ManagerRecord
from ledger.refusal import Code, Refusal
from ledger.rule.attach import attached_to, withdraw
from ledger.rule.close import close
from ledger.rule.link import add_link, force_release, limit_link, rate_link, set_link_status
from ledger.rule.link_pay import net
from ledger.rule.manager import (
    add_unit,
    admit,
    change_rules,
    open_ledger,
    reinstate,
    set_limit,
    suspend,
)
from ledger.rule.name_manager import dispute, owner_of, reserve, revoke_name, set_name_rules
from ledger.rule.pay import undo
from ledger.state import replace

RULES: Mapping[type, Callable[[Draft, Act, Any], Refusal | None]] = MappingProxyType(
    {
        Open: open_ledger,
        AddUnit: add_unit,
        Rules: change_rules,
        Admit: admit,
        Suspend: suspend,
        Reinstate: reinstate,
        Close: close,
        SetLimit: set_limit,
        WithdrawFile: withdraw,
        Reverse: undo,
        AddLink: add_link,
        LimitLink: limit_link,
        RateLink: rate_link,
        SetLinkStatus: set_link_status,
        ForceRelease: force_release,
        NetLinks: net,
        NameRules: set_name_rules,
        Reserve: reserve,
        Dispute: dispute,
        RevokeName: revoke_name,
    }
)
"""What each operation does; a rule returns None, or why it refuses."""


def merge_statements(draft: Draft, statements: Iterable[VerifiedStatement]) -> list[Outcome]:
    """Apply statements in the order of their numbers.

    A refused statement is not journalled and uses up nothing: the manager makes a new one.
    """
    hashed = {
        (statement_hash(draft.key, each.statement), each.signature): each for each in statements
    }
    ordered = sorted(hashed, key=lambda name: (hashed[name].statement.number, *name))
    outcomes = []
    taken = b""
    for name in ordered:
        if name[0] != taken:
            taken = name[0]
            outcomes.append(_merge_statement(draft, hashed[name], name[0]))
    return outcomes


def _merge_statement(draft: Draft, signed: VerifiedStatement, cause: bytes) -> Outcome:
    number, operation = signed.statement.number, signed.statement.operation
    draft.begin()
    index = draft.write(
        ManagerRecord(draft.touch(_concerned(draft, operation)), signed.statement, signed.signature)
    )
    draft.change_set = index
    refusal = _in_order(draft, number, operation) or RULES[type(operation)](
        draft, Act(draft.commons, cause), operation
    )
    if refusal is not None:
        draft.roll_back()
        return Outcome(Fate.REFUSED, draft.key, 0, number, cause, None, refusal)
    assert draft.community is not None
    draft.community = replace(draft.community, manager_number=number)
    return Outcome(Fate.MERGED, draft.key, 0, number, cause, index)


def _in_order(draft: Draft, number: int, operation: ManagerOperation) -> Refusal | None:
    if draft.community is None:
        return None if isinstance(operation, Open) else Refusal(Code.NOT_OPENED)
    return Refusal(Code.SUPERSEDED) if number <= draft.community.manager_number else None


def _concerned(draft: Draft, operation: ManagerOperation) -> set[bytes]:
    """Return the accounts whose chain of records a statement belongs to."""
    match operation:
        case Open():
            return {draft.commons}
        case Admit(key=key):
            return {key[: len(draft.commons)]}
        case Suspend() | Reinstate() | Close() | SetLimit():
            return {operation.account}
        case Reverse(transaction=entry):
            found = draft.transactions.get(entry)
            moves = found.transfers if found else ()
            return {account for move in moves for account in (move.debit, move.credit)}
        case WithdrawFile(attachment=named):
            return attached_to(draft, named)
        case _:
            return _concerned_further(draft, operation)


def _concerned_further(draft: Draft, operation: ManagerOperation) -> set[bytes]:
    match operation:
        case AddUnit() | Rules() | NameRules() | Reserve():
            return set()
        case Dispute(name=name) | RevokeName(name=name):
            return owner_of(draft, name)
        case AddLink(key=key) | LimitLink(key=key) | RateLink(key=key) | SetLinkStatus(key=key):
            return {clearing_id(key)}
        case ForceRelease(payment=payment):
            waiting = draft.transits.get(payment)
            return set() if waiting is None else {waiting.transfers[0].debit}
        case NetLinks():
            return {draft.commons}
        case _:
            raise AssertionError("every operation concerns somebody, or nobody on purpose")
