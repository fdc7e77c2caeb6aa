"""What a process that only reads sees of what another one follows and keeps."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from federation.errors import RegistryMissing, SplitView
from federation.link.address import format_key
from federation.names.address import parse_name
from federation.names.folder import Called, RegistryFolder
from federation.names.follow import RegistryFollower
from federation.names.reader import RegistryReader
from federation.names.registries import COMMUNITIES_MAX, nearest
from ledger.name.operation import Claim
from tests.federation.names.test_follow import StillClock
from tests.support.pressroom import Pressroom
from tests.support.storage import StoredTown, open_manager
from tests.support.township import START, Town


@pytest.fixture
def own(tmp_path: Path) -> Iterator[StoredTown]:
    own = StoredTown(open_manager(tmp_path), "anna")
    own.ask("anna", Claim("bakery", 0, None))
    yield own
    own.database.close()


@pytest.fixture
def room(tmp_path: Path) -> Pressroom:
    town = Town("dora", name="far")
    town.ask("dora", Claim("mill", 0, None))
    return Pressroom(town, tmp_path / "far")


@pytest.fixture
def folder(tmp_path: Path) -> RegistryFolder:
    return RegistryFolder(tmp_path / "registries")


@pytest.fixture
def follower(room: Pressroom, folder: RegistryFolder) -> RegistryFollower:
    return room.registry_follower(folder.path, StillClock())


def holds(reader: RegistryReader, own: StoredTown, typed: str) -> bool:
    answer = reader.resolver(own.journal).resolve(parse_name(typed, "tab.alt"), START)
    return answer.value is not None


async def test_what_was_followed_is_seen_at_the_next_question(
    own: StoredTown, room: Pressroom, folder: RegistryFolder, follower: RegistryFollower
) -> None:
    reader, far = RegistryReader(folder), format_key(room.town.key)
    assert holds(reader, own, "bakery")
    with pytest.raises(RegistryMissing):
        holds(reader, own, f"mill.{far}")
    before = reader.version()
    await room.publish()
    await follower.follow()
    assert reader.version() != before
    assert holds(reader, own, f"mill.{far}")
    for number in range(20):
        room.town.ask("dora", Claim(f"n{number}", 0, None))
        await room.publish()
        await follower.follow()
        if number in {2, 3, 19}:
            assert holds(reader, own, f"n{min(number, 14)}.{far}"), "16 names an account"
    folder.forget(room.town.key)
    with pytest.raises(RegistryMissing):
        holds(reader, own, f"mill.{far}")


async def test_a_community_in_doubt_answers_nothing(
    own: StoredTown, room: Pressroom, folder: RegistryFolder, follower: RegistryFollower
) -> None:
    reader, far = RegistryReader(folder), format_key(room.town.key)
    await room.publish()
    await follower.follow()
    assert holds(reader, own, f"mill.{far}")
    other = list(room.town.records)
    other[3] = bytes(16) + other[3][16:]
    await room.publish(other)
    with pytest.raises(SplitView):
        await follower.follow()
    with pytest.raises(RegistryMissing, match="two histories"):
        holds(reader, own, f"mill.{far}")


async def test_a_file_that_is_gone_leaves_what_was_read(
    own: StoredTown, room: Pressroom, folder: RegistryFolder, follower: RegistryFollower
) -> None:
    reader, far = RegistryReader(folder), format_key(room.town.key)
    await room.publish()
    await follower.follow()
    assert holds(reader, own, f"mill.{far}")
    room.town.ask("dora", Claim("forge", 0, None))
    await room.publish()
    await follower.follow()
    for file in folder.path.glob("commontab-*/names-*"):
        file.unlink()
    assert holds(reader, own, f"mill.{far}")
    assert not holds(reader, own, f"forge.{far}"), "it was not read before the file was gone"


async def test_names_that_others_call_lead_on(
    own: StoredTown, room: Pressroom, folder: RegistryFolder, follower: RegistryFollower
) -> None:
    await room.publish()
    await follower.follow()
    between = bytes([9]) * 32
    called = (Called("far", room.town.key),)
    folder.save(between, folder.read(between).calling(called))
    assert holds(RegistryReader(folder), own, f"mill.far.{format_key(between)}")


def test_the_nearest_are_followed_and_not_all_that_somebody_names() -> None:
    own, near, next_, *others = (bytes([number]) * 32 for number in range(200))
    called = {near: {"n": next_, "own": own}, next_: {f"o{n}": key for n, key in enumerate(others)}}
    found = nearest(own, {"near": near}, called)
    assert found[:2] == [near, next_]
    assert own not in found
    assert len(found) == COMMUNITIES_MAX == len(set(found))
    chain = {bytes([n]) * 32: {"next": bytes([n + 1]) * 32} for n in range(1, 9)}
    assert nearest(own, {"first": bytes([1]) * 32}, chain) == [bytes([n]) * 32 for n in range(1, 5)]
