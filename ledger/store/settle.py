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
    settle_pending,
)
from ledger.store.meta import read_community

STAYING = frozenset((Fate.WAITING, Fate.BROKEN_CHAIN))
"""Fates after which a change-set still waits: one before it may come yet."""


def settle(
    connection: Connection,
    batch: Batch,
    merged: Merge,
    size: int,
    arrivals: Arrivals,
    *,
    now: int,
) -> None:
    """Note what came in and what a merge made of it, in the transaction that appends it.

    Statements leave the queue; what is not settled waits at the door; conflicts become evidence.

    Args:
        connection: The one that JournalStore.append hands to its ``extra``.
        batch: What went in: arrivals, and what waited before.
        merged: What came out; may have no records.
        size: Tree size after it.
        arrivals: What the last round of polling brought; what of it is not in the batch waits.
        now: Time of the merge, Unix seconds.
    """
    count = len(batch.statements)
    stated, asked = merged.outcomes[:count], merged.outcomes[count:]
    _settle_statements(connection, stated, size)
    settled = {one.hash for one in asked if one.fate not in STAYING}
    settle_pending(connection, settled)
    staying = {one.hash for one in arrivals.change_sets if one.hash not in settled}
    merged_keys = {one.key for one in asked if one.fate is Fate.MERGED}
    keep_arrivals(connection, arrivals, staying, merged_keys, now)
    other = {one.hash for one in asked if one.fate is Fate.CONFLICT}
    twins = (one for held in batch.change_sets.values() for one in held if one.hash in other)
    keep_evidence(connection, twins, now)


def _settle_statements(connection: Connection, outcomes: Sequence[Outcome], size: int) -> None:
    community = read_community(connection)
    units = community.units if community else ()
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
