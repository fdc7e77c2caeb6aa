"""Testimonies: what a witness's slot says it was shown, and what it still waits for."""

from collections.abc import Sequence
from dataclasses import dataclass

from federation import bencode
from federation.errors import SlotInvalid
from federation.item import VALUE_BYTES_MAX
from federation.slot import cut, decode_value
from ledger.checkpoint import (
    VerifiedCheckpoint,
    add_cosignatures,
    cosign,
    verify_checkpoint,
    verify_cosignature,
    witness_name,
)
from ledger.cosignature import KeptCosignature
from ledger.errors import NoteError
from ledger.note import COSIGNATURE_V1, Note, find_signature, format_note, key_id, parse_note

WAITING_MAX = 4
"""Own change-sets that a testimony lists."""
TESTIMONY_VERSION = 1
_HASH_BYTES = 32
_LINES = 2
"""The community's signature and the witness's own; a testimony speaks for nobody else."""


@dataclass(frozen=True, slots=True)
class ReadTestimony:
    """What a witness says, verified.

    Attributes:
        checkpoint: The largest one that it was shown and found to extend all before; signed by
            the community.
        cosignature: Its own word for that.
        waiting: Hashes of at most four own change-sets, oldest first, that are published and
            that no checkpoint up to this one settles.
    """

    checkpoint: VerifiedCheckpoint
    cosignature: KeptCosignature
    waiting: tuple[bytes, ...]


def sign_testimony(
    seed: bytes, checkpoint: VerifiedCheckpoint, waiting: Sequence[bytes], time: int
) -> bytes:
    """Return the bencoded value of a witness's slot, at most 570 bytes.

    Args:
        seed: The witness's 32 bytes.
        checkpoint: The largest whose extension it verified; keep it first.
        waiting: Hashes of own change-sets that are published and not settled, oldest first;
            the first four are listed.
        time: Unix seconds.
    """
    text = parse_note(checkpoint.note)
    note = add_cosignatures(
        format_note(Note(text.text, text.signatures[:1])), [cosign(seed, checkpoint, time)]
    )
    encoded = bencode.encode({
        b"c": note,
        b"h": b"".join(waiting[:WAITING_MAX]),
        b"v": TESTIMONY_VERSION,
    })  # fmt: skip
    assert len(encoded) <= VALUE_BYTES_MAX, f"{len(encoded)} bytes do not fit an item"
    return encoded


def read_testimony(community: bytes, witness: bytes, value: bytes) -> ReadTestimony:
    """Return what an untrusted value of a witness's slot says, verified.

    Args:
        community: The community's public key.
        witness: Whose slot it was in.
        value: Bencoded.

    Raises:
        SlotInvalid: Not the dictionary of this version, more hashes than fit, a note that the
            community or the witness did not sign, or with other keys' lines.
    """
    fields = decode_value(value)
    if not isinstance(fields, dict) or set(fields) != {b"c", b"h", b"v"}:
        raise SlotInvalid("got a value that is no testimony: its keys are c, h and v")
    note, joined = fields[b"c"], fields[b"h"]
    if fields[b"v"] != TESTIMONY_VERSION:
        raise SlotInvalid(f"got a testimony of version {fields[b'v']!r:.20}; update this program")
    if not (isinstance(note, bytes) and isinstance(joined, bytes)):
        raise SlotInvalid("got a testimony whose c or h is not a byte string")
    waiting = cut(joined, _HASH_BYTES)
    if len(waiting) > WAITING_MAX or len(joined) % _HASH_BYTES or len(set(waiting)) < len(waiting):
        raise SlotInvalid(f"got {len(joined)} bytes of hashes; up to four different ones fit")
    try:
        checkpoint = verify_checkpoint(community, note)
        return ReadTestimony(checkpoint, _read_cosignature(checkpoint, witness), waiting)
    except NoteError as error:
        raise SlotInvalid(f"got a testimony whose note does not hold: {error}") from error


def _read_cosignature(checkpoint: VerifiedCheckpoint, witness: bytes) -> KeptCosignature:
    note = parse_note(checkpoint.note)
    name = witness_name(witness)
    line = find_signature(note, name, key_id(name, COSIGNATURE_V1, witness))
    if line is None or len(note.signatures) != _LINES:
        raise NoteError("its lines are the community's and the witness's own")
    made = verify_cosignature(note.text, line, witness)
    return KeptCosignature(witness, checkpoint.size, made.time, line.signature[8:])
