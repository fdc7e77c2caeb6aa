"""The archive: attached files as a torrent of their own, beside the snapshot that names it.

Files are numbered in the order of the journal. Each publication with new ones adds one file of
level 0 with them, sealed; when 16 of a level exist they become one of the next, like segments. A
file that was withdrawn, or that the publisher has lost, is an empty frame in them.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple

from msgspec import Meta

from ledger.attachment import SEALED_BYTES_MAX
from ledger.codec import Shape, decode
from ledger.errors import CodecError, SegmentInvalid
from ledger.level import MERGED_SEGMENTS, plan_levels
from ledger.segment import INDEX_MAX, LENGTH_BYTES, LEVEL_MAX, SegmentName
from ledger.snapshot import ARCHIVE_HEAD_BYTES_MAX, torrent_name

HASH_CHARS = 16
FILES_MAX = (MERGED_SEGMENTS - 1) * (LEVEL_MAX + 1)
NAME_CHARS_MAX = 64
_NAME = re.compile(
    r"f(?P<level>0|[1-9][0-9]?)-(?P<first>0|[1-9a-f][0-9a-f]{0,13})-(?P<end>[1-9a-f][0-9a-f]{0,13})"
    rf"-(?P<hash>[0-9a-f]{{{HASH_CHARS}}})"
)


class ArchiveName(NamedTuple):
    """What a file of the archive is called.

    Attributes:
        span: Its level, the number of its first attachment, and the number after its last.
        hash: The first 16 hexadecimal digits of its SHA-256.
    """

    span: SegmentName
    hash: str


class ArchiveHead(Shape):
    """Which torrent the archive of a snapshot is.

    Attributes:
        infohash: v1.
        infohash_v2: The same torrent's.
        files: Names of its files, oldest attachments first.
    """

    infohash: Annotated[bytes, Meta(min_length=20, max_length=20)]
    infohash_v2: Annotated[bytes, Meta(min_length=32, max_length=32)]
    files: Annotated[
        tuple[Annotated[str, Meta(max_length=NAME_CHARS_MAX)], ...],
        Meta(min_length=1, max_length=FILES_MAX),
    ]


class Archive(NamedTuple):
    """An archive's head, taken apart.

    Attributes:
        infohash: v1, 20 bytes.
        files: Oldest attachments first, without a hole from 0.
    """

    infohash: bytes
    files: tuple[ArchiveName, ...]

    @property
    def end(self) -> int:
        """How many attachments it is for."""
        return self.files[-1].span.end


def archive_torrent_name(community: bytes) -> str:
    """Return the name of the torrents of a community's archive."""
    return torrent_name(community) + "-files"


def format_archive_name(name: ArchiveName) -> str:
    """Return the name of a file of the archive."""
    level, first, end = name.span
    return f"f{level}-{first:x}-{end:x}-{name.hash}"


def parse_archive_name(text: str) -> ArchiveName:
    """Return what a file's name says.

    Raises:
        SegmentInvalid: It is no file of an archive, or no attachment fits between its bounds.
    """
    match = _NAME.fullmatch(text)
    if match is None:
        raise SegmentInvalid(f"got a file {text[:60]!r}, which is not called like an archive's")
    span = SegmentName(int(match["level"]), int(match["first"], 16), int(match["end"], 16))
    if span.level > LEVEL_MAX or not span.first < span.end <= INDEX_MAX:
        raise SegmentInvalid(f"got a file {text[:60]!r} whose level or bounds do not fit")
    return ArchiveName(span, match["hash"])


def read_archive(data: bytes) -> Archive:
    """Return what an archive's head says.

    Args:
        data: Untrusted.

    Raises:
        SegmentInvalid: Not a head, a file is called otherwise than in an archive, or the files
            leave a hole, overlap, or are more of a level than can stand.
    """
    try:
        head = decode(data, ArchiveHead, ARCHIVE_HEAD_BYTES_MAX)
    except CodecError as error:
        raise SegmentInvalid(f"the archive's head: {error}") from error
    files = tuple(map(parse_archive_name, head.files))
    at, level, count = 0, LEVEL_MAX, 0
    for name in files:
        count = count + 1 if name.span.level == level else 1
        if name.span.first != at or name.span.level > level or count >= MERGED_SEGMENTS:
            raise SegmentInvalid(f"got {format_archive_name(name)} where {at:x} comes next")
        at, level = name.span.end, name.span.level
    return Archive(head.infohash, files)


def check_archive_files(entries: Iterable[tuple[str, int]], archive: Archive) -> dict[str, int]:
    """Return the lengths of a torrent's files by name, before a byte of them moves.

    Args:
        entries: Names and lengths in bytes from untrusted metadata.
        archive: What its head says.

    Raises:
        SegmentInvalid: Others than the head names, or a length that cannot be.
    """
    lengths = dict(entries)
    spans = {format_archive_name(name): name.span for name in archive.files}
    if lengths.keys() != spans.keys():
        strange = min(lengths.keys() ^ spans.keys())
        raise SegmentInvalid(f"the archive and its head do not agree about {strange[:60]!r}")
    for name, span in spans.items():
        count = span.end - span.first
        most = count * (LENGTH_BYTES + SEALED_BYTES_MAX)
        if not count * LENGTH_BYTES <= lengths[name] <= most:
            raise SegmentInvalid(f"got {lengths[name]} bytes of {name}; at most {most} fit")
    return lengths


def plan_archive(
    sizes: Iterable[int], attached: Sequence[tuple[int, int]]
) -> tuple[SegmentName, ...]:
    """Return the files that an archive has, oldest attachments first.

    Args:
        sizes: Records of each publication, rising.
        attached: Records that attach something, rising, and how many attachments there were after
            each.
    """
    ends: list[int] = []
    at = 0
    for size in sizes:
        before = at
        while at < len(attached) and attached[at][0] < size:
            at += 1
        if at > before:
            ends.append(attached[at - 1][1])
    return plan_levels(ends)


def choose_files(lengths: dict[str, int], archive: Archive, bytes_max: int) -> set[str]:
    """Return which files of an archive to keep where there is room for so many bytes.

    The newest come first; what does not fit any more is left out with all that is older.
    """
    chosen: set[str] = set()
    room = bytes_max
    for one in reversed(archive.files):
        name = format_archive_name(one)
        room -= lengths[name]
        if room < 0:
            break
        chosen.add(name)
    return chosen
