"""Checkpoints: what a community's key says its journal is, and who confirms having seen it."""

import re
from base64 import b32encode, b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger import crypto
from ledger.errors import HistoryMismatch, NoteError, SignatureInvalid
from ledger.field import AMOUNT_MAX
from ledger.note import (
    COSIGNATURE_V1,
    SIGNATURES_MAX,
    Note,
    NoteSignature,
    find_signature,
    format_note,
    key_id,
    parse_note,
    sign_note,
    verify_note,
)

SIZE_MAX = AMOUNT_MAX
"""Largest tree size, 2**53 - 1: exact in every language that will read it."""
ORIGIN_PREFIX = "commontab.alt/"
WITNESS_NAME_CHARS = 16
_ROOT_BYTES = 32
_TIMESTAMP_BYTES = 8
_TIMESTAMP_MAX = 2**63 - 1
_TEXT = re.compile(r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,15})\n(?P<root>[^\n]{44})\n")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A journal's head: whose, how many records, and their tree's 32-byte root."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified statement of a witness: at this Unix time it had seen no larger tree."""

    witness: bytes
    time: int


@dataclass(frozen=True, slots=True)
class VerifiedCheckpoint:
    """A checkpoint that the community's key signed. Made by sign_ and verify_checkpoint.

    Attributes:
        community: The community's public key.
        size: Number of records, 0 to 2**53 - 1.
        root: Root of their RFC 6962 tree, 32 bytes.
        note: The signed note as it came, other keys' lines included.
        cosignatures: Those of the witnesses that the verifier knows, in the note's order.
    """

    community: bytes
    size: int
    root: bytes
    note: bytes
    cosignatures: tuple[Cosignature, ...] = ()


def origin(community: bytes) -> str:
    """Return a community's origin line, which is also its key name: 66 characters."""
    return ORIGIN_PREFIX + b32encode(community).decode().rstrip("=").lower()


def witness_name(witness: bytes) -> str:
    """Return a witness's key name: the first 16 base32 characters of its key."""
    return b32encode(witness).decode()[:WITNESS_NAME_CHARS].lower()


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Return a checkpoint's note text: origin, size and root, a line each."""
    assert 0 <= checkpoint.size <= SIZE_MAX, f"tree size {checkpoint.size} is out of range"
    root = b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint that a note's text states.

    Raises:
        NoteError: Not exactly three lines, a size with leading zeros or over 2**53 - 1, or a
            root that is not canonical base64 of 32 bytes.

    Source:
        c2sp.org/tlog-checkpoint, "Note text"; extension lines, which it does not recommend,
        are refused.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise NoteError("got a note that is no checkpoint: its lines are origin, size and root")
    try:
        root = b64decode(match["root"], validate=True)
    except ValueError:
        raise NoteError(f"got root {match['root']!r}, which is not base64") from None
    size = int(match["size"])
    if size > SIZE_MAX or len(root) != _ROOT_BYTES:
        raise NoteError(f"got size {size} and {len(root)} bytes of root; 2**53 - 1 and 32 fit")
    checkpoint = Checkpoint(match["origin"], size, root)
    if format_checkpoint(checkpoint) != text:
        raise NoteError(f"got root {match['root']!r}, which is not canonical base64")
    return checkpoint


def sign_checkpoint(seed: bytes, size: int, root: bytes) -> VerifiedCheckpoint:
    """Return a community's signed checkpoint.

    Persist it before anybody sees it: two roots of one size can never be taken back.

    Args:
        seed: The community key's 32-byte seed.
        size: Number of records, 0 to 2**53 - 1.
        root: Root of their tree, 32 bytes.
    """
    community = crypto.public_key(seed)
    name = origin(community)
    note = sign_note(seed, name, format_checkpoint(Checkpoint(name, size, root)))
    return VerifiedCheckpoint(community, size, root, format_note(note))


def verify_checkpoint(
    community: bytes, data: bytes, witnesses: Iterable[bytes] = ()
) -> VerifiedCheckpoint:
    """Return a checkpoint, verified.

    Args:
        community: The community's public key.
        data: An untrusted note.
        witnesses: Public keys whose cosignatures count; lines of others are ignored.

    Raises:
        NoteError: Malformed, another community's, not signed by its key, or with a
            cosignature of a known witness that does not verify.
    """
    note = parse_note(data)
    name = origin(community)
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != name:
        raise NoteError(f"got a checkpoint of {checkpoint.origin[:80]}; expected {name}")
    verify_note(note, name, community)
    known = {(witness_name(key), key_id(witness_name(key), COSIGNATURE_V1, key)): key
             for key in witnesses}  # fmt: skip
    cosignatures = tuple(
        verify_cosignature(note.text, line, witness)
        for line in note.signatures
        if (witness := known.get((line.name, line.key_id))) is not None
    )
    return VerifiedCheckpoint(community, checkpoint.size, checkpoint.root, data, cosignatures)


def verify_snapshot_checkpoint(community: bytes, size: int, note: bytes) -> VerifiedCheckpoint:
    """Return the checkpoint that a snapshot of so many records carries in its own file.

    Args:
        community: The community's key.
        size: Records, as the snapshot's files say.
        note: Untrusted.

    Raises:
        HistoryMismatch: It is no checkpoint of the community, or one of another size.
    """
    try:
        checkpoint = verify_checkpoint(community, note)
    except NoteError as error:
        raise HistoryMismatch(f"a snapshot's checkpoint: {error}") from error
    if checkpoint.size != size:
        raise HistoryMismatch(
            f"a snapshot of {size} records holds a checkpoint of {checkpoint.size}"
        )
    return checkpoint


def cosign(seed: bytes, checkpoint: VerifiedCheckpoint, time: int) -> NoteSignature:
    """Return a witness's cosignature line of a checkpoint whose extension he verified.

    Args:
        seed: The witness's 32-byte seed.
        checkpoint: The largest he has seen; persist it first.
        time: Unix seconds.

    Source:
        c2sp.org/tlog-cosignature, "Ed25519 signed message".
    """
    witness = crypto.public_key(seed)
    text = parse_note(checkpoint.note).text
    signature = crypto.sign(seed, _cosigned(text, time))
    name = witness_name(witness)
    stamped = time.to_bytes(_TIMESTAMP_BYTES) + signature
    return NoteSignature(name, key_id(name, COSIGNATURE_V1, witness), stamped)


def add_cosignatures(
    note: bytes, lines: Sequence[NoteSignature], signatures_max: int = SIGNATURES_MAX
) -> bytes:
    """Return a note with further signature lines, its text and its lines before unchanged.

    Args:
        note: A well-formed note.
        lines: From ``cosign`` or another copy of the note; a key's second line and those beyond
            ``signatures_max`` are left out. Verify the result.
        signatures_max: Lines in all, at most 16; 5 fit a slot with five infohashes.
    """
    whole = parse_note(note)
    for line in lines:
        known = find_signature(whole, line.name, line.key_id)
        if known is None and len(whole.signatures) < signatures_max:
            whole = Note(whole.text, (*whole.signatures, line))
    return format_note(whole)


def verify_cosignature(text: str, line: NoteSignature, witness: bytes) -> Cosignature:
    """Return what a witness's line under a checkpoint's text says, verified.

    Args:
        text: The note's text.
        line: Untrusted, named after the witness.
        witness: Public key, 32 bytes.

    Raises:
        NoteError: Not a time and a signature, or not this witness's over this text.

    Source:
        c2sp.org/tlog-cosignature, "Ed25519 signed message".
    """
    time = int.from_bytes(line.signature[:_TIMESTAMP_BYTES])
    # "timestamp … MUST NOT exceed 2^63 - 1"
    if len(line.signature) != _TIMESTAMP_BYTES + crypto.SIGNATURE_BYTES or time > _TIMESTAMP_MAX:
        raise NoteError(f"got a cosignature of {line.name} that is not a time and a signature")
    try:
        crypto.verify(witness, _cosigned(text, time), line.signature[_TIMESTAMP_BYTES:])
    except SignatureInvalid as error:
        raise NoteError(f"cosignature of {line.name}: {error}") from error
    return Cosignature(witness, time)


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()
