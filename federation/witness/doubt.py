"""Doubt: what a torrent that does not continue the own history shows about whoever signed it."""

import asyncio
import shutil
from collections.abc import Collection, Sequence

from federation.errors import FetchTimeout, SplitView, TorrentRefused
from federation.port import FileEntry, Swarm
from federation.snapshot import SnapshotFolder
from ledger.checkpoint import VerifiedCheckpoint, verify_checkpoint
from ledger.errors import NoteError, SegmentInvalid
from ledger.merkle import Frontier
from ledger.merkle_path import prove_consistency
from ledger.proof.consistency import ConsistencyProof
from ledger.proof.fork import PrefixFork, fork_of_notes, format_fork
from ledger.segment import format_name, split_leaves
from ledger.snapshot import SnapshotFiles, check_snapshot_files
from ledger.store.journal import KeptCheckpoint

APART = "doubt"
"""Folder beside the snapshots' files, which a doubtful torrent may not change."""
FETCH_S = 20.0
"""Deadline for its leaf hashes, seconds."""


async def prove_rewrite(
    swarm: Swarm,
    folder: SnapshotFolder,
    infohash: bytes,
    theirs: VerifiedCheckpoint,
    ours: KeptCheckpoint,
) -> SplitView | None:
    """Return what shows that a signed journal does not begin as the one that was verified here.

    Its leaf hashes are fetched again, apart from the own files: they are never secret, and they
    lead to both roots, the one that is signed for it and the one that contradicts the own note.

    Args:
        swarm: Where the torrent is.
        folder: The snapshots' of this home.
        infohash: Of the torrent.
        theirs: Its checkpoint.
        ours: The newest checkpoint that was verified here, not larger.

    Returns:
        The split view with its proof; None where the torrent does not come, or is rubbish that
        its checkpoint does not name, or begins as the own journal does.
    """
    apart = folder.directory / APART

    def judge(entries: Sequence[FileEntry]) -> Collection[str]:
        files = _check_files(entries, theirs.size)
        leaves = {format_name("l", name) for name in files.segments}
        return {entry.name for entry in entries} - leaves

    try:
        torrent = await swarm.fetch(infohash, apart, folder.name, judge, FETCH_S)
        files = _check_files(torrent.files, theirs.size)
        leaves = await asyncio.to_thread(_read_leaves, folder, files)
        return _compare(leaves, theirs, ours)
    except (FetchTimeout, TorrentRefused, SegmentInvalid, OSError):
        return None
    finally:
        await swarm.drop(infohash)
        await asyncio.to_thread(shutil.rmtree, apart, ignore_errors=True)


def _check_files(entries: Sequence[FileEntry], size_max: int) -> SnapshotFiles:
    try:
        return check_snapshot_files([(entry.name, entry.length) for entry in entries], size_max)
    except SegmentInvalid as error:
        raise TorrentRefused(str(error)) from error


def _read_leaves(folder: SnapshotFolder, files: SnapshotFiles) -> list[bytes]:
    apart = folder.directory / APART / folder.name
    return [
        leaf.hash
        for name in files.segments
        for leaf in split_leaves(
            (apart / format_name("l", name)).read_bytes(), name.end - name.first
        )
    ]


def _compare(
    leaves: Sequence[bytes], theirs: VerifiedCheckpoint, ours: KeptCheckpoint
) -> SplitView | None:
    try:
        own = verify_checkpoint(theirs.community, ours.note)
    except NoteError:
        return None
    tree = Frontier().append(leaves)
    before = Frontier().append(leaves[: own.size]).root
    signed = (tree.size, tree.root) == (theirs.size, theirs.root)
    if not signed or own.size > theirs.size or before == own.root:
        return None
    if own.size == theirs.size:
        return SplitView(own.note, theirs.note, format_fork(fork_of_notes(own, theirs)))

    def subtree(level: int, position: int) -> bytes:
        return Frontier().append(leaves[position << level : (position + 1) << level]).root

    hashes = prove_consistency(own.size, theirs.size, subtree)
    proof = ConsistencyProof(own.size, hashes, theirs.note, own.note)
    return SplitView(own.note, theirs.note, format_fork(PrefixFork(before, proof)))
