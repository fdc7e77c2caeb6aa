"""What every Dht adapter promises, simulated or real."""

import asyncio
from dataclasses import replace
from hashlib import sha1
from typing import Protocol

import pytest

from federation.errors import ItemInvalid, NetworkUnreachable
from federation.item import (
    VALUE_BYTES_MAX,
    MutableItem,
    SlotName,
    immutable_target,
    sign_item,
)
from federation.port import Dht
from ledger.crypto import public_key

pytestmark = pytest.mark.asyncio(loop_scope="module")

Parties = tuple[Dht, Dht, Dht]
"""Adapters of three parties over one network: an author, a reader and a third."""
SEED = bytes(range(32))


class Sign(Protocol):
    """Signs items of slots that no other test writes."""

    def __call__(self, seq: int, value: bytes = b"5:hello", place: bytes = b"") -> MutableItem: ...


@pytest.fixture
def sign(request: pytest.FixtureRequest) -> Sign:
    own = sha1(request.node.nodeid.encode()).digest()  # noqa: S324 -- only a name

    def signed(seq: int, value: bytes = b"5:hello", place: bytes = b"") -> MutableItem:
        return sign_item(SEED, own + place, seq, value)

    return signed


async def test_an_item_that_one_party_put_is_found_by_another(parties: Parties, sign: Sign) -> None:
    author, reader, _ = parties
    item = sign(7)
    put = await author.put(item)
    got = await reader.get(item.slot)
    assert put.accepted > 0
    assert put.newest_seq is None
    assert got.item == item
    assert 0 < got.copies <= got.answered
    assert not got.unchanged


async def test_an_empty_slot_gives_nothing_but_answers(parties: Parties, sign: Sign) -> None:
    got = await parties[0].get(sign(1).slot)
    assert got.item is None
    assert got.copies == 0
    assert got.answered > 0


@pytest.mark.parametrize(
    "value",
    [
        b"0:",
        b"i-7e",
        b"l4:spami1ee",
        b"d1:c4:note1:i20:" + bytes(20) + b"2:ih20:" + bytes(20) + b"1:vi1ee",
        b"%d:" % (VALUE_BYTES_MAX - 4) + bytes(VALUE_BYTES_MAX - 4),
    ],
    ids=["empty string", "integer", "list", "dictionary", "999 bytes"],
)
async def test_every_bencoded_value_comes_back_unchanged(
    parties: Parties, sign: Sign, value: bytes
) -> None:
    author, reader, _ = parties
    item = sign(1, value)
    await author.put(item)
    assert (await reader.get(item.slot)).item == item


async def test_the_salt_tells_the_slots_of_one_key_apart(parties: Parties) -> None:
    dht, _, _ = parties
    items = [
        sign_item(SEED, salt, 1, b"1:%d" % place)
        for place, salt in enumerate([b"", b"x", b"s" * 64])
    ]
    for item in items:
        await dht.put(item)
    assert [(await dht.get(item.slot)).item for item in items] == items


async def test_a_higher_seq_replaces_the_item(parties: Parties, sign: Sign) -> None:
    author, reader, _ = parties
    await author.put(sign(1, b"3:old"))
    put = await author.put(sign(2, b"3:new"))
    assert put.newest_seq == 1
    assert (await reader.get(sign(1).slot)).item == sign(2, b"3:new")


async def test_a_lower_seq_changes_nothing_and_the_newest_is_told(
    parties: Parties, sign: Sign
) -> None:
    author, _, third = parties
    await author.put(sign(5, b"3:new"))
    put = await third.put(sign(4, b"3:old"))
    assert put.newest_seq == 5
    assert (await author.get(sign(5).slot)).item == sign(5, b"3:new")


async def test_another_value_under_the_same_seq_changes_nothing(
    parties: Parties, sign: Sign
) -> None:
    author, reader, _ = parties
    await author.put(sign(5, b"5:first"))
    await author.put(sign(5, b"6:second"))
    assert (await reader.get(sign(5).slot)).item == sign(5, b"5:first")


async def test_anybody_puts_a_signed_item_again_without_its_key(
    parties: Parties, sign: Sign
) -> None:
    author, keeper, reader = parties
    await author.put(sign(3))
    kept = (await keeper.get(sign(3).slot)).item
    assert kept is not None
    assert (await keeper.put(kept)).accepted > 0
    assert (await reader.get(kept.slot)).item == sign(3)


async def test_a_conditional_get_says_unchanged(parties: Parties, sign: Sign) -> None:
    author, reader, _ = parties
    await author.put(sign(8))
    for _ in range(3):
        got = await reader.get(sign(8).slot, newer_than=8)
        assert got.item is None
        assert got.unchanged


async def test_a_conditional_get_brings_what_is_newer(parties: Parties, sign: Sign) -> None:
    author, reader, _ = parties
    await author.put(sign(8))
    assert (await reader.get(sign(8).slot, newer_than=7)).item == sign(8)
    assert (await reader.get(sign(8).slot, newer_than=8)).unchanged
    await author.put(sign(9, b"3:new"))
    got = await reader.get(sign(8).slot, newer_than=8)
    assert got.item == sign(9, b"3:new")
    assert not got.unchanged


async def test_cas_stores_only_over_the_seq_it_names(parties: Parties, sign: Sign) -> None:
    author, reader, _ = parties
    await author.put(sign(1))
    assert (await author.put(sign(3, b"5:wrong"), cas=2)).accepted == 0
    assert (await reader.get(sign(1).slot)).item == sign(1)
    assert (await author.put(sign(4, b"5:right"), cas=1)).accepted > 0
    assert (await reader.get(sign(1).slot)).item == sign(4, b"5:right")


async def test_a_wrongly_signed_item_is_not_put(parties: Parties, sign: Sign) -> None:
    dht, _, _ = parties
    item = sign(6)
    for broken in (
        replace(item, value=b"5:jello"),
        replace(item, seq=7),
        replace(item, signature=bytes(64)),
        replace(item, slot=SlotName(item.slot.key, b"another")),
        replace(item, slot=SlotName(public_key(bytes(32)), item.slot.salt)),
    ):
        with pytest.raises(ItemInvalid):
            await dht.put(broken)
        assert (await dht.get(broken.slot)).item is None


async def test_an_immutable_value_is_found_by_its_hash(parties: Parties) -> None:
    author, reader, _ = parties
    value = b"%d:" % (VALUE_BYTES_MAX - 4) + b"\xa5" * (VALUE_BYTES_MAX - 4)
    assert (await author.put_immutable(value)).accepted > 0
    assert await reader.get_immutable(immutable_target(value)) == value


async def test_a_hash_that_nobody_stored_gives_nothing(parties: Parties) -> None:
    assert await parties[0].get_immutable(b"\x11" * 20) is None


async def test_many_slots_are_put_and_read_at_once(parties: Parties, sign: Sign) -> None:
    author, reader, _ = parties
    items = [sign(1, place=b"%d" % number) for number in range(40)]
    puts = await asyncio.gather(*(author.put(item) for item in items))
    gots = await asyncio.gather(*(reader.get(item.slot) for item in items))
    assert all(put.accepted for put in puts)
    assert [got.item for got in gots] == items


async def test_nodes_that_answered_are_named_for_others(parties: Parties, sign: Sign) -> None:
    dht, _, _ = parties
    await dht.get(sign(1).slot)
    nodes = await dht.nodes()
    assert nodes
    assert all(isinstance(host, str) and 0 < port < 65_536 for host, port in nodes)


async def test_a_dht_that_nobody_answers_says_so(unreachable_dht: Dht, sign: Sign) -> None:
    with pytest.raises(NetworkUnreachable):
        await unreachable_dht.get(sign(1).slot)
    with pytest.raises(NetworkUnreachable):
        await unreachable_dht.put(sign(1))
    with pytest.raises(NetworkUnreachable):
        await unreachable_dht.get_immutable(bytes(20))
    with pytest.raises(NetworkUnreachable):
        await unreachable_dht.put_immutable(b"1:x")
