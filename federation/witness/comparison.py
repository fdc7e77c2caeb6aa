"""Comparing: whether what somebody else was shown is the history that one has verified oneself."""

from collections.abc import Callable
from enum import Enum, auto

from federation.errors import SplitView
from ledger.checkpoint import VerifiedCheckpoint

RootAt = Callable[[int], bytes | None]
"""Gives the root that was verified for a size; None where no verified merge ended there."""
NoteFor = Callable[[int], bytes]
"""Gives one's own signed note for a size, or the nearest after it."""


class Compared(Enum):
    """What a checkpoint is to whoever has verified one history."""

    KNOWN = auto()
    """It is of this history."""
    OPEN = auto()
    """It is larger: nobody is guilty before one has seen whether this history leads there."""


def compare(theirs: VerifiedCheckpoint, size: int, root_at: RootAt, note_for: NoteFor) -> Compared:
    """Return what a checkpoint is to this history.

    Args:
        theirs: Signed by the community, from anywhere.
        size: Number of records that were verified here.
        root_at: Roots of that history, for sizes from 1 to ``size``.
        note_for: What this history was signed with, for the evidence.

    Raises:
        SplitView: The community signed another history: a size has two roots, or one that no
            merge of this history ended with.
    """
    if theirs.size > size:
        return Compared.OPEN
    if theirs.size and root_at(theirs.size) != theirs.root:
        raise SplitView(note_for(theirs.size), theirs.note)
    return Compared.KNOWN
