"""Finality: whether enough witnesses have confirmed what the manager signed."""

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.state import State

WITNESS_AGE_S = 30 * 86_400
"""How long before the newest merge a witness must have been admitted to count towards finality:
puppets that a manager admits today cannot confirm what he signs today."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one record is confirmed.

    Attributes:
        checked: How many of the accounts that count have cosigned a checkpoint that covers it.
        of: How many count.
        final: Whether they are a majority, all of them members for 30 days, or once were.
    """

    checked: int
    of: int
    final: bool


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What all witnesses together have confirmed.

    Attributes:
        sizes: The largest size that each account that counts has cosigned, 0 for none;
            largest first.
        seasoned: Whether these are the members of 30 days; else there are none yet, and all
            accounts count without making anything final.
        reached: How many records were final before.
    """

    sizes: tuple[int, ...]
    seasoned: bool
    reached: int = 0

    @property
    def final_size(self) -> int:
        """How many records are final: those that a majority's checkpoints cover."""
        now = self.sizes[len(self.sizes) // 2] if self.seasoned else 0
        return max(now, self.reached)

    def standing(self, index: int) -> Standing:
        """Return how far the record with this index is confirmed."""
        checked = sum(size > index for size in self.sizes)
        return Standing(checked, len(self.sizes), index < self.final_size)


def weigh(state: State, cosigned: Mapping[bytes, int], reached: int = 0) -> Confirmation:
    """Return what the cosignatures at hand confirm, by the journal's own times.

    A checkpoint covers all before it, so of each witness only the largest one counts; and an
    account counts once, however many keys it has. One that a link needs has none and counts not.

    Args:
        state: The present.
        cosigned: The largest size of this history that each key has cosigned.
        reached: How many records were final before; final is for ever, whoever leaves.
    """
    members = [
        account
        for account in tuple(state.accounts.values())
        if account.status == "active" and account.keys and account.id != state.commons
    ]
    old = [one for one in members if one.admitted <= state.time - WITNESS_AGE_S]
    sizes = (
        max((cosigned.get(key, 0) for key in account.keys), default=0) for account in old or members
    )
    return Confirmation(tuple(sorted(sizes, reverse=True)), bool(old), reached)
