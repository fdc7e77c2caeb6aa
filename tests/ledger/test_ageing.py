"""Ageing: since when balances are below zero, found from the newest move back."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.ageing import Debt, Move, age_debts

ADA, BEN, CLEO = (bytes([number]) * 16 for number in range(3))


def moved(*amounts: int, unit: str = "EUR") -> list[Move]:
    """Return moves between Ada and Ben, newest first: positive ones are paid by Ada, a day each."""
    made = [
        Move(*((ADA, BEN) if amount > 0 else (BEN, ADA)), abs(amount), unit, day)
        for day, amount in enumerate(amounts, 1)
    ]
    return made[::-1]


def test_a_debt_is_as_old_as_the_move_that_went_below_zero() -> None:
    found = age_debts({(ADA, "EUR"): -7, (BEN, "EUR"): 7}, moved(3, -3, 5, 2))
    assert found == [Debt(ADA, "EUR", 7, 3, older=False)]


def test_units_do_not_mix() -> None:
    moves = [*moved(4, unit="HOUR"), *moved(4)]
    found = age_debts({(ADA, "EUR"): -4, (ADA, "HOUR"): -4}, moves)
    assert [(one.unit, one.since, one.older) for one in found] == [
        ("EUR", 1, False),
        ("HOUR", 1, False),
    ]


def test_a_debt_that_is_older_than_all_moves_says_so_and_comes_first() -> None:
    found = age_debts({(ADA, "EUR"): -9, (BEN, "EUR"): -1}, moved(2, -3))
    assert [(one.account, one.since, one.older) for one in found] == [
        (ADA, 1, True),
        (BEN, 2, False),
    ]


def test_nothing_is_read_where_nobody_is_below_zero() -> None:
    unread = iter(moved(5))
    assert age_debts({(ADA, "EUR"): 5}, unread) == []
    assert len(list(unread)) == 1


@given(st.lists(st.integers(-50, 50).filter(bool), max_size=30))
def test_the_way_back_finds_what_the_way_forward_saw(amounts: list[int]) -> None:
    balance, since = 0, 0
    for day, amount in enumerate(amounts, 1):
        before, balance = balance, balance - amount
        since = day if before >= 0 > balance else since
    found = age_debts({(ADA, "EUR"): balance}, moved(*amounts))
    assert found == ([Debt(ADA, "EUR", -balance, since, older=False)] if balance < 0 else [])
