"""Views of accounts: what both programs show of them, as plain values that JSON can hold."""

from collections.abc import Iterable, Iterator
from typing import Any

from federation.console.people import own_units
from federation.console.sentence import money, printable
from federation.words import fingerprint
from ledger.field import AMOUNT_MAX
from ledger.link.link import EXCHANGE_HANDLE
from ledger.state import Account, State, UnitBalance
from ledger.unit import Unit

LINKED = "linked community"
"""The kind of a linked community's account."""
View = dict[str, Any]
"""Strings, numbers, booleans, None, and lists and dictionaries of them."""


def view_balances(state: State, account: Account) -> list[View]:
    """Return an account's books in every unit that members have, and in others that it has.

    A link's account has only the latter.
    """
    listed = own_units(state) if account.keys else ()
    units = state.community.units if state.community else ()
    has = {balance.unit for balance in account.balances}
    shown = [unit for unit in units if unit in listed or unit.code in has]
    return [_view_books(unit, books_in(state, account, unit)) for unit in shown]


def books_in(state: State, account: Account, unit: Unit) -> UnitBalance:
    """Return an account's books in a unit; where it has none yet, new ones."""
    for balance in account.balances:
        if balance.unit == unit.code:
            return balance
    commons = account.id == state.commons
    credit, most = (
        (AMOUNT_MAX, AMOUNT_MAX) if commons else (unit.credit_limit, unit.maximum_balance)
    )
    return UnitBalance(unit.code, 0, 0, 0, credit, most)


def view_members(state: State, accounts: Iterable[Account]) -> list[View]:
    """Return accounts as people look each other up, by handle."""
    return [
        {
            "handle": account.handle,
            "name": account.name,
            "status": account.status,
            "kind": _kind(state, account),
            "account": account.id.hex(),
            "admitted": account.admitted,
            "fingerprints": [fingerprint(key) for key in account.keys],
            "balances": view_balances(state, account),
        }
        for account in sorted(accounts, key=lambda account: account.handle)
    ]


def tell_debt(books: View) -> str:
    """Return what the balance of a linked community's account means, in words."""
    debt = books["balance"].removeprefix("-")
    if books["balance_minor"] == 0:
        return f"nobody owes anything in {books['unit']}"
    return f"it owes us {debt}" if books["balance_minor"] < 0 else f"we owe it {debt}"


def _kind(state: State, account: Account) -> str:
    """Return whose an account is: members sign, and the others stand for something."""
    if account.keys:
        return "commons" if account.id == state.commons else "member"
    return "exchange" if account.handle == EXCHANGE_HANDLE else LINKED


def _view_books(unit: Unit, books: UnitBalance) -> View:
    units = {unit.code: unit}
    amounts = {
        "balance": books.posted,
        "available": books.available,
        "held": books.pending_debit,
        "expected": books.pending_credit,
        "credit_limit": books.credit_limit,
        "maximum_balance": books.maximum_balance,
    }
    texts: View = {name: money(units, amount, unit.code) for name, amount in amounts.items()}
    minors = {f"{name}_minor": amount for name, amount in amounts.items()}
    return {"unit": unit.code, **texts, **minors}


def view_successions(state: State) -> list[View]:
    """Return how the community came to its key, oldest first; nothing where it is the first."""
    return [
        {
            "record": one.index,
            "old": one.old.hex(),
            "old_fingerprint": fingerprint(one.old),
            "new": one.new.hex(),
            "new_fingerprint": fingerprint(one.new),
            "size": one.size,
            "time": one.time,
            "reason": one.reason,
            "signed": one.signed,
            "accounts": one.accounts,
        }
        for one in state.successions
    ]


def tell_successions(held: Iterable[View]) -> Iterator[str]:
    """Give the same in sentences for people."""
    for one in held:
        yield (
            f"Succeeded the key with the fingerprint {one['old_fingerprint']} at {one['size']} "
            f"records, signed by {one['signed']} of {one['accounts']} accounts: "
            f"{printable(one['reason'])}"
        )
