"""Deadlines of fetches, and what they say when they pass."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from federation.errors import FetchTimeout


@asynccontextmanager
async def fetching_within(deadline_s: float, infohash: bytes) -> AsyncIterator[None]:
    """End what is done inside after some seconds.

    Raises:
        FetchTimeout: The torrent with this v1 infohash did not come in time.
    """
    try:
        async with asyncio.timeout(deadline_s):
            yield
    except TimeoutError:
        raise FetchTimeout(
            f"torrent {infohash.hex()} did not arrive within {deadline_s:g} s; what came of "
            "it stays: check that this machine reaches the network, or try a torrent before it"
        ) from None
