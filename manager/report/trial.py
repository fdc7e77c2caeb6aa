"""The trial balance: every account's balance in a unit, and that they add up to zero."""

from federation.console.sentence import units_of
from federation.console.views import View
from ledger.state import Account, State, UnitBalance
from ledger.unit import Unit, format_amount


def view_trial(state: State) -> list[View]:
    """Return for each unit who is above and below zero, and the sum of both sides."""
    return [_view_unit(state, unit) for _, unit in sorted(units_of(state).items())]


def _view_unit(state: State, unit: Unit) -> View:
    books = [
        (account, one)
        for account in state.accounts.values()
        for one in account.balances
        if one.unit == unit.code
    ]
    above = sum(max(one.posted, 0) for _, one in books)
    below = sum(min(one.posted, 0) for _, one in books)
    held = sum(one.pending_debit for _, one in books)
    rows = [
        _view_row(account, one, unit) for account, one in books if one.posted or one.pending_debit
    ]
    return {
        "unit": unit.code,
        "name": unit.name,
        "accounts": len(books),
        "above": format_amount(above, unit),
        "above_minor": above,
        "below": format_amount(below, unit),
        "below_minor": below,
        "held": format_amount(held, unit),
        "held_minor": held,
        "sum": format_amount(above + below, unit),
        "sum_minor": above + below,
        "zero": above + below == 0,
        "rows": sorted(rows, key=lambda row: (-row["balance_minor"], row["handle"])),
    }


def _view_row(account: Account, books: UnitBalance, unit: Unit) -> View:
    return {
        "handle": account.handle,
        "name": account.name,
        "balance": format_amount(books.posted, unit),
        "balance_minor": books.posted,
        "held": format_amount(books.pending_debit, unit),
        "held_minor": books.pending_debit,
    }
