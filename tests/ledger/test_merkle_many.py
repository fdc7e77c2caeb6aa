"""Combined proofs: every choice of leaves of every small tree, and nothing but the truth."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.merkle import Frontier, leaf_hash
from ledger.merkle_many import narrow_many, prove_many, root_of_many
from ledger.merkle_path import prove_inclusion
from tests.ledger.test_merkle import LEAVES as PUBLISHED
from tests.ledger.test_merkle import ROOTS

SIZE = 300
LEAVES = [leaf_hash(b"record %d" % index) for index in range(SIZE)]
SMALL = range(1, 13)
Leaves = list[tuple[int, bytes]]


@cache
def root(first: int, end: int) -> bytes:
    return Frontier().append(LEAVES[first:end]).root


def subtree(level: int, position: int) -> bytes:
    end = (position + 1) << level
    assert end <= SIZE
    return root(position << level, end)


def at(indices: Sequence[int]) -> Leaves:
    return [(index, LEAVES[index]) for index in indices]


def choices(size: int) -> Iterator[tuple[int, ...]]:
    for count in range(1, size + 1):
        yield from combinations(range(size), count)


def beside(first: int, end: int, indices: Sequence[int]) -> list[bytes]:
    """docs/protocol.md, "Combined", word for word: whoever holds none of the leaves is named."""
    if not any(first <= index < end for index in indices):
        return [root(first, end)]
    if end - first == 1:
        return []
    half = 1
    while half * 2 < end - first:
        half *= 2
    cut = first + half
    return beside(first, cut, indices) + beside(cut, end, indices)


@pytest.mark.parametrize("size", SMALL)
def test_every_choice_of_leaves_has_the_proof_of_the_words_and_leads_to_the_root(size: int) -> None:
    for indices in choices(size):
        proof = prove_many(indices, size, subtree)
        assert list(proof) == beside(0, size, indices)
        assert root_of_many(at(indices), size, proof) == root(0, size)


def changes(proof: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
    """Yield proofs with a hash left out, doubled, changed, swapped or added."""
    yield (*proof, bytes(32))
    yield (bytes(32), *proof)
    for place, one in enumerate(proof):
        before, after = proof[:place], proof[place + 1 :]
        yield (*before, *after)
        yield (*before, one, one, *after)
        yield (*before, bytes((one[0] ^ 1, *one[1:])), *after)
        for other, swapped in enumerate(after):
            yield (*before, swapped, *after[:other], one, *after[other + 1 :])


@pytest.mark.parametrize("size", SMALL)
def test_a_changed_proof_shows_nothing(size: int) -> None:
    for indices in choices(size):
        leaves = at(indices)
        for changed in changes(prove_many(indices, size, subtree)):
            assert root_of_many(leaves, size, changed) != root(0, size)


@pytest.mark.parametrize("size", range(1, 11))
def test_other_leaves_and_other_places_are_not_shown(size: int) -> None:
    for indices in choices(size):
        leaves, proof = at(indices), prove_many(indices, size, subtree)
        for place, (index, leaf) in enumerate(leaves):
            before, after = leaves[:place], leaves[place + 1 :]
            wrong = [
                [*before, (index, bytes(32)), *after],
                [*before, (index + 1, leaf), *after],
                [*before, (index - 1, leaf), *after],
                [*before, *after],
                [*before, (index, leaf), (index, leaf), *after],
                [*before, *after[:1], (index, leaf), *after[1:]] if after else [],
            ]
            for other in wrong:
                assert root_of_many(other, size, proof) != root(0, size)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_proof_of_some_of_the_leaves_follows_from_that_of_all(size: int) -> None:
    for indices in choices(size):
        proof = prove_many(indices, size, subtree)
        for count in range(1, len(indices) + 1):
            for keep in combinations(indices, count):
                narrowed = narrow_many(at(indices), size, proof, keep)
                assert narrowed == prove_many(keep, size, subtree)


def test_what_leads_to_no_root_is_not_narrowed() -> None:
    proof = prove_many((1, 4), 7, subtree)
    assert narrow_many(at((1, 4)), 7, proof[1:], (1,)) is None
    assert narrow_many(at((4, 1)), 7, proof, (1,)) is None
    assert narrow_many(at((1, 4)), 4, proof, (1,)) is None


@pytest.mark.parametrize(
    ("indices", "size"),
    [((), 1), ((), 0), ((0,), 0), ((1,), 1), ((-1,), 3), ((2, 1), 3), ((1, 1), 3), ((0, 3), 3)],
)
def test_places_that_a_tree_has_not_have_no_root(indices: tuple[int, ...], size: int) -> None:
    for proof in ((), (LEAVES[0],), tuple(LEAVES[:3])):
        assert root_of_many([(index, LEAVES[0]) for index in indices], size, proof) is None


def test_one_leaf_has_its_path_from_left_to_right() -> None:
    for size in range(1, 70):
        for index in range(size):
            proof = prove_many((index,), size, subtree)
            assert sorted(proof) == sorted(prove_inclusion(index, size, subtree))
    assert prove_many((2,), 5, subtree) == (root(0, 2), LEAVES[3], LEAVES[4])


def test_the_published_leaves_lead_to_their_published_roots() -> None:
    published = [leaf_hash(one) for one in PUBLISHED]

    def answer(level: int, position: int) -> bytes:
        return Frontier().append(published[position << level : (position + 1) << level]).root

    for size in range(1, 9):
        for indices in choices(size):
            leaves = [(index, published[index]) for index in indices]
            found = root_of_many(leaves, size, prove_many(indices, size, answer))
            assert found == bytes.fromhex(ROOTS[size])


places = st.integers(1, SIZE).flatmap(
    lambda size: st.tuples(
        st.just(size), st.sets(st.integers(0, size - 1), min_size=1, max_size=64).map(sorted)
    )
)


@settings(max_examples=150, deadline=None)
@given(places, st.data())
def test_many_leaves_of_larger_trees(tree: tuple[int, list[int]], data: st.DataObject) -> None:
    size, indices = tree
    proof = prove_many(indices, size, subtree)
    assert list(proof) == beside(0, size, indices)
    assert root_of_many(at(indices), size, proof) == root(0, size)
    keep = data.draw(st.sets(st.sampled_from(indices), min_size=1).map(sorted))
    assert narrow_many(at(indices), size, proof, keep) == prove_many(keep, size, subtree)
    for changed in changes(proof[:4]):
        assert root_of_many(at(indices), size, (*changed, *proof[4:])) != root(0, size)


class Counting:
    """Answers for a tree of any size, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def __call__(self, level: int, position: int) -> bytes:
        self.asked.append((level, position))
        return leaf_hash(b"%d %d" % (level, position))


@pytest.mark.parametrize("size", [10**6, 2**53 - 1])
@pytest.mark.parametrize("first", [0, 256 * 1_000 + 100, 10**6 - 64])
def test_neighbours_in_a_large_tree_cost_a_few_subtrees(size: int, first: int) -> None:
    tree, levels = Counting(), (size - 1).bit_length()
    indices = range(first, first + 64)
    proof = prove_many(indices, size, tree)
    assert len(proof) <= 2 * levels
    assert len(tree.asked) <= 3 * levels
    assert len({position >> (8 - level) for level, position in tree.asked if level < 8}) <= 2
    leaves = [(index, leaf_hash(b"%d" % index)) for index in indices]
    found = root_of_many(leaves, size, proof)
    assert found is not None
    assert narrow_many(leaves, size, proof, indices[10:20]) is not None


def test_leaves_far_apart_cost_no_more_than_the_logarithm_of_the_gaps() -> None:
    size = 2**20
    for count in (1, 3, 16, 64):
        indices = [place * size // count + place % 7 for place in range(count)]
        proof = prove_many(indices, size, Counting())
        assert len(proof) <= count * (20 - (count.bit_length() - 1))
