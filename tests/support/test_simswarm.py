"""The simulated swarm: sources that vanish, files that rot, partitions."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from federation.errors import FetchTimeout
from federation.port import FileEntry
from tests.support.loop import run_virtual
from tests.support.simswarm import BYTES_PER_S, SimSwarm, SwarmNetwork
from tests.support.weather import Weather

NAME = "commontab-world"
FILES = {"a": b"a" * 3 * BYTES_PER_S, "b": b"b" * 10}


def accept(files: Sequence[FileEntry]) -> None:
    assert files


def write(directory: Path) -> list[str]:
    (directory / NAME).mkdir(parents=True)
    for name, content in FILES.items():
        (directory / NAME / name).write_bytes(content)
    return list(FILES)


def test_a_fetch_waits_for_a_source_to_come_back(tmp_path: Path) -> None:
    async def main() -> None:
        network = SwarmNetwork(Weather())
        publisher, follower = SimSwarm(network, "publisher"), SimSwarm(network, "follower")
        torrent = await publisher.seed(tmp_path, NAME, write(tmp_path))
        network.offline.add("publisher")
        fetch = asyncio.create_task(
            follower.fetch(torrent.infohash, tmp_path / "to", NAME, accept, 600)
        )
        await asyncio.sleep(300)
        assert not fetch.done()
        network.offline.clear()
        assert (await fetch).moved_bytes == sum(map(len, FILES.values()))

    run_virtual(main())


def test_what_came_before_the_deadline_stays(tmp_path: Path) -> None:
    async def main() -> None:
        network = SwarmNetwork(Weather())
        publisher, follower = SimSwarm(network, "publisher"), SimSwarm(network, "follower")
        torrent = await publisher.seed(tmp_path, NAME, write(tmp_path))
        (tmp_path / NAME / "b").write_bytes(b"rot")
        with pytest.raises(FetchTimeout):
            await follower.fetch(torrent.infohash, tmp_path / "to", NAME, accept, 60)
        (tmp_path / NAME / "b").write_bytes(FILES["b"])
        fetched = await follower.fetch(torrent.infohash, tmp_path / "to", NAME, accept, 60)
        assert fetched.moved_bytes == len(FILES["b"])
        assert (tmp_path / "to" / NAME / "a").read_bytes() == FILES["a"]

    run_virtual(main())


def test_a_half_file_is_fetched_again(tmp_path: Path) -> None:
    async def main() -> None:
        network = SwarmNetwork(Weather())
        publisher, follower = SimSwarm(network, "publisher"), SimSwarm(network, "follower")
        torrent = await publisher.seed(tmp_path, NAME, write(tmp_path))
        with pytest.raises(FetchTimeout):
            await follower.fetch(torrent.infohash, tmp_path / "to", NAME, accept, 1.5)
        assert not (tmp_path / "to" / NAME).exists()
        (partial,) = (tmp_path / "to").rglob("a")
        assert 0 < partial.stat().st_size < len(FILES["a"])
        await follower.fetch(torrent.infohash, tmp_path / "to", NAME, accept, 60)
        assert (tmp_path / "to" / NAME / "a").read_bytes() == FILES["a"]

    run_virtual(main())
