"""Feeds of a few records: what another implementation has to produce, byte for byte."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from federation.feed import feed_seed
from federation.feed_folder import HEAD, verify_feed, write_feed
from ledger.feed.head import encode_head, sign_head, verify_head
from ledger.feed.proof import prove_blocks
from ledger.feed.range import encode_range, verify_range
from ledger.feed.tree import FeedNode, FeedTree, FeedTrees, Order
from ledger.feed.value import ENCODINGS, Encoding, encode_block

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "feed.json").read_text("utf-8"))
SEED = bytes.fromhex(VECTOR["seed"])
COMMUNITY = bytes.fromhex(VECTOR["community"])
RECORDS = [bytes.fromhex(record) for record in VECTOR["records"]]
ORDERS: tuple[Order, ...] = ("big", "little")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_blocks_and_heads_are_those_of_the_vector(encoding: Encoding) -> None:
    expected = VECTOR["encodings"][encoding]
    blocks = [encode_block(record, encoding) for record in RECORDS]
    assert [block.hex() for block in blocks] == expected["blocks"]
    own = feed_seed(SEED, COMMUNITY, encoding)
    head = sign_head(SEED, own, COMMUNITY, encoding, FeedTrees().append(blocks))
    assert head.key.hex() == expected["feed_key"]
    assert encode_head(head).hex() == expected["head"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_ranges_are_those_of_the_vector(encoding: Encoding, order: Order) -> None:
    expected = VECTOR["encodings"][encoding]
    tree, known = FeedTree(order), dict[int, FeedNode]()
    for block in expected["blocks"]:
        tree, new = tree.grow(bytes.fromhex(block))
        known.update({node.number: node for node in new})
    assert tree.hash.hex() == expected[order]["tree_hash"]
    nodes = prove_blocks(known.__getitem__, 1, 3, tree.length)
    blocks = tuple(bytes.fromhex(block) for block in expected["blocks"][1:3])
    data = encode_range(bytes.fromhex(expected["head"]), order, 1, blocks, nodes)
    assert data.hex() == expected[order]["range_1_3"]
    assert verify_range(data)[1].blocks == blocks


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_storages_are_those_of_the_vector(tmp_path: Path, encoding: Encoding, order: Order) -> None:
    expected = VECTOR["encodings"][encoding]
    head = verify_head(bytes.fromhex(expected["head"]))
    blocks = [bytes.fromhex(block) for block in expected["blocks"]]
    write_feed(tmp_path / "feed", head, order, blocks)
    files = {path.name: path.read_bytes() for path in (tmp_path / "feed").iterdir()}
    assert files.pop(HEAD) == bytes.fromhex(expected["head"])
    assert {name: sha256(data).hexdigest() for name, data in files.items()} == (
        expected[order]["files"]
    )
    assert verify_feed(tmp_path / "feed") == (head, order, sum(map(len, blocks)))
