"""A registry of 100,000 names, followed alone: bytes and seconds for all of it, and for one change.

    python -m tests.benchmarks.bench_names [--names N] [--changes N] [--json FILE]

A publisher and somebody who follows only the names, each with its own DHT endpoint and torrent
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
from federation.item import sign_item
from federation.names.folder import RegistryFolder
from federation.names.follow import RegistryFollower
from federation.names.records import origin_of
from federation.names.zone_file import write_zone
from federation.slot import CheckpointValue, encode_checkpoint_value
from federation.snapshot import SnapshotFolder
from federation.station import Station, SystemClock
from ledger import crypto
from ledger.blind import blind, community_secret
from ledger.checkpoint import sign_checkpoint
from ledger.codec import encode
from ledger.map import SparseMap
from ledger.merkle import Frontier, leaf_hash
from ledger.merkle_path import prove_inclusion
from ledger.name.log import (
    ChangesName,
    RegistryHead,
    encode_changes,
    format_changes_name,
    name_changes,
    plan_changes,
)
from ledger.name.operation import NameRecord
from ledger.name.state import NameState
from ledger.record import StateRecord
from ledger.segment import SegmentName, encode_leaves, encode_segment, format_name
from ledger.snapshot import checkpoint_name
from tests.benchmarks.bench_follow import DHT_NODES, Figures, now, say, station
from tests.support.dht import private_dht
from tests.support.township import seed_of

SEED = seed_of("registry")
COMMUNITY = crypto.public_key(SEED)
SAMPLE = 1_000
"""Names whose zone file is written, for the size of all."""
ROOM_BYTES = 2**28


def name_of(number: int, address: int) -> NameState:
    """Return a name as a member would have it: an address, one for www, and a key."""
    key = crypto.public_key(SEED[:24] + number.to_bytes(8))
    data = (address % 2**32).to_bytes(4)
    records = (NameRecord("", 1, 3_600, data), NameRecord("www", 1, 3_600, data))
    time_s = 1_800_000_000
    return NameState(
        f"name-{number}", key[:16], time_s, number, time_s + 31_536_000, key, records, None, None,
        False, number,
    )  # fmt: skip


class Publisher:
    """Publishes a registry whose journal is state records and nothing else."""

    def __init__(self, folder: Path, place: Station) -> None:
        self.values: dict[bytes, bytes] = {}
        self._files = SnapshotFolder(folder / "published", COMMUNITY)
        self._place = place
        self._map = SparseMap()
        self._changes: list[tuple[bytes, bytes]] = []
        self._records: list[bytes] = []
        self._known: dict[SegmentName, ChangesName] = {}

    async def publish(self, names: Sequence[NameState]) -> None:
        """Publish a merge that changes these names."""
        changed = {one.name.encode(): encode(one) for one in names}
        self.values |= changed
        self._changes += sorted(changed.items())
        self._map = self._map.update(changed)
        zero = bytes(32)
        record = encode(StateRecord(now(), 0, 1, zero, zero, self._map.root, zero, zero))
        self._records.append(blind(community_secret(SEED), len(self._records), record))
        size = len(self._records)
        tree = Frontier().append(map(leaf_hash, self._records))
        note = sign_checkpoint(SEED, size, tree.root).note
        files = [*self._write_ledger(note), *self._write_names()]
        folder = self._files
        torrent = await self._place.swarm.seed(folder.directory, folder.name, files)
        value = encode_checkpoint_value(CheckpointValue(note, (torrent.infohash,)))
        await self._place.dht.put(sign_item(SEED, b"", now() + size, value))

    def _write_ledger(self, note: bytes) -> list[str]:
        size, segment = len(self._records), SegmentName(0, 0, len(self._records))
        files = {
            checkpoint_name(size): note,
            format_name("r", segment): encode_segment(self._records, 0),
            format_name("l", segment): encode_leaves(map(leaf_hash, self._records), self._records),
        }
        for name, data in files.items():
            self._files.write(name, data)
        return [*files, self._files.write_content("accounts", bytes(size))]

    def _write_names(self) -> list[str]:
        leaves, size = list(map(leaf_hash, self._records)), len(self._records)

        def subtree(level: int, position: int) -> bytes:
            return Frontier().append(leaves[position << level : (position + 1) << level]).root

        hashes = prove_inclusion(size - 1, size, subtree)
        head = encode(RegistryHead(self._records[-1], hashes, len(self._changes)))
        planned = plan_changes(list(self._known), len(self._changes))
        self._known = {span: self._known.get(span) or self._write(span) for span in planned}
        head_name = self._files.write_content("names", head)
        return [head_name, *map(format_changes_name, self._known.values())]

    def _write(self, span: SegmentName) -> ChangesName:
        data = encode_changes(dict(self._changes[span.first : span.end]), span)
        name = name_changes(span, data)
        self._files.write(format_changes_name(name), data)
        return name


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
            for name in ("publisher", "resolver")
        ]
        publisher = Publisher(folder, places[0])
        await publisher.publish([name_of(number, number) for number in range(names)])
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
            await publisher.publish([name_of(7 * number, names + number)])
            made.append(await follow(follower, places[1]))
        registry = follower.registry
        assert registry is not None
        assert registry.values == publisher.values
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
