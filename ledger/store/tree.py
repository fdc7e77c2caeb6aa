"""Growing the tree: the frontier, and the roots of large full subtrees for later proofs."""

from collections.abc import Iterable
from typing import NamedTuple

from ledger.merkle import Frontier, node_hash

NODE_LEVEL_MIN = 8
"""Full subtrees of 2**8 leaves and more are kept, so a proof reads at most 512 leaf hashes."""
_HASH_BYTES = 32


class Node(NamedTuple):
    """Root of the full subtree over leaves [position * 2**level, (position + 1) * 2**level)."""

    level: int
    position: int
    hash: bytes


def grow(tree: Frontier, leaves: Iterable[bytes]) -> tuple[Frontier, list[Node]]:
    """Return the frontier after these leaf hashes, and the subtrees that became full."""
    size, roots, full = tree.size, list(tree.roots), []
    for leaf in leaves:
        node, level, position = leaf, 0, size
        while position & 1:
            node = node_hash(roots.pop(), node)
            position >>= 1
            level += 1
            if level >= NODE_LEVEL_MIN:
                full.append(Node(level, position, node))
        roots.append(node)
        size += 1
    return Frontier(size, tuple(roots)), full


def pack_frontier(tree: Frontier) -> bytes:
    """Return a frontier's roots one after another; the size says which levels they are."""
    return b"".join(tree.roots)


def unpack_frontier(size: int, data: bytes) -> Frontier:
    """Return the frontier of a tree of ``size`` leaves from its packed roots."""
    roots = (data[at : at + _HASH_BYTES] for at in range(0, len(data), _HASH_BYTES))
    return Frontier(size, tuple(roots))
