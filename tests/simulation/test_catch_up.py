"""Catching up: many merges that are taken in at once, each beside what those before have ended."""

import asyncio
from collections.abc import Callable, Mapping
from typing import get_origin, get_type_hints

from ledger.operation import Accept, Bill, Part, Pay
from ledger.state import GROWING, State
from tests.simulation.conftest import Story
from tests.support.chronicle import come_to_rest, outbox
from tests.support.world import World, key_of

ADA, BO = (key_of(name)[:16] for name in ("ada", "bo"))
HOUR_S = 3_600


def test_a_bill_that_ended_within_what_is_caught_up_with_is_known(
    tell: Callable[[Story], None],
) -> None:
    async def story(world: World) -> None:
        world.stop_member("bo")
        expires = world.now() + HOUR_S
        paid, shares = (Part(ADA, 900),), (Part(ADA, 300), Part(BO, 600))
        bill = Bill("EUR", paid, shares, 0, world.now(), "", "firewood", expires, None)
        named = world.ask("ada", bill)
        await come_to_rest(world)
        await asyncio.sleep(2 * HOUR_S)
        world.ask("ada", Pay(BO, 100, "EUR", "eggs", b"", None))
        await come_to_rest(world)
        (bill_id,) = world.manager.books.state.past_bills
        world.ask("ada", Accept(bill_id))
        await come_to_rest(world)
        assert named.hash != outbox(world, "ada")[-1].change_set.hash
        await world.start_member("bo").look()
        assert world.state("bo").tree == world.manager.books.state.tree

    tell(story)


def test_what_grows_with_the_ledger_is_named() -> None:
    hints = get_type_hints(State)
    mapping = get_origin(Mapping[int, int])
    growing = {name for name, hint in hints.items() if get_origin(hint) is mapping}
    assert growing == set(GROWING)
