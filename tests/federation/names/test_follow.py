from dataclasses import dataclass
from pathlib import Path

import pytest

from federation.errors import SplitView, TorrentRefused
from federation.names.folder import RegistryFolder
from federation.names.follow import RegistryFollower
from federation.names.registry import FollowedRegistry
from ledger.epoch import content_name
from ledger.errors import HistoryMismatch
from ledger.name.log import format_changes_name, name_changes, parse_changes_name
from ledger.name.operation import Claim, NameRules, Release
from ledger.name.state import NameState
from ledger.operation import Operation
from ledger.proof.fork import parse_fork, verify_fork
from ledger.proof.present import format_present, parse_present, verify_present
from tests.support.pressroom import Files, Pressroom, Tamper
from tests.support.township import START, Town


@dataclass(slots=True)
class StillClock:
    """A calendar that somebody else turns."""

    time: int = START

    def now(self) -> int:
        return self.time

    def monotonic(self) -> float:
        return float(self.time)

    async def sleep(self, delay_s: float) -> None:
        self.time += int(delay_s)


def claim(town: Town, owner: str, *names: str) -> None:
    town.merge(town[owner].sign(*(Claim(name, 0, None) for name in names)))


@pytest.fixture
def town() -> Town:
    town = Town("anna", "bert")
    claim(town, "anna", "bakery", "mill")
    return town


@pytest.fixture
def room(town: Town, tmp_path: Path) -> Pressroom:
    return Pressroom(town, tmp_path)


@pytest.fixture
def resolver(room: Pressroom, tmp_path: Path) -> RegistryFollower:
    return room.registry_follower(tmp_path / "registries", StillClock())


def held(follower: RegistryFollower) -> dict[str, NameState]:
    registry = follower.registry
    assert registry is not None
    found = {name: registry.lookup(name) for name in registry.names()}
    return {name: state for name, state in found.items() if state is not None}


async def test_names_are_followed_without_the_journal(
    room: Pressroom, resolver: RegistryFollower, tmp_path: Path
) -> None:
    await room.publish()
    assert await resolver.follow() == "followed"
    assert held(resolver) == dict(room.town.state.names)
    there = {path.name for path in (tmp_path / "registries").glob("commontab-*/*")}
    assert there == {name for name in room.files if name[0] == "n"}
    assert await resolver.follow() == "unchanged"


async def test_every_value_and_every_absence_is_proven(
    room: Pressroom, resolver: RegistryFollower
) -> None:
    await room.publish()
    await resolver.follow()
    registry = resolver.registry
    assert registry is not None
    for name in ("bakery", "mill", "nobody", "x"):
        text = format_present(registry.prove(name))
        proven = verify_present(room.town.key, parse_present(text))
        assert proven.value == room.town.state.names.get(name)
        assert proven.checkpoint.size == len(room.town.records)


async def test_only_what_changed_moves(room: Pressroom, resolver: RegistryFollower) -> None:
    claim(room.town, "bert", *(f"name{number}" for number in range(14)))
    await room.publish()
    await resolver.follow()
    first = resolver.moved_bytes
    for number in range(40):
        before = resolver.moved_bytes
        change = Release(f"b{number - 1}") if number % 2 else Claim(f"b{number}", 0, None)
        room.town.merge(room.town["anna"].sign(change))
        await room.publish()
        assert await resolver.follow() == "followed"
        assert held(resolver) == dict(room.town.state.names)
        assert resolver.moved_bytes - before < min(first, 1_500)


async def test_who_was_away_catches_up_at_once(room: Pressroom, tmp_path: Path) -> None:
    others = [room.registry_follower(tmp_path / f"away-{one}", StillClock()) for one in range(3)]
    for number in range(42):
        change: Operation = Claim(f"n{number}", 0, None)
        if number >= 14:
            change = Release(f"n{number - 14}") if number < 28 else Claim(f"m{number}", 0, None)
        room.town.ask("bert", change)
        await room.publish()
        if number % (5 * (1 + number % 3)) == 0:
            await others[number % 3].follow()
    for other in others:
        await other.follow()
        assert held(other) == dict(room.town.state.names)
        assert len(held(other)) == 16


async def test_what_is_kept_is_read_again(
    room: Pressroom, resolver: RegistryFollower, tmp_path: Path
) -> None:
    await room.publish()
    await resolver.follow()
    folder = RegistryFolder(tmp_path / "registries")
    assert folder.communities() == [room.town.key]
    before = folder.load(room.town.key, folder.read(room.town.key))
    assert before is not None
    claim(room.town, "bert", "forge")
    await room.publish()
    again = room.registry_follower(tmp_path / "registries", StillClock(START + 100))
    assert held(again).keys() == {"bakery", "mill"}
    assert await again.follow() == "followed"
    kept = folder.read(room.town.key)
    for known in (None, before):
        loaded = folder.load(room.town.key, kept, known)
        assert isinstance(loaded, FollowedRegistry)
        assert loaded.lookup("forge") == room.town.state.names["forge"]
        assert loaded.map.root == room.town.state.names_map.root
        assert loaded.seen == START + 100


async def test_damaged_files_are_fetched_again(
    room: Pressroom, resolver: RegistryFollower, tmp_path: Path
) -> None:
    await room.publish()
    await resolver.follow()
    (file,) = (tmp_path / "registries").glob("commontab-*/n0-*")
    file.unlink()
    again = room.registry_follower(tmp_path / "registries", StillClock())
    assert again.registry is None
    assert await again.follow() == "followed"
    assert held(again) == dict(room.town.state.names)


async def test_a_community_without_names_is_followed_too(
    tmp_path: Path,
) -> None:
    room = Pressroom(Town("anna"), tmp_path)
    resolver = room.registry_follower(tmp_path / "registries", StillClock())
    await room.publish()
    assert await resolver.follow() == "followed"
    assert resolver.registry is None
    claim(room.town, "anna", "bakery")
    await room.publish()
    await resolver.follow()
    assert held(resolver).keys() == {"bakery"}


async def test_rules_are_no_name(room: Pressroom, resolver: RegistryFollower) -> None:
    room.town.manage(NameRules("EUR", 5, 5, 10**7, 10**6, 9))
    await room.publish()
    await resolver.follow()
    assert held(resolver).keys() == {"bakery", "mill"}
    assert resolver.registry is not None
    assert resolver.registry.lookup("\x00rules") is None


def swap(name_begins: str, change: bytes | None) -> Tamper:
    """Return what puts other bytes into the file with such a name, called as they ask for."""

    def tamper(files: Files) -> None:
        name = next(name for name in files if name.startswith(name_begins))
        old = files.pop(name)
        data = old[: len(old) // 2] if change is None else change
        parsed = parse_changes_name(name)
        new = (
            content_name("names", data)
            if parsed is None
            else format_changes_name(name_changes(parsed.span, data))
        )
        files[new] = data

    return tamper


def rename(files: Files) -> None:
    """Give a file of changes a name that is not its contents'."""
    name = next(name for name in files if name.startswith("n0-"))
    files[name[:-16] + "0" * 16] = files.pop(name)


def drop(files: Files) -> None:
    """Leave everything about names out."""
    for name in [name for name in files if name[0] == "n"]:
        del files[name]


async def test_a_hostile_snapshot_is_refused_and_nothing_of_it_kept(
    room: Pressroom, resolver: RegistryFollower
) -> None:
    await room.publish()
    await resolver.follow()
    before = held(resolver)
    for tamper, refused in (
        (swap("names-", b"\x93\xc4\x01\x00\x90\x00"), HistoryMismatch),
        (swap("names-", None), HistoryMismatch),
        (swap("n0-2-", None), HistoryMismatch),
        (swap("n0-2-", b""), HistoryMismatch),
        (rename, HistoryMismatch),
        (drop, HistoryMismatch),
    ):
        room.town.ask("bert", Claim(f"n{len(room.town.records)}", 0, None))
        await room.publish(tamper=tamper)
        with pytest.raises(refused):
            await resolver.follow()
        assert held(resolver) == before
    await room.publish()
    assert await resolver.follow() == "followed"
    assert held(resolver) == dict(room.town.state.names)


async def test_more_than_there_is_room_for_is_refused_before_it_moves(
    room: Pressroom, tmp_path: Path
) -> None:
    await room.publish()
    resolver = room.registry_follower(tmp_path / "registries", StillClock(), bytes_max=300)
    with pytest.raises(TorrentRefused, match="room for 300"):
        await resolver.follow()
    assert resolver.moved_bytes == 0


async def test_two_histories_end_all_belief_also_after_a_restart(
    room: Pressroom, resolver: RegistryFollower, tmp_path: Path
) -> None:
    await room.publish()
    await resolver.follow()
    other = list(room.town.records)
    other[3] = bytes(16) + other[3][16:]
    await room.publish(other)
    with pytest.raises(SplitView) as met:
        await resolver.follow()
    assert len(set(met.value.notes)) == 2
    assert resolver.registry is None
    proof = parse_fork(RegistryFolder(tmp_path / "registries").fork(room.town.key).read_bytes())
    assert verify_fork(room.town.key, proof).what == "size"
    again = room.registry_follower(tmp_path / "registries", StillClock())
    assert again.registry is None
    with pytest.raises(SplitView):
        await again.follow()


async def test_an_older_checkpoint_changes_nothing(
    room: Pressroom, resolver: RegistryFollower
) -> None:
    await room.publish()
    early = list(room.town.records)
    claim(room.town, "bert", "forge")
    await room.publish()
    await resolver.follow()
    await room.publish(early)
    assert await resolver.follow() == "older"
    assert held(resolver).keys() == {"bakery", "mill", "forge"}
