"""A station: what it remembers between two lives."""

from pathlib import Path

import pytest

from federation.home import Home, make_home
from federation.item import sign_item
from federation.settings import Network, Settings
from federation.station import open_endpoint
from tests.support.fakenode import fake_node, polite

SEED = bytes(range(32))
ITEM = sign_item(SEED, b"", 1, b"5:value")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path / "home", "member", SEED, None, Settings(network=Network("loopback")))


async def test_a_second_life_polls_with_one_question(home: Home) -> None:
    async with fake_node(polite) as node:
        settings = Settings(network=Network("loopback", (node.address,)))
        async with open_endpoint(home, settings) as first:
            assert (await first.put(ITEM)).accepted == 1
        async with open_endpoint(home, settings) as second:
            asked = second.traffic.asked
            await second.get(ITEM.slot, -1)
            assert second.traffic.asked == asked + 1


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"d1:a1:be"])
async def test_a_damaged_memory_is_as_good_as_none(home: Home, damage: bytes) -> None:
    async with fake_node(polite) as node:
        settings = Settings(network=Network("loopback", (node.address,)))
        home.holders.write_bytes(damage)
        (home.path / "nodes.json").write_bytes(damage)
        async with open_endpoint(home, settings) as endpoint:
            assert (await endpoint.get(ITEM.slot)).answered == 1
        assert home.holders.read_bytes() != damage
