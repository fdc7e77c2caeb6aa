"""Sparse Merkle maps: one root for all present values, with proofs of value and of absence.

A map is a binary trie over SHA-256(key). A subtree with one entry is that entry's leaf hash,
one without is 32 zero bytes, so a path is about log2(entries) long.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

EMPTY = bytes(32)
PATH_BITS = 256


class _Leaf(NamedTuple):
    hash: bytes
    path: bytes
    value: bytes


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

    def update(self, values: Mapping[bytes, bytes | None]) -> "SparseMap":
        """Return the map with these values, by key: canonical bytes, or None to remove one."""
        leaves = [
            _leaf(key_path(key), value_hash(value))
            for key, value in values.items()
            if value is not None
        ]
        leaves.sort(key=lambda leaf: leaf.path)
        gone = sorted(key_path(key) for key, value in values.items() if value is None)
        return SparseMap(_insert(_remove(self._tree, gone, 0), leaves, 0))

    def prove(self, key: bytes) -> MapProof:
        """Return the proof of what the map holds at ``key``, present or not."""
        path, tree, depth = key_path(key), self._tree, 0
        siblings: list[bytes] = []
        while isinstance(tree, _Node):
            near, far = (tree.right, tree.left) if _bit(path, depth) else (tree.left, tree.right)
            siblings.append(_hash(far))
            tree, depth = near, depth + 1
        if tree is None or tree.path == path:
            return MapProof(tuple(siblings), None)
        return MapProof(tuple(siblings), (tree.path, tree.value))


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


def proven_root(key: bytes, value: bytes | None, proof: MapProof) -> bytes | None:
    """Return the root that a proof leads to, to compare with a state record's, or None.

    Args:
        key: The key asked for.
        value: The canonical value that it is said to have, or None for absence.
        proof: Untrusted; one that cannot be of this key and value leads to no root.
    """
    path = key_path(key)
    if len(proof.siblings) > PATH_BITS:
        return None
    node = _claimed_end(path, value, proof)
    if node is None:
        return None
    for depth in range(len(proof.siblings) - 1, -1, -1):
        sibling = proof.siblings[depth]
        node = node_hash(sibling, node) if _bit(path, depth) else node_hash(node, sibling)
    return node


def _claimed_end(path: bytes, value: bytes | None, proof: MapProof) -> bytes | None:
    """Return the hash of what the proof says stands at the end of the path."""
    if proof.other is None:
        return EMPTY if value is None else leaf_hash(path, value_hash(value))
    if value is not None:
        return None
    other_path, other_value = proof.other
    # Other lengths could pass the key's own leaf off as another's, cut elsewhere.
    if len(other_path) != len(path) or len(other_value) != len(EMPTY) or other_path == path:
        return None
    beyond = PATH_BITS - len(proof.siblings)
    if (int.from_bytes(path) ^ int.from_bytes(other_path)) >> beyond:
        return None
    return leaf_hash(other_path, other_value)


def _insert(tree: _Tree, leaves: list[_Leaf], depth: int) -> _Tree:
    """Return a subtree with leaves put in, which are sorted by path and share its prefix."""
    if not leaves:
        return tree
    if isinstance(tree, _Leaf):
        stays = all(leaf.path != tree.path for leaf in leaves)
        leaves = sorted([*leaves, tree], key=lambda leaf: leaf.path) if stays else leaves
        tree = None
    if tree is None and len(leaves) == 1:
        return leaves[0]
    byte, bit = depth >> 3, 0x80 >> (depth & 7)
    cut = bisect_left(leaves, bit, key=lambda leaf: leaf.path[byte] & bit)
    left, right = (tree.left, tree.right) if isinstance(tree, _Node) else (None, None)
    return _join(_insert(left, leaves[:cut], depth + 1), _insert(right, leaves[cut:], depth + 1))


def _remove(tree: _Tree, paths: list[bytes], depth: int) -> _Tree:
    """Return a subtree without some paths, which are sorted; what is left alone moves up."""
    if not paths or tree is None:
        return tree
    if isinstance(tree, _Leaf):
        return None if tree.path in paths else tree
    cut = bisect_left(paths, 1, key=lambda path: _bit(path, depth))
    left, right = (
        _remove(tree.left, paths[:cut], depth + 1),
        _remove(tree.right, paths[cut:], depth + 1),
    )
    if left is tree.left and right is tree.right:
        return tree
    if left is None or right is None:
        only = left or right
        if not isinstance(only, _Node):
            return only
    return _join(left, right)


def _leaf(path: bytes, hashed_value: bytes) -> _Leaf:
    return _Leaf(leaf_hash(path, hashed_value), path, hashed_value)


def _join(left: _Tree, right: _Tree) -> _Node:
    return _Node(node_hash(_hash(left), _hash(right)), left, right)


def _hash(tree: _Tree) -> bytes:
    return EMPTY if tree is None else tree.hash


def _bit(path: bytes, depth: int) -> int:
    return path[depth >> 3] >> (7 - (depth & 7)) & 1


def map_root(values: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the root of a map with these keys and values."""
    return SparseMap().update(dict(values)).root
