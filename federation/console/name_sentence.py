"""Sentences about names: what a member's operation on one asks for."""

from collections.abc import Callable

from federation.console.people import handle_of
from federation.words import fingerprint
from ledger.name.operation import Claim, Delegate, Offer, Release, Renew, SetRecords, Take
from ledger.saying import Saying, said
from ledger.state import State

NameOperation = Claim | SetRecords | Renew | Offer | Take | Release | Delegate
Money = Callable[[int, str], str]
"""Writes minor units of a unit's code as people read them."""


def describe_name(state: State, operation: NameOperation, money: Money) -> Saying:
    """Return what an operation on a name asks for, in one line.

    Args:
        state: What is known of accounts, and of what names cost.
        operation: Signed already, or about to be.
        money: Writes amounts.
    """
    name = operation.name
    match operation:
        case Claim() | Renew():
            return _describe_term(operation, money)
        case SetRecords():
            return _describe_records(state, operation)
        case Offer() | Delegate():
            return _describe_other(state, operation)
        case Take():
            return said("take the name {name}", name=name)
        case Release():
            return said("give up the name {name}", name=name)


def _describe_term(operation: Claim | Renew, money: Money) -> Saying:
    claims, unit = isinstance(operation, Claim), operation.unit
    what = said("claim the name {name}" if claims else "renew the name {name}", name=operation.name)
    if not operation.pays or unit is None:
        return what
    return said("{what}, for at most {price}", what=what, price=money(operation.pays, unit))


def _describe_other(state: State, operation: Offer | Delegate) -> Saying:
    name, offers = operation.name, isinstance(operation, Offer)
    if operation.to is None and offers:
        return said("offer the name {name} to nobody any more", name=name)
    if operation.to is None:
        return said("let nobody else set the records of the name {name}", name=name)
    who = handle_of(state.accounts, operation.to)
    if offers:
        return said("offer the name {name} to {who}", name=name, who=who)
    return said("let {who} set the records of the name {name}", who=who, name=name)


def _describe_records(state: State, operation: SetRecords) -> Saying:
    name, count = operation.name, len(operation.records)
    held = state.names.get(name)
    if operation.key is not None and held is not None and operation.records == held.records:
        words = fingerprint(operation.key)
        return said("let the name {name} stand for the key {words}", name=name, words=words)
    if not count:
        what = said("leave the name {name} without records", name=name)
    elif count == 1:
        what = said("set one record at the name {name}", name=name)
    else:
        what = said("set {count} records at the name {name}", count=count, name=name)
    if operation.key is None:
        return what
    words = fingerprint(operation.key)
    return said("{what}; it stands for the key {words}", what=what, words=words)
