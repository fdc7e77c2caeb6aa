"""The adapters that the contract suites run over: simulated ones and real ones."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from federation.node import open_node
from federation.port import Dht, Swarm
from federation.settings import Network
from tests.support.simdht import DhtNetwork, SimDht
from tests.support.simswarm import SimSwarm, SwarmNetwork
from tests.support.weather import calm

OpenDht = Callable[[], Awaitable[Dht]]
"""Gives a new party's adapter over the network of this test."""
OpenSwarm = Callable[[], Awaitable[Swarm]]


@pytest.fixture(params=["simulated"])
async def open_dht(request: pytest.FixtureRequest) -> AsyncIterator[OpenDht]:
    """Give adapters of parties that share one DHT; close them afterwards."""
    assert request.param == "simulated"
    opened: list[Dht] = []
    network = DhtNetwork(calm())

    async def simulated() -> Dht:
        opened.append(SimDht(network, f"party {len(opened)}"))
        return opened[-1]

    yield simulated
    for dht in opened:
        await dht.close()


@pytest.fixture(params=["simulated"])
async def unreachable_dht(request: pytest.FixtureRequest) -> AsyncIterator[Dht]:
    """Give an adapter whose every datagram vanishes."""
    assert request.param == "simulated"
    network = DhtNetwork(calm())
    network.offline.add("alone")
    dht = SimDht(network, "alone")
    yield dht
    await dht.close()


@pytest.fixture(params=["simulated", "real"])
async def open_swarm(request: pytest.FixtureRequest) -> AsyncIterator[OpenSwarm]:
    """Give adapters of parties that share one swarm; close them afterwards."""
    opened: list[Swarm] = []
    network = SwarmNetwork(calm())
    contacts: list[tuple[str, int]] = []

    async def simulated() -> Swarm:
        opened.append(SimSwarm(network, f"party {len(opened)}"))
        return opened[-1]

    async def real() -> Swarm:
        node = await open_node(Network("loopback", tuple(contacts)))
        contacts.append(node.address)
        opened.append(node)
        return node

    yield real if request.param == "real" else simulated
    for swarm in opened:
        await swarm.close()
