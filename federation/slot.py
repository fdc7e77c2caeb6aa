"""Slots: what a key's mutable items say, sealed for one reader or open to all."""

from collections.abc import Iterable
from dataclasses import dataclass

from federation import bencode
from federation.errors import ItemInvalid, SlotInvalid
from federation.item import SEQ_MAX, VALUE_BYTES_MAX, SlotName
from ledger import crypto
from ledger.errors import SealInvalid

PADDED_BYTES = (256, 512, 999)
"""The only sizes of a sealed value, bencoded, so that its size tells little."""
INFOHASH_BYTES = 20
INFOHASHES_MAX = 5
SIGNATURES_MAX = 5
"""Lines of a note that fit beside five infohashes: the community's and four witnesses'."""
CHECKPOINT_VERSION = 1
_STRING_HEAD_BYTES = 4
"""``252:``, ``508:`` and ``995:`` in front of the string."""
_SEAL_BYTES = crypto.BOX_NONCE_BYTES + crypto.BOX_MAC_BYTES
_SALT_BYTES = 16
_CHANGES_PREFIX = b"commontab/slot/changes/v1\n"
_WITNESS_PREFIX = b"commontab/slot/witness/v1\n"

PLAINTEXT_BYTES_MAX = PADDED_BYTES[-1] - _STRING_HEAD_BYTES - _SEAL_BYTES - 1
"""What the largest value holds, 954 bytes: a nonce, a MAC and one byte of padding go off."""


@dataclass(frozen=True, slots=True)
class SealedSlot:
    """A slot that one party writes for one reader.

    Attributes:
        name: Its place in the DHT.
        sender: Public key of its writer, 32 bytes.
        receiver: Public key of its reader, 32 bytes.
        shared: The key that both can compute and nobody else, 32 bytes; a secret.
    """

    name: SlotName
    sender: bytes
    receiver: bytes
    shared: bytes


@dataclass(frozen=True, slots=True)
class CheckpointValue:
    """What the checkpoint slot says; the note is not verified yet.

    Attributes:
        note: A signed note.
        infohashes: One to five v1 infohashes of snapshots, newest first.
    """

    note: bytes
    infohashes: tuple[bytes, ...]


def checkpoint_slot(community: bytes) -> SlotName:
    """Return the slot of a community's checkpoint: its key and no salt (BEP 46)."""
    return SlotName(community)


def changes_slot(own_seed: bytes, community: bytes, member: bytes) -> SealedSlot:
    """Return the slot in which a member's key asks a community for changes.

    Both parties get the same one, each from its own seed.

    Args:
        own_seed: The member's seed or the community's.
        community: The community's public key.
        member: The member's public key.

    Raises:
        KeyRefused: The other party's key is not one that can be sealed to.
    """
    own = crypto.public_key(own_seed)
    assert own in {community, member}, "the seed is the member's or the community's"
    shared = crypto.shared_key(own_seed, member if own == community else community)
    salt = crypto.keyed_hash(shared, _CHANGES_PREFIX + community + member, _SALT_BYTES)
    return SealedSlot(SlotName(member, salt), member, community, shared)


def witness_slot(read_key: bytes, community: bytes, witness: bytes) -> SlotName:
    """Return the slot in which a witness says what it was shown.

    Whoever may read the ledger finds it, and no outsider can list a community's witnesses.

    Args:
        read_key: The key of epoch 1, 32 bytes; in an open ledger the community's public key.
        community: The community's public key.
        witness: The witness's public key.
    """
    named = _WITNESS_PREFIX + community + witness
    return SlotName(witness, crypto.keyed_hash(read_key, named, _SALT_BYTES))


def seal_slot(shared: bytes, nonce: bytes, plaintext: bytes) -> bytes:
    """Return a bencoded slot value of exactly 256, 512 or 999 bytes.

    Args:
        shared: From ``SealedSlot``.
        nonce: 24 random bytes.
        plaintext: At most 954 bytes.
    """
    padded_bytes = seal_size(len(plaintext)) - _STRING_HEAD_BYTES - _SEAL_BYTES
    padded = (plaintext + b"\x80").ljust(padded_bytes, b"\x00")
    return bencode.encode(nonce + crypto.box(shared, nonce, padded))


def open_slot(shared: bytes, value: bytes) -> bytes:
    """Return the plaintext of a sealed slot value.

    Args:
        shared: From ``SealedSlot``.
        value: An untrusted bencoded value.

    Raises:
        SlotInvalid: Not a byte string of the three sizes, sealed by another, or wrongly padded.
    """
    if len(value) not in PADDED_BYTES:
        raise SlotInvalid(f"got a value of {len(value)} bytes; a sealed one has 256, 512 or 999")
    sealed = decode_value(value)
    if not isinstance(sealed, bytes):
        raise SlotInvalid("got a value that is not a byte string, so it is not a sealed one")
    nonce, box = sealed[: crypto.BOX_NONCE_BYTES], sealed[crypto.BOX_NONCE_BYTES :]
    try:
        padded = crypto.open_box(shared, nonce, box)
    except SealInvalid as error:
        raise SlotInvalid(f"got a value that its two parties did not seal: {error}") from error
    plaintext, mark, rest = padded.rpartition(b"\x80")
    if not mark or rest.strip(b"\x00") or seal_size(len(plaintext)) != len(value):
        raise SlotInvalid("got a sealed value whose padding is wrong")
    return plaintext


def seal_size(plaintext_bytes: int) -> int:
    """Return the size of the bencoded value that seals so many bytes, at most 954."""
    assert plaintext_bytes <= PLAINTEXT_BYTES_MAX, f"{plaintext_bytes} bytes do not fit a slot"
    extra = _STRING_HEAD_BYTES + _SEAL_BYTES + 1
    return next(size for size in PADDED_BYTES if plaintext_bytes + extra <= size)


def encode_checkpoint_value(value: CheckpointValue) -> bytes:
    """Return the bencoded value of a checkpoint slot, at most 999 bytes.

    Args:
        value: A note of at most 798 bytes, which is five signature lines, fits with five
            infohashes.

    Source:
        BEP 46, "Mutable torrent": ``ih`` names the newest snapshot to every client.
    """
    assert 1 <= len(value.infohashes) <= INFOHASHES_MAX, "one to five infohashes"
    encoded = bencode.encode({
        b"c": value.note,
        b"i": b"".join(value.infohashes),
        b"ih": value.infohashes[0],
        b"v": CHECKPOINT_VERSION,
    })  # fmt: skip
    assert len(encoded) <= VALUE_BYTES_MAX, f"{len(encoded)} bytes do not fit an item"
    return encoded


def decode_checkpoint_value(value: bytes) -> CheckpointValue:
    """Return what an untrusted checkpoint slot's value says.

    Raises:
        SlotInvalid: Not the dictionary of this version, or infohashes that do not fit.
    """
    fields = decode_value(value)
    if not isinstance(fields, dict) or set(fields) != {b"c", b"i", b"ih", b"v"}:
        raise SlotInvalid("got a value that is not a checkpoint's: its keys are c, i, ih and v")
    note, joined, newest = fields[b"c"], fields[b"i"], fields[b"ih"]
    if fields[b"v"] != CHECKPOINT_VERSION:
        raise SlotInvalid(f"got a checkpoint of version {fields[b'v']!r:.20}; update this program")
    if not (isinstance(note, bytes) and isinstance(joined, bytes) and isinstance(newest, bytes)):
        raise SlotInvalid("got a checkpoint value whose c, i or ih is not a byte string")
    infohashes = cut(joined, INFOHASH_BYTES)
    if not 1 <= len(infohashes) <= INFOHASHES_MAX or len(infohashes[-1]) != INFOHASH_BYTES:
        raise SlotInvalid(f"got {len(joined)} bytes of infohashes; one to five of 20 bytes fit")
    if newest != infohashes[0]:
        raise SlotInvalid("got a checkpoint value whose ih is not its newest infohash")
    return CheckpointValue(note, infohashes)


def next_seq(seen: Iterable[int], now: int) -> int:
    """Return the ``seq`` of a slot's next item.

    Args:
        seen: Every ``seq`` that was read back or published for this slot.
        now: Unix seconds; a clock that lies does no more than make the numbers larger.
    """
    return min(max([now, *(seq + 1 for seq in seen)]), SEQ_MAX)


def cut(joined: bytes, size: int) -> tuple[bytes, ...]:
    """Return the parts of joined bytes, of this size each; the last one may be shorter."""
    return tuple(joined[start : start + size] for start in range(0, len(joined), size))


def decode_value(value: bytes) -> bencode.Value:
    """Return what an untrusted slot's value holds.

    Raises:
        SlotInvalid: It is over 999 bytes or not bencoded the one way it can be.
    """
    try:
        return bencode.decode(value, VALUE_BYTES_MAX)
    except ItemInvalid as error:
        raise SlotInvalid(f"got a slot value that is not bencoded: {error}") from error
