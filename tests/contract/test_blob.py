"""Sealed files travel as immutable items over any DHT, simulated or real."""

from hashlib import shake_128

import pytest

from federation.blob import cut_blob
from federation.blob_transfer import fetch_blob, put_blob
from federation.port import Dht

pytestmark = pytest.mark.asyncio(loop_scope="module")

Parties = tuple[Dht, Dht, Dht]


def noise(total_bytes: int) -> bytes:
    return shake_128(str(total_bytes).encode()).digest(total_bytes)


@pytest.mark.parametrize("total_bytes", [1, 995, 996, 49_750])
async def test_a_file_that_one_party_put_is_fetched_by_another(
    parties: Parties, total_bytes: int
) -> None:
    author, reader, _ = parties
    sealed = noise(total_bytes)
    blob = cut_blob(sealed)
    told: list[tuple[int, int]] = []
    assert await put_blob(author, blob, lambda *done: told.append(done))
    assert told[-1] == (len(blob.items), len(blob.items))
    assert await fetch_blob(reader, blob.target, total_bytes, {}) == sealed


async def test_a_file_that_nobody_put_does_not_come(parties: Parties) -> None:
    blob = cut_blob(noise(5_001)[1:])
    assert await fetch_blob(parties[1], blob.target, 5_000, {}) is None


async def test_without_its_root_a_file_does_not_come(parties: Parties) -> None:
    author, reader, _ = parties
    blob = cut_blob(noise(5_002)[2:])
    for item in blob.items[:-1]:
        assert (await author.put_immutable(item)).accepted
    held: dict[bytes, bytes] = {}
    assert await fetch_blob(reader, blob.target, 5_000, held) is None
    assert not held
