"""Nodes of the same program take part, but are not the network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from federation import bencode
from federation.dht.contact import Address
from federation.dht.endpoint import Endpoint
from federation.dht.settings import NEAR
from federation.errors import NetworkUnreachable
from federation.item import MutableItem, SlotName, sign_item

HASTY = replace(NEAR, timeout_first_s=0.1, timeout_min_s=0.1)
SEED = bytes(32)
NOBODY = ("127.0.0.1", 9)


def item(seq: int) -> MutableItem:
    return sign_item(SEED, b"", seq, bencode.encode(b"v%d" % seq))


@asynccontextmanager
async def endpoint(*first: Address, own: tuple[Address, ...] = ()) -> AsyncIterator[Endpoint]:
    made = Endpoint("127.0.0.1", 0, first, own=own, settings=HASTY)
    try:
        yield made
    finally:
        await made.close()


async def test_an_own_node_alone_is_nobody() -> None:
    async with endpoint() as node, endpoint(NOBODY, own=(node.address,)) as alone:
        slot = item(1).slot
        for verb in (alone.get(slot), alone.get(slot, -1), alone.put(item(1))):
            with pytest.raises(NetworkUnreachable, match=r"127\.0\.0\.1:9"):
                await verb


async def test_an_own_node_stores_beside_others() -> None:
    async with (
        endpoint() as other,
        endpoint(other.address) as node,
        endpoint(other.address, own=(node.address,)) as wired,
    ):
        await node.nodes()
        assert (await wired.put(item(1))).accepted == 2
        assert (await wired.get(item(1).slot)).copies == 2


async def test_what_only_an_own_node_stores_is_no_news_from_the_network() -> None:
    async with (
        endpoint() as other,
        endpoint() as node,
        endpoint(other.address, own=(node.address,)) as wired,
        endpoint(other.address) as stranger,
    ):
        await wired.put(item(1))
        await stranger.put(item(2))
        for _ in range(4):
            # A remembered own node would say that nothing is newer than its old version.
            got = await wired.get(SlotName(item(1).slot.key), 1)
            assert got.item == item(2)
