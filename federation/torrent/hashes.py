"""Hashes of one file's content, as hybrid torrents state them: v1 pieces and a v2 tree.

Every file but padding starts on a piece, so its hashes depend on nothing but its content and the
piece length, and can be kept.

Source:
    BEP 3 (pieces), BEP 47 (padding), BEP 52 (Merkle trees, piece layers).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha1, sha256

BLOCK_BYTES = 16_384
"""Leaf of a file's hash tree (BEP 52)."""
PIECE_BYTES_MIN = 16_384
PIECE_BYTES_MAX = 16_777_216
SHA1_BYTES = 20
ROOT_BYTES = 32


@dataclass(frozen=True, slots=True)
class FileHashes:
    """All that a hybrid torrent says of one file's content.

    Attributes:
        length: Bytes, from 0.
        piece_length: The piece length that ``pieces`` and ``layer`` are for.
        root: v2 Merkle root, 32 bytes, whatever the piece length; empty for an empty file.
        pieces: v1 SHA-1 hashes (20 bytes each) of the pieces, the last one padded with zeros.
        layer: v2 piece layer (32 bytes per piece); empty if the file fits in one piece.
    """

    length: int
    piece_length: int
    root: bytes
    pieces: bytes
    layer: bytes


def hash_file(pieces: Iterable[bytes], piece_length: int) -> FileHashes:
    """Return the hashes of one file's content.

    Args:
        pieces: The content, cut into ``piece_length`` bytes; only the last may be shorter.
        piece_length: A power of two from 16 KiB to 16 MiB.
    """
    length, v1, v2 = 0, [], []
    levels = (piece_length // BLOCK_BYTES).bit_length() - 1
    leaves: list[bytes] = []
    for piece in pieces:
        length += len(piece)
        padded = piece + bytes(piece_length - len(piece))
        v1.append(sha1(padded).digest())  # noqa: S324 -- BEP 3 fixes SHA-1
        leaves = [
            sha256(piece[at : at + BLOCK_BYTES]).digest()
            for at in range(0, len(piece), BLOCK_BYTES)
        ]
        v2.append(_root(leaves, levels, bytes(ROOT_BYTES)))
    if length <= piece_length:
        # BEP 52: "The root hash is derived ... the remaining leaf hashes beyond the end of the
        # file required to construct upper layers are set to zero": no higher than the file needs.
        root = _root(leaves, _height(len(leaves)), bytes(ROOT_BYTES)) if leaves else b""
        return FileHashes(length, piece_length, root, b"".join(v1), b"")
    beyond = _root([], levels, bytes(ROOT_BYTES))
    root = _root(v2, _height(len(v2)), beyond)
    return FileHashes(length, piece_length, root, b"".join(v1), b"".join(v2))


def count_pieces(length: int, piece_length: int) -> int:
    """Return how many pieces a file of some length has."""
    return -(-length // piece_length)


def _root(nodes: list[bytes], levels: int, beyond: bytes) -> bytes:
    """Return the root ``levels`` above nodes, which ``beyond`` fills up on the right."""
    for _ in range(levels):
        if len(nodes) % 2:
            nodes = [*nodes, beyond]
        pairs = zip(nodes[::2], nodes[1::2], strict=True)
        nodes = [sha256(left + right).digest() for left, right in pairs]
        beyond = sha256(beyond + beyond).digest()
    return nodes[0] if nodes else beyond


def _height(leaves: int) -> int:
    return (leaves - 1).bit_length()
