"""A whole feed as the storage that Hypercore opens: version 9 in big-endian order, 10 in little."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ledger.errors import FeedInvalid
from ledger.feed import oplog as feed_oplog
from ledger.feed import sleep as feed_sleep
from ledger.feed.head import FeedHead, check_tree
from ledger.feed.tree import HASH_BYTES, FeedNode, FeedTree, Order, blocks_below

NODE_BYTES = HASH_BYTES + 8
FILES: dict[Order, tuple[str, ...]] = {
    "big": ("bitfield", "data", "key", "signatures", "tree"),
    "little": ("bitfield", "data", "oplog", "tree"),
}
"""Names of the files, by number order."""


class Piece(NamedTuple):
    """Bytes that stand at an offset of a file; whatever no piece covers is zero."""

    file: str
    offset: int
    data: bytes


def lay_out(head: FeedHead, order: Order, blocks: Iterable[bytes]) -> Iterator[Piece]:
    """Yield everything that the storage of a feed holds, block after block, the rest at the end.

    The bytes are a function of the head and the blocks: a storage is verified by laying it out
    again and comparing.

    Args:
        head: Verified.
        order: Which signature and storage.
        blocks: As many as the head names.

    Raises:
        FeedInvalid: The head's key did not sign these blocks, in both orders.

    Source:
        ``hypercore`` 9.12.0, ``lib/storage.js`` and ``lib/bitfield.js``; ``hypercore`` 10.38.2,
        ``lib/oplog.js``, ``lib/messages.js``, ``lib/merkle-tree.js`` and ``lib/bitfield.js``.
    """
    tree, at = FeedTree(order), 0
    other = FeedTree("little" if order == "big" else "big")
    for block in blocks:
        tree, nodes = tree.grow(block)
        other = other.append((block,))
        yield Piece("data", at, block)
        at += len(block)
        for node in nodes:
            yield Piece("tree", node_offset(order, node.number), _encode_node(order, node))
    check_tree(head, tree)
    check_tree(head, other)
    for root in tree.roots[:-1]:
        _, end = blocks_below(root.number)
        # The number between two roots is a node that no feed of this length has yet.
        yield Piece("tree", node_offset(order, 2 * end - 1), bytes(NODE_BYTES))
    if order == "big":
        ends = feed_sleep.closing(head.key, head.length, head.big)
    else:
        ends = feed_oplog.closing(head.key, head.length, head.little, tree.hash)
    for file, offset, data in ends:
        yield Piece(file, offset, data)


def node_offset(order: Order, number: int) -> int:
    """Return where a node stands in the file ``tree``."""
    header = feed_sleep.HEADER_BYTES if order == "big" else 0
    return header + NODE_BYTES * number


def block_bytes(order: Order, node: bytes) -> int:
    """Return how long a block is, from the 40 bytes of its node in the file ``tree``.

    Raises:
        FeedInvalid: The file ends before.
    """
    if len(node) != NODE_BYTES:
        raise FeedInvalid("the feed's tree ends before its blocks do; get the feed again")
    return int.from_bytes(node[HASH_BYTES:] if order == "big" else node[:8], order)


def _encode_node(order: Order, node: FeedNode) -> bytes:
    size = node.size.to_bytes(8, order)
    return node.hash + size if order == "big" else size + node.hash
