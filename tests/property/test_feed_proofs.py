"""Whatever is in a feed, every part of it is proven, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from ledger.errors import FeedInvalid
from ledger.feed.head import encode_head, sign_head
from ledger.feed.proof import prove_blocks, rebuild_tree
from ledger.feed.range import encode_range, verify_range
from ledger.feed.tree import FeedNode, FeedTree, FeedTrees, Order

FEEDS = st.lists(st.binary(max_size=40), min_size=1, max_size=70)
ORDERS = st.sampled_from(("big", "little"))
SEED, FEED_SEED = bytes(32), bytes(range(32))


def part_of(data: DataObject, blocks: list[bytes]) -> tuple[int, int]:
    """Return any range of the blocks."""
    first = data.draw(st.integers(0, len(blocks) - 1))
    return first, data.draw(st.integers(first + 1, len(blocks)))


def proof_of(order: Order, blocks: list[bytes], first: int, end: int) -> tuple[FeedNode, ...]:
    """Return the proof of a range, from all nodes of the feed."""
    tree, known = FeedTree(order), dict[int, FeedNode]()
    for block in blocks:
        tree, new = tree.grow(block)
        known.update({node.number: node for node in new})
    return prove_blocks(known.__getitem__, first, end, len(blocks))


@given(FEEDS, ORDERS, st.data())
def test_every_part_leads_to_the_tree_of_the_whole(
    blocks: list[bytes], order: Order, data: DataObject
) -> None:
    first, end = part_of(data, blocks)
    nodes = proof_of(order, blocks, first, end)
    tree = rebuild_tree(order, first, blocks[first:end], nodes, len(blocks))
    assert tree == FeedTree(order).append(blocks)


@given(FEEDS, ORDERS, st.data())
def test_other_blocks_never_lead_there(blocks: list[bytes], order: Order, data: DataObject) -> None:
    first, end = part_of(data, blocks)
    nodes = proof_of(order, blocks, first, end)
    other = data.draw(st.lists(st.binary(max_size=40), min_size=1, max_size=70))
    if other == blocks[first:end]:
        return
    try:
        tree = rebuild_tree(order, first, other, nodes, len(blocks))
    except FeedInvalid:
        return
    assert tree.hash != FeedTree(order).append(blocks).hash


@given(FEEDS, ORDERS, st.data())
def test_a_file_of_a_part_never_verifies_after_a_change(
    blocks: list[bytes], order: Order, data: DataObject
) -> None:
    first, end = part_of(data, blocks)
    head = sign_head(SEED, FEED_SEED, bytes(32), "binary", FeedTrees().append(blocks))
    nodes = proof_of(order, blocks, first, end)
    file = encode_range(encode_head(head), order, first, tuple(blocks[first:end]), nodes)
    assert verify_range(file)[0] == head
    at = data.draw(st.integers(0, len(file) - 1))
    changed = bytearray(file)
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        found, part = verify_range(bytes(changed))
    except FeedInvalid:
        return
    # Only the signature of the other order may differ: what is proven is the same.
    assert (part.order, part.first, part.blocks) == (order, first, tuple(blocks[first:end]))
    assert (found.key, found.length) == (head.key, head.length)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_with_the_one_error(data: bytes) -> None:
    try:
        verify_range(data)
    except FeedInvalid:
        return
    raise AssertionError("random bytes are no feed")
