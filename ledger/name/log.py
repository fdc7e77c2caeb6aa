"""The names' log: every change of a community's names as files, for those who follow only these.

A name's change is numbered by its place in the journal's merges, names sorted within a merge. Each
publication with changes adds one file of level 0. When 16 of a level stand before the newest one
they become one of the next level, which keeps only the newest change of each name: whoever has
the 16 makes it himself, so nothing of it moves. Names are public, also in closed ledgers.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Annotated, NamedTuple

from msgspec import Meta

from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError, SegmentInvalid
from ledger.field import Count, Hash
from ledger.level import MERGED_SEGMENTS
from ledger.merkle_path import HASHES_MAX
from ledger.record import NONCE_BYTES, RECORD_BYTES_MAX
from ledger.segment import INDEX_MAX, LEVEL_MAX, SegmentName, encode_frames, iter_frames

KEY_BYTES_MAX = 255
VALUE_BYTES_MAX = 8_192
"""A name with 4,096 bytes in each of 32 records' fields stays below."""
FRAME_BYTES_MAX = KEY_BYTES_MAX + VALUE_BYTES_MAX + 16
CHANGES_BYTES_MAX = 128 * 2**20
"""One file: about 700,000 names of a usual size."""
REGISTRY_BYTES_MAX = RECORD_BYTES_MAX + 4_096
CHANGES_FILES_MAX = (MERGED_SEGMENTS - 1) * (LEVEL_MAX + 1) + 1
HASH_CHARS = 16
_NAME = re.compile(
    r"n(?P<level>0|[1-9][0-9]?)-(?P<first>0|[1-9a-f][0-9a-f]{0,13})-(?P<end>[1-9a-f][0-9a-f]{0,13})"
    rf"-(?P<hash>[0-9a-f]{{{HASH_CHARS}}})"
)

Changes = Mapping[bytes, bytes | None]
"""By the names map's keys: canonical values, None for what was removed."""


class NameChange(Shape):
    """A frame of a file of changes.

    Attributes:
        key: Of the names map: a name in UTF-8, or what stands for the rules.
        value: Canonical bytes of the map's value after the change; None where it was removed.
    """

    key: Annotated[bytes, Meta(min_length=1, max_length=KEY_BYTES_MAX)]
    value: Annotated[bytes, Meta(min_length=1, max_length=VALUE_BYTES_MAX)] | None


class ChangesName(NamedTuple):
    """What a file of changes is called.

    Attributes:
        span: Its level, the number of its first change, and the number after its last.
        hash: The first 16 hexadecimal digits of its SHA-256.
    """

    span: SegmentName
    hash: str


class RegistryHead(Shape):
    """What proves the root of the names map to who has nothing of the journal but its checkpoint.

    Attributes:
        record: The checkpoint's last record, a state record: nonce and body.
        hashes: Its inclusion path.
        changes: How many changes the log has.
    """

    record: Annotated[bytes, Meta(min_length=NONCE_BYTES + 1, max_length=RECORD_BYTES_MAX)]
    hashes: Annotated[tuple[Hash, ...], Meta(max_length=HASHES_MAX)]
    changes: Count


def format_changes_name(name: ChangesName) -> str:
    """Return the name of a file of changes."""
    level, first, end = name.span
    return f"n{level}-{first:x}-{end:x}-{name.hash}"


def parse_changes_name(text: str) -> ChangesName | None:
    """Return what a file's name says, None where it is no file of changes.

    Raises:
        SegmentInvalid: It is, and no change fits between its bounds.
    """
    match = _NAME.fullmatch(text)
    if match is None:
        return None
    span = SegmentName(int(match["level"]), int(match["first"], 16), int(match["end"], 16))
    if span.level > LEVEL_MAX or not span.first < span.end <= INDEX_MAX:
        raise SegmentInvalid(f"got a file of names {text[:60]!r} whose level or bounds do not fit")
    return ChangesName(span, match["hash"])


def name_changes(span: SegmentName, data: bytes) -> ChangesName:
    """Return what a file of these changes is called."""
    return ChangesName(span, sha256(data).hexdigest()[:HASH_CHARS])


def plan_changes(standing: Sequence[SegmentName], end: int) -> tuple[SegmentName, ...]:
    """Return the files of changes that stand after a publication, oldest first.

    The newest publication's file stands by itself, so that who had all before it has to fetch no
    other: of those he makes the files of higher levels.

    Args:
        standing: Those that stood after the publication before; none before the first.
        end: How many changes there are now.
    """
    first = standing[-1].end if standing else 0
    if end == first:
        return tuple(standing)
    levelled = list(standing)
    while len(last := levelled[-MERGED_SEGMENTS:]) == MERGED_SEGMENTS:
        level = last[-1].level
        if last[0].level != level or level == LEVEL_MAX:
            break
        levelled[-MERGED_SEGMENTS:] = [SegmentName(level + 1, last[0].first, last[-1].end)]
    return (*levelled, SegmentName(0, first, end))


def check_changes_names(names: Iterable[ChangesName]) -> tuple[ChangesName, ...]:
    """Return files of changes in their order, where together they can be a whole log.

    Raises:
        SegmentInvalid: They leave a hole or overlap, their levels rise, or there are more of one
            level than can stand.
    """
    ordered = sorted(names, key=lambda name: name.span.first)
    at, level, count = 0, LEVEL_MAX, 0
    for name in ordered:
        count = count + 1 if name.span.level == level else 1
        most = MERGED_SEGMENTS - bool(name.span.level)
        if name.span.first != at or name.span.level > level or count > most:
            raise SegmentInvalid(
                f"got the file of names {format_changes_name(name)} where {at:x} comes next"
            )
        at, level = name.span.end, name.span.level
    return tuple(ordered)


def encode_changes(changes: Changes, span: SegmentName) -> bytes:
    """Return the file of some changes; the same changes give the same bytes.

    Args:
        changes: The newest one of each name among those of the span.
        span: Which changes. Where it begins the log, nothing is there to be removed, so removals
            are left out.
    """
    kept = sorted((key, value) for key, value in changes.items() if value is not None or span.first)
    return encode_frames(encode(NameChange(key, value)) for key, value in kept)


def decode_changes(data: bytes, span: SegmentName) -> dict[bytes, bytes | None]:
    """Return the changes in a file; what they are worth the map's root proves.

    Args:
        data: Untrusted.
        span: What its name says.

    Raises:
        SegmentInvalid: Damaged, not sorted by name, a name twice, more changes than the span has,
            or a removal where the log begins.
    """
    found: dict[bytes, bytes | None] = {}
    before = b""
    for frame in iter_frames(data, FRAME_BYTES_MAX):
        try:
            change = decode(frame, NameChange, FRAME_BYTES_MAX)
        except CodecError as error:
            raise SegmentInvalid(f"the file of names: {error}") from error
        if change.key <= before or (change.value is None and not span.first):
            raise SegmentInvalid(
                f"the file of names has {change.key[:64]!r} after {before[:64]!r}, or removes it "
                "where nothing came before"
            )
        found[change.key] = change.value
        before = change.key
    if len(found) > span.end - span.first:
        raise SegmentInvalid(
            f"the file of names has {len(found)} changes; {span.end - span.first} fit its name"
        )
    return found


def join_changes(files: Iterable[Changes]) -> dict[bytes, bytes | None]:
    """Return the newest change of each name in files that follow each other."""
    joined: dict[bytes, bytes | None] = {}
    for changes in files:
        joined.update(changes)
    return joined


def apply_changes(values: dict[bytes, bytes], changes: Changes, span: SegmentName) -> Changes:
    """Bring present values forward by a file of changes; return what is to change in their map.

    Args:
        values: By the map's keys, as of any change from the file's first to its last; changed.
        changes: In the file.
        span: Which changes those are.
    """
    changed = dict(changes)
    if not span.first:
        # The file says all that there was at its end: what it does not name was removed.
        changed.update((key, None) for key in values.keys() - changes.keys())
    for key, value in changed.items():
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
    return changed
