"""Polling and paying far apart: 100 ms for each round trip, one packet in a hundred lost each way.

``python -m tests.benchmarks.bench_wide_area [--members N] [--payments N] [--json FILE]``, as root,
prints a table and writes the figures. Two network namespaces are the world; nothing leaves them.
Polling stands beside libtorrent's own look-ups over the same nodes. Payments are those of whole
programs with the public network's settings, but a round of 3 s in place of its minute.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import cast

from federation.dht.contact import Address
from federation.dht.endpoint import Endpoint
from federation.dht.settings import NEAR as UNPACED
from tests.benchmarks.bench_dht import Figures, libtorrent_lookups, make_item, poll, put_all
from tests.support.dht import open_session
from tests.support.far_village import DELAY_S, LOSS, ROUND_S, far_village
from tests.support.wide_area import WideArea, wide_area, wide_dht
from tests.support.wide_area_nodes import PORT

NODES = 30
"""At each end."""
OWN = ("81.200.1.1", "81.201.1.1", "81.202.1.1")
"""Hosts of whoever puts, of whoever polls, and of libtorrent's session."""
NEAR = (*OWN, *(f"81.{number}.1.1" for number in range(1, NODES + 1)))
FAR = tuple(f"93.{number}.1.1" for number in range(1, NODES + 1))


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1_000)
    parser.add_argument("--payments", type=int, default=20)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.inside:
        print(json.dumps(asyncio.run(_poll_all(wanted.members))))  # noqa: T201 -- for the outer one
        return
    figures: Figures = {"round_trip_ms": 2_000 * DELAY_S, "lost_each_way": LOSS}
    with (
        wide_area(NEAR, FAR, delay_s=DELAY_S, loss=LOSS) as area,
        wide_dht("private", area, but=OWN),
    ):
        figures |= _inside(area, wanted.members)
    with tempfile.TemporaryDirectory() as folder:
        figures |= _pay(Path(folder), wanted.payments)
    for name, value in figures.items():
        print(f"{name:32}{value:12,.2f}")  # noqa: T201 -- what a benchmark is for
    if wanted.json:
        wanted.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def _inside(area: WideArea, members: int) -> Figures:
    """Run this file once more, at the near end."""
    words = [sys.executable, "-m", "tests.benchmarks.bench_wide_area", "--inside"]
    command = [*area.near.inside, *words, "--members", str(members)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return cast(Figures, json.loads(done.stdout))


async def _poll_all(members: int) -> Figures:
    nodes: list[Address] = [(host, PORT) for host in (*NEAR[3:], *FAR)]
    items = [make_item(number) for number in range(members)]
    writer = Endpoint(OWN[0], 0, nodes[:5], settings=UNPACED)
    reader = Endpoint(OWN[1], 0, nodes[-5:], settings=UNPACED)
    figures = {"members": float(members), "nodes": float(len(nodes))}
    figures |= await put_all(writer, items)
    figures |= await poll(reader, "lookup", dict.fromkeys(item.slot for item in items))
    figures |= await poll(reader, "steady", {item.slot: item.seq for item in items})
    session = open_session("private", OWN[2], alerts=True)
    slots = [item.slot for item in items]
    figures |= await asyncio.to_thread(libtorrent_lookups, session, nodes[10:15], slots)
    figures["ratio_steady"] = figures["steady_keys_per_s"] / figures["libtorrent_keys_per_s"]
    figures["ratio_lookup"] = figures["lookup_keys_per_s"] / figures["libtorrent_keys_per_s"]
    await writer.close()
    await reader.close()
    return figures


def _pay(folder: Path, count: int) -> Figures:
    """Pay from the far end, one after another; return what each took until both had it."""
    merged: list[float] = []
    visible: list[float] = []
    with far_village(folder) as village:
        for number in range(count):
            began = time.perf_counter()
            village.type("anna", "commontab pay ben 1 eggs --yes --wait=100")
            merged.append(time.perf_counter() - began)
            village.wait_until("ben", 100 * (number + 1))
            visible.append(time.perf_counter() - began)
    figures: Figures = {"payments": float(count), "round_s": ROUND_S}
    for name, took in (("payer_knows", sorted(merged)), ("payee_has", sorted(visible))):
        figures |= {f"{name}_p50_s": median(took), f"{name}_p95_s": took[int(0.95 * (count - 1))]}
        figures[f"{name}_max_s"] = took[-1]
    return figures


if __name__ == "__main__":
    main()
