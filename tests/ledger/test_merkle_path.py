"""Audit paths: every leaf, every pair of sizes, and nothing but the truth."""

from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.merkle import EMPTY_ROOT, Frontier, leaf_hash
from ledger.merkle_path import (
    is_consistent,
    prove_consistency,
    prove_inclusion,
    root_of_inclusion,
)
from tests.ledger.test_merkle import LEAVES as PUBLISHED

SIZE = 200
LEAVES = [leaf_hash(b"record %d" % index) for index in range(SIZE)]


@cache
def root(first: int, end: int) -> bytes:
    return Frontier().append(LEAVES[first:end]).root


def subtree(level: int, position: int) -> bytes:
    end = (position + 1) << level
    assert end <= SIZE
    return root(position << level, end)


def inclusion(index: int, size: int) -> tuple[bytes, ...]:
    return prove_inclusion(index, size, subtree)


@pytest.mark.parametrize("size", range(1, SIZE + 1))
def test_every_leaf_has_a_path_to_the_root_and_to_no_other_place(size: int) -> None:
    for index in range(size):
        path = inclusion(index, size)
        assert root_of_inclusion(LEAVES[index], index, size, path) == root(0, size)
        assert len(path) <= (size - 1).bit_length()
        for other in {0, index - 1, index + 1, size - 1} - {index}:
            assert root_of_inclusion(LEAVES[index], other, size, path) != root(0, size)


@pytest.mark.parametrize("size", range(SIZE + 1))
def test_every_smaller_tree_is_shown_to_be_the_beginning(size: int) -> None:
    for old in range(size + 1):
        path = prove_consistency(old, size, subtree)
        assert is_consistent(old, root(0, old), size, root(0, size), path)
        assert len(path) <= (size - 1).bit_length() + 1 if size else not path


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 64, 100, 199])
def test_a_changed_path_shows_nothing(size: int) -> None:
    for index in range(size):
        path = inclusion(index, size)
        for changed in changes(path):
            assert root_of_inclusion(LEAVES[index], index, size, changed) != root(0, size)
    for old in range(1, size):
        path = prove_consistency(old, size, subtree)
        for changed in changes(path):
            assert not is_consistent(old, root(0, old), size, root(0, size), changed)


def changes(path: Sequence[bytes]) -> list[tuple[bytes, ...]]:
    """Return paths with a hash left out, doubled, changed, swapped or added."""
    made = [(*path, bytes(32)), (bytes(32), *path)]
    for at, one in enumerate(path):
        before, after = path[:at], path[at + 1 :]
        flipped = bytes((one[0] ^ 1, *one[1:]))
        made += [(*before, *after), (*before, one, one, *after), (*before, flipped, *after)]
        if after:
            made.append((*before, after[0], one, *after[1:]))
    return made


def test_another_history_of_the_same_size_is_not_consistent() -> None:
    for old, size in ((1, 2), (2, 3), (4, 8), (5, 9), (8, 8)):
        path = prove_consistency(old, size, subtree)
        assert not is_consistent(old, bytes(32), size, root(0, size), path)
        assert not is_consistent(old, root(0, old), size, bytes(32), path)
    path = prove_consistency(5, 9, subtree)
    assert not is_consistent(9, root(0, 9), 5, root(0, 5), path)


def test_sizes_that_need_hashes_are_not_shown_without_them() -> None:
    for old, size in ((3, 5), (5, 8), (7, 9)):
        assert not is_consistent(old, root(0, old), size, root(0, size), ())
    assert root_of_inclusion(LEAVES[0], 0, 2, ()) is None
    assert root_of_inclusion(LEAVES[0], 0, 1, (LEAVES[1],)) is None


def test_the_empty_tree_has_one_root_only() -> None:
    assert is_consistent(0, EMPTY_ROOT, 5, root(0, 5), ())
    assert not is_consistent(0, bytes(32), 5, root(0, 5), ())
    assert not is_consistent(0, EMPTY_ROOT, 5, root(0, 5), (bytes(32),))
    assert not is_consistent(0, EMPTY_ROOT, 0, bytes(32), ())
    assert root_of_inclusion(EMPTY_ROOT, 0, 0, ()) is None


# Of certificate-transparency's merkle_tree_test.cc, as are the leaves: (leaf from 1, size, path).
PATHS = [
    (1, 1, []),
    (1, 8, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (6, 8, [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
    (3, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (2, 5, [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]),
]  # fmt: skip
CONSISTENT = [
    (1, 1, []),
    (1, 8, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (6, 8, [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
    (2, 5, [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]),
]  # fmt: skip


def published(level: int, position: int) -> bytes:
    leaves = map(leaf_hash, PUBLISHED[position << level : (position + 1) << level])
    return Frontier().append(leaves).root


@pytest.mark.parametrize(("leaf", "size", "path"), PATHS)
def test_the_published_leaves_have_their_published_paths(
    leaf: int, size: int, path: list[str]
) -> None:
    assert [one.hex() for one in prove_inclusion(leaf - 1, size, published)] == path


@pytest.mark.parametrize(("old", "size", "path"), CONSISTENT)
def test_the_published_trees_have_their_published_consistency(
    old: int, size: int, path: list[str]
) -> None:
    assert [one.hex() for one in prove_consistency(old, size, published)] == path


hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=8)
small = st.integers(0, 300)


@settings(max_examples=200, deadline=None)
@given(small, small, hashes)
def test_made_up_hashes_show_nothing(index: int, size: int, path: list[bytes]) -> None:
    assert root_of_inclusion(LEAVES[0], index, size, path) != root(0, SIZE)
    assert not is_consistent(index, LEAVES[0], size, LEAVES[1], path)
