"""Payments between communities: seconds from consent until they are settled on both sides.

    python -m tests.benchmarks.bench_link_pay [--payments N] [--json FILE]

Three communities in a row, each with a manager and members as they run every day, all with their
own DHT endpoint and torrent node in a private DHT of real libtorrent sessions on loopback. Managers
look at their links in turn without a pause, so what is measured is the work and not the interval.
The peer is a payment inside one community in the same run, from the same consent until it is
merged and published; each look at a link is at least one round trip and one publication.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median, quantiles

from federation.dht.contact import Address
from federation.home import Home
from federation.port import Dht, Swarm
from federation.settings import Network, Settings
from federation.station import Station, open_station
from ledger.link.machine import Stage
from ledger.operation import Pay
from tests.support.crash import Fuse
from tests.support.dht import private_dht
from tests.support.federated import Village, ask_for, people_of, settle_villages
from tests.support.weather import calm
from tests.support.world import Party, key_of

DHT_NODES = 20
NAMES = ("hill", "river", "lake")
WAIT_S = 30.0
AMOUNT = 5
Figures = dict[str, float]


class StationedVillage(Village):
    """A community whose parties have places in a real network."""

    def __init__(
        self,
        directory: Path,
        name: str,
        stations: Mapping[str, Station],
        beside: Village | None = None,
    ) -> None:
        super().__init__(directory, name, beside)
        self._stations = stations

    def _ports(self, party: Party, fuse: Fuse | None) -> tuple[Dht, Swarm]:
        del fuse
        station = self._stations[party.name]
        return station.dht, station.swarm


def say(text: str) -> None:
    """Tell what happens."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def open_stations(
    stack: AsyncExitStack, folder: Path, names: Sequence[str], nodes: Sequence[Address]
) -> dict[str, Station]:
    """Give everybody a place in the private DHT."""
    settings = Settings(network=Network("loopback", tuple(nodes[:5])))
    stations = {}
    for name in names:
        home = Home(folder / name)
        home.path.mkdir(parents=True)
        stations[name] = await stack.enter_async_context(open_station(home, settings))
    return stations


async def pay_across(way: Sequence[Village], payer: str, payee: str) -> tuple[float, int]:
    """Pay over a way; return the seconds until all have settled, and the looks it took."""
    here = way[0]
    began = time.perf_counter()
    payment = await ask_for(here, payer, payee, AMOUNT, *way[1:])
    looks = 0
    while any(one.ledger.transits for one in way):
        assert time.perf_counter() - began < WAIT_S, "a payment did not end"
        looks += 1
        for one in (*way[1:], here):
            await one.manager.run_links()
    spent = time.perf_counter() - began
    assert here.transit(payment).stage is Stage.POSTED, "it was paid"
    await here.members[payer].look()
    return spent, looks


async def pay_inside(here: Village, payer: str, payee: str) -> float:
    """Pay somebody of the same community; return the seconds until it is published."""
    began = time.perf_counter()
    here.ask(payer, Pay(key_of(payee)[:16], AMOUNT, "EUR", "eggs", b"", None))
    await here.members[payer].publish()
    await here.manager.run_cycle()
    spent = time.perf_counter() - began
    await here.members[payer].look()
    return spent


async def measure(folder: Path, nodes: Sequence[Address], payments: int) -> Figures:
    """Return all figures."""
    async with AsyncExitStack() as stack:
        villages: list[Village] = []
        stations: dict[str, Station] = {}
        for name in NAMES:
            beside = villages[0] if villages else None
            villages.append(StationedVillage(folder / "homes", name, stations, beside))
        villages[0].swarm.weather = calm()
        names = [each for one in villages for each in (one.name, *people_of(one))]
        stations |= await open_stations(stack, folder / "stations", names, nodes)
        for one in villages:
            stack.callback(one.close)
        await settle_villages(*villages)
        say("three communities are linked")
        payer, fellow = people_of(villages[0])
        inside = [await pay_inside(villages[0], payer, fellow) for _ in range(payments)]
        figures = _sum_up("inside", inside)
        for links in (1, 2):
            way = villages[: links + 1]
            payee = people_of(way[-1])[1]
            made = [await pay_across(way, payer, payee) for _ in range(payments)]
            figures |= _sum_up(f"links_{links}", [spent for spent, _ in made])
            figures[f"links_{links}_looks"] = median(looks for _, looks in made)
            figures[f"links_{links}_to_inside"] = (
                figures[f"links_{links}_p50_s"] / figures["inside_p50_s"]
            )
            say(f"over {links}: {json.dumps(figures)}")
        return figures


def _sum_up(what: str, spent: Sequence[float]) -> Figures:
    return {
        f"{what}_p50_s": median(spent),
        f"{what}_p95_s": quantiles(spent, n=20, method="inclusive")[-1],
    }


def main() -> None:
    """Print the figures, and write them to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=20)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, private_dht(DHT_NODES) as dht:
        figures = asyncio.run(measure(Path(folder), dht.nodes, asked.payments))
    for name, value in figures.items():
        say(f"{name:>26} {value:14,.4g}")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
