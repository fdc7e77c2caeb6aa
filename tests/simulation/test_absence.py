"""Long silences: what the DHT forgets after two hours, somebody who is there puts again."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable

from ledger.operation import Pay
from tests.support.chronicle import check_world, come_to_rest, journal, outbox
from tests.support.simdht import LIFETIME_S
from tests.support.world import World, key_of

Tell = Callable[[Callable[[World], Awaitable[None]]], None]
HOUR_S = 3_600
BO = key_of("bo")[:16]


def pay(amount: int) -> Pay:
    return Pay(BO, amount, "EUR", "", b"", None)


def wipe_replica(world: World, name: str) -> None:
    """Take everything away that a member once fetched."""
    world.stop_member(name)
    home = world.parties[name].home
    home.ledger.unlink()
    shutil.rmtree(home.snapshots)
    world.start_member(name)


def test_one_member_keeps_the_ledger_available_without_its_manager(tell: Tell) -> None:
    async def story(world: World) -> None:
        world.ask("ada", pay(100))
        await come_to_rest(world)
        before = journal(world.manager.store)
        world.stop_manager()
        world.stop_member("bo")
        world.stop_member("cleo")
        for _ in range(5):
            await asyncio.sleep(HOUR_S)
            await world.members["ada"].keep_alive()
        world.start_member("bo")
        wipe_replica(world, "bo")
        await world.members["bo"].look()
        assert journal(world.members["bo"].store) == before

    tell(story)


def test_whoever_finds_the_checkpoint_missing_puts_it_again(tell: Tell) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        world.stop_manager()
        await world.members["ada"].look()
        await asyncio.sleep(LIFETIME_S + 60)
        await world.members["ada"].look()
        wipe_replica(world, "cleo")
        await world.members["cleo"].look()
        assert len(journal(world.members["cleo"].store)) > 0

    tell(story)


def test_a_change_that_the_dht_forgot_goes_out_again_with_the_next_sync(tell: Tell) -> None:
    async def story(world: World) -> None:
        signed = world.ask("ada", pay(100))
        await world.members["ada"].publish()
        world.stop_member("ada")
        world.stop_manager()
        await asyncio.sleep(LIFETIME_S + 60)
        world.start_member("ada")
        await world.members["ada"].sync()
        world.stop_member("ada")
        await world.start_manager().open()
        await world.manager.run_cycle()
        assert world.manager.books.state.keys[key_of("ada")].hash == signed.hash

    tell(story)


def test_the_manager_keeps_a_change_alive_that_it_has_not_merged(tell: Tell) -> None:
    async def story(world: World) -> None:
        signed = world.ask("ada", pay(100))
        await world.members["ada"].publish()
        await world.manager.run_cycle()
        world.stop_member("ada")
        for _ in range(3):
            await asyncio.sleep(HOUR_S)
            await world.manager.keep_alive()
        world.start_member("ada")
        await come_to_rest(world)
        check_world(world, [signed])
        assert [one.state for one in outbox(world, "ada")] == ["merged"]

    tell(story)
