"""Views of accounts: what both programs show of them, as plain values that JSON can hold."""

from collections.abc import Iterable
from typing import Any

from federation.sentence import money, units_of
from federation.words import fingerprint
from ledger.field import AMOUNT_MAX
from ledger.state import Account, State, UnitBalance
from ledger.unit import Unit

View = dict[str, Any]
"""Strings, numbers, booleans, None, and lists and dictionaries of them."""


def view_balances(state: State, account: Account) -> list[View]:
    """Return an account's books in every unit of the community."""
    units = units_of(state)
    return [_view_books(unit, books_in(state, account, unit)) for unit in units.values()]


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
            "account": account.id.hex(),
            "admitted": account.admitted,
            "fingerprints": [fingerprint(key) for key in account.keys],
            "balances": view_balances(state, account),
        }
        for account in sorted(accounts, key=lambda account: account.handle)
    ]


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
