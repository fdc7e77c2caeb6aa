"""Poll 1,000 members over a private DHT on loopback, beside libtorrent's own lookups.

``python -m tests.benchmarks.bench_dht [--members N] [--nodes N] [--json FILE]`` from the
repository's root prints a table and writes the figures. The peer runs over the same nodes in the
same process: a session's ``dht_get_mutable_item`` for the same slots, as many in flight.
"""

import argparse
import asyncio
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import libtorrent as lt

from federation.dht.contact import Address
from federation.dht.endpoint import Endpoint
from federation.dht.settings import NEAR
from federation.item import MutableItem, SlotName, sign_item
from federation.poll import Poller
from federation.port import Got
from tests.support.dht import (
    PrivateDht,
    known_nodes,
    listen_port,
    open_session,
    private_dht,
    wait_until,
)

VALUE = b"508:" + bytes(508)
"""A sealed outbox of the middle size."""
PEER_IN_FLIGHT = 200
PEER_KNOWS = 8
PEER_IDLE_S = 20.0
"""libtorrent gives a silent node 15 s, and says nothing at all of a lookup without result."""
ALERT_WAIT_MS = 100
Figures = dict[str, float]


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1_000)
    parser.add_argument("--nodes", type=int, default=60)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    items = [make_item(number) for number in range(wanted.members)]
    with private_dht(wanted.nodes) as dht:
        figures = asyncio.run(_ours(dht, items))
    figures["ratio_steady"] = figures["steady_keys_per_s"] / figures["libtorrent_keys_per_s"]
    figures["ratio_lookup"] = figures["lookup_keys_per_s"] / figures["libtorrent_keys_per_s"]
    for name, value in figures.items():
        print(f"{name:32}{value:12,.2f}")  # noqa: T201 -- what a benchmark is for
    if wanted.json:
        wanted.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def make_item(number: int, seq: int = 1) -> MutableItem:
    """Return an item of some member."""
    return sign_item(sha256(b"member %d" % number).digest(), b"changes", seq, VALUE)


async def _ours(dht: PrivateDht, items: Sequence[MutableItem]) -> Figures:
    writer = Endpoint("127.0.0.1", 0, dht.nodes[:5], settings=NEAR)
    reader = Endpoint("127.0.0.1", 0, dht.nodes[5:10], settings=NEAR)
    figures = {"members": float(len(items)), "nodes": float(len(dht.nodes))}
    figures |= await put_all(writer, items)
    figures |= await poll(reader, "lookup", dict.fromkeys(item.slot for item in items))
    last = {item.slot: item.seq for item in items}
    figures |= await poll(reader, "steady", last)
    for number in range(0, len(items), 20):
        await writer.put(make_item(number, seq=2))
    figures |= await poll(reader, "one_in_20_new", last)
    # Ours stay open meanwhile: a node that falls silent costs libtorrent's lookups 15 s each.
    session = open_session(alerts=True)
    figures |= await asyncio.to_thread(libtorrent_lookups, session, dht.nodes[10:15], list(last))
    await writer.close()
    await reader.close()
    return figures


async def put_all(writer: Endpoint, items: Sequence[MutableItem]) -> Figures:
    """Put items, 64 at a time."""
    began = time.perf_counter()
    waiting = iter(items)

    async def work() -> None:
        for item in waiting:
            await writer.put(item)

    await asyncio.gather(*(work() for _ in range(64)))
    return {"put_items_per_s": len(items) / (time.perf_counter() - began)}


async def poll(reader: Endpoint, name: str, slots: Mapping[SlotName, int | None]) -> Figures:
    """Return what a poll of slots cost, each figure after a name."""
    asked, began, cpu = reader.traffic.asked, time.perf_counter(), time.thread_time()
    polled = await Poller(reader, NEAR).poll(slots)
    took_s, cpu_s = time.perf_counter() - began, time.thread_time() - cpu
    news = sum(isinstance(got, Got) and got.item is not None for got in polled.values())
    return {
        f"{name}_keys_per_s": len(slots) / took_s,
        f"{name}_packets_per_key": (reader.traffic.asked - asked) / len(slots),
        f"{name}_cpu_us_per_key": 1e6 * cpu_s / len(slots),
        f"{name}_news": float(news),
    }


def libtorrent_lookups(
    session: lt.session, first_nodes: Sequence[Address], slots: Sequence[SlotName]
) -> Figures:
    """Look slots up with a new session of libtorrent's that makes alerts, 200 at a time."""
    listen_port(session)
    for node in first_nodes:
        session.add_dht_node(node)
    wait_until(lambda: known_nodes(session) >= PEER_KNOWS)
    began = last_at = time.perf_counter()
    waiting, found = iter(slots), 0
    for slot in itertools.islice(waiting, PEER_IN_FLIGHT):
        _ask(session, slot)
    while found < len(slots) and time.perf_counter() - last_at < PEER_IDLE_S:
        session.wait_for_alert(ALERT_WAIT_MS)
        for alert in session.pop_alerts():
            if isinstance(alert, lt.dht_mutable_item_alert) and alert.authoritative:
                found, last_at = found + 1, time.perf_counter()
                for slot in itertools.islice(waiting, 1):
                    _ask(session, slot)
    return {"libtorrent_keys_per_s": found / (last_at - began), "libtorrent_found": float(found)}


def _ask(session: lt.session, slot: SlotName) -> None:
    session.dht_get_mutable_item(cast(Any, slot.key), cast(Any, slot.salt))


if __name__ == "__main__":
    main()
