"""One proof for several leaves of the tree: what their paths share is named once.

A range of leaves is split where RFC 9162 cuts it, until it holds one of the leaves alone or none of
them. The roots of those that hold none are the proof; the leaves themselves give all other roots.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise

from ledger.merkle import node_hash
from ledger.merkle_path import Subtree, cut_of, range_root

Range = tuple[int, int]
"""Leaves [first, end)."""


def prove_many(indices: Sequence[int], size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Return the hashes that together with some leaves give the root.

    They are the roots of the largest ranges of the tree without any of these leaves, from left to
    right; of k leaves of n at most k * (log2(n / k) + 2).

    Args:
        indices: The leaves' places, ascending, each once; 1 or more.
        size: Number of leaves of the tree.
        subtree: Asked only for full subtrees of that tree.

    Source:
        docs/protocol.md, "Proofs", "Combined".
    """
    assert _is_ascending(indices, size), f"leaves {indices} are not places of a tree of {size}"
    _, beside = _split(indices, size)
    return tuple(range_root(first, end, subtree) for first, end in beside)


def root_of_many(
    leaves: Sequence[tuple[int, bytes]], size: int, proof: Sequence[bytes]
) -> bytes | None:
    """Return the root that leaves and their combined proof lead to, to compare with a signed one.

    None where there are no such leaves in a tree of that size, or their proof has not as many
    hashes.

    Args:
        leaves: Untrusted: index and leaf hash, 32 bytes, of each, by index.
        size: Number of leaves of the tree.
        proof: Untrusted hashes of 32 bytes.
    """
    roots = _roots(leaves, size, proof)
    return None if roots is None else roots[0, size]


def narrow_many(
    leaves: Sequence[tuple[int, bytes]], size: int, proof: Sequence[bytes], keep: Sequence[int]
) -> tuple[bytes, ...] | None:
    """Return the combined proof of some of the leaves, made from that of all of them.

    It leads to the same root. None where ``root_of_many`` gives none.

    Args:
        leaves: Index and leaf hash of each, by index, as the larger proof has them.
        size: Number of leaves of the tree.
        proof: The larger proof.
        keep: Indices of leaves of it, ascending, each once; 1 or more.
    """
    roots = _roots(leaves, size, proof)
    if roots is None:
        return None
    known = {index for index, _ in leaves}
    assert _is_ascending(keep, size), f"leaves {keep} are not places of a tree of {size}"
    assert known.issuperset(keep), f"a proof of {sorted(known)} does not show all of {keep}"
    _, beside = _split(keep, size)
    return tuple(roots[one] for one in beside)


def _is_ascending(indices: Sequence[int], size: int) -> bool:
    """Return whether these are places of a tree, one or more, ascending, each once."""
    return (
        bool(indices)
        and indices[0] >= 0
        and indices[-1] < size
        and all(one < other for one, other in pairwise(indices))
    )


def _split(indices: Sequence[int], size: int) -> tuple[list[Range], list[Range]]:
    """Return the ranges that are cut in two, each before its parts, and those beside the leaves.

    The latter are the largest ranges that hold none of the leaves, from left to right.
    """
    whole, beside = list[Range](), list[Range]()
    waiting = [(0, size, 0, len(indices))]
    while waiting:
        first, end, low, high = waiting.pop()
        if low == high:
            beside.append((first, end))
        elif end - first > 1:
            whole.append((first, end))
            cut = cut_of(first, end)
            middle = bisect_left(indices, cut, low, high)
            waiting += ((cut, end, middle, high), (first, cut, low, middle))
    return whole, beside


def _roots(
    leaves: Sequence[tuple[int, bytes]], size: int, proof: Sequence[bytes]
) -> Mapping[Range, bytes] | None:
    """Return the roots of all ranges that leaves and their combined proof tell, by range."""
    indices = [index for index, _ in leaves]
    if not _is_ascending(indices, size):
        return None
    whole, beside = _split(indices, size)
    if len(beside) != len(proof):
        return None
    roots = dict(zip(beside, proof, strict=True))
    roots.update(((index, index + 1), leaf) for index, leaf in leaves)
    for first, end in reversed(whole):
        cut = cut_of(first, end)
        roots[first, end] = node_hash(roots[first, cut], roots[cut, end])
    return roots
