"""Proofs that some blocks are in a feed: audit paths in flat-tree numbers, up to the roots."""

from collections.abc import Callable, Iterator, Sequence

from ledger.errors import FeedInvalid
from ledger.feed.tree import (
    HASH_BYTES,
    FeedNode,
    FeedTree,
    Order,
    blocks_below,
    children,
    leaf_node,
    parent_node,
    root_numbers,
)

SIZE_MAX = 2**53 - 1
"""Bytes of a feed: exact in every language that will read it."""


def proof_numbers(first: int, end: int, length: int) -> Iterator[int]:
    """Yield the numbers of the nodes that prove blocks [first, end), ascending.

    One block's proof is an audit path of at most 52 nodes, and the other roots. The proof of the
    whole feed is empty.
    """
    assert 0 <= first < end <= length, f"blocks {first} to {end} of {length}"
    for root in root_numbers(length):
        yield from _beside(root, first, end)


def prove_blocks(
    node: Callable[[int], FeedNode], first: int, end: int, length: int
) -> tuple[FeedNode, ...]:
    """Return the nodes that prove blocks [first, end) of a feed.

    Args:
        node: Gives the node of a number.
        first: Position of the first block.
        end: Position after the last.
        length: Blocks of the feed.
    """
    return tuple(node(number) for number in proof_numbers(first, end, length))


def rebuild_tree(
    order: Order, first: int, blocks: Sequence[bytes], nodes: Sequence[FeedNode], length: int
) -> FeedTree:
    """Return the tree that blocks and the nodes beside them make; its signature proves them.

    Args:
        order: How numbers are hashed.
        first: Position of the first block.
        blocks: At least one. Untrusted.
        nodes: From ``prove_blocks``. Untrusted.
        length: Blocks of the feed. Untrusted.

    Raises:
        FeedInvalid: Blocks beyond the feed, or other nodes than the proof needs, in this order.
    """
    end = first + len(blocks)
    if not 0 <= first < end <= length:
        raise FeedInvalid(f"got blocks {first} to {end} of a feed of {length} blocks")
    wanted = list(proof_numbers(first, end, length))
    if [node.number for node in nodes] != wanted:
        raise FeedInvalid(
            f"got {len(nodes)} nodes for blocks {first} to {end}; their proof has {len(wanted)} "
            "others: export the range again"
        )
    for node in nodes:
        if len(node.hash) != HASH_BYTES or not 0 <= node.size <= SIZE_MAX:
            raise FeedInvalid(f"got node {node.number} of {node.size} bytes, which cannot be")
    known = {node.number: node for node in nodes}
    for position, block in enumerate(blocks, first):
        known[2 * position] = leaf_node(order, position, block)
    roots = tuple(_rebuild(order, number, known) for number in root_numbers(length))
    return FeedTree(order, length, roots)


def _beside(number: int, first: int, end: int) -> Iterator[int]:
    low, high = blocks_below(number)
    if high <= first or end <= low:
        yield number
    elif not (first <= low and high <= end):
        for child in children(number):
            yield from _beside(child, first, end)


def _rebuild(order: Order, number: int, known: dict[int, FeedNode]) -> FeedNode:
    node = known.get(number)
    if node is None:
        left, right = children(number)
        node = parent_node(order, _rebuild(order, left, known), _rebuild(order, right, known))
    return node
