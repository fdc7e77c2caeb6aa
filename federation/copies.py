"""Copies: records that a community sends to those of its members who may not read on."""

from collections.abc import Sequence
from functools import cache

from federation.home import Home, write_whole
from federation.snapshot import SnapshotFolder
from ledger.codec import decode, encode
from ledger.epoch import COPY_BYTES_MAX, Copy, open_copies
from ledger.errors import CodecError, HistoryMismatch, SegmentInvalid, StoreDamaged
from ledger.merkle import leaf_hash
from ledger.segment import Leaf, SegmentName, encode_frames, format_name, iter_frames, split_leaves
from ledger.snapshot import SnapshotFiles


def take_copies(folder: SnapshotFolder, files: SnapshotFiles, seed: bytes) -> tuple[Copy, ...]:
    """Return the copies for a seed's key in a snapshot whose leaf hashes were verified, by index.

    Raises:
        HistoryMismatch: One of them is not the record that its leaf hash names.
        SegmentInvalid: The file is damaged.
    """
    if files.copies is None:
        return ()

    @cache
    def leaves(name: SegmentName) -> tuple[Leaf, ...]:
        return split_leaves(folder.read(format_name("l", name)), name.end - name.first)

    copies = open_copies(folder.read(files.copies), seed)
    for copy in copies:
        name = next((one for one in files.segments if one.first <= copy.index < one.end), None)
        if name is None or leaves(name)[copy.index - name.first].hash != leaf_hash(copy.record):
            raise HistoryMismatch(f"the copy of record {copy.index} is not the one that is signed")
    return copies


def keep_copies(home: Home, copies: Sequence[Copy]) -> None:
    """Keep copies in a home, in place of those it had."""
    write_whole(home.copies, encode_frames(map(encode, copies)))


def kept_copies(home: Home) -> tuple[Copy, ...]:
    """Return the copies that a home has, by index.

    Raises:
        StoreDamaged: The file is not what ``keep_copies`` writes.
    """
    if not home.copies.exists():
        return ()
    try:
        frames = iter_frames(home.copies.read_bytes(), COPY_BYTES_MAX)
        return tuple(decode(frame, Copy, COPY_BYTES_MAX) for frame in frames)
    except (CodecError, SegmentInvalid) as error:
        raise StoreDamaged(
            f"{home.copies} is damaged ({error}); remove it, the next sync brings it again"
        ) from error
