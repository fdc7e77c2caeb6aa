"""A registry of 100,000 names, followed alone: bytes and seconds for all of it, and for one change.

    python -m tests.benchmarks.bench_names [--names N] [--changes N] [--json FILE]

A registrar and somebody who follows only the names, each with its own DHT endpoint and torrent
node, in a private DHT of real libtorrent sessions on loopback. The journal is made up: two or more
state records, since a follower of names reads the last one only. The peer is the zone file of the
same names, as an authoritative server would be sent it whole.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from federation.dht.contact import Address
from federation.home import Home
from federation.names.folder import RegistryFolder
from federation.names.follow import RegistryFollower
from federation.names.records import origin_of
from federation.names.zone_file import write_zone
from federation.station import Station, SystemClock
from tests.benchmarks.bench_follow import DHT_NODES, Figures, say, station
from tests.support.dht import private_dht
from tests.support.registrar import COMMUNITY, Registrar, name_of

SAMPLE = 1_000
"""Names whose zone file is written, for the size of all."""
ROOM_BYTES = 2**28


async def follow(follower: RegistryFollower, place: Station) -> Figures:
    """Follow once, and return what that took."""
    moved, (before, _) = follower.moved_bytes, await place.swarm.moved_bytes()
    began, began_cpu = time.perf_counter(), time.process_time()
    step = await follower.follow()
    spent_s, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
    assert step == "followed", step
    after, _ = await place.swarm.moved_bytes()
    return {
        "s": spent_s,
        "cpu_s": cpu_s,
        "payload_bytes": follower.moved_bytes - moved,
        "received_bytes": after - before,
    }


async def measure(folder: Path, nodes: Sequence[Address], names: int, changes: int) -> Figures:
    """Return all figures."""
    async with AsyncExitStack() as stack:
        places = [
            await stack.enter_async_context(station(Home(folder / name), nodes))
            for name in ("registrar", "resolver")
        ]
        registrar = Registrar(folder, places[0])
        await registrar.publish([name_of(number, number) for number in range(names)])
        follower = RegistryFollower(
            community=COMMUNITY,
            folder=RegistryFolder(folder / "registries"),
            dht=places[1].dht,
            swarm=places[1].swarm,
            clock=SystemClock(),
            bytes_max=ROOM_BYTES,
        )
        whole = await follow(follower, places[1])
        say(f"all: {json.dumps(whole)}")
        made = []
        for number in range(changes):
            await registrar.publish([name_of(7 * number, names + number)])
            made.append(await follow(follower, places[1]))
        registry = follower.registry
        assert registry is not None
        assert registry.values == registrar.values
        began = time.perf_counter()
        registry.prove("name-1")
        prove_s = time.perf_counter() - began
    figures: Figures = {"names": names, "changes": changes}
    figures |= {f"all_{key}": value for key, value in whole.items()}
    figures |= {f"change_{key}": median(one[key] for one in made) for key in made[0]}
    zone = zone_bytes(names)
    return figures | {
        "prove_s": prove_s,
        "bytes_per_name": whole["received_bytes"] / names,
        "zone_file_bytes": zone,
        "all_of_zone_file": whole["received_bytes"] / zone,
        "change_of_zone_file": figures["change_received_bytes"] / zone,
    }


def zone_bytes(names: int) -> float:
    """Return about how long the zone file of all names is."""
    listed = ((state.name, state.records) for state in (name_of(n, n) for n in range(SAMPLE)))
    origin = origin_of("registry", COMMUNITY)
    return sum(map(len, write_zone(origin, COMMUNITY, 1, listed))) * names / SAMPLE


def main() -> None:
    """Print the figures, and write them to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=20)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, private_dht(DHT_NODES) as dht:
        figures = asyncio.run(measure(Path(folder), dht.nodes, asked.names, asked.changes))
    for name, value in figures.items():
        say(f"{name:>26} {value:14,.4g}")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
