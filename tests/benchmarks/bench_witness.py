"""What witnessing costs a member: datagrams and bytes a day, beside following alone.

``python -m tests.benchmarks.bench_witness [--members N] [--nodes N] [--json FILE]`` from the
repository's root prints a table and writes the figures. Testimonies lie in a private DHT on
loopback; one member writes his own and reads the others', each kind of call a few times. What a
call costs is then multiplied by how often a program on the public network makes it in a day. The
peer is the same program's polling of the checkpoint alone.
"""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path

from federation.dht.endpoint import Endpoint
from federation.dht.settings import NEAR
from federation.item import MutableItem, sign_item
from federation.settings import KEEP_ALIVE_S, ROUND_S
from federation.slot import witness_slot
from federation.witness.testimony import sign_testimony
from federation.witness.witness import OTHERS_READ
from ledger import crypto
from ledger.checkpoint import sign_checkpoint
from tests.support.dht import private_dht

DAY_S = 86_400
ROUNDS = DAY_S // ROUND_S["public"]
KEEP_ALIVES = DAY_S // KEEP_ALIVE_S
CHECKPOINTS = 100
"""Versions a day of a lively community."""
SAMPLES = 20
COMMUNITY_SEED = sha256(b"community").digest()
COMMUNITY = crypto.public_key(COMMUNITY_SEED)
Figures = dict[str, float]


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=50)
    parser.add_argument("--nodes", type=int, default=40)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    with private_dht(wanted.nodes) as dht:
        figures = asyncio.run(_measure(dht.nodes, wanted.members))
    figures |= _per_day(figures, wanted.members)
    for name, value in figures.items():
        print(f"{name:36}{value:14,.1f}")  # noqa: T201 -- what a benchmark is for
    if wanted.json:
        wanted.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def _item(number: int, size: int) -> MutableItem:
    seed = sha256(b"member %d" % number).digest()
    slot = witness_slot(COMMUNITY, COMMUNITY, crypto.public_key(seed))
    checkpoint = sign_checkpoint(COMMUNITY_SEED, size, sha256(b"%d" % size).digest())
    return sign_item(seed, slot.salt, size, sign_testimony(seed, checkpoint, (), 1_800_000_000))


async def _measure(nodes: list[tuple[str, int]], members: int) -> Figures:
    others = Endpoint("127.0.0.1", 0, nodes[:5], settings=NEAR)
    own = Endpoint("127.0.0.1", 0, nodes[5:10], settings=NEAR)
    figures: Figures = {"members": float(members), "nodes": float(len(nodes))}
    items = [_item(number, 10) for number in range(SAMPLES)]
    for item in items:
        await others.put(item)

    async def each(name: str, call: Callable[[MutableItem], Awaitable[object]]) -> None:
        sent, received, moved = own.traffic.sent, own.traffic.received, own.traffic.bytes
        for item in items:
            await call(item)
        datagrams = own.traffic.sent + own.traffic.received - sent - received
        figures[f"{name}_datagrams"] = datagrams / SAMPLES
        figures[f"{name}_bytes"] = (own.traffic.bytes - moved) / SAMPLES

    await each("first_read", lambda item: own.get(item.slot, -1))
    await each("read_without_news", lambda item: own.get(item.slot, item.seq))
    for number in range(SAMPLES):
        await others.put(_item(number, 20))
    await each("read_with_news", lambda item: own.get(item.slot, item.seq))
    mine = iter(range(30, 30 + SAMPLES))
    await each("put", lambda _: own.put(_item(members, next(mine))))
    await own.close()
    await others.close()
    return figures


def _per_day(figures: Figures, members: int) -> Figures:
    """Return what a day costs: of each of the others a first read, then news as they come."""
    reads = ROUNDS * OTHERS_READ
    news = min(reads, CHECKPOINTS * (members - 1))
    firsts = members - 1
    quiet = max(reads - news - firsts, 0)
    puts = CHECKPOINTS + KEEP_ALIVES
    moved = (
        firsts * figures["first_read_bytes"]
        + news * figures["read_with_news_bytes"]
        + quiet * figures["read_without_news_bytes"]
        + puts * figures["put_bytes"]
    )
    polled = ROUNDS * figures["read_without_news_bytes"]
    return {
        "reads_a_day": float(reads),
        "puts_a_day": float(puts),
        "witness_kib_a_day": moved / 1_024,
        "polling_kib_a_day": polled / 1_024,
        "ratio_to_polling": moved / polled,
    }


if __name__ == "__main__":
    main()
