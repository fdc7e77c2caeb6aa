"""Swarm health: how many nodes and peers keep what the community published."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol, runtime_checkable

from federation.console.doctor import COPIES_MIN, NODES_MIN
from federation.console.views import View
from federation.errors import NetworkUnreachable
from federation.port import Dht
from federation.slot import checkpoint_slot

LOOK_S = 10.0
"""How long to look for peers; the DHT answers within a few seconds or hardly at all."""


@runtime_checkable
class Finding(Protocol):
    """A DHT that keeps who has a torrent; simulated ones do not."""

    async def find_peers(
        self, infohash: bytes, tell: Callable[[Sequence[tuple[str, int]]], None]
    ) -> None:
        """See ``federation.port.PeerDirectory``."""


@dataclass(frozen=True, slots=True)
class Health:
    """What one look at the network showed.

    Attributes:
        time: When, Unix seconds.
        nodes: DHT nodes that answered lately.
        answered: Nodes that answered for the community's slot.
        copies: How many of them have the newest checkpoint.
        peers: Computers that the DHT names for the newest snapshot; None where it keeps none.
        trouble: Why nothing is known, empty where all is.
    """

    time: int
    nodes: int = 0
    answered: int = 0
    copies: int = 0
    peers: int | None = None
    trouble: str = ""


async def look(dht: Dht, key: bytes, infohash: bytes | None, now: int) -> Health:
    """Return how many copies of the checkpoint and of the snapshot the network names.

    Args:
        dht: A running endpoint.
        key: The community's.
        infohash: Of the newest snapshot, v1; None before the first.
        now: Unix seconds.
    """
    try:
        nodes = await dht.nodes()
        got = await dht.get(checkpoint_slot(key))
    except NetworkUnreachable as error:
        return Health(now, trouble=str(error))
    peers = await _count_peers(dht, infohash) if infohash else None
    return Health(now, len(nodes), got.answered, got.copies, peers)


def view_health(health: Health | None) -> View | None:
    """Return a look as plain values; None before the first."""
    if health is None:
        return None
    return asdict(health) | {
        "nodes_min": NODES_MIN,
        "copies_min": COPIES_MIN,
        "well": not health.trouble and health.nodes >= NODES_MIN and health.copies >= COPIES_MIN,
    }


async def _count_peers(dht: Dht, infohash: bytes) -> int | None:
    if not isinstance(dht, Finding):
        return None
    found: set[tuple[str, int]] = set()
    try:
        async with asyncio.timeout(LOOK_S):
            await dht.find_peers(infohash, found.update)
    except (NetworkUnreachable, TimeoutError):
        # What answered before counts.
        return len(found)
    return len(found)
