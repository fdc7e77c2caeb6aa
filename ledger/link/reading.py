"""Readings: records of another community's journal, and what proves that they stand in it.

A community journals what it read before it acts on it, so whoever replays its journal sees why.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from ledger.checkpoint import parse_checkpoint
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError, NoteError, ProofInvalid
from ledger.field import Count, Hash, PublicKey
from ledger.merkle import leaf_hash
from ledger.merkle_many import narrow_many
from ledger.note import NOTE_BYTES_MAX, parse_note

READING_BYTES_MAX = 60_000
"""Canonical bytes, so that the record of a reading fits the 65,535 bytes of any record."""
ENTRIES_MAX = 64
PROOF_HASHES_MAX = READING_BYTES_MAX // 34
"""A hash takes 34 canonical bytes."""


class ReadRecord(Shape):
    """A record as it stands in the other journal: its index there, and nonce || body."""

    index: Count
    stored: Annotated[bytes, Meta(max_length=READING_BYTES_MAX)]


NoteText = Annotated[str, Meta(max_length=NOTE_BYTES_MAX)]
ReadRecords = Annotated[tuple[ReadRecord, ...], Meta(min_length=1, max_length=ENTRIES_MAX)]
ProofHashes = Annotated[tuple[Hash, ...], Meta(max_length=PROOF_HASHES_MAX)]


class Reading(Shape):
    """What was read of another journal; nothing about it is verified.

    Attributes:
        community: Whose journal.
        note: A signed checkpoint of it, up to 4,096 bytes in UTF-8.
        entries: 1 to 64 of its records, by index.
        proof: Their combined inclusion proof (ledger.merkle_many).
    """

    community: PublicKey
    note: NoteText
    entries: ReadRecords
    proof: ProofHashes


def encode_reading(reading: Reading) -> bytes:
    """Return a reading's canonical bytes; ``decode_reading`` gives it back."""
    data = encode(reading)
    assert len(data) <= READING_BYTES_MAX, f"a reading of {len(data)} bytes; fit it first"
    return data


def decode_reading(data: bytes) -> Reading:
    """Return the reading that untrusted bytes hold, without verifying it.

    Raises:
        ProofInvalid: Over 60,000 bytes, not canonical, or out of a field's bounds.
    """
    try:
        return decode(data, Reading, READING_BYTES_MAX)
    except CodecError as error:
        raise ProofInvalid(f"got a reading that cannot be read: {error}") from error


def leaves_of(reading: Reading) -> list[tuple[int, bytes]]:
    """Return the index and leaf hash of each record of a reading."""
    return [(one.index, leaf_hash(one.stored)) for one in reading.entries]


def narrow_reading(reading: Reading, keep: Sequence[int]) -> Reading:
    """Return a reading of fewer of its records under the same note.

    It shows what it shows if the larger one holds; verify either.

    Args:
        reading: Untrusted.
        keep: Indices of records of it, ascending, each once; 1 or more.

    Raises:
        ProofInvalid: Its note is no checkpoint, or its hashes are not those of its records.
    """
    leaves, size = leaves_of(reading), _size(reading)
    proof = narrow_many(leaves, size, reading.proof, keep)
    if proof is None:
        raise ProofInvalid(
            f"got {len(reading.proof)} hashes and {len(leaves)} records that have no combined "
            f"proof of that length in a journal of {size}"
        )
    kept = set(keep)
    entries = tuple(one for one in reading.entries if one.index in kept)
    return Reading(reading.community, reading.note, entries, proof)


def fit_reading(reading: Reading, bytes_max: int = READING_BYTES_MAX) -> Reading:
    """Return a reading of as many of the first records as fit.

    Args:
        reading: One's own, of any length.
        bytes_max: Canonical bytes; room for one of the records at least.
    """
    if len(encode(reading)) <= bytes_max:
        return reading
    indices = [one.index for one in reading.entries]

    def is_over(count: int) -> bool:
        return len(encode(narrow_reading(reading, indices[:count]))) > bytes_max

    # A shorter beginning is a shorter reading, so the longest that fits is found by halving.
    count = bisect_left(range(1, len(indices)), True, key=is_over)
    assert count, f"record {indices[0]} and its proof do not fit {bytes_max} bytes"
    return narrow_reading(reading, indices[:count])


def _size(reading: Reading) -> int:
    try:
        return parse_checkpoint(parse_note(reading.note.encode()).text).size
    except NoteError as error:
        raise ProofInvalid(f"the note of the reading does not hold: {error}") from error
