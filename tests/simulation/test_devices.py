"""Several keys of one account: each has its own slot and its own chain of change-sets."""

from collections.abc import Awaitable, Callable

from ledger import crypto
from ledger.operation import AddKey, Pay, RevokeKey
from ledger.rule.key import add_key_signable
from tests.support.chronicle import check_world, come_to_rest
from tests.support.world import World, key_of, seed_of

Tell = Callable[[Callable[[World], Awaitable[None]]], None]
ADA, BO = key_of("ada")[:16], key_of("bo")[:16]
PHONE = "ada's phone"


def pay(amount: int) -> Pay:
    return Pay(BO, amount, "EUR", "", b"", None)


async def add_phone(world: World) -> None:
    """Give ada a second device."""
    world.join(PHONE)
    proof = crypto.sign(seed_of(PHONE), add_key_signable(world.community, ADA))
    world.ask("ada", AddKey(key_of(PHONE), proof))
    await come_to_rest(world)
    await world.start_member(PHONE).look()


def test_two_devices_spend_from_one_account(tell: Tell) -> None:
    async def story(world: World) -> None:
        await add_phone(world)
        signed = []
        for amount in (100, 200, 300):
            signed += [world.ask("ada", pay(amount)), world.ask(PHONE, pay(amount + 1))]
        await come_to_rest(world)
        books = check_world(world, signed)
        assert all(one.hash in books.merged for one in signed)
        assert books.posted[ADA, "EUR"] == -2 * 600 - 3

    tell(story)


def test_two_devices_cannot_spend_the_same_credit_twice(tell: Tell) -> None:
    async def story(world: World) -> None:
        await add_phone(world)
        signed = [world.ask("ada", pay(1_500)), world.ask(PHONE, pay(1_500))]
        await come_to_rest(world)
        books = check_world(world, signed)
        assert sorted(one.hash in books.merged for one in signed) == [False, True]
        assert "insufficient_credit" in books.refused.values()

    tell(story)


def test_a_revoked_device_asks_for_nothing_more(tell: Tell) -> None:
    async def story(world: World) -> None:
        await add_phone(world)
        signed = [world.ask(PHONE, pay(100))]
        await come_to_rest(world)
        signed.append(world.ask("ada", RevokeKey(key_of(PHONE))))
        late = world.ask(PHONE, pay(200))
        await world.members["ada"].publish()
        await world.manager.run_cycle()
        await world.members[PHONE].publish()
        await world.manager.run_cycle()
        world.stop_member(PHONE)
        await come_to_rest(world)
        books = check_world(world, signed)
        assert late.hash not in books.merged
        assert late.hash not in books.refused
        assert books.posted[ADA, "EUR"] == -100

    tell(story)


def test_a_revoked_device_reads_nothing_that_came_later(tell: Tell) -> None:
    async def story(world: World) -> None:
        await add_phone(world)
        revoked = world.ask("ada", RevokeKey(key_of(PHONE)))
        await world.members["ada"].publish()
        await world.manager.run_cycle()
        followed = await world.members[PHONE].follow()
        assert followed.step == "unreadable"
        size = followed.size
        signed = [revoked, world.ask("ada", pay(100))]
        await world.members["ada"].look()
        await world.members["ada"].publish()
        await world.manager.run_cycle()
        followed = await world.members[PHONE].follow()
        assert (followed.step, followed.new_records) == ("unreadable", 0)
        assert world.members[PHONE].store.load_state().tree.size < size
        world.stop_member(PHONE)
        await come_to_rest(world)
        check_world(world, signed)

    tell(story)
