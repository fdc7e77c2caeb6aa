"""Heads of feeds and files of their parts: what holds, and what is refused."""

import pytest
from msgspec.structs import replace

from ledger import crypto
from ledger.codec import encode
from ledger.errors import FeedInvalid
from ledger.feed.head import FeedHead, encode_head, sign_head, verify_head
from ledger.feed.proof import prove_blocks
from ledger.feed.range import FeedRange, RangeNode, encode_range, verify_range
from ledger.feed.tree import FeedNode, FeedTree, FeedTrees, Order
from ledger.feed.value import encode_block

SEED, FEED_SEED = bytes(range(32)), bytes(range(32, 64))
COMMUNITY = crypto.public_key(SEED)
BLOCKS = tuple(bytes([n]) * (n * 7 % 11) for n in range(11))


def head_of(blocks: tuple[bytes, ...] = BLOCKS) -> FeedHead:
    """Return the community's head of a feed."""
    return sign_head(SEED, FEED_SEED, COMMUNITY, "binary", FeedTrees().append(blocks))


def range_of(order: Order, first: int, end: int) -> bytes:
    """Return the file of some of the blocks."""
    tree, known = FeedTree(order), dict[int, FeedNode]()
    for block in BLOCKS:
        tree, new = tree.grow(block)
        known.update({node.number: node for node in new})
    nodes = prove_blocks(known.__getitem__, first, end, len(BLOCKS))
    return encode_range(encode_head(head_of()), order, first, BLOCKS[first:end], nodes)


@pytest.mark.parametrize("order", ["big", "little"])
def test_a_range_is_read_back_with_the_head_that_signs_it(order: Order) -> None:
    head, part = verify_range(range_of(order, 3, 6))
    assert (head, part.first, part.blocks) == (head_of(), 3, BLOCKS[3:6])
    assert (head.signer, head.key) == (COMMUNITY, crypto.public_key(FEED_SEED))


@pytest.mark.parametrize("order", ["big", "little"])
def test_every_flipped_bit_of_a_range_is_refused(order: Order) -> None:
    data = range_of(order, 3, 6)
    # The other order's signature stands in the head and is not read for this one.
    other = head_of().little if order == "big" else head_of().big
    idle = range(data.index(other), data.index(other) + len(other))
    for at in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            if at in idle:
                verify_range(bytes(changed))
                continue
            with pytest.raises(FeedInvalid):
                verify_range(bytes(changed))


def test_a_range_cut_short_or_drawn_out_is_refused() -> None:
    data = range_of("big", 0, 2)
    for end in range(len(data)):
        with pytest.raises(FeedInvalid):
            verify_range(data[:end])
    with pytest.raises(FeedInvalid):
        verify_range(data + b"\x00")


def test_a_range_under_another_order_or_place_is_refused() -> None:
    _, part = verify_range(range_of("big", 3, 6))
    places: list[tuple[Order, int]] = [("little", 3), ("big", 2), ("big", 4)]
    for order, first in places:
        moved = FeedRange(part.head, order, first, part.blocks, part.nodes)
        with pytest.raises(FeedInvalid):
            verify_range(encode(moved))
    nodes = (RangeNode(1, 2, bytes(32)),) * 257
    with pytest.raises(FeedInvalid, match="no range of a feed"):
        verify_range(encode(FeedRange(part.head, "big", 3, part.blocks, nodes)))


def test_a_head_names_the_key_for_one_community_and_encoding_only() -> None:
    head = head_of()
    assert verify_head(encode_head(head)) == head
    others = (
        replace(head, community=bytes(32)),
        replace(head, encoding="json"),
        replace(head, signer=crypto.public_key(FEED_SEED)),
    )
    for other in others:
        with pytest.raises(FeedInvalid, match="head does not hold"):
            verify_head(encode_head(other))


def test_records_are_blocks_as_they_are_as_hex_or_as_json() -> None:
    record = bytes(range(16)) + encode([3, [b"\xab", 1], "é\n\x01", None, True])
    assert encode_block(record, "binary") == record
    assert encode_block(record, "utf-8") == record.hex().encode()
    assert encode_block(record, "json").decode() == (
        '{"nonce":"000102030405060708090a0b0c0d0e0f","record":[3,["ab",1],"é\\n\\u0001",null,true]}'
    )
    with pytest.raises(FeedInvalid, match="cannot be read"):
        encode_block(bytes(16) + b"\xc1", "json")
