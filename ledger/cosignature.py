"""Cosignatures as they are kept and handed on: whose, of which checkpoint, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from ledger import crypto
from ledger.checkpoint import (
    SIZE_MAX,
    Checkpoint,
    format_checkpoint,
    origin,
    verify_cosignature,
    witness_name,
)
from ledger.errors import NoteError, SealInvalid, SegmentInvalid
from ledger.note import COSIGNATURE_V1, Note, NoteSignature, find_signature, key_id

COSIGNATURES_MAX = 128
"""What one snapshot hands on: they fit one piece of the torrent, the smallest that can move."""
_KEY_BYTES = 32
_NUMBER_BYTES = 8
ROW_BYTES = _NUMBER_BYTES + _KEY_BYTES + _NUMBER_BYTES + crypto.SIGNATURE_BYTES
COSIGNATURES_BYTES_MAX = (
    ROW_BYTES * COSIGNATURES_MAX + crypto.BOX_NONCE_BYTES + crypto.BOX_MAC_BYTES
)
_PREFIX = b"commontab/cosignatures/v1\n"


@dataclass(frozen=True, slots=True)
class KeptCosignature:
    """A witness's statement about one size of the tree; whether it holds depends on the root.

    Attributes:
        witness: Public key, 32 bytes.
        size: Number of records in the checkpoint, 1 to 2**53 - 1.
        time: Unix seconds at which the witness had seen no larger one, 0 to 2**63 - 1.
        signature: 64 bytes.
    """

    witness: bytes
    size: int
    time: int
    signature: bytes


def note_line(kept: KeptCosignature) -> NoteSignature:
    """Return the line that adds a cosignature to its checkpoint's note."""
    name = witness_name(kept.witness)
    stamped = kept.time.to_bytes(_NUMBER_BYTES) + kept.signature
    return NoteSignature(name, key_id(name, COSIGNATURE_V1, kept.witness), stamped)


def verify_kept(community: bytes, root: bytes, kept: KeptCosignature) -> None:
    """Accept a cosignature that its witness made for this root.

    Args:
        community: The community's public key.
        root: Root of the tree of ``kept.size`` records, as the verifier knows it.
        kept: Untrusted.

    Raises:
        NoteError: It is over something else, or not the witness's.
    """
    text = format_checkpoint(Checkpoint(origin(community), kept.size, root))
    verify_cosignature(text, note_line(kept), kept.witness)


def read_lines(note: Note, size: int, witnesses: Iterable[bytes]) -> tuple[KeptCosignature, ...]:
    """Return the cosignatures in a checkpoint's note that are known witnesses'.

    A line that does not verify is left out, like those of strangers: it says nothing.

    Args:
        note: Of a checkpoint that was verified.
        size: That checkpoint's.
        witnesses: Public keys that may have signed.
    """
    names = {line.name for line in note.signatures}
    found = []
    for witness in witnesses:
        name = witness_name(witness)
        if name not in names:
            continue
        line = find_signature(note, name, key_id(name, COSIGNATURE_V1, witness))
        if line is None:
            continue
        try:
            made = verify_cosignature(note.text, line, witness)
        except NoteError:
            continue
        signature = line.signature[_NUMBER_BYTES:]
        found.append(KeptCosignature(witness, size, made.time, signature))
    return tuple(found)


def encode_cosignatures(rows: Iterable[KeptCosignature], key: bytes | None = None) -> bytes:
    """Return the file of cosignatures, sorted by witness.

    Args:
        rows: 1 to 128, one of each witness.
        key: The present epoch's key in a closed ledger, where the file would list its members;
            None in an open one.
    """
    plain = b"".join(
        row.size.to_bytes(_NUMBER_BYTES)
        + row.witness
        + row.time.to_bytes(_NUMBER_BYTES)
        + row.signature
        for row in sorted(rows, key=lambda row: row.witness)
    )
    assert 0 < len(plain) <= ROW_BYTES * COSIGNATURES_MAX, "1 to 128 cosignatures"
    if key is None:
        return plain
    # A function of the content, so that the same file is the same bytes after a crash.
    nonce = crypto.keyed_hash(key, _PREFIX + plain, crypto.BOX_NONCE_BYTES)
    return nonce + crypto.secret_box(key, nonce, plain)


def decode_cosignatures(data: bytes, key: bytes | None = None) -> tuple[KeptCosignature, ...]:
    """Return the cosignatures in a file; none of them is verified.

    Args:
        data: Untrusted.
        key: The present epoch's key in a closed ledger.

    Raises:
        SegmentInvalid: It does not open, has no row or too many, a broken one, one of a size or
            time that cannot be, or witnesses that are not in order.
    """
    plain = data if key is None else _open(data, key)
    count, rest = divmod(len(plain), ROW_BYTES)
    if rest or not 1 <= count <= COSIGNATURES_MAX:
        raise SegmentInvalid(
            f"got {len(plain)} bytes of cosignatures; 1 to {COSIGNATURES_MAX} rows of "
            f"{ROW_BYTES} fit"
        )
    rows = tuple(
        _parse(plain[start : start + ROW_BYTES]) for start in range(0, len(plain), ROW_BYTES)
    )
    if any(one.witness >= other.witness for one, other in pairwise(rows)):
        raise SegmentInvalid("got cosignatures that are not sorted, one of each witness")
    return rows


def _parse(row: bytes) -> KeptCosignature:
    size = int.from_bytes(row[:_NUMBER_BYTES])
    witness = row[_NUMBER_BYTES : _NUMBER_BYTES + _KEY_BYTES]
    rest = row[_NUMBER_BYTES + _KEY_BYTES :]
    time = int.from_bytes(rest[:_NUMBER_BYTES])
    if not 1 <= size <= SIZE_MAX or time >= 2**63:
        raise SegmentInvalid(f"got a cosignature of size {size} at time {time}, which cannot be")
    return KeptCosignature(witness, size, time, rest[_NUMBER_BYTES:])


def _open(data: bytes, key: bytes) -> bytes:
    nonce, sealed = data[: crypto.BOX_NONCE_BYTES], data[crypto.BOX_NONCE_BYTES :]
    try:
        plain = crypto.open_secret_box(key, nonce, sealed)
    except SealInvalid:
        raise SegmentInvalid("the cosignatures do not open with the key at hand") from None
    if nonce != crypto.keyed_hash(key, _PREFIX + plain, crypto.BOX_NONCE_BYTES):
        raise SegmentInvalid("the cosignatures were sealed under another nonce than theirs")
    return plain
