"""The libtorrent node: real sessions on loopback that find each other through the DHT only."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from federation.bencode import decode, encode
from federation.dht.endpoint import Endpoint
from federation.dht.settings import NEAR
from federation.errors import FetchTimeout, NetworkUnreachable, StorageFailed, TorrentRefused
from federation.port import FileEntry
from federation.settings import Network
from federation.torrent.files import SnapshotFolder
from federation.torrent.hashes import FileHashes, hash_file
from federation.torrent.metainfo import (
    INFO_BYTES_MAX,
    Metainfo,
    build_metainfo,
)
from federation.torrent.node import Node, open_node
from tests.support.nodes import running_nodes, until
from tests.support.rogue import Rogue

NAME = "commontab-test"
DEADLINE_S = 30.0
SHORT_S = 1.5
BLOCK_BYTES = 16_384


@pytest.fixture
async def nodes() -> AsyncIterator[list[Node]]:
    async with running_nodes(5) as opened:
        yield opened


def accept(files: Sequence[FileEntry]) -> None:
    assert files


def never(files: Sequence[FileEntry]) -> None:
    raise AssertionError(f"the judge was asked about {files}")


def write(directory: Path, **files: bytes) -> list[str]:
    (directory / NAME).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (directory / NAME / name).write_bytes(content)
    return sorted(path.name for path in (directory / NAME).iterdir())


def read(directory: Path) -> dict[str, bytes]:
    home = directory / NAME
    return {path.name: path.read_bytes() for path in home.iterdir()} if home.exists() else {}


def made(**contents: bytes) -> Metainfo:
    return build_metainfo(NAME, {file: hashed(content) for file, content in contents.items()})


def hashed(content: bytes) -> FileHashes:
    pieces = [content[at : at + BLOCK_BYTES] for at in range(0, len(content), BLOCK_BYTES)]
    return hash_file(pieces, BLOCK_BYTES)


def forge(metainfo: Metainfo, **values: Any) -> bytes:
    info: Any = decode(metainfo.info, INFO_BYTES_MAX)
    return encode(info | {key.replace("_", " ").encode(): value for key, value in values.items()})


async def test_files_of_every_size_arrive(nodes: list[Node], tmp_path: Path) -> None:
    sizes = (0, 1, 16_384, 16_385, 65_536, 700_001)
    files = write(tmp_path / "a", **{f"f{size}": os.urandom(size) for size in sizes})
    torrent = await nodes[0].seed(tmp_path / "a", NAME, files)
    fetched = await nodes[4].fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    assert read(tmp_path / "b") == read(tmp_path / "a")
    assert fetched.files == torrent.files
    assert not (tmp_path / "b" / f".{NAME}.incoming").exists()


async def test_a_publication_moves_its_new_files_only(nodes: list[Node], tmp_path: Path) -> None:
    files = write(tmp_path / "a", large=os.urandom(3_000_000), small=b"note")
    for more in ("one", "two", "three"):
        torrent = await nodes[0].seed(tmp_path / "a", NAME, files)
        fetched = await nodes[1].fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
        await nodes[1].keep(torrent.infohash)
        files = write(tmp_path / "a", **{more: os.urandom(2_000)})
    assert fetched.moved_bytes == BLOCK_BYTES


async def test_several_torrents_share_a_directory(nodes: list[Node], tmp_path: Path) -> None:
    window = []
    for number in range(5):
        files = write(tmp_path / "a", **{f"f{number}": os.urandom(30_000)})
        window.append(await nodes[0].seed(tmp_path / "a", NAME, files))
    for number, torrent in enumerate(window):
        directory = tmp_path / f"b{number}"
        await nodes[1].fetch(torrent.infohash, directory, NAME, accept, DEADLINE_S)
        assert len(read(directory)) == number + 1


async def test_a_kept_torrent_outlives_its_publisher(nodes: list[Node], tmp_path: Path) -> None:
    files = write(tmp_path / "a", f=os.urandom(100_000))
    torrent = await nodes[0].seed(tmp_path / "a", NAME, files)
    await nodes[1].fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    await nodes[0].drop(torrent.infohash)
    with pytest.raises(FetchTimeout):
        await nodes[2].fetch(torrent.infohash, tmp_path / "c", NAME, accept, SHORT_S)
    await nodes[1].keep(torrent.infohash)
    await nodes[2].fetch(torrent.infohash, tmp_path / "c", NAME, accept, DEADLINE_S)
    assert read(tmp_path / "c") == read(tmp_path / "a")


async def test_a_kept_torrent_comes_back_after_a_restart(nodes: list[Node], tmp_path: Path) -> None:
    files = write(tmp_path / "a", f=os.urandom(100_000), g=b"note")
    torrent = await nodes[0].seed(tmp_path / "a", NAME, files)
    await nodes[1].fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    await nodes[0].drop(torrent.infohash)
    again = await nodes[2].seed(tmp_path / "b", NAME, files)
    assert again == torrent


async def test_a_hinted_peer_is_found_without_a_dht(tmp_path: Path) -> None:
    async with running_nodes(1) as (publisher,), running_nodes(1) as (follower,):
        files = write(tmp_path / "a", f=os.urandom(100_000))
        torrent = await publisher.seed(tmp_path / "a", NAME, files)
        follower.hint_peer(torrent.infohash, *publisher.address)
        await follower.fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    assert read(tmp_path / "b") == read(tmp_path / "a")


async def test_a_directory_brings_together_nodes_that_share_no_dht(tmp_path: Path) -> None:
    async with (
        running_nodes(1) as (publisher,),
        running_nodes(1) as (follower,),
        running_nodes(2) as others,
    ):
        one, two = (Endpoint("127.0.0.1", 0, [node.address], settings=NEAR) for node in others)
        try:
            publisher.consult(one)
            follower.consult(two)
            files = write(tmp_path / "a", f=os.urandom(100_000))
            torrent = await publisher.seed(tmp_path / "a", NAME, files)
            await follower.fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
        finally:
            await one.close()
            await two.close()
    assert read(tmp_path / "b") == read(tmp_path / "a")


HOSTILE = {
    "another name": forge(made(a=b"x"), name=b"other"),
    "private": forge(made(a=b"x"), private=1),
    "an unexpected key": forge(made(a=b"x"), x=b"y"),
    "metadata over 1 MiB": forge(made(a=b"x"), x=bytes(INFO_BYTES_MAX)),
    "metadata far over 1 MiB": forge(made(a=b"x"), x=bytes(8 * INFO_BYTES_MAX)),
    "lists in conflict": forge(made(a=b"x"), files=[{b"length": 1, b"path": [b"..", b"b"]}]),
    "a path upwards": made(a=b"x").info.replace(b"1:a", b"2:.."),
    "v1 only": encode(
        {b"length": 1, b"name": NAME.encode(), b"piece length": BLOCK_BYTES, b"pieces": bytes(20)}
    ),
    "no dictionary": b"no dictionary",
}


@pytest.mark.parametrize("info", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_torrent_is_refused_before_data(tmp_path: Path, info: bytes) -> None:
    async with running_nodes(1) as (node,), Rogue(info, b"x").serving() as rogue:
        node.hint_peer(rogue.infohash, *rogue.address)
        with pytest.raises(TorrentRefused):
            await node.fetch(rogue.infohash, tmp_path / "b", NAME, never, DEADLINE_S)
        assert rogue.blocks_left == Rogue(info).blocks_left
    assert not (tmp_path / "b").exists()


async def test_what_the_judge_refuses_does_not_move(tmp_path: Path) -> None:
    def refuse(files: Sequence[FileEntry]) -> None:
        raise TorrentRefused(f"got {len(files)} files")

    info = made(a=b"x").info
    async with running_nodes(1) as (node,), Rogue(info, b"x").serving() as rogue:
        node.hint_peer(rogue.infohash, *rogue.address)
        with pytest.raises(TorrentRefused, match="got 1 files"):
            await node.fetch(rogue.infohash, tmp_path / "b", NAME, refuse, DEADLINE_S)
        assert rogue.blocks_left == Rogue(info).blocks_left


@pytest.mark.parametrize("size", [10_000, 100_000])
async def test_a_v2_root_that_contradicts_the_v1_hashes_is_refused(
    tmp_path: Path, size: int
) -> None:
    content = os.urandom(size)
    info = made(f=content).info.replace(hashed(content).root, os.urandom(32))
    data = content + bytes(-size % BLOCK_BYTES)
    async with running_nodes(1) as (node,), Rogue(info, data).serving() as rogue:
        node.hint_peer(rogue.infohash, *rogue.address)
        with pytest.raises(TorrentRefused):
            await node.fetch(rogue.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    assert read(tmp_path / "b") == {}


async def test_what_came_before_the_deadline_does_not_move_again(tmp_path: Path) -> None:
    content = os.urandom(100 * BLOCK_BYTES)
    rogue = Rogue(made(f=content).info, content, blocks_max=60)
    async with running_nodes(1) as (node,), rogue.serving():
        node.hint_peer(rogue.infohash, *rogue.address)
        with pytest.raises(FetchTimeout):
            await node.fetch(rogue.infohash, tmp_path / "b", NAME, accept, SHORT_S)
        assert rogue.blocks_left == 0
        assert read(tmp_path / "b") == {}
        rogue.blocks_left = 100
        fetched = await node.fetch(rogue.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    assert read(tmp_path / "b") == {"f": content}
    assert fetched.moved_bytes == 40 * BLOCK_BYTES


@pytest.mark.parametrize("here", [b"x" * 50_000, b"x"], ids=["same length", "other length"])
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_known_name_never_changes_its_content(
    nodes: list[Node], tmp_path: Path, here: bytes, restarted: bool
) -> None:
    write(tmp_path / "a", f=b"y" * 50_000)
    write(tmp_path / "b", f=here)
    torrent = await nodes[0].seed(tmp_path / "a", NAME, ["f"])
    if not restarted:
        await nodes[1].seed(tmp_path / "b", NAME, ["f"])
    with pytest.raises(TorrentRefused, match="never changes"):
        await nodes[1].fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    assert read(tmp_path / "b") == {"f": here}


async def test_a_damaged_file_is_fetched_anew(nodes: list[Node], tmp_path: Path) -> None:
    files = write(tmp_path / "a", f=b"y" * 50_000, g=b"note")
    torrent = await nodes[0].seed(tmp_path / "a", NAME, files)
    await nodes[1].fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    write(tmp_path / "b", f=b"y" * 49_999 + b"x")
    os.utime(tmp_path / "b" / NAME / "f", ns=(1, 1))
    with pytest.raises(StorageFailed, match="restore or remove it"):
        await nodes[1].keep(torrent.infohash)
    await nodes[1].fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    assert read(tmp_path / "b") == read(tmp_path / "a")
    await nodes[1].keep(torrent.infohash)


async def test_a_file_that_is_here_already_does_not_move(nodes: list[Node], tmp_path: Path) -> None:
    large = os.urandom(1_000_000)
    torrent = await nodes[0].seed(tmp_path / "a", NAME, write(tmp_path / "a", f=large))
    write(tmp_path / "b", f=large)
    fetched = await nodes[1].fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    assert fetched.moved_bytes == 0


async def test_what_is_in_the_way_of_a_file_is_named(nodes: list[Node], tmp_path: Path) -> None:
    torrent = await nodes[0].seed(tmp_path / "a", NAME, write(tmp_path / "a", f=b"x"))
    (tmp_path / "b" / NAME).mkdir(parents=True)
    (tmp_path / "b" / NAME / "f").symlink_to("/etc/hostname")
    with pytest.raises(TorrentRefused, match="in the way"):
        await nodes[1].fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)


async def test_a_torrent_nobody_has_ends_at_its_deadline(nodes: list[Node], tmp_path: Path) -> None:
    with pytest.raises(FetchTimeout, match=r"1\.5 s"):
        await nodes[0].fetch(b"\x22" * 20, tmp_path, NAME, never, SHORT_S)


async def test_fetches_into_one_directory_take_turns(nodes: list[Node], tmp_path: Path) -> None:
    first = await nodes[0].seed(tmp_path / "a", NAME, write(tmp_path / "a", f=b"x" * 90_000))
    second = await nodes[0].seed(tmp_path / "a", NAME, write(tmp_path / "a", g=b"y" * 90_000))
    await asyncio.gather(
        *(
            nodes[1].fetch(each.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
            for each in (second, first, second)
        )
    )
    assert read(tmp_path / "b") == read(tmp_path / "a")


async def test_a_missing_file_cannot_be_seeded(nodes: list[Node], tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="No such file"):
        await nodes[0].seed(tmp_path, NAME, ["nothing"])


async def test_a_node_remembers_the_dht_over_a_restart(nodes: list[Node]) -> None:
    state = await nodes[2].save_state()
    assert await nodes[2].dht_nodes()
    node = await open_node(Network("loopback"), state=state)

    async def met() -> bool:
        return await node.dht_nodes_count() > 0

    await until(met)
    await node.close()


async def test_a_damaged_state_is_as_good_as_none() -> None:
    node = await open_node(Network("loopback"), state=b"damaged")
    assert await node.dht_nodes() == []
    await node.close()


async def test_a_taken_port_is_named(nodes: list[Node]) -> None:
    host, port = nodes[0].address
    with pytest.raises(NetworkUnreachable, match="choose another"):
        await open_node(Network("loopback"), host, port)


async def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(NetworkUnreachable, match="choose another"):
        await open_node(Network("private"), "192.0.2.1")


async def test_closing_ends_a_fetch_that_waits(tmp_path: Path) -> None:
    async with running_nodes(2) as (node, _):
        fetch = asyncio.create_task(node.fetch(b"\x22" * 20, tmp_path, NAME, never, DEADLINE_S))
        await node.dht_nodes_count()
        await node.close()
        with pytest.raises(NetworkUnreachable, match="closed"):
            await fetch
        with pytest.raises(NetworkUnreachable, match="closed"):
            await node.moved_bytes()


async def test_bytes_are_counted(nodes: list[Node], tmp_path: Path) -> None:
    torrent = await nodes[0].seed(tmp_path / "a", NAME, write(tmp_path / "a", f=bytes(100_000)))
    await nodes[1].fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    received, sent = await nodes[1].moved_bytes()
    assert received > 100_000
    assert 0 < sent < 20_000


def test_only_new_files_are_read_for_a_new_torrent(tmp_path: Path) -> None:
    write(tmp_path, old=b"x" * 100_000)
    before = SnapshotFolder(tmp_path, NAME).describe(["old"])
    times = (tmp_path / NAME / "old").stat()
    write(tmp_path, old=b"y" * 100_000, new=b"z")
    os.utime(tmp_path / NAME / "old", ns=(times.st_atime_ns, times.st_mtime_ns))
    after = SnapshotFolder(tmp_path, NAME).describe(["old", "new"])
    assert {file.name: file.root for file in after.files}["old"] == before.files[0].root


def test_a_published_file_that_changed_stops_the_publication(tmp_path: Path) -> None:
    write(tmp_path, f=b"x")
    SnapshotFolder(tmp_path, NAME).describe(["f"])
    write(tmp_path, f=b"longer")
    with pytest.raises(StorageFailed, match="not what it was"):
        SnapshotFolder(tmp_path, NAME).describe(["f"])


def test_without_its_cache_a_folder_hashes_again(tmp_path: Path) -> None:
    write(tmp_path, f=b"x" * 100_000)
    before = SnapshotFolder(tmp_path, NAME).describe(["f"])
    (tmp_path / f".{NAME}.hashes").write_bytes(b"damaged")
    assert SnapshotFolder(tmp_path, NAME).describe(["f"]) == before
