"""The append-only tree over all records: RFC 6962 / RFC 9162 hashes with SHA-256."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(record: bytes) -> bytes:
    """Return a record's leaf hash (RFC 9162, section 2.1.1: prefix 00)."""
    return sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return an inner node's hash (RFC 9162, section 2.1.1: prefix 01)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """What it takes to append: the size and the roots of the full subtrees, largest first.

    One root for each bit set in ``size``, so at most 53 of 32 bytes.
    """

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def append(self, leaves: Iterable[bytes]) -> "Frontier":
        """Return the frontier after these leaf hashes."""
        size, roots = self.size, list(self.roots)
        for leaf in leaves:
            node, level = leaf, size
            while level & 1:
                node = node_hash(roots.pop(), node)
                level >>= 1
            roots.append(node)
            size += 1
        return Frontier(size, tuple(roots))

    @property
    def root(self) -> bytes:
        """The tree's root hash, 32 bytes; of the empty tree the hash of nothing."""
        if not self.roots:
            return EMPTY_ROOT
        node = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            node = node_hash(left, node)
        return node
