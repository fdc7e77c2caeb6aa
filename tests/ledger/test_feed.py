"""The flat tree's numbers, hashes and signatures, and the proofs that stand on them."""

import json
from pathlib import Path

import pytest

from ledger import crypto
from ledger.errors import FeedInvalid
from ledger.feed.proof import proof_numbers, prove_blocks, rebuild_tree
from ledger.feed.tree import (
    FeedNode,
    FeedTree,
    Order,
    blocks_below,
    children,
    leaf_node,
    parent_node,
    root_numbers,
    signable,
)

VECTORS = Path(__file__).parent.parent / "vectors"
FILES: list[tuple[Order, str]] = [
    ("big", "tree-ddatabase.json"),
    ("little", "tree-hypercore10.json"),
]
LENGTH_MAX = 33


def blocks(count: int) -> list[bytes]:
    """Return blocks of unlike lengths, an empty one among them."""
    return [bytes([n]) * (n * 7 % 11) for n in range(count)]


def nodes_of(order: Order, all_blocks: list[bytes]) -> dict[int, FeedNode]:
    """Return every node of a feed by its number."""
    tree, known = FeedTree(order), {}
    for block in all_blocks:
        tree, new = tree.grow(block)
        known.update({node.number: node for node in new})
    return known


@pytest.mark.parametrize(("order", "file"), FILES)
def test_every_node_is_as_the_packages_from_npm_hash_it(order: Order, file: str) -> None:
    vector = json.loads((VECTORS / file).read_text())
    known = nodes_of(order, [bytes.fromhex(leaf) for leaf in vector["leaves_hex"]])
    for number, node in vector["nodes"].items():
        made = known.pop(int(number))
        assert (made.size, made.hash.hex()) == (node["size"], node["hash"])
    assert not known
    assert FeedTree(order).hash.hex() == vector["empty_tree"]


@pytest.mark.parametrize(("order", "file"), FILES)
def test_roots_tree_hash_and_signature_are_those_of_the_packages(order: Order, file: str) -> None:
    vector = json.loads((VECTORS / file).read_text())
    seed, tree = bytes.fromhex(vector["seed"]), FeedTree(order)
    signed = ("signable", "signature") if order == "big" else (
        "signable_compat_fork0", "signature_compat_fork0",
    )  # fmt: skip
    for leaf, one in zip(vector["leaves_hex"], vector["by_length"], strict=True):
        tree = tree.append([bytes.fromhex(leaf)])
        assert (tree.length, tree.size_bytes) == (one["length"], one["byte_length"])
        assert list(root_numbers(tree.length)) == one["full_roots"]
        roots = [(root.number, root.size, root.hash.hex()) for root in tree.roots]
        assert roots == [(root["index"], root["size"], root["hash"]) for root in one["roots"]]
        assert tree.hash.hex() == one["tree_hash"]
        assert signable(tree).hex() == one[signed[0]]
        assert crypto.sign(seed, signable(tree)).hex() == one[signed[1]]


def test_numbers_of_the_flat_tree_name_their_blocks_and_children() -> None:
    assert [blocks_below(index) for index in (0, 1, 2, 3, 5, 7, 11)] == [
        (0, 1), (0, 2), (1, 2), (0, 4), (2, 4), (0, 8), (4, 8),
    ]  # fmt: skip
    assert [children(index) for index in (1, 3, 5, 7)] == [(0, 2), (1, 5), (4, 6), (3, 11)]
    assert list(root_numbers(7)) == [3, 9, 12]
    assert not list(root_numbers(0))


def test_appending_many_blocks_at_once_is_appending_them_one_by_one() -> None:
    whole = FeedTree("big").append(blocks(LENGTH_MAX))
    for cut in range(LENGTH_MAX):
        first = FeedTree("big").append(blocks(LENGTH_MAX)[:cut])
        assert first.append(blocks(LENGTH_MAX)[cut:]) == whole


@pytest.mark.parametrize("order", ["big", "little"])
def test_every_range_of_every_length_proves_its_blocks(order: Order) -> None:
    known = nodes_of(order, blocks(LENGTH_MAX))
    for length in range(1, LENGTH_MAX + 1):
        tree = FeedTree(order).append(blocks(length))
        for first in range(length):
            for end in range(first + 1, length + 1):
                nodes = prove_blocks(known.__getitem__, first, end, length)
                part = blocks(length)[first:end]
                assert rebuild_tree(order, first, part, nodes, length) == tree


def test_a_proof_is_logarithmic_and_the_whole_feed_needs_none() -> None:
    million = 10**6
    for position in (0, 1, 524_287, 999_999):
        assert len(list(proof_numbers(position, position + 1, million))) <= 19 + 7
    assert not list(proof_numbers(0, million, million))


@pytest.mark.parametrize("order", ["big", "little"])
def test_a_changed_block_or_node_leads_to_another_tree(order: Order) -> None:
    length, first, end = 13, 4, 7
    known = nodes_of(order, blocks(length))
    tree = FeedTree(order).append(blocks(length))
    nodes = prove_blocks(known.__getitem__, first, end, length)
    part = blocks(length)[first:end]
    for at in range(len(part)):
        changed = [*part[:at], part[at] + b"\x00", *part[at + 1 :]]
        assert rebuild_tree(order, first, changed, nodes, length).hash != tree.hash
    for at, node in enumerate(nodes):
        for other in (
            node._replace(size=node.size + 1),
            node._replace(hash=bytes([node.hash[0] ^ 1]) + node.hash[1:]),
        ):
            changed_nodes = [*nodes[:at], other, *nodes[at + 1 :]]
            assert rebuild_tree(order, first, part, changed_nodes, length).hash != tree.hash


def test_a_proof_with_a_node_too_few_too_many_or_out_of_order_is_refused() -> None:
    known = nodes_of("big", blocks(13))
    nodes = prove_blocks(known.__getitem__, 4, 7, 13)
    part = blocks(13)[4:7]
    cases = (
        nodes[1:],
        nodes[:-1],
        (*nodes, nodes[-1]),
        (nodes[1], nodes[0], *nodes[2:]),
        (nodes[0]._replace(hash=b"short"), *nodes[1:]),
        (nodes[0]._replace(size=-1), *nodes[1:]),
    )
    for case in cases:
        with pytest.raises(FeedInvalid):
            rebuild_tree("big", 4, part, case, 13)
    for first, few in ((12, part), (4, []), (-1, part)):
        with pytest.raises(FeedInvalid):
            rebuild_tree("big", first, few, nodes, 13)


def test_a_leaf_is_never_taken_for_a_parent() -> None:
    left, right = leaf_node("big", 0, b"a"), leaf_node("big", 1, b"b")
    joined = parent_node("big", left, right)
    forged = leaf_node("big", 0, left.hash + right.hash)
    assert forged.hash != joined.hash
