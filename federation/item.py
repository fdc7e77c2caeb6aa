"""BEP 44 mutable items: who signs what, and where an item lives."""

from dataclasses import dataclass
from hashlib import sha1

from federation.errors import ItemInvalid
from ledger import crypto
from ledger.errors import SignatureInvalid

VALUE_BYTES_MAX = 999
"""Bencoded size; BEP 44 allows 1000, libtorrent drops 1000 and more in silence."""
SALT_BYTES_MAX = 64
SEQ_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class SlotName:
    """A place in the DHT that one key writes: public key (32 bytes) and salt (0 to 64)."""

    key: bytes
    salt: bytes = b""

    @property
    def target(self) -> bytes:
        """The 20-byte id whose closest nodes store the item (BEP 44, "Mutable items")."""
        return sha1(self.key + self.salt).digest()  # noqa: S324 -- BEP 44 fixes SHA-1


@dataclass(frozen=True, slots=True)
class MutableItem:
    """A signed version of a slot: ``value`` is bencoded, 1 to 999 bytes."""

    slot: SlotName
    seq: int
    value: bytes
    signature: bytes


def signable(salt: bytes, seq: int, value: bytes) -> bytes:
    """Return the bytes that a mutable item's signature covers.

    Args:
        salt: Name of the slot, 0 to 64 bytes; an empty one leaves its field out.
        seq: Version of the slot, from 0, at most 2**63 - 1.
        value: Bencoded value, 1 to 1000 bytes.

    Source:
        BEP 44, "Signature verification"; vectors in tests/vectors/bep44.json.
    """
    named = b"4:salt%d:%b" % (len(salt), salt) if salt else b""
    return named + b"3:seqi%de1:v%b" % (seq, value)


def sign_item(seed: bytes, salt: bytes, seq: int, value: bytes) -> MutableItem:
    """Return a signed item under a key's 32-byte seed."""
    _check_sizes(salt, seq, value)
    signature = crypto.sign(seed, signable(salt, seq, value))
    return MutableItem(SlotName(crypto.public_key(seed), salt), seq, value, signature)


def verify_item(item: MutableItem) -> None:
    """Accept an item whose sizes and signature hold.

    Raises:
        ItemInvalid: A size is out of BEP 44's bounds, or the signature is not the key's.
    """
    _check_sizes(item.slot.salt, item.seq, item.value)
    try:
        crypto.verify(item.slot.key, signable(item.slot.salt, item.seq, item.value), item.signature)
    except SignatureInvalid as error:
        raise ItemInvalid(f"slot of {item.slot.key.hex()[:16]}…: {error}") from error


def immutable_target(value: bytes) -> bytes:
    """Return the 20-byte SHA-1 of a bencoded value (BEP 44, "Immutable items")."""
    return sha1(value).digest()  # noqa: S324 -- BEP 44 fixes SHA-1


def _check_sizes(salt: bytes, seq: int, value: bytes) -> None:
    if len(salt) > SALT_BYTES_MAX:
        raise ItemInvalid(f"got a salt of {len(salt)} bytes; at most {SALT_BYTES_MAX} fit")
    if not 0 <= seq <= SEQ_MAX:
        raise ItemInvalid(f"got seq {seq}; it lies between 0 and 2**63 - 1")
    if not 1 <= len(value) <= VALUE_BYTES_MAX:
        raise ItemInvalid(f"got a value of {len(value)} bytes; 1 to {VALUE_BYTES_MAX} fit")
