"""The adapters that the contract suites run over: simulated ones and real ones."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Literal

import pytest

from federation.port import Dht, Swarm
from tests.support.simdht import DhtNetwork, SimDht
from tests.support.simswarm import SimSwarm, SwarmNetwork
from tests.support.weather import calm

OpenDht = Callable[[], Awaitable[Dht]]
"""Gives a new party's adapter over the network of this test."""
OpenSwarm = Callable[[], Awaitable[Swarm]]


@pytest.fixture(params=["simulated"])
def adapter(request: pytest.FixtureRequest) -> Literal["simulated", "real"]:
    """Name the side that a contract test runs over."""
    side: Literal["simulated", "real"] = request.param
    return side


@pytest.fixture
async def open_dht(adapter: str) -> AsyncIterator[OpenDht]:
    """Give adapters of parties that share one DHT; close them afterwards."""
    opened: list[Dht] = []
    network = DhtNetwork(calm())

    async def simulated() -> Dht:
        opened.append(SimDht(network, f"party {len(opened)}"))
        return opened[-1]

    assert adapter == "simulated"
    yield simulated
    for dht in opened:
        await dht.close()


@pytest.fixture
async def unreachable_dht(adapter: str) -> AsyncIterator[Dht]:
    """Give an adapter whose every datagram vanishes."""
    network = DhtNetwork(calm())
    network.offline.add("alone")
    assert adapter == "simulated"
    dht = SimDht(network, "alone")
    yield dht
    await dht.close()


@pytest.fixture
async def open_swarm(adapter: str) -> AsyncIterator[OpenSwarm]:
    """Give adapters of parties that share one swarm; close them afterwards."""
    opened: list[Swarm] = []
    network = SwarmNetwork(calm())

    async def simulated() -> Swarm:
        opened.append(SimSwarm(network, f"party {len(opened)}"))
        return opened[-1]

    assert adapter == "simulated"
    yield simulated
    for swarm in opened:
        await swarm.close()
