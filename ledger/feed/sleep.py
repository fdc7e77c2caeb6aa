"""The storage of Hypercore 9, SLEEP: what stands in its files besides blocks and nodes."""

from collections.abc import Iterator

from ledger.feed.tree import blocks_below, root_numbers

HEADER_BYTES = 32
_MAGIC = b"\x05\x02\x57"
_SIGNATURE_BYTES = 64
_DATA_BYTES, _TREE_BYTES, _INDEX_BYTES = 1024, 2048, 512
_PAGE_BYTES = _DATA_BYTES + _TREE_BYTES + _INDEX_BYTES
"""A page of the bitfield: which blocks are there, which nodes, and an index over the blocks."""
_BITS = 8
_FULL = 0b11
_SOME = 0b01
"""What the index says in two bits of a byte, or of two pairs of bits, below: all, or some."""
_BYTE, _NIBBLE = 0xFF, 0xF
"""All bits of a byte and of half a byte."""


def closing(key: bytes, length: int, signature: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Yield file, offset and bytes of a whole feed's headers, key, signature and bitfield.

    Args:
        key: The feed's public key.
        length: Number of blocks, at least 1.
        signature: The feed key's over the big-endian tree.

    Source:
        ``hypercore`` 9.12.0, ``lib/storage.js``, ``header``, and ``lib/bitfield.js``.
    """
    yield "key", 0, key
    yield "tree", 0, _header(2, 40, b"BLAKE2b")
    yield "signatures", 0, _header(1, _SIGNATURE_BYTES, b"Ed25519")
    # Only the last block's: it covers the whole feed.
    yield "signatures", HEADER_BYTES + _SIGNATURE_BYTES * (length - 1), signature
    yield "bitfield", 0, _header(0, _PAGE_BYTES, b"")
    data, nodes, index = _data_bits(length), _node_bits(length), _index(length)
    for page in range(-(-length // (_BITS * _DATA_BYTES))):
        parts = ((data, _DATA_BYTES), (nodes, _TREE_BYTES), (index, _INDEX_BYTES))
        whole = b"".join(
            bytes(part[page * size : (page + 1) * size]).ljust(size, b"\x00")
            for part, size in parts
        )
        yield "bitfield", HEADER_BYTES + page * _PAGE_BYTES, whole


def _header(kind: int, entry_bytes: int, algorithm: bytes) -> bytes:
    head = _MAGIC + bytes((kind, 0)) + entry_bytes.to_bytes(2) + bytes((len(algorithm),))
    return (head + algorithm).ljust(HEADER_BYTES, b"\x00")


def _data_bits(length: int) -> bytes:
    """Return a bit for each block, the most significant first."""
    whole, rest = divmod(length, _BITS)
    return b"\xff" * whole + (bytes((_BYTE << _BITS - rest & _BYTE,)) if rest else b"")


def _node_bits(length: int) -> bytearray:
    """Return a bit for each node: all that lie under a root of the feed."""
    bits = bytearray(-(-(2 * length - 1) // _BITS))
    for root in root_numbers(length):
        first, end = blocks_below(root)
        for number in range(2 * first, 2 * end - 1):
            bits[number // _BITS] |= 0x80 >> number % _BITS
    return bits


def _index(length: int) -> bytearray:
    """Return the index over the blocks' bits: itself a flat in-order tree, of bytes.

    A byte at an even place sums up four bytes of bits, two bits each; one at an odd place the
    four pairs of either byte below it, two bits for each two pairs.
    """
    pages = -(-length // (_BITS * _DATA_BYTES))
    index = bytearray(pages * _INDEX_BYTES)
    for at, byte in enumerate(_data_bits(length)):
        index[at // 4 * 2] |= (_FULL if byte == _BYTE else _SOME) << 6 - at % 4 * 2
    step = 1
    while step < len(index):
        for at in range(step, len(index), 2 * (step + 1)):
            half = (step + 1) // 2
            left, right = index[at - half], index[at + half] if at + half < len(index) else 0
            index[at] = _halve(left) << 4 | _halve(right)
        step = 2 * step + 1
    return index


def _halve(byte: int) -> int:
    """Return four pairs of bits as two: full where both are, none where neither has any."""
    high, low = byte >> 4, byte & _NIBBLE
    return _sum_up(high) << 2 | _sum_up(low)


def _sum_up(nibble: int) -> int:
    return _FULL if nibble == _NIBBLE else _SOME if nibble else 0
