"""What a full disk does to a fetch: a small file system is really filled."""

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from federation.errors import StorageFailed
from federation.port import FileEntry
from tests.support.nodes import running_nodes

NAME = "commontab-test"
DEADLINE_S = 30.0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def enlarge(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=20m", disk], check=True)


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(bytes(4_096))


def accept(files: Sequence[FileEntry]) -> None:
    assert files


@pytest.mark.needs("root")
async def test_a_full_disk_is_said_and_room_lets_the_fetch_go_on(
    small_disk: Path, tmp_path: Path
) -> None:
    content = os.urandom(3_000_000)
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "f").write_bytes(content)
    async with running_nodes(3) as (publisher, follower, _):
        torrent = await publisher.seed(tmp_path, NAME, ["f"])
        with pytest.raises(StorageFailed, match="No space left"):
            await follower.fetch(torrent.infohash, small_disk, NAME, accept, DEADLINE_S)
        assert not (small_disk / NAME).exists()
        enlarge(small_disk)
        await follower.fetch(torrent.infohash, small_disk, NAME, accept, DEADLINE_S)
    assert (small_disk / NAME / "f").read_bytes() == content


@pytest.mark.needs("root")
async def test_a_full_disk_stops_a_publication(small_disk: Path) -> None:
    (small_disk / NAME).mkdir()
    (small_disk / NAME / "f").write_bytes(bytes(100_000))
    fill(small_disk)
    async with running_nodes(1) as (publisher,):
        with pytest.raises(StorageFailed, match="No space left"):
            await publisher.seed(small_disk, NAME, ["f"])
        enlarge(small_disk)
        await publisher.seed(small_disk, NAME, ["f"])
