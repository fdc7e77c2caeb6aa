"""The storage of Hypercore 10: what stands in its files besides blocks and nodes."""

from collections.abc import Iterator
from zlib import crc32

_PAGE_BYTES = 4096
_NAMESPACE = bytes.fromhex("4144eea531e483d54e0c14f4ca68e0644f355343ff6fcb0f005200e12cd747cb")
"""BLAKE2b of (BLAKE2b of ``hypercore``, then 04): the namespace of signers by default."""
_VERSION, _HAS_MANIFEST = b"\x01", b"\x02"
_UINT_BYTE_MAX = 0xFC


def closing(
    key: bytes, length: int, signature: bytes, tree_hash: bytes
) -> Iterator[tuple[str, int, bytes]]:
    """Yield file, offset and bytes of a whole feed's bitfield and header.

    Args:
        key: The feed's public key.
        length: Number of blocks, at least 1.
        signature: The feed key's over the little-endian tree.
        tree_hash: That tree's hash.

    Source:
        ``hypercore`` 10.38.2, ``lib/bitfield.js``, ``lib/oplog.js`` (two pages for headers, the
        first of them used here, no entries behind) and ``lib/messages.js``, ``oplog.header``.
    """
    bits = ((1 << length) - 1).to_bytes(-(-length // 8), "little")
    yield "bitfield", 0, bits + bytes(-len(bits) % _PAGE_BYTES)
    header = _encode_header(key, length, signature, tree_hash)
    # "prefix with the uint header (frame length and flush info)": no flush so far, nothing partial
    framed = (len(header) << 2).to_bytes(4, "little") + header
    slot = crc32(framed).to_bytes(4, "little") + framed
    yield "oplog", 0, slot.ljust(2 * _PAGE_BYTES, b"\x00")


def _encode_header(key: bytes, length: int, signature: bytes, tree_hash: bytes) -> bytes:
    manifest = (
        b"\x01"  # version
        b"\x00"  # no flags
        b"\x00"  # BLAKE2b
        b"\x01"  # quorum
        b"\x01"  # signers
        b"\x00" + _NAMESPACE + key  # Ed25519
    )
    tree = b"\x00" + _encode_uint(length) + _encode_bytes(tree_hash) + _encode_bytes(signature)
    hints = b"\x00" + _encode_uint(length)
    no_user_data = b"\x00"
    return _VERSION + _HAS_MANIFEST + key + manifest + no_user_data + tree + hints


def _encode_uint(value: int) -> bytes:
    """Return a number as ``compact-encoding`` writes it."""
    if value <= _UINT_BYTE_MAX:
        return bytes((value,))
    for mark, size in ((0xFD, 2), (0xFE, 4)):
        if value < 1 << 8 * size:
            return bytes((mark,)) + value.to_bytes(size, "little")
    return b"\xff" + value.to_bytes(8, "little")


def _encode_bytes(data: bytes) -> bytes:
    return _encode_uint(len(data)) + data
