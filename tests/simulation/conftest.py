"""The village that most stories begin in."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.chronicle import come_to_rest
from tests.support.federated import Village, settle_villages
from tests.support.loop import run_virtual
from tests.support.world import Frozen, World

PEOPLE = ("ada", "bo", "cleo")
Story = Callable[[World], Awaitable[None]]
Linked = Callable[..., Awaitable[None]]
"""A story of communities, in a row, of which neighbours are linked."""


@pytest.fixture(scope="session")
def settled_village(tmp_path_factory: pytest.TempPathFactory) -> Frozen:
    """Freeze a village of three where everybody is admitted and up to date."""
    directory = tmp_path_factory.mktemp("settled")

    async def settle() -> Frozen:
        world = World(directory / "live", 5)
        world.found()
        world.settle_in(*PEOPLE)
        await world.start_manager().open()
        for name in PEOPLE:
            world.start_member(name)
        await come_to_rest(world)
        return world.freeze(directory / "kept")

    return run_virtual(settle())


@pytest.fixture
def tell(settled_village: Frozen, tmp_path: Path) -> Callable[[Story], None]:
    """Give what runs a story in that village, with everybody awake."""

    async def live(story: Story) -> None:
        world = World(tmp_path / "village", 5)
        try:
            world.thaw(settled_village)
            await world.start_manager().open()
            for name in PEOPLE:
                await world.start_member(name).look()
            await story(world)
        finally:
            world.close()

    def run(story: Story) -> None:
        run_virtual(live(story), start_s=settled_village.at_s)

    return run


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., None]:
    """Give what runs a story of two communities that are linked."""

    async def live(story: Linked, names: tuple[str, ...]) -> None:
        villages: list[Village] = []
        for name in names:
            villages.append(Village(tmp_path, name, villages[0] if villages else None))
        try:
            await settle_villages(*villages)
            await story(*villages)
        finally:
            for one in villages:
                one.close()

    def run(story: Linked, *names: str) -> None:
        run_virtual(live(story, names or ("hill", "river")))

    return run
