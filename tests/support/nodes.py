"""Real nodes on loopback that share one DHT."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from federation.settings import Network
from federation.torrent.node import Node, open_node

CONTACTS = 5
"""Every node meets the five before it in the ring."""
PATIENCE_S = 20.0
LOOK_S = 0.05


@asynccontextmanager
async def running_nodes(count: int) -> AsyncIterator[list[Node]]:
    """Give nodes of one private DHT; close them afterwards."""
    nodes = [await open_node(Network("loopback")) for _ in range(count)]
    try:
        await introduce(nodes)
        yield nodes
    finally:
        await asyncio.gather(*(node.close() for node in nodes))


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a condition holds, at most 20 s."""
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():  # noqa: ASYNC110 -- libtorrent has no event for it
            await asyncio.sleep(LOOK_S)


async def introduce(nodes: list[Node]) -> None:
    """Let nodes meet, and wait until each has others in its routing table.

    A node that only was asked something waits seconds before it takes the asker in.
    """
    for at, node in enumerate(nodes):
        before = [nodes[at - step].address for step in range(1, min(CONTACTS, len(nodes) - 1) + 1)]
        await node.add_dht_nodes(before)

    async def acquainted() -> bool:
        counts = [await node.dht_nodes_count() for node in nodes]
        return min(counts) >= min(CONTACTS, len(nodes)) - 1

    await until(acquainted)
