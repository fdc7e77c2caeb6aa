"""Seconds and bytes of publishing one small file beside a large snapshot, on both sides.

    python -m tests.benchmarks.bench_torrent [--json FILE]

The peer is libtorrent left to itself, in the same run and on the same files: it hashes every file
to make the torrent, and hashes every file again before it adds one to those it holds.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import libtorrent as lt

from federation.port import FileEntry
from federation.torrent.metainfo import choose_piece_length
from federation.torrent.node import Node
from federation.torrent.settings import session_settings
from tests.support.nodes import running_nodes

NAME = "commontab-bench"
NODES = 20
ROUNDS = 5
NEW_BYTES = 2_000
"""About five payments: records and leaf hashes."""
FILES = 40
SIZES_MB = (30, 200)
DEADLINE_S = 120.0
ALERT_MS = 1_000


@dataclass(frozen=True, slots=True)
class Figures:
    """What one new file costs; seconds are medians.

    Attributes:
        snapshot_mb: Megabytes that were there before.
        first_seed_s: Making the first torrent, every file hashed.
        first_fetch_s: Fetching all of it.
        seed_s: Making and seeding the torrent with one more file.
        fetch_s: From its infohash to the verified file, peers found in the DHT.
        payload_bytes: File data received by a follower.
        received_bytes: All that a follower received, metadata and protocol too.
        libtorrent_create_s: libtorrent's own hashing of the same files.
        libtorrent_check_s: libtorrent's own check of the files a follower holds.
        seed_ratio: ``libtorrent_create_s / seed_s``.
        fetch_ratio: ``libtorrent_check_s / fetch_s``.
    """

    snapshot_mb: int
    first_seed_s: float
    first_fetch_s: float
    seed_s: float
    fetch_s: float
    payload_bytes: int
    received_bytes: int
    libtorrent_create_s: float
    libtorrent_check_s: float
    seed_ratio: float
    fetch_ratio: float


def accept(files: Sequence[FileEntry]) -> None:
    """Take any files."""
    assert files


async def measure(
    publisher: Node, follower: Node, ours: Path, theirs: Path, size_mb: int
) -> Figures:
    """Publish and follow a snapshot of some size, then one more small file several times."""
    files = make_snapshot(ours, size_mb)
    began = time.perf_counter()
    torrent = await publisher.seed(ours, NAME, files)
    first_seed_s = time.perf_counter() - began
    began = time.perf_counter()
    await follower.fetch(torrent.infohash, theirs, NAME, accept, DEADLINE_S)
    first_fetch_s = time.perf_counter() - began
    await follower.keep(torrent.infohash)
    seeds_s, fetches_s = [], []
    before, _ = await follower.moved_bytes()
    payload = 0
    for number in range(ROUNDS):
        files.append(f"new-{number}")
        (ours / NAME / files[-1]).write_bytes(os.urandom(NEW_BYTES))
        began = time.perf_counter()
        torrent = await publisher.seed(ours, NAME, files)
        seeds_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        fetched = await follower.fetch(torrent.infohash, theirs, NAME, accept, DEADLINE_S)
        fetches_s.append(time.perf_counter() - began)
        await follower.keep(torrent.infohash)
        payload += fetched.moved_bytes
    after, _ = await follower.moved_bytes()
    create_s, check_s = await asyncio.to_thread(measure_libtorrent, ours, theirs, NAME, files)
    seed_s, fetch_s = median(seeds_s), median(fetches_s)
    return Figures(
        size_mb,
        first_seed_s,
        first_fetch_s,
        seed_s,
        fetch_s,
        payload // ROUNDS,
        (after - before) // ROUNDS,
        create_s,
        check_s,
        create_s / seed_s,
        check_s / fetch_s,
    )


def make_snapshot(directory: Path, size_mb: int) -> list[str]:
    """Write files that halve in size, as levels of a journal do; return their names."""
    (directory / NAME).mkdir(parents=True)
    left = size_mb * 1_000_000
    files = []
    for number in range(FILES):
        length = max(NEW_BYTES, left // 2)
        left -= length
        files.append(f"old-{number:02}")
        (directory / NAME / files[-1]).write_bytes(os.urandom(length))
    return files


def measure_libtorrent(
    ours: Path, theirs: Path, name: str, files: Sequence[str]
) -> tuple[float, float]:
    """Return seconds libtorrent takes to make the torrent and to check a follower's files."""
    entries = [FileEntry(file, (ours / name / file).stat().st_size) for file in sorted(files)]
    began = time.perf_counter()
    maker = lt.create_torrent(
        [lt.create_file_entry(f"{name}/{entry.name}", entry.length) for entry in entries],
        choose_piece_length(name, entries),
    )
    lt.set_piece_hashes(maker, str(ours))
    create_s = time.perf_counter() - began
    params = lt.load_torrent_buffer(lt.bencode(maker.generate()))
    params.save_path = str(theirs)
    session = lt.session(session_settings("loopback", "", 0))  # type: ignore[call-overload]
    began = time.perf_counter()
    session.add_torrent(params)
    while not any(isinstance(alert, lt.torrent_checked_alert) for alert in session.pop_alerts()):
        session.wait_for_alert(ALERT_MS)
    return create_s, time.perf_counter() - began


async def run() -> list[Figures]:
    """Measure every size on a fresh DHT."""
    figures = []
    for size_mb in SIZES_MB:
        with tempfile.TemporaryDirectory() as folder:
            async with running_nodes(NODES) as nodes:
                ours, theirs = Path(folder) / "ours", Path(folder) / "theirs"
                figures.append(await measure(nodes[0], nodes[NODES // 2], ours, theirs, size_mb))
    return figures


def main() -> None:
    """Print a table, and write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    figures = [asdict(each) for each in asyncio.run(run())]
    for each in figures:
        lines = (f"{name:>20} {value:12,.4g}\n" for name, value in each.items())
        sys.stdout.write("".join(lines) + "\n")
    if asked.json:
        asked.json.write_text(json.dumps({"torrent": figures}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
