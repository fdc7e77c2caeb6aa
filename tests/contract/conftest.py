"""The adapters that the contract suites run over: simulated ones and real ones."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace

import pytest
import pytest_asyncio

from federation.dht.endpoint import Endpoint
from federation.dht.settings import NEAR
from federation.port import Dht, Swarm
from federation.settings import Network
from federation.torrent.node import Node, open_node
from tests.support.dht import PrivateDht, private_dht
from tests.support.nodes import introduce
from tests.support.simdht import DhtNetwork, SimDht
from tests.support.simswarm import SimSwarm, SwarmNetwork
from tests.support.weather import calm

NODES = 12
DISCARD_PORT = 9
"""Nobody listens there."""

OpenSwarm = Callable[[], Awaitable[Swarm]]
"""Gives a new party's adapter over the network of this test."""


@pytest.fixture(scope="session")
def libtorrent_dht() -> Iterator[PrivateDht]:
    """Give a DHT of real libtorrent nodes on loopback."""
    with private_dht(NODES) as dht:
        yield dht


@pytest_asyncio.fixture(params=["simulated", "real"], scope="module", loop_scope="module")
async def parties(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Dht, Dht, Dht]]:
    """Give adapters of three parties that share one DHT.

    They live as long as the module's tests: nodes that leave cost every later lookup a timeout.
    """
    opened: list[Dht] = []
    network = DhtNetwork(calm())
    for number in range(3):
        if request.param == "simulated":
            opened.append(SimDht(network, f"party {number}"))
        else:
            nodes = request.getfixturevalue("libtorrent_dht").nodes
            opened.append(Endpoint("127.0.0.1", 0, nodes, settings=NEAR))
    yield opened[0], opened[1], opened[2]
    for dht in opened:
        await dht.close()


@pytest_asyncio.fixture(params=["simulated", "real"], loop_scope="module")
async def unreachable_dht(request: pytest.FixtureRequest) -> AsyncIterator[Dht]:
    """Give an adapter whose every datagram vanishes."""
    network = DhtNetwork(calm())
    network.offline.add("alone")
    dht: Dht = SimDht(network, "alone")
    if request.param == "real":
        hasty = replace(NEAR, timeout_first_s=0.1, timeout_min_s=0.1)
        dht = Endpoint("127.0.0.1", 0, [("127.0.0.1", DISCARD_PORT)], settings=hasty)
    yield dht
    await dht.close()


@pytest.fixture(params=["simulated", "real"])
async def open_swarm(request: pytest.FixtureRequest) -> AsyncIterator[OpenSwarm]:
    """Give adapters of parties that share one swarm; close them afterwards."""
    opened: list[Swarm] = []
    network = SwarmNetwork(calm())
    nodes: list[Node] = []

    async def simulated() -> Swarm:
        opened.append(SimSwarm(network, f"party {len(opened)}"))
        return opened[-1]

    async def real() -> Swarm:
        nodes.append(await open_node(Network("loopback")))
        opened.append(nodes[-1])
        await introduce(nodes)
        return nodes[-1]

    yield real if request.param == "real" else simulated
    for swarm in opened:
        await swarm.close()
