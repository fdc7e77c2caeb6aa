"""Deaths at every single call: nothing is lost, nothing happens twice, no size has two roots."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

from ledger.operation import Hold, Pay, Post, Reinstate, Request, SetLimit, Suspend
from tests.support.audit import Books
from tests.support.chronicle import check_world, come_to_rest, outbox
from tests.support.crash import Fuse
from tests.support.loop import Crash, run_virtual
from tests.support.world import Frozen, World, key_of

PEOPLE = ("ada", "bo", "cleo")
ADA, BO, CLEO = (key_of(name)[:16] for name in PEOPLE)
LONG = tuple(
    Pay(BO, 50, "EUR", f"{number} loaves of bread ".ljust(190, "."), b"", None)
    for number in range(6)
)
"""Too long for a slot: it goes out in items of its own (tier 2)."""
CALLS_MAX = 400
"""A life that makes more calls than this does something in circles."""
PARTS = 6
"""Tests that share the calls of a life among them, so that none takes minutes on a slow machine."""

Life = Callable[[World, Fuse], Awaitable[None]]


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Frozen:
    """Freeze a closed village in which everybody has just asked for something."""
    directory = tmp_path_factory.mktemp("frozen")

    async def live() -> Frozen:
        world = World(directory / "live", 1)
        world.found()
        world.settle_in(*PEOPLE)
        await world.start_manager().open()
        for name in PEOPLE:
            world.start_member(name)
        await come_to_rest(world)
        hold = world.ask("ada", Hold(BO, 700, "EUR", "deposit", b"", world.now() + 5_000))
        await come_to_rest(world)
        assert hold.change_set.number == 1
        world.ask("ada", *LONG)
        world.ask("ada", Pay(CLEO, 90, "EUR", "for you", b"", None))
        world.ask("bo", Post(next(iter(world.state("bo").holds)), 500))
        world.ask("bo", Request(ADA, 100, "HOUR", "help", b"", world.now() + 5_000))
        for name in PEOPLE:
            await world.members[name].publish()
        world.tell(SetLimit(BO, "EUR", 1_000, 400_000), Suspend(CLEO, "quarrel"))
        return world.freeze(directory / "kept")

    return run_virtual(live())


def outlive(
    frozen: Frozen, directory: Path, life: Life, people: Sequence[str], *fuses: Fuse
) -> Books:
    """Return the books after lives that may end early, and a quiet end that people look at."""

    async def main() -> Books:
        world = World(directory / "world", 2)
        world.thaw(frozen)
        try:
            for one in fuses:
                try:
                    await life(world, one)
                except Crash:
                    assert one.blown, "nobody but a fuse ends a life"
            await _end_quietly(world, people)
            return check_world(
                world, [one.change_set for name in people for one in outbox(world, name)]
            )
        finally:
            world.close()

    try:
        return run_virtual(main(), start_s=frozen.at_s)
    except BaseException as error:
        for one in fuses:
            error.add_note(f"a life that ended at call {one.at}: {one.trail[-1:]}")
        raise


async def _end_quietly(world: World, people: Sequence[str]) -> None:
    if not world.is_open:
        await world.start_manager().open()
    await world.manager.run_cycle()
    world.tell(Reinstate(CLEO))
    for name in people:
        world.start_member(name)
    await come_to_rest(world)


async def manage(world: World, fuse: Fuse) -> None:
    """Live a manager's life: open, merge, publish, hear, keep alive, and merge nothing."""
    try:
        manager = world.start_manager(fuse)
        await manager.open()
        await manager.run_cycle()
        await manager.hear()
        await manager.keep_alive()
        await manager.run_cycle()
    finally:
        world.stop_manager()


async def take_part(world: World, fuse: Fuse) -> None:
    """Live a member's life beside a healthy manager: sign, publish, follow, witness, keep alive."""
    await world.start_manager().open()
    try:
        member = world.start_member("ada", fuse)
        world.ask("ada", *LONG)
        await member.look()
        await world.manager.run_cycle()
        await member.look()
        await member.keep_alive()
    finally:
        world.stop_member("ada")


def lives_of(
    life: Life, people: Sequence[str], frozen: Frozen, directory: Path, part: int
) -> Iterator[tuple[Fuse, Books]]:
    """Yield the books after deaths at a part's calls in turn, and last those of a whole life."""
    for at in range(1 + part, CALLS_MAX, PARTS):
        fuse = Fuse(at)
        yield fuse, outlive(frozen, directory, life, people, fuse)
        if not fuse.blown:
            return
    raise AssertionError(f"a life of more than {CALLS_MAX} calls")


@pytest.mark.parametrize("part", range(PARTS))
def test_a_manager_may_die_at_every_call(village: Frozen, tmp_path: Path, part: int) -> None:
    posted = set()
    for fuse, books in lives_of(manage, ("ada", "cleo"), village, tmp_path, part):
        posted.add(frozenset((+books.posted).items()))
        assert len(books.merged) == 4, fuse.trail[-1]
        assert list(books.refused.values()) == ["account_suspended"], fuse.trail[-1]
    assert len(posted) == 1, "the end depends on where the manager died"


@pytest.mark.parametrize("part", range(PARTS))
def test_a_member_may_die_at_every_call(village: Frozen, tmp_path: Path, part: int) -> None:
    for fuse, books in lives_of(take_part, ("ada",), village, tmp_path, part):
        assert books.refused, fuse.trail[-1]


@pytest.mark.parametrize("seed", range(5))
def test_a_manager_may_die_twice(village: Frozen, tmp_path: Path, seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- a simulation
    fuses = [Fuse(random.randrange(1, 40)) for _ in range(2)]
    books = outlive(village, tmp_path, manage, PEOPLE, *fuses)
    assert len(books.merged) == 4, f"seed {seed}"
