"""The records' tree: RFC 6962's hashes and the vectors of its first implementation."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.merkle import EMPTY_ROOT, Frontier, leaf_hash, node_hash

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Roots of the first 0 to 8 leaves; certificate-transparency's merkle_tree_test.cc."""


def naive_root(records: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not records:
        return sha256(b"").digest()
    if len(records) == 1:
        return sha256(b"\x00" + records[0]).digest()
    cut = 1
    while cut * 2 < len(records):
        cut *= 2
    return sha256(b"\x01" + naive_root(records[:cut]) + naive_root(records[cut:])).digest()


@pytest.mark.parametrize(("size", "root"), list(enumerate(ROOTS)))
def test_the_published_trees_have_their_published_roots(size: int, root: str) -> None:
    assert Frontier().append(map(leaf_hash, LEAVES[:size])).root.hex() == root


@settings(max_examples=100)
@given(st.lists(st.binary(max_size=4), max_size=70), st.integers(0, 70))
def test_appending_in_two_steps_gives_the_defined_root(records: list[bytes], cut: int) -> None:
    leaves = [leaf_hash(record) for record in records]
    tree = Frontier().append(leaves[:cut]).append(leaves[cut:])
    assert tree.root == naive_root(records)
    assert tree.size == len(records)
    assert len(tree.roots) == tree.size.bit_count()


def test_appending_leaves_the_smaller_tree_as_it_was() -> None:
    tree = Frontier().append([leaf_hash(b"a")])
    tree.append([leaf_hash(b"b")])
    assert tree == Frontier(1, (leaf_hash(b"a"),))


def test_a_leaf_cannot_be_taken_for_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert node_hash(left, right) != leaf_hash(left + right)
    assert Frontier().root == EMPTY_ROOT
