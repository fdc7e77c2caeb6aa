"""Opening: a manager signs only after it knows that nothing newer was signed."""

import shutil
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from federation.errors import FetchTimeout, NetworkUnreachable, SplitView
from ledger.operation import AddUnit
from ledger.store.database import Role, open_database
from ledger.store.meta import ValueStore
from ledger.unit import Unit
from manager.opening import RESTORED, ConfirmationMissing
from tests.support.loop import run_virtual
from tests.support.world import MANAGER, World

Story = Callable[[World], Awaitable[None]]


def play(path: Path, story: Story) -> None:
    """Tell a story that begins with a published ledger of which ada has a replica."""

    async def main() -> None:
        world = World(path / "world", 1)
        try:
            world.found()
            world.settle_in("ada")
            await world.start_manager().open()
            await world.manager.cycle.run()
            world.start_member("ada")
            await world.members["ada"].follow()
            await story(world)
        finally:
            world.close()

    run_virtual(main())


async def grow(world: World, name: str) -> int:
    """Publish one more version, let ada have it, and return its size."""
    world.tell(AddUnit(Unit("HOUR", 2, name, 1, 100)))
    await world.manager.cycle.run()
    await world.members["ada"].follow()
    return world.manager.books.state.tree.size


def copy_home(world: World, into: Path) -> None:
    """Copy the manager's home, as a file system's snapshot does."""
    world.stop_manager()
    shutil.copytree(world.parties[MANAGER].home.path, into)
    world.start_manager()


def put_back(world: World, copy: Path) -> None:
    """Put a copy where the manager's home was."""
    world.stop_manager()
    shutil.rmtree(world.parties[MANAGER].home.path)
    shutil.copytree(copy, world.parties[MANAGER].home.path)


def mark_restored(world: World) -> None:
    """Mark the home as ``restore`` does."""
    path = world.parties[MANAGER].home.ledger
    with closing(open_database(path, Role.MANAGER, write=True)) as database:
        ValueStore(database).set(RESTORED, b"1")


def is_marked(world: World) -> bool:
    """Return whether the home still waits for a person's word."""
    path = world.parties[MANAGER].home.ledger
    with closing(open_database(path, Role.MANAGER, write=False)) as database:
        return ValueStore(database).get(RESTORED) is not None


def test_a_home_that_knows_its_newest_version_just_opens(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.stop_manager()
        await world.start_manager().open()
        assert not is_marked(world)

    play(tmp_path, story)


def test_a_home_behind_its_slot_fetches_what_it_lacks_and_asks(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        copy_home(world, tmp_path / "old")
        await world.manager.open()
        size = await grow(world, "Hours")
        root = world.manager.books.state.tree.root
        put_back(world, tmp_path / "old")
        manager = world.start_manager()
        assert manager.books.state.tree.size < size
        with pytest.raises(ConfirmationMissing, match="--confirm-restored"):
            await manager.open()
        assert (manager.books.state.tree.size, manager.books.state.tree.root) == (size, root)
        world.stop_manager()
        with pytest.raises(ConfirmationMissing):
            await world.start_manager().open()
        await world.manager.open(confirmed=True)
        assert not is_marked(world)
        assert await grow(world, "More hours") > size

    play(tmp_path, story)


def test_a_restored_home_asks_even_if_nothing_is_missing(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        mark_restored(world)
        with pytest.raises(ConfirmationMissing, match="agrees with it now"):
            await world.manager.open()
        assert is_marked(world)
        await world.manager.open(confirmed=True)
        assert not is_marked(world)

    play(tmp_path, story)


def test_a_restored_home_whose_slot_is_empty_says_so(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        mark_restored(world)
        for node in world.dht.nodes:
            node.forget_all()
        with pytest.raises(ConfirmationMissing, match="holds nothing any more"):
            await world.manager.open()

    play(tmp_path, story)


def test_nobody_to_ask_is_no_answer(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        mark_restored(world)
        world.cut_off(MANAGER)
        with pytest.raises(NetworkUnreachable):
            await world.manager.open(confirmed=True)
        assert is_marked(world)

    play(tmp_path, story)


def test_what_nobody_has_cannot_be_caught_up_with(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        copy_home(world, tmp_path / "old")
        await world.manager.open()
        await grow(world, "Hours")
        world.stop_member("ada")
        put_back(world, tmp_path / "old")
        before = world.start_manager().books.state.tree
        with pytest.raises(FetchTimeout):
            await world.manager.open(confirmed=True)
        assert world.manager.books.state.tree == before

    play(tmp_path, story)


def test_a_part_of_what_is_missing_is_not_enough_to_sign(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        copy_home(world, tmp_path / "old")
        await world.manager.open()
        size = await grow(world, "Hours")
        world.tell(AddUnit(Unit("HOUR", 2, "Seen by nobody", 1, 100)))
        await world.manager.cycle.run()
        put_back(world, tmp_path / "old")
        with pytest.raises(FetchTimeout, match="Nothing is signed before it comes"):
            await world.start_manager().open(confirmed=True)
        assert world.manager.books.state.tree.size == size

    play(tmp_path, story)


def test_a_copy_that_merged_something_else_is_a_second_history(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        copy_home(world, tmp_path / "old")
        await world.manager.open()
        await grow(world, "Hours")
        put_back(world, tmp_path / "old")
        world.tell(AddUnit(Unit("HOUR", 2, "Other hours", 1, 100)))
        manager = world.start_manager()
        manager.books.merge(world.now())
        with pytest.raises(SplitView):
            await manager.open(confirmed=True)

    play(tmp_path, story)
