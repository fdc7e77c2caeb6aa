"""Sparse Merkle maps: one root for all present values, with proofs of value and of absence.

A map is a binary trie over SHA-256(key). A subtree with one entry is that entry's leaf hash,
one without is 32 zero bytes, so a path is about log2(entries) long.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

EMPTY = bytes(32)


class _Leaf(NamedTuple):
    hash: bytes
    path: bytes


class _Node(NamedTuple):
    hash: bytes
    left: "_Leaf | _Node | None"
    right: "_Leaf | _Node | None"


_Tree = _Leaf | _Node | None


class MapProof(NamedTuple):
    """Shows what a map holds at a key.

    Attributes:
        siblings: Hashes beside the path, from the root down, 32 bytes each.
        other: Path and value hash of the only entry at the path's end when it is another key's;
            None when the end is empty or the key's own.
    """

    siblings: tuple[bytes, ...]
    other: tuple[bytes, bytes] | None


class SparseMap:
    """An immutable map; ``update`` gives a new one that shares what did not change."""

    __slots__ = ("_tree",)

    def __init__(self, _tree: _Tree = None) -> None:
        self._tree = _tree

    @property
    def root(self) -> bytes:
        """The map's 32-byte root; zeros when it is empty."""
        return _hash(self._tree)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SparseMap) and self.root == other.root

    def __hash__(self) -> int:
        return hash(self.root)

    def update(self, values: Mapping[bytes, bytes]) -> "SparseMap":
        """Return the map with these values, by key; values are canonical bytes."""
        leaves = sorted(
            (path := key_path(key), _Leaf(leaf_hash(path, value_hash(value)), path))
            for key, value in values.items()
        )
        return SparseMap(_insert(self._tree, [leaf for _, leaf in leaves], 0))

    def prove(self, key: bytes, values: Mapping[bytes, bytes]) -> MapProof:
        """Return the proof of what the map holds at ``key``.

        Args:
            key: The key asked for, present or not.
            values: All values of the map by key; read only for the entry that stands in the way.
        """
        path, tree, depth = key_path(key), self._tree, 0
        siblings: list[bytes] = []
        while isinstance(tree, _Node):
            near, far = (tree.right, tree.left) if _bit(path, depth) else (tree.left, tree.right)
            siblings.append(_hash(far))
            tree, depth = near, depth + 1
        if tree is None or tree.path == path:
            return MapProof(tuple(siblings), None)
        stands = next(value for other, value in values.items() if key_path(other) == tree.path)
        return MapProof(tuple(siblings), (tree.path, value_hash(stands)))


def key_path(key: bytes) -> bytes:
    """Return the 32-byte place of a key in the trie."""
    return sha256(b"commontab/map-key/v1\n" + key).digest()


def value_hash(value: bytes) -> bytes:
    """Return the hash of a value that its leaf commits to."""
    return sha256(b"commontab/map-value/v1\n" + value).digest()


def leaf_hash(path: bytes, hashed_value: bytes) -> bytes:
    """Return a leaf's hash: SHA-256 of 00, path, value hash."""
    return sha256(b"\x00" + path + hashed_value).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return an inner node's hash: SHA-256 of 01, left, right."""
    return sha256(b"\x01" + left + right).digest()


def proven_root(key: bytes, value: bytes | None, proof: MapProof) -> bytes:
    """Return the root that a proof leads to: compare it with a state record's.

    Args:
        key: The key asked for.
        value: The canonical value that it is said to have, or None for absence.
        proof: Untrusted; more than 256 siblings lead to no root.
    """
    path = key_path(key)
    if value is not None:
        node = leaf_hash(path, value_hash(value)) if proof.other is None else EMPTY
    elif proof.other is None:
        node = EMPTY
    else:
        node = _leaf_beside(path, proof)
    if len(proof.siblings) > 256:  # noqa: PLR2004 -- bits of a path
        return EMPTY
    for depth in range(len(proof.siblings) - 1, -1, -1):
        sibling = proof.siblings[depth]
        node = node_hash(sibling, node) if _bit(path, depth) else node_hash(node, sibling)
    return node


def _leaf_beside(path: bytes, proof: MapProof) -> bytes:
    assert proof.other is not None
    other_path, other_hash = proof.other
    depth = len(proof.siblings)
    shared = (int.from_bytes(path) ^ int.from_bytes(other_path)) >> max(256 - depth, 0)
    if shared or other_path == path:
        return EMPTY
    return leaf_hash(other_path, other_hash)


def _insert(tree: _Tree, leaves: list[_Leaf], depth: int) -> _Tree:
    if not leaves:
        return tree
    if isinstance(tree, _Leaf):
        if len(leaves) == 1 and leaves[0].path == tree.path:
            return leaves[0]
        if all(leaf.path != tree.path for leaf in leaves):
            leaves = sorted([*leaves, tree], key=lambda leaf: leaf.path)
        tree = None
    if tree is None and len(leaves) == 1:
        return leaves[0]
    cut = next((i for i, leaf in enumerate(leaves) if _bit(leaf.path, depth)), len(leaves))
    left, right = (tree.left, tree.right) if isinstance(tree, _Node) else (None, None)
    return _join(_insert(left, leaves[:cut], depth + 1), _insert(right, leaves[cut:], depth + 1))


def _join(left: _Tree, right: _Tree) -> _Node:
    return _Node(node_hash(_hash(left), _hash(right)), left, right)


def _hash(tree: _Tree) -> bytes:
    return EMPTY if tree is None else tree.hash


def _bit(path: bytes, depth: int) -> int:
    return path[depth >> 3] >> (7 - (depth & 7)) & 1


def map_root(values: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the root of a map with these keys and values."""
    return SparseMap().update(dict(values)).root
