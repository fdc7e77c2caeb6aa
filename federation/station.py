"""A station: one process's place in the network, its DHT endpoint and its torrent node."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from federation.dht.endpoint import Endpoint
from federation.dht.settings import dht_settings
from federation.errors import ItemInvalid, NetworkUnreachable
from federation.home import Home, write_whole
from federation.settings import Settings
from federation.torrent.node import Node, open_node

Address = tuple[str, int]
NODES_KEPT_MAX = 16


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        """Return Unix seconds, UTC."""
        return int(time.time())

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    async def sleep(self, delay_s: float) -> None:
        """Wait."""
        await asyncio.sleep(delay_s)


@dataclass(frozen=True, slots=True)
class Station:
    """What a program talks through."""

    dht: Endpoint
    swarm: Node


@asynccontextmanager
async def open_station(home: Home, settings: Settings) -> AsyncIterator[Station]:
    """Give a running endpoint and torrent node, and remember their neighbours at the end.

    Raises:
        NetworkUnreachable: An address cannot be bound.
    """
    state = home.node_state.read_bytes() if home.node_state.exists() else b""
    node = await open_node(settings.network, settings.address, settings.port, state)
    try:
        async with open_endpoint(home, settings, [node.address]) as dht:
            node.consult(dht)
            yield Station(dht, node)
        write_whole(home.node_state, await node.save_state())
    finally:
        await node.close()


@asynccontextmanager
async def open_endpoint(
    home: Home, settings: Settings, beside: list[Address] | None = None
) -> AsyncIterator[Endpoint]:
    """Give a running DHT endpoint alone: enough to publish a change.

    Args:
        home: Remembers the neighbours.
        settings: Which network.
        beside: Torrent nodes of this same program.

    Raises:
        NetworkUnreachable: The address cannot be bound.
    """
    first = [*_known_nodes(home), *settings.network.first_nodes]
    figures = dht_settings(settings.network.kind)
    # Who names his own node as one of the network's first says that it is the network.
    own = set(beside or ()) - set(settings.network.nodes)
    endpoint = Endpoint(settings.address, 0, first, own=own, settings=figures)
    try:
        _recall_holders(home, endpoint)
        yield endpoint
        await _remember_nodes(home, endpoint)
        write_whole(home.holders, endpoint.save_holders())
    finally:
        await endpoint.close()


def _known_nodes(home: Home) -> list[Address]:
    path = home.path / "nodes.json"
    if not path.exists():
        return []
    try:
        return [(str(host), int(port)) for host, port in json.loads(path.read_text("utf-8"))]
    except (ValueError, TypeError):
        # Only a hint: the settings name nodes too.
        return []


def _recall_holders(home: Home, endpoint: Endpoint) -> None:
    if home.holders.exists():
        # Only a hint: the first poll without it is a full lookup, and this is written anew.
        with suppress(ItemInvalid):
            endpoint.load_holders(home.holders.read_bytes())


async def _remember_nodes(home: Home, endpoint: Endpoint) -> None:
    try:
        nodes = await endpoint.nodes()
    except NetworkUnreachable:
        return
    listed = json.dumps(nodes[:NODES_KEPT_MAX]).encode()
    write_whole(home.path / "nodes.json", listed)
