"""Two communities over a private DHT with real sockets: only their snapshots are simulated."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from federation.dht.endpoint import Endpoint
from federation.dht.settings import NEAR
from federation.port import Dht, Swarm
from ledger.link.machine import Stage
from tests.support.crash import Fuse
from tests.support.dht import PrivateDht, private_dht
from tests.support.federated import Village, ask_for, people_of, settle_villages
from tests.support.simswarm import SimSwarm
from tests.support.weather import calm
from tests.support.world import Party

LOOKS_MAX = 40


class NetworkedVillage(Village):
    """A community whose parties have sockets of their own."""

    def __init__(
        self, directory: Path, name: str, dht: PrivateDht, beside: Village | None = None
    ) -> None:
        super().__init__(directory, name, beside)
        self._private = dht
        self.endpoints: list[Endpoint] = []

    def _ports(self, party: Party, fuse: Fuse | None) -> tuple[Dht, Swarm]:
        del fuse
        endpoint = Endpoint("127.0.0.1", 0, self._private.nodes[:5], settings=NEAR)
        self.endpoints.append(endpoint)
        return endpoint, SimSwarm(self.swarm, party.name)


@asynccontextmanager
async def villages(directory: Path, dht: PrivateDht) -> AsyncIterator[tuple[Village, Village]]:
    hill = NetworkedVillage(directory, "hill", dht)
    hill.swarm.weather = calm()
    river = NetworkedVillage(directory, "river", dht, hill)
    try:
        yield hill, river
    finally:
        for one in (hill, river):
            one.close()
            for endpoint in one.endpoints:
                await endpoint.close()


async def exchange(hill: Village, river: Village) -> None:
    """Let both look at their link until neither has a payment under way."""
    for _ in range(LOOKS_MAX):
        for one in (hill, river):
            await one.manager.run_links()
        if not hill.ledger.transits and not river.ledger.transits:
            return
    raise AssertionError("a payment did not end")


def test_a_payment_settles_over_real_sockets(tmp_path: Path) -> None:
    async def main(dht: PrivateDht) -> None:
        async with villages(tmp_path, dht) as (hill, river):
            await settle_villages(hill, river)
            payment = await ask_for(hill, people_of(hill)[0], people_of(river)[1], 1_250, river)
            await exchange(hill, river)
            assert hill.transit(payment).stage is Stage.POSTED
            assert hill.owes(river) == 1_250 == -river.owes(hill)

    with private_dht(10) as dht:
        asyncio.run(main(dht))
