"""Feeds: blocks under the flat in-order tree that dDatabase and Hypercore sign, with BLAKE2b."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal, NamedTuple

Order = Literal["big", "little"]
"""How numbers are written where they are hashed: ``big`` for dDatabase and Hypercore up to 9,
``little`` for Hypercore from 10 on."""

HASH_BYTES = 32
_LEAF, _PARENT, _ROOT = b"\x00", b"\x01", b"\x02"
"""Type prefixes, so that no node's hash is another kind's (hypercore-crypto, ``index.js``)."""
_TREE_NAMESPACE = bytes.fromhex("9fac70b50ca14efc4e91c833b204e75b8b5aad8b5881bfc0adb5ef38a3275b9c")
"""BLAKE2b of (BLAKE2b of ``hypercore``, then 00): what Hypercore 10 signs trees under."""


class FeedNode(NamedTuple):
    """A node of the tree.

    Attributes:
        number: Its flat in-order number: block i is 2i, parents are the odd numbers between.
        size: Bytes of all blocks below it.
        hash: 32 bytes.
    """

    number: int
    size: int
    hash: bytes


def leaf_node(order: Order, position: int, block: bytes) -> FeedNode:
    """Return the node of the block at a position, counted from 0."""
    digest = _hash(_LEAF + len(block).to_bytes(8, order) + block)
    return FeedNode(2 * position, len(block), digest)


def parent_node(order: Order, left: FeedNode, right: FeedNode) -> FeedNode:
    """Return the node above two neighbours of one depth."""
    size = left.size + right.size
    digest = _hash(_PARENT + size.to_bytes(8, order) + left.hash + right.hash)
    return FeedNode((left.number + right.number) // 2, size, digest)


def root_numbers(length: int) -> Iterator[int]:
    """Yield the numbers of the full subtrees' roots of so many blocks, leftmost first."""
    first = 0
    for depth in reversed(range(length.bit_length())):
        if length >> depth & 1:
            yield 2 * first + (1 << depth) - 1
            first += 1 << depth


def blocks_below(number: int) -> tuple[int, int]:
    """Return the positions [first, end) of the blocks below a node."""
    width = ~number & (number + 1)
    first = (number + 1 - width) // 2
    return first, first + width


def children(number: int) -> tuple[int, int]:
    """Return the numbers of the two nodes below a parent, an odd number."""
    assert number & 1, f"node {number} is a block and has no children"
    half = (~number & (number + 1)) // 2
    return number - half, number + half


@dataclass(frozen=True, slots=True)
class FeedTree:
    """What it takes to append to a feed and to sign it: the roots of its full subtrees.

    Attributes:
        order: How numbers are hashed.
        length: Number of blocks.
        roots: Leftmost first, one for each bit set in ``length``.
    """

    order: Order
    length: int = 0
    roots: tuple[FeedNode, ...] = ()

    def append(self, blocks: Iterable[bytes]) -> "FeedTree":
        """Return the tree after these blocks; the cost is theirs, not the feed's."""
        length, roots = self.length, list(self.roots)
        for block in blocks:
            _add(self.order, roots, length, block)
            length += 1
        return FeedTree(self.order, length, tuple(roots))

    def grow(self, block: bytes) -> tuple["FeedTree", list[FeedNode]]:
        """Return the tree after one block, and the nodes that came with it, its own first."""
        roots = list(self.roots)
        nodes = _add(self.order, roots, self.length, block)
        return FeedTree(self.order, self.length + 1, tuple(roots)), nodes

    @property
    def size_bytes(self) -> int:
        """How long all blocks are together."""
        return sum(root.size for root in self.roots)

    @property
    def hash(self) -> bytes:
        """The tree hash over all roots, 32 bytes."""
        parts = [_ROOT]
        for root in self.roots:
            parts += (
                root.hash,
                root.number.to_bytes(8, self.order),
                root.size.to_bytes(8, self.order),
            )
        return _hash(b"".join(parts))


class FeedTrees(NamedTuple):
    """The trees of one feed in both number orders: of one length."""

    big: FeedTree = FeedTree("big")
    little: FeedTree = FeedTree("little")

    def append(self, blocks: Sequence[bytes]) -> "FeedTrees":
        """Return both trees after these blocks."""
        return FeedTrees(self.big.append(blocks), self.little.append(blocks))


def signable(tree: FeedTree) -> bytes:
    """Return the bytes that a feed's signature covers.

    Source:
        ``@ddatabase/crypto`` 1.0.0 and ``hypercore-crypto`` 2, ``signable``: tree hash and
        length, 40 bytes. ``hypercore`` 10, ``lib/caps.js``, ``treeSignableCompat``: namespace,
        tree hash, length and fork, 80 bytes; a feed of ours never forks. Vectors in
        tests/vectors/.
    """
    if tree.order == "big":
        return tree.hash + tree.length.to_bytes(8, "big")
    return _TREE_NAMESPACE + tree.hash + tree.length.to_bytes(8, "little") + bytes(8)


def _add(order: Order, roots: list[FeedNode], length: int, block: bytes) -> list[FeedNode]:
    """Append a block to the roots in place and return the nodes that it makes."""
    nodes = [leaf_node(order, length, block)]
    while length & 1:
        nodes.append(parent_node(order, roots.pop(), nodes[-1]))
        length >>= 1
    roots.append(nodes[-1])
    return nodes


def _hash(data: bytes) -> bytes:
    return blake2b(data, digest_size=HASH_BYTES).digest()
