"""Snapshots: which files a community's torrent holds, and nothing else."""

import re
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.accounts_file import ACCOUNTS_BYTES_MAX
from ledger.cosignature import COSIGNATURES_BYTES_MAX
from ledger.errors import SegmentInvalid
from ledger.feed.head import HEAD_BYTES_MAX
from ledger.level import MERGED_SEGMENTS
from ledger.name.log import (
    CHANGES_BYTES_MAX,
    CHANGES_FILES_MAX,
    REGISTRY_BYTES_MAX,
    ChangesName,
    check_changes_names,
    format_changes_name,
    parse_changes_name,
)
from ledger.note import NOTE_BYTES_MAX
from ledger.segment import (
    ENTRY_BYTES,
    INDEX_MAX,
    LENGTH_BYTES,
    LEVEL_MAX,
    PAYLOAD_BYTES_MAX,
    RECORD_BYTES_MIN,
    SegmentName,
    format_name,
    parse_name,
)

SEGMENTS_MAX = (MERGED_SEGMENTS - 1) * (LEVEL_MAX + 1)
FILES_MAX = 2 * SEGMENTS_MAX + CHANGES_FILES_MAX + 8
"""Each segment's two files, the names', the checkpoint, accounts, grants, copies, cosignatures,
feed's head, the names' head, the archive's head."""
ARCHIVE_HEAD_BYTES_MAX = 16_384
"""What names the torrent of attached files, and at most 195 files in it."""
GRANTS_BYTES_MAX = 16 * 2**20
"""About 160,000 members."""
COPIES_BYTES_MAX = 64 * 2**20
SNAPSHOT_BYTES_MAX = 16 * 2**30
"""About 50 million records."""
_NAME_KEY_CHARS = 16
_CHECKPOINT = re.compile(r"checkpoint-(?P<size>[1-9a-f][0-9a-f]{0,13})")
_ACCOUNTS = re.compile(r"accounts-[0-9a-f]{16}")
_GRANTS = re.compile(r"grants-[0-9a-f]{16}")
_COPIES = re.compile(r"copies-[0-9a-f]{16}")
_COSIGNATURES = re.compile(r"cosignatures-[0-9a-f]{16}")
_FEED = re.compile(r"feed-[0-9a-f]{16}")
_REGISTRY = re.compile(r"names-[0-9a-f]{16}")
_ARCHIVE = re.compile(r"files-[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class SnapshotFiles:
    """The files of a snapshot, by what they are.

    Attributes:
        size: Number of records.
        segments: Oldest first, without a hole from 0 to ``size``.
        accounts: File name of all accounts as of the last record.
        grants: File name, None in an open ledger.
        copies: File name, or None.
        cosignatures: File name of those of earlier checkpoints, or None.
        feed: File name of the head of the feed of all records, or None.
        registry: File name of what proves the names, None where none was ever changed.
        changes: Files of what was changed about names, oldest first, without a hole from 0.
        archive: File name of the head of the archive, None where nothing was ever attached.
    """

    size: int
    segments: tuple[SegmentName, ...]
    accounts: str
    grants: str | None = None
    copies: str | None = None
    cosignatures: str | None = None
    feed: str | None = None
    registry: str | None = None
    changes: tuple[ChangesName, ...] = ()
    archive: str | None = None

    @property
    def checkpoint(self) -> str:
        """Name of the file with the signed note."""
        return checkpoint_name(self.size)

    @property
    def names(self) -> tuple[str, ...]:
        """All file names, the small ones first."""
        small = (self.grants, self.copies, self.cosignatures, self.feed, self.archive)
        pairs = (format_name(kind, name) for name in self.segments for kind in ("l", "r"))
        return (
            self.checkpoint,
            self.accounts,
            *(one for one in small if one is not None),
            *self.of_names,
            *pairs,
        )

    @property
    def of_names(self) -> tuple[str, ...]:
        """Names of the files about names, which whoever has the records makes himself."""
        files = map(format_changes_name, self.changes)
        return () if self.registry is None else (self.registry, *files)


def torrent_name(community: bytes) -> str:
    """Return the name of a community's torrents: ``commontab-`` and a part of its key."""
    return "commontab-" + b32encode(community).decode()[:_NAME_KEY_CHARS].lower()


def checkpoint_name(size: int) -> str:
    """Return the name of the file that holds the checkpoint of so many records."""
    return f"checkpoint-{size:x}"


def is_feed_head(name: str) -> bool:
    """Return whether a file of a snapshot holds the head of its feed."""
    return _FEED.fullmatch(name) is not None


def is_archive_head(name: str) -> bool:
    """Return whether a file of a snapshot says which torrent holds the attached files."""
    return _ARCHIVE.fullmatch(name) is not None


def check_snapshot_files(
    entries: Iterable[tuple[str, int]], size_max: int, bytes_max: int = SNAPSHOT_BYTES_MAX
) -> SnapshotFiles:
    """Return what a torrent's files are, before a byte of them moves.

    Args:
        entries: Names and lengths in bytes from untrusted metadata.
        size_max: Records that the newest known checkpoint covers: no snapshot has more.
        bytes_max: Room for all files together.

    Raises:
        SegmentInvalid: A name twice, unknown or missing, a length that cannot be, records that
            leave a hole, overlap or stop short, more segments of a level than can stand, or
            more than there is room for.
    """
    lengths: dict[str, int] = {}
    for name, length in entries:
        if name in lengths or len(lengths) >= FILES_MAX:
            raise SegmentInvalid(f"got {name[:40]!r} twice, or over {FILES_MAX} files")
        lengths[name] = length
    if sum(lengths.values()) > bytes_max:
        raise SegmentInvalid(
            f"got files of {sum(lengths.values())} bytes; there is room for {bytes_max}"
        )
    size = _check_checkpoint(lengths, size_max)
    accounts = _take(lengths, _ACCOUNTS, ACCOUNTS_BYTES_MAX)
    if accounts is None:
        raise SegmentInvalid("got a snapshot without a file of accounts")
    grants = _take(lengths, _GRANTS, GRANTS_BYTES_MAX)
    copies = _take(lengths, _COPIES, COPIES_BYTES_MAX)
    cosignatures = _take(lengths, _COSIGNATURES, COSIGNATURES_BYTES_MAX)
    feed = _take(lengths, _FEED, HEAD_BYTES_MAX)
    registry = _take(lengths, _REGISTRY, REGISTRY_BYTES_MAX)
    changes = _take_changes(lengths)
    archive = _take(lengths, _ARCHIVE, ARCHIVE_HEAD_BYTES_MAX)
    if bool(changes) != (registry is not None):
        raise SegmentInvalid("got changes of names without what proves them, or that without them")
    segments = _check_segments(lengths, size)
    return SnapshotFiles(
        size, segments, accounts, grants, copies, cosignatures, feed, registry, changes, archive
    )


def _check_checkpoint(lengths: dict[str, int], size_max: int) -> int:
    name = _take(lengths, _CHECKPOINT, NOTE_BYTES_MAX)
    if name is None:
        raise SegmentInvalid("got a snapshot without a checkpoint")
    size = int(name.removeprefix("checkpoint-"), 16)
    if size > min(size_max, INDEX_MAX):
        raise SegmentInvalid(f"got a snapshot of {size} records; at most {size_max} are signed")
    return size


def _take(lengths: dict[str, int], pattern: re.Pattern[str], bytes_max: int) -> str | None:
    """Remove and return the one name that fits a pattern."""
    names = [name for name in lengths if pattern.fullmatch(name)]
    if not names:
        return None
    length = lengths.pop(names[0])
    if len(names) > 1 or not 0 < length <= bytes_max:
        raise SegmentInvalid(
            f"got {len(names)} files like {names[0]}, of {length} bytes; one of at most "
            f"{bytes_max} fits"
        )
    return names[0]


def _take_changes(lengths: dict[str, int]) -> tuple[ChangesName, ...]:
    """Remove and return the files of changes of names, which may be empty."""
    found = [(name, parse_changes_name(name)) for name in lengths]
    named = {name: parsed for name, parsed in found if parsed is not None}
    for name in named:
        if not 0 <= (length := lengths.pop(name)) <= CHANGES_BYTES_MAX:
            raise SegmentInvalid(
                f"got {length} bytes of {name}; at most {CHANGES_BYTES_MAX} fit a file of names"
            )
    return check_changes_names(named.values())


def _check_segments(lengths: dict[str, int], size: int) -> tuple[SegmentName, ...]:
    parsed = [parse_name(text) for text in lengths]
    records = sorted((name for kind, name in parsed if kind == "r"), key=lambda name: name.first)
    leaves = sorted((name for kind, name in parsed if kind == "l"), key=lambda name: name.first)
    if records != leaves:
        raise SegmentInvalid("got a segment that has not both of its files")
    at, level, count = 0, LEVEL_MAX, 0
    for name in records:
        count = count + 1 if name.level == level else 1
        if name.first != at or name.level > level or count >= MERGED_SEGMENTS:
            raise SegmentInvalid(f"got segment {format_name('r', name)} where {at:x} comes next")
        _check_lengths(lengths, name)
        at, level = name.end, name.level
    if at != size:
        raise SegmentInvalid(f"got segments of {at} records; the checkpoint covers {size}")
    return tuple(records)


def _check_lengths(lengths: dict[str, int], name: SegmentName) -> None:
    count = name.end - name.first
    leaves, records = lengths[format_name("l", name)], lengths[format_name("r", name)]
    least, most = LENGTH_BYTES + RECORD_BYTES_MIN, LENGTH_BYTES + PAYLOAD_BYTES_MAX
    if leaves != count * ENTRY_BYTES or not count * least <= records <= count * most:
        raise SegmentInvalid(
            f"got {records} bytes of records and {leaves} of leaf hashes for {count} records"
        )
