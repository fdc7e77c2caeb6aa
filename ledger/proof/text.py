"""What all proofs are written with: lines, whole numbers, base64, and signed notes.

Each proof is a small text with one spelling: a parser reads it, writes it again and compares.
"""

from base64 import b32decode, b64decode, b64encode
from collections.abc import Iterable, Sequence

from ledger.checkpoint import (
    ORIGIN_PREFIX,
    VerifiedCheckpoint,
    origin,
    parse_checkpoint,
    verify_checkpoint,
)
from ledger.errors import NoteError, ProofInvalid
from ledger.merkle_path import HASHES_MAX
from ledger.note import parse_note

PROOF_BYTES_MAX = 131_072
"""Room for the longest record in base64, its path, and a note with every signature."""
HASH_BYTES = 32
_SIZE_DIGITS = 16


def split_head(data: bytes) -> tuple[list[str], bytes]:
    """Return a proof's lines up to its first empty line, and what follows that.

    Args:
        data: Untrusted.

    Raises:
        ProofInvalid: Over 131,072 bytes, no empty line, or other signs than ASCII before it.
    """
    if len(data) > PROOF_BYTES_MAX:
        raise ProofInvalid(f"got a proof of {len(data)} bytes; at most {PROOF_BYTES_MAX} fit")
    head, blank, rest = data.partition(b"\n\n")
    if not blank or not head.isascii():
        raise ProofInvalid(
            "got a text that is no proof: an empty line ends its head; copy it whole"
        )
    return head.decode().split("\n"), rest


def named_community(note: bytes) -> bytes:
    """Return the public key, 32 bytes, that a checkpoint's origin names; nothing is verified.

    Raises:
        ProofInvalid: Not a checkpoint, or of a log that is no community's.
    """
    try:
        named = parse_checkpoint(parse_note(note).text).origin
    except NoteError as error:
        raise ProofInvalid(f"its checkpoint does not hold: {error}") from error
    try:
        key = b32decode(named.removeprefix(ORIGIN_PREFIX).upper() + "====")
    except ValueError:
        key = b""
    if origin(key) != named:
        raise ProofInvalid(f"got a checkpoint of {named[:80]!r}, which is no community's")
    return key


def split_notes(data: bytes) -> tuple[bytes, bytes]:
    """Return two signed checkpoints that stand one after another, an empty line between them.

    Raises:
        ProofInvalid: Not two notes of one paragraph of text each.
    """
    parts = data.split(b"\n\n")
    if len(parts) != 4:  # noqa: PLR2004 -- a text and its signatures, twice
        raise ProofInvalid("got a proof that does not end in two signed checkpoints; copy it whole")
    return parts[0] + b"\n\n" + parts[1] + b"\n", parts[2] + b"\n\n" + parts[3]


def join_notes(first: bytes, second: bytes) -> bytes:
    """Return two signed notes with an empty line between them."""
    return first + b"\n" + second


def format_hashes(hashes: Iterable[bytes]) -> str:
    """Return hashes in base64, a line each."""
    return "".join(f"{b64encode(one).decode()}\n" for one in hashes)


def parse_hashes(lines: Sequence[str], hashes_max: int = HASHES_MAX) -> tuple[bytes, ...]:
    """Return the hashes that lines hold, 32 bytes each.

    Raises:
        ProofInvalid: Too many, or a line that is not base64 of 32 bytes.
    """
    if len(lines) > hashes_max:
        raise ProofInvalid(f"got {len(lines)} lines of hashes; at most {hashes_max} fit")
    return tuple(parse_hash(line) for line in lines)


def parse_hash(text: str) -> bytes:
    """Return the 32 bytes that base64 says.

    Raises:
        ProofInvalid: It is not base64, or of another length.
    """
    data = parse_base64(text)
    if len(data) != HASH_BYTES:
        raise ProofInvalid(f"got {text[:60]!r} where base64 of {HASH_BYTES} bytes belongs")
    return data


def parse_base64(text: str) -> bytes:
    """Return the bytes that base64 says; whether it is the one spelling is compared at the end.

    Raises:
        ProofInvalid: It is not base64.
    """
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise ProofInvalid(
            f"got {text[:60]!r}, which is not base64; copy the proof whole"
        ) from None


def parse_field(lines: list[str], name: str) -> str:
    """Take the first of some lines, which must be this field's, and return what it says.

    Raises:
        ProofInvalid: None is left, or another field's.
    """
    line = lines.pop(0) if lines else ""
    found, _, text = line.partition(" ")
    if found != name or not text:
        raise ProofInvalid(f"got {line[:60]!r} where a line '{name} …' belongs")
    return text


def parse_size(text: str) -> int:
    """Return a size or an index.

    Raises:
        ProofInvalid: Not a plain decimal number of at most 16 digits.
    """
    if not text.isdecimal() or len(text) > _SIZE_DIGITS:
        raise ProofInvalid(f"got {text[:60]!r} where a whole number belongs")
    return int(text)


def need_same(data: bytes, again: bytes) -> None:
    """Accept a proof that is written the one way it can be.

    Raises:
        ProofInvalid: Writing what was read gives other bytes.
    """
    if again != data:
        raise ProofInvalid(
            "got a proof that is not written the one way it can be; copy it whole and unchanged"
        )


def read_checkpoint(
    community: bytes, note: bytes, witnesses: Iterable[bytes] = ()
) -> VerifiedCheckpoint:
    """Return a proof's checkpoint, verified as ``verify_checkpoint`` does.

    Raises:
        ProofInvalid: Malformed, another community's, or wrongly signed.
    """
    try:
        return verify_checkpoint(community, note, witnesses)
    except NoteError as error:
        raise ProofInvalid(f"its checkpoint does not hold: {error}") from error
