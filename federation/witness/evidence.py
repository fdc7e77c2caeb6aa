"""Evidence: what a home keeps of a split view, as a proof where the notes alone make one."""

from pathlib import Path

from federation.errors import SplitView
from federation.home import write_whole
from ledger.checkpoint import VerifiedCheckpoint, verify_checkpoint
from ledger.errors import NoteError
from ledger.merkle import Frontier
from ledger.merkle_path import Subtree, prove_consistency
from ledger.proof.consistency import ConsistencyProof
from ledger.proof.fork import PrefixFork, fork_of_notes, format_fork
from ledger.store.journal import JournalStore
from ledger.store.lookup import Lookup
from ledger.store.tree import NODE_LEVEL_MIN


def keep_evidence(folder: Path, store: JournalStore, error: SplitView) -> Path:
    """Keep the two notes of a split view, and the proof that they make; return the file to show.

    Args:
        folder: The home's for evidence.
        store: The journal that was verified here.
        error: Names the notes; the first one is of that journal.

    Raises:
        OSError: The disk is full or broken.
    """
    for number, note in enumerate(error.notes):
        write_whole(folder / f"split-view-{number}.note", note)
    proof = error.proof or _prove(store, error)
    if not proof:
        return folder / "split-view-1.note"
    path = folder / "split-view.proof"
    write_whole(path, proof)
    return path


def keep_rollback(folder: Path, proof: bytes) -> Path | None:
    """Keep the proof that a smaller journal was published after a larger one.

    Returns:
        The file to show; None where one is kept already.

    Raises:
        OSError: The disk is full or broken.
    """
    path = folder / "rollback.proof"
    if path.exists():
        return None
    write_whole(path, proof)
    return path


def _prove(store: JournalStore, error: SplitView) -> bytes:
    """Return what anybody can check with the community's key alone; empty if it is not there."""
    try:
        ours, theirs = (verify_checkpoint(store.community_key, note) for note in error.notes)
    except NoteError:
        return b""
    if ours.size == theirs.size:
        return format_fork(fork_of_notes(ours, theirs))
    if theirs.size < ours.size <= store.tip().tree.size:
        return format_fork(_prove_prefix(store, ours, theirs))
    return b""


def _prove_prefix(
    store: JournalStore, ours: VerifiedCheckpoint, theirs: VerifiedCheckpoint
) -> PrefixFork:
    """Return the proof that the own journal has another root where the other one ends."""
    lookup = Lookup(store.database)

    def subtree(level: int, position: int) -> bytes:
        node = lookup.node(level, position) if level >= NODE_LEVEL_MIN else None
        if node is not None:
            return node
        return Frontier().append(store.leaves(position << level, (position + 1) << level)).root

    hashes = prove_consistency(theirs.size, ours.size, subtree)
    start = _root_at(theirs.size, subtree)
    return PrefixFork(start, ConsistencyProof(theirs.size, hashes, ours.note, theirs.note))


def _root_at(size: int, subtree: Subtree) -> bytes:
    roots, first = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            roots.append(subtree(level, first >> level))
            first += 1 << level
    return Frontier(size, tuple(roots)).root


def keep_refused(folder: Path, checkpoint: VerifiedCheckpoint) -> Path:
    """Keep the note under which records were published that break the rules; return its file.

    Whoever merges those records again stops at the same one.

    Raises:
        OSError: The disk is full or broken.
    """
    path = folder / f"broken-rules-{checkpoint.size}.note"
    write_whole(path, checkpoint.note)
    return path
