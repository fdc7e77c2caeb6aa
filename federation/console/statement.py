"""Sentences: what a manager's statement does, in the words that people read."""

from collections.abc import Mapping

from federation.console.link_sentence import describe_link_statement
from federation.console.name_statement import describe_name_statement
from federation.console.people import handle_of
from federation.console.sentence import money, printable, short_id, units_of
from federation.words import fingerprint
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
from ledger.saying import said
from ledger.state import State
from ledger.unit import Unit, format_amount

DAY_S = 86_400


def describe_statement(
    state: State, operation: ManagerOperation, coming: Mapping[bytes, str] | None = None
) -> str:
    """Return what a manager's operation does, in one line.

    Args:
        state: The present.
        operation: Signed already, or about to be.
        coming: Handles of accounts that operations before it admit, by account id.
    """
    match operation:
        case Open() | AddUnit() | Rules():
            return _describe_rules(operation)
        case Suspend() | Reinstate() | Close() | SetLimit():
            who = (coming or {}).get(operation.account)
            return _describe_account(
                state, operation, who or handle_of(state.accounts, operation.account)
            )
        case Admit(key=key, handle=handle, name=name):
            return said(
                "admit {handle} ({name}), fingerprint {words}",
                handle=handle,
                name=printable(name),
                words=fingerprint(key),
            )
        case Reverse() | WithdrawFile():
            return _describe_undoing(operation)
        case AddLink() | LimitLink() | RateLink() | SetLinkStatus() | ForceRelease() | NetLinks():
            return describe_link_statement(state, operation)
        case NameRules() | Reserve() | Dispute() | RevokeName():
            return describe_name_statement(state, operation)


def _describe_rules(operation: Open | AddUnit | Rules) -> str:
    match operation:
        case Open(name=name, closed=closed):
            kind = said("closed: only members read it" if closed else "open: everybody reads it")
            return said("open the ledger of {name} ({kind})", name=printable(name), kind=kind)
        case AddUnit(unit=unit):
            return _describe_unit(unit)
        case Rules():
            return said(
                "rules: holds last at most {holds}, requests {requests}, objections {objections}",
                holds=_days(operation.hold_s_max),
                requests=_days(operation.request_s_max),
                objections=_days(operation.objection_s),
            )


def _describe_undoing(operation: Reverse | WithdrawFile) -> str:
    match operation:
        case Reverse(transaction=entry, amount=amount, reason=reason):
            whole = amount is None
            return said(
                "reverse transaction {id}: {why}"
                if whole
                else "reverse a part of transaction {id}: {why}",
                id=short_id(entry),
                why=printable(reason),
            )
        case WithdrawFile(attachment=attachment, reason=reason):
            return said(
                "withdraw attachment {id}: {why}", id=short_id(attachment), why=printable(reason)
            )


def _describe_unit(unit: Unit) -> str:
    return said(
        "unit {code} ({name}) with {scale} decimals; new accounts go {low} below zero and up "
        "to {high}",
        code=unit.code,
        name=printable(unit.name),
        scale=unit.scale,
        low=format_amount(unit.credit_limit, unit),
        high=format_amount(unit.maximum_balance, unit),
    )


def _describe_account(
    state: State, operation: Suspend | Reinstate | Close | SetLimit, who: str
) -> str:
    match operation:
        case Suspend(reason=reason):
            return said("suspend {who}: {why}", who=who, why=printable(reason))
        case Reinstate():
            return said("reinstate {who}", who=who)
        case Close(reason=reason, write_off=write_off):
            return said(
                "close {who} for good, its balance written off to the commons: {why}"
                if write_off
                else "close {who} for good: {why}",
                who=who,
                why=printable(reason),
            )
        case SetLimit(unit=code):
            low = money(units_of(state), operation.credit_limit, code)
            high = money(units_of(state), operation.maximum_balance, code)
            return said(
                "let {who} go {low} below zero and up to {high}", who=who, low=low, high=high
            )


def _days(seconds: int) -> str:
    return said("{days} days", days=f"{seconds / DAY_S:g}")
