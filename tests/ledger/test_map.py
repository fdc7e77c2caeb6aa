"""Sparse Merkle maps: one root whatever the order, and proofs that only the truth has."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.map import (
    EMPTY,
    MapProof,
    SparseMap,
    key_path,
    leaf_hash,
    map_root,
    proven_root,
    value_hash,
)

VALUES = {bytes((n,)): b"value %d" % n for n in range(40)}
maps = st.dictionaries(st.binary(max_size=3), st.binary(max_size=3), max_size=24)


def naive_root(values: dict[bytes, bytes], depth: int = 0) -> bytes:
    """The definition of docs/protocol.md, word for word and slow."""
    if not values:
        return EMPTY
    if len(values) == 1:
        ((key, value),) = values.items()
        path = sha256(b"commontab/map-key/v1\n" + key).digest()
        hashed = sha256(b"commontab/map-value/v1\n" + value).digest()
        return sha256(b"\x00" + path + hashed).digest()
    halves: tuple[dict[bytes, bytes], dict[bytes, bytes]] = ({}, {})
    for key, value in values.items():
        path = sha256(b"commontab/map-key/v1\n" + key).digest()
        halves[path[depth // 8] >> (7 - depth % 8) & 1][key] = value
    left, right = (naive_root(half, depth + 1) for half in halves)
    return sha256(b"\x01" + left + right).digest()


def test_an_empty_map_has_the_root_of_zeros() -> None:
    assert SparseMap().root == bytes(32)


def test_a_map_of_one_has_its_leaf_as_root() -> None:
    assert map_root([(b"k", b"v")]) == leaf_hash(key_path(b"k"), value_hash(b"v"))


@settings(max_examples=60)
@given(maps)
def test_the_root_is_the_defined_one(values: dict[bytes, bytes]) -> None:
    assert SparseMap().update(values).root == naive_root(values)


@settings(max_examples=60)
@given(maps, maps)
def test_updates_in_steps_give_the_root_of_the_result(
    first: dict[bytes, bytes], second: dict[bytes, bytes]
) -> None:
    steps = SparseMap().update(first).update(second)
    assert steps == SparseMap().update(first | second)


@settings(max_examples=100)
@given(maps, st.dictionaries(st.binary(max_size=3), st.none() | st.binary(max_size=3), max_size=24))
def test_what_is_removed_leaves_no_trace(
    first: dict[bytes, bytes], second: dict[bytes, bytes | None]
) -> None:
    left = {key: value for key, value in (first | second).items() if value is not None}
    assert SparseMap().update(first).update(second).root == naive_root(left)


def test_a_map_that_is_emptied_is_the_empty_one() -> None:
    built = SparseMap().update(VALUES)
    assert built.update(dict.fromkeys(VALUES)) == SparseMap()
    assert built.update({b"never there": None}) == built


def test_an_update_leaves_the_older_map_as_it_was() -> None:
    older = SparseMap().update(VALUES)
    root = older.root
    older.update({b"\x01": b"other"})
    assert older.root == root


@settings(max_examples=60)
@given(maps, st.binary(max_size=3))
def test_every_key_has_a_proof_of_its_value_or_of_its_absence(
    values: dict[bytes, bytes], key: bytes
) -> None:
    built = SparseMap().update(values)
    assert proven_root(key, values.get(key), built.prove(key)) == built.root


@settings(max_examples=60)
@given(maps, st.binary(max_size=3), st.none() | st.binary(max_size=3))
def test_no_proof_shows_another_value(
    values: dict[bytes, bytes], key: bytes, claimed: bytes | None
) -> None:
    built = SparseMap().update(values)
    if claimed != values.get(key):
        assert proven_root(key, claimed, built.prove(key)) != built.root


def test_a_present_key_cannot_be_passed_off_as_its_neighbour() -> None:
    built = SparseMap().update(VALUES)
    for key, value in VALUES.items():
        siblings = built.prove(key).siblings
        joined = key_path(key) + value_hash(value)
        for cut in range(65):
            forged = MapProof(siblings, (joined[:cut], joined[cut:]))
            assert proven_root(key, None, forged) is None


@pytest.mark.parametrize(
    ("value", "proof"),
    [
        pytest.param(b"v", MapProof((), (bytes(32), bytes(32))), id="value beside another leaf"),
        pytest.param(None, MapProof((bytes(32),) * 257, None), id="longer than a path"),
        pytest.param(
            None,
            MapProof((bytes(32),), (b"\xff" * 32, bytes(32))),
            id="a leaf of another branch",
        ),
    ],
)
def test_a_proof_that_cannot_be_leads_to_no_root(value: bytes | None, proof: MapProof) -> None:
    key = next(key for key in VALUES if key_path(key)[0] < 128)
    assert proven_root(key, value, proof) is None


def test_nothing_is_proven_to_be_in_an_empty_map() -> None:
    for other in (None, (bytes(32), bytes(32))):
        assert proven_root(b"k", b"v", MapProof((), other)) != SparseMap().root


def test_equal_maps_are_equal_and_others_are_not() -> None:
    assert SparseMap().update(VALUES) == SparseMap().update(dict(reversed(VALUES.items())))
    assert SparseMap() != SparseMap().update(VALUES)
    assert len({SparseMap(), SparseMap().update({})}) == 1
