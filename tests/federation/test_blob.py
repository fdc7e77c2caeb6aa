"""Blobs: how a sealed file is cut into items, and that nothing else passes for it."""

from collections.abc import Sequence
from hashlib import sha1, shake_128

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import bencode
from federation.blob import (
    BLOB_BYTES_MAX,
    PARTS_MAX,
    count_parts,
    cut_blob,
    join_layer,
    plan_layers,
    split_targets,
)
from federation.blob_transfer import fetch_blob, put_blob
from federation.errors import ItemInvalid
from tests.support.simdht import DhtNetwork, Manner, SimDht
from tests.support.weather import calm

LONG = shake_128(b"file").digest(BLOB_BYTES_MAX)


def join(items: Sequence[bytes], target: bytes, total_bytes: int) -> bytes:
    """Walk a tree as a reader does that has all items."""
    stored = {sha1(item).digest(): item for item in items}  # noqa: S324 -- BEP 44 fixes SHA-1
    targets, layer = [target], b""
    for layer_bytes in plan_layers(total_bytes):
        layer = join_layer([stored[one] for one in targets], layer_bytes)
        targets = split_targets(layer)
    return layer


@pytest.mark.parametrize(
    ("total_bytes", "layers", "parts"),
    [
        (1, (1,), 1),
        (995, (995,), 1),
        (996, (40, 996), 3),
        (49 * 995, (980, 48_755), 50),
        (50 * 995, (40, 1_000, 49_750), 53),
        (BLOB_BYTES_MAX, (120, 5_280, 262_160), PARTS_MAX),
    ],
)
def test_a_length_alone_says_how_many_items_there_are(
    total_bytes: int, layers: tuple[int, ...], parts: int
) -> None:
    sealed = LONG[:total_bytes]
    blob = cut_blob(sealed)
    assert plan_layers(total_bytes) == layers
    assert len(blob.items) == count_parts(total_bytes) == parts
    assert max(map(len, blob.items)) <= 999
    assert sha1(blob.items[-1]).digest() == blob.target  # noqa: S324 -- as above
    assert join(blob.items, blob.target, total_bytes) == sealed


@given(st.binary(min_size=1, max_size=3_000))
def test_what_was_cut_is_joined_again(sealed: bytes) -> None:
    blob = cut_blob(sealed)
    assert join(blob.items, blob.target, len(sealed)) == sealed


@pytest.mark.parametrize(
    "items",
    [
        [],
        [b"3:abc", b"3:abc"],
        [b"i7e"],
        [b"2:ab"],
        [b"4:abcd"],
        [b"3:abcd"],
        [b"03:abc"],
        [b"d1:a3:abce"],
        [b"9" * 1_200],
    ],
)
def test_items_of_another_shape_are_no_layer(items: list[bytes]) -> None:
    with pytest.raises(ItemInvalid, match="got"):
        join_layer(items, 3)


async def test_a_blob_comes_from_a_network_of_liars_as_it_was_or_not_at_all() -> None:
    manners = (Manner.FORGER,) * 8 + (Manner.HONEST,) * 12
    network = DhtNetwork(calm(), manners)
    sealed = LONG[:20_000]
    blob = cut_blob(sealed)
    assert await put_blob(SimDht(network, "author"), blob)
    assert await fetch_blob(SimDht(network, "reader"), blob.target, 20_000, {}) == sealed


async def test_the_next_try_asks_only_for_what_did_not_come() -> None:
    network = DhtNetwork(calm())
    blob = cut_blob(LONG[:20_000])
    for item in (*blob.items[:10], *blob.items[11:]):
        assert (await SimDht(network, "author").put_immutable(item)).accepted
    reader, held = SimDht(network, "reader"), dict[bytes, bytes]()
    assert await fetch_blob(reader, blob.target, 20_000, held) is None
    before = network.calls["reader", "get_immutable"]
    assert len(held) >= 2
    assert await put_blob(SimDht(network, "author"), blob)
    told: list[tuple[int, int]] = []
    assert (
        await fetch_blob(reader, blob.target, 20_000, held, lambda *done: told.append(done))
        == LONG[:20_000]
    )
    assert network.calls["reader", "get_immutable"] - before == len(told) < len(blob.items)
    assert told[-1] == (22, 22)


@pytest.mark.parametrize("total_bytes", [0, -1, 995, 19_000, 20_001, BLOB_BYTES_MAX + 1, 2**62])
async def test_a_wrong_length_brings_nothing_and_asks_for_little(total_bytes: int) -> None:
    network = DhtNetwork(calm())
    blob = cut_blob(LONG[:20_000])
    assert await put_blob(SimDht(network, "author"), blob)
    assert await fetch_blob(SimDht(network, "reader"), blob.target, total_bytes, {}) is None
    assert network.calls["reader", "get_immutable"] <= len(blob.items)


async def test_a_root_that_names_itself_is_followed_no_further_than_the_length_allows() -> None:
    network = DhtNetwork(calm())
    root = bencode.encode(bytes(40))
    author = SimDht(network, "author")
    assert (await author.put_immutable(root)).accepted
    target = sha1(root).digest()  # noqa: S324 -- as above
    assert await fetch_blob(SimDht(network, "reader"), target, 996, {}) is None
    assert network.calls["reader", "get_immutable"] <= 1 + 2 * 2


async def test_nobody_answers_and_nothing_is_raised() -> None:
    network = DhtNetwork(calm())
    network.offline.add("alone")
    blob = cut_blob(LONG[:20_000])
    assert not await put_blob(SimDht(network, "alone"), blob)
    assert await fetch_blob(SimDht(network, "alone"), blob.target, 20_000, {}) is None
