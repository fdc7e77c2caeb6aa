"""Audit paths of the tree: what shows that a leaf is in, and that one tree extends another.

A prover asks for roots of full subtrees; how many he asks for grows with the logarithm of the size.
"""

from collections.abc import Callable, Sequence

from ledger.merkle import EMPTY_ROOT, node_hash

HASHES_MAX = 63
"""Most hashes of a path (c2sp.org/tlog-witness, "add-checkpoint"); 53 fit a size of 2**53 - 1."""

Subtree = Callable[[int, int], bytes]
"""From (level, position) to the root over leaves [position << level, (position + 1) << level)."""


def prove_inclusion(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Return the path of a leaf: hashes beside it, from its sibling up to the root's child.

    Args:
        index: The leaf's place, below ``size``.
        size: Number of leaves of the tree, from 1.
        subtree: Asked only for full subtrees of that tree.

    Source:
        RFC 9162, section 2.1.3.1.
    """
    assert 0 <= index < size, f"leaf {index} is not in a tree of {size}"
    first, end, path = 0, size, list[bytes]()
    while end - first > 1:
        cut = cut_of(first, end)
        if index < cut:
            path.append(range_root(cut, end, subtree))
            end = cut
        else:
            path.append(range_root(first, cut, subtree))
            first = cut
    return tuple(reversed(path))


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a leaf's path leads to, to compare with a signed one.

    None where no leaf of that index in a tree of that size has a path of that length.

    Args:
        leaf: The leaf's hash, 32 bytes.
        index: Its place, from 0.
        size: Number of leaves of the tree.
        path: Untrusted hashes of 32 bytes.

    Source:
        RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, leaf
    for beside in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(beside, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, beside)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def prove_consistency(old: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Return the hashes that show that a tree's first ``old`` leaves are another's.

    Args:
        old: Number of leaves of the smaller tree, 0 to ``size``; none and all need no hashes.
        size: Number of leaves of the larger one.
        subtree: Asked only for full subtrees of the larger one.

    Source:
        RFC 9162, section 2.1.4.1; without hashes for size 0: c2sp.org/tlog-witness.
    """
    assert 0 <= old <= size, f"a tree of {size} leaves extends none of {old}"
    if old in {0, size}:
        return ()
    first, end, path = 0, size, list[bytes]()
    while old != end:
        cut = cut_of(first, end)
        if old <= cut:
            path.append(range_root(cut, end, subtree))
            end = cut
        else:
            path.append(range_root(first, cut, subtree))
            first = cut
    if first:
        path.append(range_root(first, end, subtree))
    return tuple(reversed(path))


def is_consistent(old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Return whether hashes show that a tree of ``old`` leaves is the beginning of another.

    Args:
        old: Number of leaves of the smaller tree.
        old_root: Its root, 32 bytes.
        size: Number of leaves of the larger tree.
        root: Its root, 32 bytes.
        path: Untrusted hashes of 32 bytes.

    Source:
        RFC 9162, section 2.1.4.2; sizes 0 and equal: c2sp.org/tlog-witness.
    """
    if old == 0:
        return not path and old_root == EMPTY_ROOT and (size > 0 or root == EMPTY_ROOT)
    if old >= size:
        return old == size and not path and old_root == root
    if old & (old - 1) == 0:
        # "If first is an exact power of 2, then prepend first_hash to the consistency_path array"
        path = (old_root, *path)
    if not path:
        return False
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    smaller = larger = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            smaller, larger = node_hash(beside, smaller), node_hash(beside, larger)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            larger = node_hash(larger, beside)
        place, last = place >> 1, last >> 1
    return last == 0 and (smaller, larger) == (old_root, root)


def cut_of(first: int, end: int) -> int:
    """Return where a range falls in two: behind the largest power of two that is smaller."""
    return first + (1 << ((end - first - 1).bit_length() - 1))


def range_root(first: int, end: int, subtree: Subtree) -> bytes:
    """Return the root over leaves [first, end), as RFC 9162 cuts it.

    ``first`` is a multiple of a power of two that is not below the range's length.
    """
    parts = list[bytes]()
    while first < end:
        level = (end - first).bit_length() - 1
        parts.append(subtree(level, first >> level))
        first += 1 << level
    root = parts.pop()
    while parts:
        root = node_hash(parts.pop(), root)
    return root
