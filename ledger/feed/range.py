"""A range of a feed in one file: blocks, and the proof that they are in it."""

from typing import Annotated

from msgspec import Meta

from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError, FeedInvalid
from ledger.feed.head import HEAD_BYTES_MAX, FeedHead, check_tree, verify_head
from ledger.feed.proof import SIZE_MAX, rebuild_tree
from ledger.feed.tree import FeedNode, Order
from ledger.feed.value import BLOCK_BYTES_MAX
from ledger.field import Count, Hash

RANGE_BYTES_MAX = 64 * 2**20
"""About 200,000 records; more are exported as a directory."""
_NODES_MAX = 256
"""Two paths of at most 52 nodes, and at most 53 roots."""


class RangeNode(Shape):
    """A node of the proof: its flat-tree number, the bytes below it, its hash."""

    number: Count
    size: Annotated[int, Meta(ge=0, le=SIZE_MAX)]
    hash: Hash


class FeedRange(Shape):
    """Blocks of a feed with their proof.

    Attributes:
        head: The feed's head, canonical bytes.
        order: How numbers are hashed.
        first: Position of the first block.
        blocks: At least one.
        nodes: What the proof needs besides, ascending.
    """

    head: Annotated[bytes, Meta(max_length=HEAD_BYTES_MAX)]
    order: Order
    first: Count
    blocks: tuple[Annotated[bytes, Meta(max_length=BLOCK_BYTES_MAX)], ...]
    nodes: Annotated[tuple[RangeNode, ...], Meta(max_length=_NODES_MAX)]


def encode_range(
    head: bytes, order: Order, first: int, blocks: tuple[bytes, ...], nodes: tuple[FeedNode, ...]
) -> bytes:
    """Return the file of some blocks.

    Args:
        head: The feed's head.
        order: How numbers are hashed.
        first: Position of the first block.
        blocks: At least one.
        nodes: From ``prove_blocks``.

    Raises:
        FeedInvalid: The file would have over 64 MiB.
    """
    listed = tuple(RangeNode(*node) for node in nodes)
    data = encode(FeedRange(head, order, first, blocks, listed))
    if len(data) > RANGE_BYTES_MAX:
        raise FeedInvalid(
            f"got a range of {len(data)} bytes; at most {RANGE_BYTES_MAX} fit. Take fewer blocks, "
            "or export the whole feed into a directory"
        )
    return data


def verify_range(data: bytes) -> tuple[FeedHead, FeedRange]:
    """Return blocks of a feed, proven against the signature in its head, and that head.

    Args:
        data: Untrusted.

    Raises:
        FeedInvalid: Not such a file, or a block, a node or a signature does not hold.
    """
    try:
        found = decode(data, FeedRange, RANGE_BYTES_MAX)
    except CodecError as error:
        raise FeedInvalid(f"this is no range of a feed: {error}") from error
    head = verify_head(found.head)
    nodes = [FeedNode(node.number, node.size, node.hash) for node in found.nodes]
    check_tree(head, rebuild_tree(found.order, found.first, found.blocks, nodes, head.length))
    return head, found
