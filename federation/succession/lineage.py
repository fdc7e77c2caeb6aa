"""Lineage: from the community key that is followed back to the one that a journal began under."""

from collections.abc import Callable, Iterator

from ledger.errors import HistoryMismatch
from ledger.replay import find_successors, replay_batch, split_batches
from ledger.state import State

Records = Callable[[], Iterator[bytes]]
"""Gives the new plain records, from the first one on, as often as it is asked."""


def find_first_key(records: Records, known: bytes | None, followed: bytes) -> bytes:
    """Return the key to replay new records from, so that they end under the one that is followed.

    Who follows the last key from the first record learns of those before from the records: the
    signed root covers them, and replay then checks every majority.

    Args:
        records: What a snapshot brings, checked against the signed root.
        known: The community's key after the records at hand; None where there are none.
        followed: The key that signed the snapshot's checkpoint.

    Raises:
        HistoryMismatch: The successions among the records do not lead to the key that is followed.
    """
    if known == followed or (known is None and _begins_under(followed, records)):
        return followed
    steps = list(find_successors(records()))
    first = known or (steps[0].old if steps else followed)
    key = first
    for step in steps:
        key = step.new if step.old == key else b""
    if key != followed:
        raise HistoryMismatch(
            f"{len(steps)} successions in the new records do not lead to the community's key "
            f"{followed.hex()[:16]}…"
        )
    return first


def _begins_under(key: bytes, records: Records) -> bool:
    """Say whether the journal's first merge is this key's: then none was before it."""
    batch = next(split_batches(records()))
    try:
        replay_batch(State(key), batch)
    except HistoryMismatch:
        return False
    return True
