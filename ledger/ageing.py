"""Ageing: since when each balance has been below zero, worked out from the newest move back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

Books = tuple[bytes, str]
"""An account's 16-byte id and a unit's code."""


class Move(NamedTuple):
    """One transfer that moved something, and when, Unix seconds."""

    debit: bytes
    credit: bytes
    amount: int
    unit: str
    time: int


@dataclass(frozen=True, slots=True)
class Debt:
    """A balance below zero.

    Attributes:
        account: Whose, a 16-byte id.
        unit: Its unit's code.
        amount: How far below zero, in minor units, positive.
        since: When it went below zero and stayed there, Unix seconds.
        older: Whether the moves ended before that, so that it was below zero even earlier.
    """

    account: bytes
    unit: str
    amount: int
    since: int
    older: bool


def age_debts(balances: Mapping[Books, int], moves: Iterable[Move]) -> list[Debt]:
    """Return every balance below zero with its age, the oldest first.

    Args:
        balances: The present ones, in minor units.
        moves: Newest first; no more are read than it takes.
    """
    owed = {books: amount for books, amount in balances.items() if amount < 0}
    then = dict(owed)
    since = dict.fromkeys(owed, 0)
    for move in moves if then else ():
        for account, change in ((move.debit, move.amount), (move.credit, -move.amount)):
            books = (account, move.unit)
            if books in then:
                since[books] = move.time
                then[books] += change
                if then[books] >= 0:
                    del then[books]
        if not then:
            break
    debts = [
        Debt(account, unit, -owed[account, unit], since[account, unit], (account, unit) in then)
        for account, unit in owed
    ]
    return sorted(debts, key=lambda debt: (not debt.older, debt.since, debt.account, debt.unit))
