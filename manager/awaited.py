"""Change-sets whose files have not come: they wait at the door, and so does what follows them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.attachment import ATTACHED_MAX, MONTH_BYTES_MAX, SEAL_BYTES
from ledger.changeset import Verified
from ledger.operation import Attach
from ledger.rule.mandate import month_number
from ledger.state import State

Lengths = Callable[[Collection[bytes]], Mapping[bytes, int]]
"""Returns how many bytes those of some files have, sealed, that are kept, by SHA-256."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A change-set that may be merged once its files are here, and those that are not."""

    change_set: Verified
    files: tuple[Attach, ...]


def files_of(change_sets: Iterable[Verified]) -> list[Attach]:
    """Return all that some change-sets attach, in order."""
    return [
        operation
        for one in change_sets
        for operation in one.change_set.operations
        if isinstance(operation, Attach)
    ]


def part_awaited(
    waiting: Sequence[Verified], state: State, lengths: Lengths, now: int
) -> tuple[list[Verified], list[Awaited]]:
    """Part change-sets into those that a merge may take, and those whose files have not come.

    What a merge refuses in any case does not wait: it is settled already, or attaches more than
    fits. What follows an awaited one of the same key is taken, and waits in the merge for the one
    before it.

    Args:
        waiting: Verified change-sets of any keys.
        state: The present.
        lengths: Looks up which files are kept.
        now: Unix seconds.
    """
    named = {file.hash for file in files_of(waiting)}
    if not named:
        return list(waiting), []
    here = lengths(named)
    ready, awaited = [], []
    for one in waiting:
        files = tuple(
            file for file in files_of([one]) if here.get(file.hash) != file.length + SEAL_BYTES
        )
        if files and _may_come(one, state, now):
            awaited.append(Awaited(one, files))
        else:
            ready.append(one)
    return ready, awaited


def _may_come(one: Verified, state: State, now: int) -> bool:
    """Return whether a change-set is not settled yet and attaches no more than fits."""
    known, asked = state.keys.get(one.key), one.change_set
    if known is None or (asked.generation, asked.number) <= (known.generation, known.number):
        return False
    files = files_of([one])
    filed = state.filed.get(known.account)
    used = filed.length if filed is not None and filed.month_number == month_number(now) else 0
    total = used + sum(file.length for file in files)
    return len(files) <= ATTACHED_MAX and total <= MONTH_BYTES_MAX
