"""After a merge: what its outcomes change on the manager's desk and at his door."""

from sqlalchemy import Connection

from ledger.merge import Batch, Merge
from ledger.outcome import Fate
from ledger.refusal import explain
from ledger.store.desk import settle_statements
from ledger.store.door import keep_evidence, mark_merged, settle_pending

STAYING = frozenset((Fate.WAITING, Fate.BROKEN_CHAIN))
"""Fates after which a change-set still waits: one before it may come yet."""


def settle(connection: Connection, batch: Batch, merged: Merge, size: int) -> None:
    """Note what a merge made of its batch, in the transaction that appends it.

    Args:
        connection: The one that JournalStore.append hands to its ``extra``.
        batch: What went in.
        merged: What came out; may have no records.
        size: Tree size after it.
    """
    community = merged.changes.community
    units = community.units if community else ()
    count = len(batch.statements)
    stated, asked = merged.outcomes[:count], merged.outcomes[count:]
    settle_statements(
        connection,
        size,
        [one.number for one in stated if one.fate is Fate.MERGED],
        [
            (one.number, str(one.refusal.code), explain(one.refusal, units))
            for one in stated
            if one.refusal is not None
        ],
    )
    now = merged.changes.time
    settle_pending(connection, (one.hash for one in asked if one.fate not in STAYING))
    mark_merged(connection, {one.key for one in asked if one.fate is Fate.MERGED}, now)
    other = {one.hash for one in asked if one.fate is Fate.CONFLICT}
    keep_evidence(connection, (one for one in batch.change_sets if one.hash in other), now)
