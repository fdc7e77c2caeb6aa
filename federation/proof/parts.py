"""Parts: a text too long for one QR code, cut into several that are read in any order."""

import zlib
from base64 import b32decode, b32encode
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from federation.card_frame import SCHEME
from ledger.errors import ProofInvalid
from ledger.proof.text import PROOF_BYTES_MAX

HEAD = f"{SCHEME}:P:"
CHUNK_BYTES = 700
"""Of the compressed text in each part: its QR code has 109 modules a side, which phones read."""
PARTS_MAX = 64
PART_CHARS_MAX = 4_096
TEXT_CHARS_MAX = PARTS_MAX * PART_CHARS_MAX
MARK_BYTES = 8
CHECK_BYTES = 4
_BYTES_MIN = 2 + MARK_BYTES + CHECK_BYTES


class _Part(NamedTuple):
    """One part: its number from 1, how many there are, whose it is, and its piece."""

    number: int
    total: int
    mark: bytes
    chunk: bytes


def count_parts(text: bytes) -> int:
    """Return in how many parts a text travels; over 64 do not."""
    return -(-len(zlib.compress(text, zlib.Z_BEST_COMPRESSION)) // CHUNK_BYTES)


def split_parts(text: bytes) -> list[str]:
    """Return a text's parts, in upper case, which a QR code stores densely.

    Args:
        text: One that ``count_parts`` gives at most 64.
    """
    packed = zlib.compress(text, zlib.Z_BEST_COMPRESSION)
    chunks = [packed[at : at + CHUNK_BYTES] for at in range(0, len(packed), CHUNK_BYTES)]
    assert len(chunks) <= PARTS_MAX, f"{len(chunks)} parts are too many to scan"
    mark = sha256(text).digest()[:MARK_BYTES]
    return [
        _format(_Part(number, len(chunks), mark, chunk)) for number, chunk in enumerate(chunks, 1)
    ]


def join_parts(texts: Iterable[str]) -> bytes:
    """Return the text whose parts these are, in any order; the same one twice does no harm.

    Args:
        texts: Untrusted: any case, white space anywhere, one or several parts each.

    Raises:
        ProofInvalid: Not parts, damaged, of two texts, or one is missing; the message says which.
    """
    parts = [part for text in texts for part in _parse_all(text)]
    if not parts:
        raise ProofInvalid(f"got no part of a proof; each begins with {HEAD}")
    first = parts[0]
    if any((part.total, part.mark) != (first.total, first.mark) for part in parts):
        raise ProofInvalid("got parts of different proofs; read those of one at a time")
    chunks = {part.number: part.chunk for part in parts}
    if any(chunks[part.number] != part.chunk for part in parts):
        raise ProofInvalid("got two parts with one number; ask for the proof again")
    missing = [str(number) for number in range(1, first.total + 1) if number not in chunks]
    if missing:
        raise ProofInvalid(
            f"got {len(chunks)} of {first.total} parts; number {', '.join(missing)} is missing: "
            "read it too"
        )
    text = _unpack(b"".join(chunks[number] for number in sorted(chunks)))
    if sha256(text).digest()[:MARK_BYTES] != first.mark:
        raise ProofInvalid("got parts that do not make up their text; read them again")
    return text


def is_part(text: str) -> bool:
    """Return whether a text begins like a part."""
    return text.lstrip()[: len(HEAD)].upper() == HEAD


def _format(part: _Part) -> str:
    body = bytes((part.number, part.total)) + part.mark + part.chunk
    return HEAD + b32encode(body + _check(body)).decode().rstrip("=")


def _parse_all(text: str) -> list[_Part]:
    if len(text) > TEXT_CHARS_MAX:
        raise ProofInvalid(f"got {len(text)} characters; parts have at most {TEXT_CHARS_MAX}")
    before, *packed = "".join(text.split()).upper().split(HEAD)
    if before or not packed:
        raise ProofInvalid(f"got {text[:24]!r}; a part of a proof begins with {HEAD}")
    if len(packed) > PARTS_MAX * 2:
        raise ProofInvalid(f"got {len(packed)} parts; at most {PARTS_MAX} make up a proof")
    return [_parse(one) for one in packed]


def _parse(packed: str) -> _Part:
    try:
        data = b32decode(packed + "=" * (-len(packed) % 8))
    except ValueError:
        raise ProofInvalid(
            "got a part with a character that is not base32; read it whole"
        ) from None
    body, check = data[:-CHECK_BYTES], data[-CHECK_BYTES:]
    if len(data) < _BYTES_MIN or _check(body) != check:
        raise ProofInvalid("got a part that is damaged; read it again")
    number, count = body[0], body[1]
    if not 1 <= number <= count <= PARTS_MAX:
        raise ProofInvalid(f"got part {number} of {count}; there are at most {PARTS_MAX}")
    return _Part(number, count, body[2 : 2 + MARK_BYTES], body[2 + MARK_BYTES :])


def _unpack(packed: bytes) -> bytes:
    """Return what zlib packed, and stop before a bomb has unfolded."""
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(packed, PROOF_BYTES_MAX + 1)
    except zlib.error as error:
        raise ProofInvalid(f"got parts that do not unpack: {error}") from None
    if len(text) > PROOF_BYTES_MAX or not unpacking.eof or unpacking.unused_data:
        raise ProofInvalid(f"got parts that are not one text of at most {PROOF_BYTES_MAX} bytes")
    return text


def _check(body: bytes) -> bytes:
    return sha256(body).digest()[:CHECK_BYTES]
