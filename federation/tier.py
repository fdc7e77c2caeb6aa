"""Tiers: what is too long for a slot lies in immutable items that the slot lists.

Tier 1 is a sealed value of the slot itself, tier 2 a sealed list of items that hold it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from msgspec import Meta

from federation import bencode
from federation.errors import ItemInvalid, SlotInvalid
from federation.item import VALUE_BYTES_MAX, immutable_target
from federation.slot import PLAINTEXT_BYTES_MAX, seal_slot
from ledger import crypto
from ledger.errors import SealInvalid

CHUNK_BYTES_MAX = 995
"""A byte string of it, bencoded, is one immutable item of 999 bytes."""
CHUNKS_MAX = 26
SEALED_BYTES_MAX = CHUNK_BYTES_MAX * CHUNKS_MAX
"""What tier 2 carries, 25,870 bytes: a nonce, a MAC and the plaintext."""
LISTED_PLAINTEXT_BYTES_MAX = SEALED_BYTES_MAX - crypto.BOX_NONCE_BYTES - crypto.BOX_MAC_BYTES

Salt = Annotated[bytes, Meta(max_length=64)]
"""Of the slot that a plaintext was sealed for."""
TotalBytes = Annotated[int, Meta(ge=1, le=SEALED_BYTES_MAX)]
"""Length of all chunks together."""
Target = Annotated[bytes, Meta(min_length=20, max_length=20)]
Targets = Annotated[tuple[Target, ...], Meta(min_length=1, max_length=CHUNKS_MAX)]
"""SHA-1 of each chunk's bencoded item, in order."""
Listing = Callable[[int, bytes, tuple[bytes, ...]], bytes]
"""From total bytes, their SHA-256 and targets to the plaintext that lists them."""


@dataclass(frozen=True, slots=True)
class Tiered:
    """A sealed plaintext ready to be put.

    Attributes:
        value: Bencoded value of the slot.
        items: Bencoded immutable items; put them before the slot. None in tier 1.
    """

    value: bytes
    items: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Filled(Tiered):
    """A slot that holds as many entries as fit.

    Attributes:
        count: How many of them it holds: the oldest ones. More go out once those are settled.
    """

    count: int


def seal_tiers(
    shared: bytes, nonces: tuple[bytes, bytes], plaintext: bytes, listing: Listing
) -> Tiered:
    """Return a plaintext sealed into a slot's value, or into items that the value lists.

    Args:
        shared: The key that writer and readers share, 32 bytes.
        nonces: Two of 24 random bytes: the slot's, and tier 2's.
        plaintext: At most 25,830 bytes.
        listing: Called where it is over 954 bytes.
    """
    if len(plaintext) <= PLAINTEXT_BYTES_MAX:
        return Tiered(seal_slot(shared, nonces[0], plaintext), ())
    sealed = nonces[1] + crypto.box(shared, nonces[1], plaintext)
    assert len(sealed) <= SEALED_BYTES_MAX, f"{len(plaintext)} bytes do not fit tier 2"
    items = cut_items(sealed)
    targets = tuple(map(immutable_target, items))
    listed = listing(len(sealed), sha256(sealed).digest(), targets)
    return Tiered(seal_slot(shared, nonces[0], listed), items)


def open_listed(shared: bytes, total_bytes: int, digest: bytes, items: Sequence[bytes]) -> bytes:
    """Return the plaintext that a slot lists.

    Args:
        shared: As for ``seal_tiers``.
        total_bytes: As the slot says.
        digest: SHA-256 of all chunks together, as the slot says.
        items: Bencoded immutable items, one for each target, in order; untrusted.

    Raises:
        SlotInvalid: The items are not the listed ones, or do not open.
    """
    sealed = join_items(items)
    if len(sealed) != total_bytes or sha256(sealed).digest() != digest:
        raise SlotInvalid(
            f"got {len(sealed)} bytes of items that are not the {total_bytes} listed ones"
        )
    nonce, box = sealed[: crypto.BOX_NONCE_BYTES], sealed[crypto.BOX_NONCE_BYTES :]
    try:
        return crypto.open_box(shared, nonce, box)
    except SealInvalid as error:
        raise SlotInvalid(f"got items that the two parties did not seal: {error}") from error


def cut_items(sealed: bytes) -> tuple[bytes, ...]:
    """Return the bencoded immutable items that carry bytes, in order."""
    return tuple(
        bencode.encode(sealed[start : start + CHUNK_BYTES_MAX])
        for start in range(0, len(sealed), CHUNK_BYTES_MAX)
    )


def join_items(items: Sequence[bytes]) -> bytes:
    """Return the bytes that untrusted bencoded items carry, in order.

    Raises:
        SlotInvalid: One of them is not a bencoded byte string.
    """
    return b"".join(map(_chunk, items))


def _chunk(item: bytes) -> bytes:
    try:
        chunk = bencode.decode(item, VALUE_BYTES_MAX)
    except ItemInvalid as error:
        raise SlotInvalid(f"got a listed item that is not bencoded: {error}") from error
    if not isinstance(chunk, bytes):
        raise SlotInvalid("got a listed item that is not a byte string")
    return chunk
