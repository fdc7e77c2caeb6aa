"""Blobs: a sealed file as a tree of immutable items, found by the SHA-1 of its root.

A blob is cut into chunks; where there is more than one, their targets joined are cut again, until
one item is left. So the length alone says how many items there are and how long each of them is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from federation import bencode
from federation.errors import ItemInvalid
from federation.item import VALUE_BYTES_MAX, immutable_target
from federation.tier import CHUNK_BYTES_MAX, cut_items

TARGET_BYTES = 20
"""Of a SHA-1 (BEP 44, "Immutable items")."""
BLOB_BYTES_MAX = 262_160
"""The longest sealed file: 262,144 bytes of a file and the 16 of its MAC."""
PARTS_MAX = 271
"""Items of the longest blob: 264 chunks, 6 items of their targets, and the root."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A sealed file ready to be put.

    Attributes:
        target: SHA-1 of its root, 20 bytes.
        items: Bencoded immutable items, chunks first, root last: whoever finds the root finds all.
    """

    target: bytes
    items: tuple[bytes, ...]


def cut_blob(sealed: bytes) -> Blob:
    """Return the items that carry a sealed file of 1 to 262,160 bytes."""
    assert 0 < len(sealed) <= BLOB_BYTES_MAX, f"{len(sealed)} bytes are no blob"
    items: list[bytes] = []
    layer = cut_items(sealed)
    while len(layer) > 1:
        items += layer
        layer = cut_items(b"".join(map(immutable_target, layer)))
    return Blob(immutable_target(layer[0]), (*items, *layer))


def plan_layers(total_bytes: int) -> tuple[int, ...]:
    """Return the bytes that each layer of a blob's tree carries, the root's first, its own last.

    Args:
        total_bytes: Of the sealed file, 1 to 262,160.
    """
    assert 0 < total_bytes <= BLOB_BYTES_MAX, f"{total_bytes} bytes are no blob"
    layers = [total_bytes]
    while layers[-1] > CHUNK_BYTES_MAX:
        layers.append(_parts(layers[-1]) * TARGET_BYTES)
    return tuple(reversed(layers))


def count_parts(total_bytes: int) -> int:
    """Return how many items carry a sealed file of 1 to 262,160 bytes."""
    return sum(map(_parts, plan_layers(total_bytes)))


def join_layer(items: Sequence[bytes], layer_bytes: int) -> bytes:
    """Return what the items of one layer carry, in order.

    Args:
        items: Bencoded, from anybody.
        layer_bytes: From ``plan_layers``.

    Raises:
        ItemInvalid: They are not byte strings of just the lengths that a blob of this length has.
    """
    lengths = list(_lengths(layer_bytes))
    if len(items) != len(lengths):
        raise ItemInvalid(f"got {len(items)} items of a layer that has {len(lengths)}")
    return b"".join(map(_chunk, items, lengths))


def split_targets(layer: bytes) -> list[bytes]:
    """Return the targets that a layer above the last one names, in order."""
    ends = accumulate(TARGET_BYTES for _ in range(len(layer) // TARGET_BYTES))
    return [layer[end - TARGET_BYTES : end] for end in ends]


def _parts(layer_bytes: int) -> int:
    return -(-layer_bytes // CHUNK_BYTES_MAX)


def _lengths(layer_bytes: int) -> Iterator[int]:
    for start in range(0, layer_bytes, CHUNK_BYTES_MAX):
        yield min(CHUNK_BYTES_MAX, layer_bytes - start)


def _chunk(item: bytes, length: int) -> bytes:
    chunk = bencode.decode(item, VALUE_BYTES_MAX)
    if not isinstance(chunk, bytes) or len(chunk) != length:
        raise ItemInvalid(f"got an item of a blob that is no byte string of {length} bytes")
    return chunk
