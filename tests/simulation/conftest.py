"""The village that most stories begin in."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.chronicle import come_to_rest
from tests.support.loop import run_virtual
from tests.support.world import World

PEOPLE = ("ada", "bo", "cleo")
Story = Callable[[World], Awaitable[None]]


@pytest.fixture
def tell(tmp_path: Path) -> Callable[[Story], None]:
    """Give what runs a story in a village of three where everybody is admitted and up to date."""

    def run(story: Story) -> None:
        run_virtual(_live(story, tmp_path / "village"))

    return run


async def _live(story: Story, directory: Path) -> None:
    world = World(directory, 5)
    try:
        world.found()
        world.settle_in(*PEOPLE)
        await world.start_manager().open()
        for name in PEOPLE:
            world.start_member(name)
        await come_to_rest(world)
        await story(world)
    finally:
        world.close()
