"""Attached files on their way: authors go offline, nodes forget, programs die; nothing is lost."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ledger.attachment import is_file_of
from ledger.operation import Pay
from ledger.store.attachment import AttachmentStore
from ledger.store.outgoing_file import OutgoingFileStore
from tests.simulation.conftest import PEOPLE, Story
from tests.support.attached import text_file
from tests.support.chronicle import check_world, come_to_rest, outbox
from tests.support.crash import Fuse
from tests.support.loop import Crash, run_virtual
from tests.support.world import Frozen, World, key_of

BO = key_of("bo")[:16]
FILE, SEALED = text_file("bread 2,40\n" * 300)
"""Five items."""
PAY = Pay(BO, 100, "EUR", "bread", b"", None)


def attach(world: World) -> None:
    world.ask("ada", PAY, FILE, files=[SEALED])


def kept_by_manager(world: World) -> bytes | None:
    return world.manager.books.files.sealed(FILE.hash)


def own_files(world: World, name: str) -> set[bytes]:
    with world.own(name) as own:
        return set(OutgoingFileStore(own).kept())


def state_of_newest(world: World) -> str:
    return outbox(world, "ada")[0].state


def test_an_author_may_leave_right_after_publishing(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        attach(world)
        assert await world.members["ada"].publish() == 1
        world.stop_member("ada")
        world.cut_off("ada")
        await come_to_rest(world)
        assert kept_by_manager(world) == SEALED
        replica = AttachmentStore(world.members["bo"].store.database)
        (found,) = [replica.get(one) for one in world.state("bo").attachments]
        assert found is not None
        assert is_file_of(SEALED, found.attached)
        assert found.attached.about in world.state("bo").transactions
        assert replica.sealed(FILE.hash) == SEALED

    tell(story)


def test_it_waits_while_its_file_is_lost_and_comes_when_the_author_puts_it_again(
    tell: Callable[[Story], None],
) -> None:
    async def story(world: World) -> None:
        attach(world)
        later = world.ask("ada", PAY)
        assert await world.members["ada"].publish() == 2
        await world.manager.run_cycle()
        for node in world.dht.nodes:
            node.forget_all()
        await world.manager.fetch_files()
        await world.manager.run_cycle()
        (awaited,) = world.manager.books.awaited
        assert awaited.files == (FILE,)
        assert later.hash not in {one.hash for one in world.manager.books.state.keys.values()}
        assert any("until their files have come" in line for line in world.parties["manager"].told)
        await world.members["ada"].keep_alive()
        await come_to_rest(world)
        assert [one.state for one in outbox(world, "ada")] == ["merged", "merged"]
        assert kept_by_manager(world) == SEALED
        assert world.manager.books.awaited == ()

    tell(story)


def test_others_are_merged_while_somebody_waits_for_a_file(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        lost, _ = text_file("never put")
        world.ask("ada", PAY, lost)
        paid = world.ask("cleo", PAY)
        for name in ("ada", "cleo"):
            await world.members[name].publish()
        await world.manager.run_cycle()
        await world.manager.fetch_files()
        assert paid.hash in {one.hash for one in world.manager.books.state.keys.values()}
        assert [one.files for one in world.manager.books.awaited] == [(lost,)]

    tell(story)


def test_the_author_keeps_the_file_until_his_ledger_has_it(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        attach(world)
        assert own_files(world, "ada") == {FILE.hash}
        await come_to_rest(world)
        assert own_files(world, "ada") == set()
        assert AttachmentStore(world.members["ada"].store.database).sealed(FILE.hash) == SEALED

    tell(story)


def test_a_file_of_something_refused_is_let_go_of_on_both_sides(
    tell: Callable[[Story], None],
) -> None:
    async def story(world: World) -> None:
        world.ask("ada", Pay(BO, 10**9, "EUR", "", b"", None), FILE, files=[SEALED])
        await come_to_rest(world)
        assert state_of_newest(world) == "refused"
        assert own_files(world, "ada") == set()
        await world.parties["manager"].clock.sleep(3_600)
        await world.manager.keep_alive()
        assert kept_by_manager(world) is None

    tell(story)


Life = Callable[[World, Fuse], Awaitable[None]]


async def author(world: World, fuse: Fuse) -> None:
    """Live ada's life: sign, publish, follow, keep alive."""
    await world.start_manager().open()
    try:
        member = world.start_member("ada", fuse)
        if not outbox(world, "ada"):
            attach(world)
        await member.look()
        await world.manager.run_cycle()
        await world.manager.fetch_files()
        await member.look()
        await member.keep_alive()
    finally:
        world.stop_member("ada")


async def manager(world: World, fuse: Fuse) -> None:
    """Live the manager's life while ada's file is on its way."""
    world.start_member("ada")
    attach(world)
    await world.members["ada"].publish()
    world.stop_member("ada")
    try:
        manager = world.start_manager(fuse)
        await manager.open()
        await manager.run_cycle()
        await manager.fetch_files()
        await manager.keep_alive()
    finally:
        world.stop_manager()


@pytest.mark.parametrize(
    ("life", "verb"), [(author, "dht.put_immutable"), (manager, "dht.get_immutable")]
)
def test_programs_may_die_at_the_calls_around_a_file(
    settled_village: Frozen, tmp_path: Path, life: Life, verb: str
) -> None:
    whole = Fuse()
    run_virtual(_live(settled_village, tmp_path, life, whole), start_s=settled_village.at_s)
    items = [at for at, name in enumerate(whole.trail, 1) if name == verb]
    commits = [at for at, name in enumerate(whole.trail, 1) if name.startswith("commit")]
    for at in {
        items[0] - 1,
        items[0],
        items[-1],
        *range(items[-1] + 1, items[-1] + 3),
        commits[-1],
    }:
        fuse = Fuse(at)
        run_virtual(_live(settled_village, tmp_path, life, fuse), start_s=settled_village.at_s)
        assert fuse.blown


async def _live(frozen: Frozen, directory: Path, life: Life, fuse: Fuse) -> None:
    world = World(directory / "village", 5)
    try:
        world.thaw(frozen)
        try:
            await life(world, fuse)
        except Crash:
            assert fuse.blown, "nobody but a fuse ends a life"
        if not world.is_open:
            await world.start_manager().open()
        for name in PEOPLE:
            await world.start_member(name).look()
        if not outbox(world, "ada"):
            attach(world)  # he died before anything was signed, and types it again
        await come_to_rest(world)
        check_world(world, [one.change_set for one in outbox(world, "ada")])
        assert [one.state for one in outbox(world, "ada")] == ["merged"], fuse.trail[-1]
        assert kept_by_manager(world) == SEALED, fuse.trail[-1]
        assert own_files(world, "ada") == set(), fuse.trail[-1]
    finally:
        world.close()
