"""What every Swarm adapter promises, simulated or real."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from federation.errors import FetchTimeout, StorageFailed, TorrentRefused
from federation.port import FileEntry, Span, Swarm, Torrent

OpenSwarm = Callable[[], Awaitable[Swarm]]

NAME = "commontab-contract"
DEADLINE_S = 15.0
GONE_DEADLINE_S = 60.0
"""A DHT node that vanished holds announcements of libtorrent up for 15 s, while it is known."""
SHORT_DEADLINE_S = 1.5
FILES = {"r0-0-3": b"records " * 9_000, "l0-0-3": b"leaves " * 40, "checkpoint-3": b"a note\n"}
LATER = {"r0-3-5": b"more records " * 5_000, "checkpoint-5": b"a newer note\n"}


def accept(files: Sequence[FileEntry]) -> None:
    assert files


def write(directory: Path, files: dict[str, bytes]) -> list[str]:
    (directory / NAME).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (directory / NAME / name).write_bytes(content)
    return list(files)


def read(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (directory / NAME).iterdir()}


async def seeded(swarm: Swarm, directory: Path, files: dict[str, bytes]) -> Torrent:
    return await swarm.seed(directory, NAME, write(directory, files))


async def test_a_seeded_torrent_arrives_whole(open_swarm: OpenSwarm, tmp_path: Path) -> None:
    publisher, follower = await open_swarm(), await open_swarm()
    torrent = await seeded(publisher, tmp_path / "a", FILES)
    fetched = await follower.fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    assert read(tmp_path / "b") == FILES
    assert (fetched.infohash, fetched.infohash_v2) == (torrent.infohash, torrent.infohash_v2)
    assert set(fetched.files) == {FileEntry(name, len(FILES[name])) for name in FILES}
    assert set(torrent.files) == set(fetched.files)
    assert torrent.moved_bytes == 0
    assert fetched.moved_bytes >= sum(map(len, FILES.values()))
    assert (await follower.moved_bytes())[0] >= fetched.moved_bytes


async def test_the_same_files_make_the_same_torrent(open_swarm: OpenSwarm, tmp_path: Path) -> None:
    one = await seeded(await open_swarm(), tmp_path / "a", FILES)
    other = await seeded(await open_swarm(), tmp_path / "b", dict(reversed(FILES.items())))
    assert (one.infohash, one.infohash_v2) == (other.infohash, other.infohash_v2)


async def test_seeding_again_is_no_other_torrent(open_swarm: OpenSwarm, tmp_path: Path) -> None:
    publisher, follower = await open_swarm(), await open_swarm()
    torrent = await seeded(publisher, tmp_path / "a", FILES)
    again = await seeded(publisher, tmp_path / "a", FILES)
    assert again.infohash == torrent.infohash
    await follower.fetch(again.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    assert read(tmp_path / "b") == FILES


async def test_only_files_that_are_not_there_move(open_swarm: OpenSwarm, tmp_path: Path) -> None:
    publisher, follower = await open_swarm(), await open_swarm()
    first = await seeded(publisher, tmp_path / "a", FILES)
    await follower.fetch(first.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    second = await seeded(publisher, tmp_path / "a", FILES | LATER)
    fetched = await follower.fetch(second.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    assert read(tmp_path / "b") == FILES | LATER
    assert fetched.moved_bytes < sum(map(len, (FILES | LATER).values()))


async def test_what_the_judge_leaves_out_does_not_move(
    open_swarm: OpenSwarm, tmp_path: Path
) -> None:
    publisher, follower, third = [await open_swarm() for _ in range(3)]
    torrent = await seeded(publisher, tmp_path / "a", FILES)
    fetched = await follower.fetch(
        torrent.infohash, tmp_path / "b", NAME, lambda _: {"r0-0-3"}, DEADLINE_S
    )
    assert read(tmp_path / "b") == {name: FILES[name] for name in FILES if name != "r0-0-3"}
    assert fetched.moved_bytes < len(FILES["r0-0-3"])
    write(tmp_path / "b", {"r0-0-3": FILES["r0-0-3"]})
    await follower.keep(torrent.infohash)
    await publisher.close()
    await third.fetch(torrent.infohash, tmp_path / "c", NAME, accept, GONE_DEADLINE_S)
    assert read(tmp_path / "c") == FILES


async def test_what_was_left_out_comes_with_the_next_fetch(
    open_swarm: OpenSwarm, tmp_path: Path
) -> None:
    publisher, follower = await open_swarm(), await open_swarm()
    torrent = await seeded(publisher, tmp_path / "a", FILES)
    for left_out in ({"l0-0-3"}, set[str]()):

        def judge(_: Sequence[FileEntry], left_out: set[str] = left_out) -> set[str]:
            return left_out

        await follower.fetch(torrent.infohash, tmp_path / "b", NAME, judge, DEADLINE_S)
    assert read(tmp_path / "b") == FILES


async def test_parts_move_alone(open_swarm: OpenSwarm, tmp_path: Path) -> None:
    publisher, reader = await open_swarm(), await open_swarm()
    large = bytes(range(256)) * 4_000
    torrent = await seeded(publisher, tmp_path / "a", FILES | {"r1-5-9": large})
    directory = tmp_path / "b"
    async with reader.open_pieces(torrent.infohash, directory, NAME, accept, DEADLINE_S) as pieces:
        assert set(pieces.files) == set(torrent.files)
        assert pieces.moved_bytes == 0
        near, over, whole, none = await pieces.read(
            [
                Span("r1-5-9", 300, 900),
                Span("r1-5-9", 16_000, 17_000),
                Span("l0-0-3", 0, len(FILES["l0-0-3"])),
                Span("r0-0-3", 7, 7),
            ]
        )
        assert (near, over) == (large[300:900], large[16_000:17_000])
        assert (whole, none) == (FILES["l0-0-3"], b"")
        moved = pieces.moved_bytes
        assert 0 < moved < len(large) / 4
        assert await pieces.read([Span("r1-5-9", 0, 1_000)]) == [large[:1_000]]
        assert pieces.moved_bytes == moved
        last = Span("r1-5-9", len(large) - 5, len(large))
        assert await pieces.read([last]) == [large[-5:]]
        assert moved < pieces.moved_bytes < len(large) / 2
    assert not [path for path in directory.rglob("*") if path.is_file()]


async def test_parts_that_are_not_there_are_refused(open_swarm: OpenSwarm, tmp_path: Path) -> None:
    publisher, reader = await open_swarm(), await open_swarm()
    torrent = await seeded(publisher, tmp_path / "a", FILES)
    directory, length = tmp_path / "b", len(FILES["r0-0-3"])
    async with reader.open_pieces(torrent.infohash, directory, NAME, accept, DEADLINE_S) as pieces:
        for span in (
            Span("r0-0-4", 0, 1),
            Span("r0-0-3", 0, length + 1),
            Span("r0-0-3", -1, 5),
            Span("r0-0-3", 6, 5),
        ):
            with pytest.raises(TorrentRefused):
                await pieces.read([span])
        assert pieces.moved_bytes == 0


async def test_parts_of_what_the_judge_refuses_or_nobody_has_do_not_open(
    open_swarm: OpenSwarm, tmp_path: Path
) -> None:
    publisher, reader = await open_swarm(), await open_swarm()
    torrent = await seeded(publisher, tmp_path / "a", FILES)

    def refuse(_: Sequence[FileEntry]) -> None:
        raise TorrentRefused("got files that do not fit")

    with pytest.raises(TorrentRefused):
        async with reader.open_pieces(torrent.infohash, tmp_path, NAME, refuse, DEADLINE_S):
            pytest.fail("it was refused")
    with pytest.raises(FetchTimeout):
        async with reader.open_pieces(b"\x22" * 20, tmp_path, NAME, accept, SHORT_DEADLINE_S):
            pytest.fail("nobody has it")


async def test_a_part_that_nobody_has_any_more_ends_at_its_deadline(
    open_swarm: OpenSwarm, tmp_path: Path
) -> None:
    publisher, reader = await open_swarm(), await open_swarm()
    torrent = await seeded(publisher, tmp_path / "a", FILES)
    short = reader.open_pieces(torrent.infohash, tmp_path / "b", NAME, accept, 5.0)
    async with short as pieces:
        await publisher.close()
        with pytest.raises(FetchTimeout):
            await pieces.read([Span("r0-0-3", 0, 100)])


async def test_a_torrent_that_the_judge_refuses_moves_nothing(
    open_swarm: OpenSwarm, tmp_path: Path
) -> None:
    publisher, follower = await open_swarm(), await open_swarm()
    torrent = await seeded(publisher, tmp_path / "a", FILES)
    shown: list[FileEntry] = []

    def refuse(files: Sequence[FileEntry]) -> None:
        shown.extend(files)
        raise TorrentRefused("got files that do not fit")

    with pytest.raises(TorrentRefused):
        await follower.fetch(torrent.infohash, tmp_path / "b", NAME, refuse, DEADLINE_S)
    assert set(shown) == set(torrent.files)
    assert not [path for path in (tmp_path / "b").rglob("*") if path.is_file()]


async def test_a_torrent_of_another_name_is_refused(open_swarm: OpenSwarm, tmp_path: Path) -> None:
    publisher, follower = await open_swarm(), await open_swarm()
    torrent = await seeded(publisher, tmp_path / "a", FILES)
    with pytest.raises(TorrentRefused):
        await follower.fetch(torrent.infohash, tmp_path / "b", "another", accept, DEADLINE_S)
    assert not [path for path in (tmp_path / "b").rglob("*") if path.is_file()]


async def test_a_torrent_that_nobody_has_ends_at_its_deadline(
    open_swarm: OpenSwarm, tmp_path: Path
) -> None:
    follower = await open_swarm()
    with pytest.raises(FetchTimeout):
        await follower.fetch(b"\x22" * 20, tmp_path / "b", NAME, accept, SHORT_DEADLINE_S)


async def test_what_was_kept_is_seeded_onward(open_swarm: OpenSwarm, tmp_path: Path) -> None:
    publisher, keeper, third = [await open_swarm() for _ in range(3)]
    torrent = await seeded(publisher, tmp_path / "a", FILES)
    await keeper.fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    await keeper.keep(torrent.infohash)
    await publisher.close()
    await third.fetch(torrent.infohash, tmp_path / "c", NAME, accept, GONE_DEADLINE_S)
    assert read(tmp_path / "c") == FILES


async def test_what_was_not_kept_is_not_seeded(open_swarm: OpenSwarm, tmp_path: Path) -> None:
    publisher, follower, third = [await open_swarm() for _ in range(3)]
    torrent = await seeded(publisher, tmp_path / "a", FILES)
    await follower.fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    await publisher.close()
    with pytest.raises(FetchTimeout):
        await third.fetch(torrent.infohash, tmp_path / "c", NAME, accept, SHORT_DEADLINE_S)


async def test_a_dropped_torrent_leaves_its_files(open_swarm: OpenSwarm, tmp_path: Path) -> None:
    publisher, follower = await open_swarm(), await open_swarm()
    torrent = await seeded(publisher, tmp_path / "a", FILES)
    await publisher.drop(torrent.infohash)
    assert read(tmp_path / "a") == FILES
    with pytest.raises(FetchTimeout):
        await follower.fetch(torrent.infohash, tmp_path / "b", NAME, accept, SHORT_DEADLINE_S)


async def test_dropping_or_keeping_what_is_unknown_does_nothing(open_swarm: OpenSwarm) -> None:
    swarm = await open_swarm()
    await swarm.keep(b"\x33" * 20)
    await swarm.drop(b"\x33" * 20)


async def test_fetching_again_moves_nothing(open_swarm: OpenSwarm, tmp_path: Path) -> None:
    publisher, follower = await open_swarm(), await open_swarm()
    torrent = await seeded(publisher, tmp_path / "a", FILES)
    for moved in (True, False):
        fetched = await follower.fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
        assert (fetched.moved_bytes > 0) == moved
        assert fetched.infohash == torrent.infohash
    await follower.keep(torrent.infohash)
    kept = await follower.fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    assert kept.infohash_v2 == torrent.infohash_v2
    assert read(tmp_path / "b") == FILES


async def test_a_file_that_was_damaged_here_is_fetched_again(
    open_swarm: OpenSwarm, tmp_path: Path
) -> None:
    publisher, follower = await open_swarm(), await open_swarm()
    torrent = await seeded(publisher, tmp_path / "a", FILES)
    await follower.fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    write(tmp_path / "b", {"r0-0-3": b"rotten! " * 9_001, "l0-0-3": b"short"})
    await follower.fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    assert read(tmp_path / "b") == FILES


async def test_a_torrent_never_changes_a_file_that_is_here(
    open_swarm: OpenSwarm, tmp_path: Path
) -> None:
    publisher, follower = await open_swarm(), await open_swarm()
    other = FILES | {"r0-0-3": b"another! " * 8_000}
    torrent = await seeded(publisher, tmp_path / "a", FILES)
    write(tmp_path / "b", other)
    with pytest.raises(TorrentRefused):
        await follower.fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
    assert read(tmp_path / "b") == other


async def test_a_file_that_is_missing_cannot_be_seeded(
    open_swarm: OpenSwarm, tmp_path: Path
) -> None:
    swarm = await open_swarm()
    with pytest.raises(StorageFailed):
        await swarm.seed(tmp_path, NAME, [*write(tmp_path, FILES), "r0-3-5"])


async def test_two_torrents_of_one_name_arrive_in_one_directory(
    open_swarm: OpenSwarm, tmp_path: Path
) -> None:
    publisher, follower = await open_swarm(), await open_swarm()
    torrents = [await seeded(publisher, tmp_path / "a", files) for files in (FILES, FILES | LATER)]
    await asyncio.gather(
        *(
            follower.fetch(torrent.infohash, tmp_path / "b", NAME, accept, DEADLINE_S)
            for torrent in torrents
        )
    )
    assert read(tmp_path / "b") == FILES | LATER
