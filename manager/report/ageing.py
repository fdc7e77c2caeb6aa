"""Ageing: which balances are below zero, how long, and what that adds up to."""

from federation.console.people import handle_of
from federation.console.sentence import money, units_of
from federation.console.views import View
from ledger.ageing import Debt
from ledger.state import Account, State

DAY_S = 86_400
BUCKET_DAYS = (30, 60, 90)
"""Debts are counted as up to 30 days old, up to 60, up to 90, and older."""


def view_ageing(state: State, debts: list[Debt], now: int) -> View:
    """Return all debts with their ages, and the sums of each age.

    Args:
        state: The present.
        debts: From ``read_debts``, the oldest first.
        now: Unix seconds.
    """
    rows = [_view_debt(state, debt, now) for debt in debts]
    return {"debts": rows, "buckets": [_view_bucket(state, rows, at) for at in _bounds()]}


def _view_debt(state: State, debt: Debt, now: int) -> View:
    account = state.accounts[debt.account]
    days = max(now - debt.since, 0) // DAY_S
    return {
        "handle": handle_of(state.accounts, debt.account),
        "name": account.name,
        "kind": _kind(state, account),
        "unit": debt.unit,
        "owes": money(units_of(state), debt.amount, debt.unit),
        "owes_minor": debt.amount,
        "since": debt.since,
        "older": debt.older,
        "days": days,
        "bucket": next(at for at, (_, most) in enumerate(_bounds()) if most is None or days < most),
    }


def _view_bucket(state: State, rows: list[View], bounds: tuple[int, int | None]) -> View:
    number = _bounds().index(bounds)
    inside = [row for row in rows if row["bucket"] == number]
    sums: dict[str, int] = {}
    for row in inside:
        sums[row["unit"]] = sums.get(row["unit"], 0) + row["owes_minor"]
    units = units_of(state)
    return {
        "from_days": bounds[0],
        "to_days": bounds[1],
        "count": len(inside),
        "sums_minor": sums,
        "sums": [money(units, amount, code) for code, amount in sorted(sums.items())],
    }


def _bounds() -> list[tuple[int, int | None]]:
    return list(zip((0, *BUCKET_DAYS), (*BUCKET_DAYS, None), strict=True))


def _kind(state: State, account: Account) -> str:
    if not account.keys:
        return "link"
    return "commons" if account.id == state.commons else "member"
