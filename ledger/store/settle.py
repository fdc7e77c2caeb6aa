"""After a merge: what its outcomes change on the manager's desk and at his door."""

from collections.abc import Sequence

from sqlalchemy import Connection

from ledger.merge import Batch, Merge
from ledger.outcome import Fate, Outcome
from ledger.refusal import explain
from ledger.store.desk import settle_statements
from ledger.store.door import (
    Arrivals,
    keep_arrivals,
    keep_evidence,
    mark_merged,
    settle_pending,
)
from ledger.store.journal import Extra
from ledger.unit import Unit

STAYING = frozenset((Fate.WAITING, Fate.BROKEN_CHAIN))
"""Fates after which a change-set still waits: one before it may come yet."""


def settle(batch: Batch, merged: Merge, size: int, units: Sequence[Unit], now: int) -> Extra:
    """Return what notes a merge's outcomes, for JournalStore.append to do in its transaction.

    Statements leave the queue; settled change-sets leave the door; conflicts become evidence.

    Args:
        batch: What went in.
        merged: What came out; where it has no records, append it with no batches.
        size: Tree size after it.
        units: The community's, for the words of refusals.
        now: Time of the merge, Unix seconds.
    """
    count = len(batch.statements)

    def note(connection: Connection) -> None:
        _settle_statements(connection, merged.outcomes[:count], size, units)
        _settle_change_sets(connection, merged.outcomes[count:], batch, now)

    return note


def _settle_statements(
    connection: Connection, outcomes: Sequence[Outcome], size: int, units: Sequence[Unit]
) -> None:
    settle_statements(
        connection,
        size,
        [one.number for one in outcomes if one.fate is Fate.MERGED],
        [
            (one.number, str(one.refusal.code), explain(one.refusal, units))
            for one in outcomes
            if one.refusal is not None
        ],
    )


def _settle_change_sets(
    connection: Connection, outcomes: Sequence[Outcome], batch: Batch, now: int
) -> None:
    settle_pending(connection, (one.hash for one in outcomes if one.fate not in STAYING))
    mark_merged(connection, {one.key for one in outcomes if one.fate is Fate.MERGED}, now)
    other = {one.hash for one in outcomes if one.fate is Fate.CONFLICT}
    keep_evidence(connection, (one for one in batch.change_sets if one.hash in other), now)
