"""Segments: the append-only files that carry records, and their leaves, to everybody."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from ledger import crypto
from ledger.errors import SealInvalid, SegmentInvalid
from ledger.record import NONCE_BYTES, RECORD_BYTES_MAX

LENGTH_BYTES = 4
LEAF_BYTES = 32
ENTRY_BYTES = LEAF_BYTES + LENGTH_BYTES
"""A leaf hash, and how long its payload in the file of records is."""
LEVEL_MAX = 12
"""16**13 publications of level 0 are more than a journal's 2**53 - 1 records."""
INDEX_MAX = 2**53 - 1
SEAL_BYTES = crypto.BOX_NONCE_BYTES + crypto.BOX_MAC_BYTES
"""What a sealed record is longer than the plain one."""
PAYLOAD_BYTES_MAX = RECORD_BYTES_MAX + SEAL_BYTES
RECORD_BYTES_MIN = NONCE_BYTES + 1

FileKind = Literal["r", "l"]
"""Records, or their leaves."""

_NAME = re.compile(
    r"(?P<kind>[rl])(?P<level>0|[1-9][0-9]?)"
    r"-(?P<first>0|[1-9a-f][0-9a-f]{0,13})-(?P<end>[1-9a-f][0-9a-f]{0,13})"
)


class SegmentName(NamedTuple):
    """Which records a pair of files holds.

    Attributes:
        level: 0 for one publication; each next level holds 16 of the one below.
        first: Index of its first record.
        end: Index after its last record.
    """

    level: int
    first: int
    end: int


class Leaf(NamedTuple):
    """What a file of leaves says of one record.

    Attributes:
        hash: Its leaf hash, 32 bytes.
        length: Of its payload in the file of records, in bytes. The lengths of those before it
            tell where it lies, so that it can be fetched alone.
    """

    hash: bytes
    length: int


def format_name(kind: FileKind, name: SegmentName) -> str:
    """Return the file name of a segment's records or leaves."""
    return f"{kind}{name.level}-{name.first:x}-{name.end:x}"


def parse_name(text: str) -> tuple[FileKind, SegmentName]:
    """Return what a file name says.

    Raises:
        SegmentInvalid: Not a segment's name, or no record fits between its bounds.
    """
    match = _NAME.fullmatch(text)
    if match is None:
        raise SegmentInvalid(f"got a file {text[:40]!r}, which is not called like a segment")
    name = SegmentName(int(match["level"]), int(match["first"], 16), int(match["end"], 16))
    if name.level > LEVEL_MAX or not name.first < name.end <= INDEX_MAX:
        raise SegmentInvalid(f"got a segment {text[:40]!r} whose level or bounds do not fit")
    return ("r" if match["kind"] == "r" else "l"), name


def encode_segment(records: Iterable[bytes], first: int, key: bytes | None = None) -> bytes:
    """Return the file of some records.

    Files join: those of the records before and after an epoch's begin make one file.

    Args:
        records: Plain records, nonce and body.
        first: Index of the first of them.
        key: The epoch's key in a closed ledger, None in an open one.
    """
    if key is None:
        return encode_frames(records)
    return encode_frames(
        seal_record(record, index, key) for index, record in enumerate(records, first)
    )


def encode_frames(payloads: Iterable[bytes]) -> bytes:
    """Return payloads, each behind its length in 4 bytes."""
    return b"".join(
        part for payload in payloads for part in (len(payload).to_bytes(LENGTH_BYTES), payload)
    )


def iter_frames(data: bytes, payload_bytes_max: int = PAYLOAD_BYTES_MAX) -> Iterator[bytes]:
    """Yield the payloads of a file of frames.

    Args:
        data: Untrusted.
        payload_bytes_max: The longest payload that fits.

    Raises:
        SegmentInvalid: The file ends within a frame, or a frame is too long.
    """
    start, size = 0, len(data)
    while start < size:
        payload = start + LENGTH_BYTES
        end = payload + int.from_bytes(data[start:payload])
        if not payload <= end <= size or end - payload > payload_bytes_max:
            raise SegmentInvalid(
                f"got a frame of {end - payload} bytes at byte {start} of {size}; "
                f"at most {payload_bytes_max} fit, and no more than the file has"
            )
        yield data[payload:end]
        start = end


def seal_record(record: bytes, index: int, key: bytes) -> bytes:
    """Return a record of a closed ledger as it is stored: nonce and secret box.

    Args:
        record: Nonce and body.
        index: Its place in the journal.
        key: The epoch's 32-byte key.

    Source:
        docs/protocol.md, "Snapshots". The nonce is a function of the content, so that the same
        record gives the same file after a crash.
    """
    nonce = _seal_nonce(record, index, key)
    return nonce + crypto.secret_box(key, nonce, record)


def open_record(payload: bytes, index: int, key: bytes | None) -> bytes:
    """Return the plain record that a payload holds; its leaf hash proves it, not this.

    Args:
        payload: Untrusted.
        index: Its place in the journal.
        key: The epoch's key, None in an open ledger.

    Raises:
        SegmentInvalid: Too short or too long for a record, or it does not open with this key
            at this place.
    """
    if key is None:
        record = payload
    else:
        nonce, sealed = payload[: crypto.BOX_NONCE_BYTES], payload[crypto.BOX_NONCE_BYTES :]
        try:
            record = crypto.open_secret_box(key, nonce, sealed)
        except SealInvalid:
            raise SegmentInvalid(f"record {index} does not open with the key at hand") from None
        if nonce != _seal_nonce(record, index, key):
            raise SegmentInvalid(f"record {index} was sealed for another place in the journal")
    if not RECORD_BYTES_MIN <= len(record) <= RECORD_BYTES_MAX:
        raise SegmentInvalid(f"record {index} has {len(record)} bytes; 17 to 65,535 fit")
    return record


def encode_leaves(hashes: Iterable[bytes], payloads: Iterable[bytes]) -> bytes:
    """Return the file of leaves of some records.

    Args:
        hashes: Their leaf hashes.
        payloads: As many, as they stand in the file of records.
    """
    return b"".join(
        leaf + len(payload).to_bytes(LENGTH_BYTES)
        for leaf, payload in zip(hashes, payloads, strict=True)
    )


def split_leaves(data: bytes, count: int) -> tuple[Leaf, ...]:
    """Return the leaves in a file of them, or in a part of one.

    Args:
        data: Untrusted.
        count: How many records it is for.

    Raises:
        SegmentInvalid: Its length is not 36 bytes for each record, or no record has a length
            that it says.
    """
    if len(data) != ENTRY_BYTES * count:
        raise SegmentInvalid(f"got {len(data)} bytes of leaf hashes for {count} records")
    leaves = tuple(
        Leaf(data[at : at + LEAF_BYTES], int.from_bytes(data[at + LEAF_BYTES : at + ENTRY_BYTES]))
        for at in range(0, len(data), ENTRY_BYTES)
    )
    for place, leaf in enumerate(leaves):
        if not RECORD_BYTES_MIN <= leaf.length <= PAYLOAD_BYTES_MAX:
            raise SegmentInvalid(f"got a length of {leaf.length} bytes for record {place} of these")
    return leaves


def split_payloads(data: bytes, leaves: Sequence[Leaf], first: int) -> Iterator[bytes]:
    """Yield the payloads in a file of records, which are as long as its file of leaves says.

    Args:
        data: Untrusted.
        leaves: One for each record, from ``split_leaves``.
        first: Index of the first record.

    Raises:
        SegmentInvalid: A frame is damaged, one of the files lies about a length, or they have
            not as many records.
    """
    frames = iter_frames(data)
    for index, leaf in enumerate(leaves, first):
        payload = next(frames, b"")
        if len(payload) != leaf.length:
            raise SegmentInvalid(
                f"record {index} has {len(payload)} bytes in the file of records; the file of "
                f"leaf hashes says {leaf.length}: who published them lied about one"
            )
        yield payload
    if next(frames, None) is not None:
        raise SegmentInvalid(f"got more than the {len(leaves)} records that have leaf hashes")


def _seal_nonce(record: bytes, index: int, key: bytes) -> bytes:
    return crypto.keyed_hash(key, index.to_bytes(8) + record, crypto.BOX_NONCE_BYTES)
