"""Signed notes: a text, and under it one line for each key that signed it."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

from ledger import crypto
from ledger.errors import NoteError, SignatureInvalid

NOTE_BYTES_MAX = 4_096
"""Room for a checkpoint and the 16 signatures that every verifier must accept."""
SIGNATURES_MAX = 16
KEY_ID_BYTES = 4
ED25519 = b"\x01"
COSIGNATURE_V1 = b"\x04"
"""Signature types (c2sp.org/signed-note, "Signature types")."""

_NAME = re.compile(r"[^\s+]+")
_LINE = re.compile(r"— (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line, not yet verified.

    Attributes:
        name: The key's name: not empty, no spaces, no plus sign.
        key_id: 4 bytes that hint at the key and its signature type.
        signature: What the key made, by its signature type; at least 1 byte.
    """

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note that is well formed; nothing about it is verified.

    Attributes:
        text: What is signed, its last newline included.
        signatures: 1 to 16, in the order of their lines.
    """

    text: str
    signatures: tuple[NoteSignature, ...]


def key_id(name: str, signature_type: bytes, key: bytes) -> bytes:
    """Return the 4 bytes that name a key and its type in signature lines.

    Args:
        name: The key's name.
        signature_type: ``ED25519`` or ``COSIGNATURE_V1``.
        key: 32-byte Ed25519 public key.

    Source:
        c2sp.org/signed-note, "Signatures".
    """
    return sha256(name.encode() + b"\n" + signature_type + key).digest()[:KEY_ID_BYTES]


def format_note(note: Note) -> bytes:
    """Return a note's bytes; ``parse_note`` gives the note back."""
    for line in note.signatures:
        assert _NAME.fullmatch(line.name), f"key name {line.name!r} has a space or a plus"
    lines = "".join(
        f"— {line.name} {b64encode(line.key_id + line.signature).decode()}\n"
        for line in note.signatures
    )
    return f"{note.text}\n{lines}".encode()


def parse_note(data: bytes) -> Note:
    """Return the note that ``data`` holds, without verifying a signature.

    Args:
        data: Untrusted bytes.

    Raises:
        NoteError: Over 4,096 bytes, not UTF-8, control characters, no blank line before the
            signatures, a line that is no signature line, the same key's line twice, more than
            16 signatures, or base64 that is not the shortest for its bytes.

    Source:
        c2sp.org/signed-note, "Format".
    """
    if len(data) > NOTE_BYTES_MAX:
        raise NoteError(f"got a note of {len(data)} bytes; at most {NOTE_BYTES_MAX} fit")
    text, lines = _split(_decode(data))
    note = Note(text, tuple(_parse_line(line) for line in lines))
    marks = sorted((line.name, line.key_id) for line in note.signatures)
    if any(one == other for one, other in pairwise(marks)):
        raise NoteError("got a note with two signature lines of one key; a key signs once")
    if format_note(note) != data:
        raise NoteError("got a note that is not written the one way it can be: check its base64")
    return note


def sign_note(seed: bytes, name: str, text: str) -> Note:
    """Return a text with an Ed25519 signature line under a key name.

    Args:
        seed: The key's 32-byte seed.
        name: The key's name in the line.
        text: One line or more, a newline at its end.
    """
    assert text.endswith("\n"), "a note's text ends with a newline"
    identity = key_id(name, ED25519, crypto.public_key(seed))
    return Note(text, (NoteSignature(name, identity, crypto.sign(seed, text.encode())),))


def verify_note(note: Note, name: str, key: bytes) -> None:
    """Accept a note that a key signed under a name.

    Other keys' lines are ignored, as verifiers must.

    Raises:
        NoteError: No line is this key's, or its signature is not over this text.
    """
    line = find_signature(note, name, key_id(name, ED25519, key))
    if line is None:
        raise NoteError(f"got a note without a signature of {name}; ask its publisher again")
    try:
        crypto.verify(key, note.text.encode(), line.signature)
    except SignatureInvalid as error:
        raise NoteError(f"note of {name}: {error}") from error


def find_signature(note: Note, name: str, identity: bytes) -> NoteSignature | None:
    """Return the line with this key name and key id, if there is one."""
    return next(
        (line for line in note.signatures if line.name == name and line.key_id == identity), None
    )


def _decode(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise NoteError(f"got a note that is not UTF-8 at byte {error.start}") from None
    # Notes "MUST NOT contain any ASCII control characters (those below U+0020) other than newline"
    if any(character < " " and character != "\n" for character in text):
        raise NoteError("got a note with a control character; only newlines may stand in one")
    return text


def _split(text: str) -> tuple[str, list[str]]:
    # "the text is separated from the signatures by the last empty line in the note"
    body, blank, tail = text.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise NoteError("got a note without a blank line and signature lines at its end")
    lines = tail.removesuffix("\n").split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise NoteError(f"got a note with {len(lines)} signatures; at most {SIGNATURES_MAX} fit")
    return body + "\n", lines


def _parse_line(line: str) -> NoteSignature:
    match = _LINE.fullmatch(line)
    if match is None:
        raise NoteError(f"got {line[:40]!r} where a line '— name base64' belongs")
    try:
        data = b64decode(match["signature"], validate=True)
    except ValueError:
        raise NoteError(f"got a signature of {match['name'][:40]} that is not base64") from None
    if len(data) <= KEY_ID_BYTES:
        raise NoteError(f"got a signature of {len(data)} bytes; it has a key id and more")
    return NoteSignature(match["name"], data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])
