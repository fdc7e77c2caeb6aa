"""What third parties, twins and liars can do with signed things: nothing that stays."""

from collections.abc import Awaitable, Callable

from ledger.operation import Pay
from ledger.store.door import DoorStore
from tests.support.chronicle import check_world, come_to_rest, journal
from tests.support.outsider import Replayer, Twin
from tests.support.world import World, key_of, seed_of

Tell = Callable[[Callable[[World], Awaitable[None]]], None]
ADA, BO, CLEO = (key_of(name)[:16] for name in ("ada", "bo", "cleo"))


def pay(to: bytes, amount: int) -> Pay:
    return Pay(to, amount, "EUR", "", b"", None)


async def trade(world: World) -> None:
    """Let everybody pay a few times, each payment in a version of its own."""
    for amount in (100, 200):
        world.ask("ada", pay(BO, amount))
        world.ask("bo", pay(CLEO, amount + 1))
        await come_to_rest(world)


def test_old_items_put_again_change_nothing(tell: Tell) -> None:
    async def story(world: World) -> None:
        await trade(world)
        before = journal(world.manager.store)
        replayer = Replayer(world.dht)
        await replayer.put_all_backwards()
        await replayer.put_some(30)
        await come_to_rest(world)
        assert journal(world.manager.store) == before
        check_world(world, [])

    tell(story)


def test_a_network_that_kept_only_the_oldest_items_takes_nobody_back(tell: Tell) -> None:
    async def story(world: World) -> None:
        await trade(world)
        before = journal(world.manager.store)
        Replayer(world.dht).plant()
        for _ in range(3):
            await world.manager.run_cycle()
            for member in world.members.values():
                await member.look()
        assert journal(world.manager.store) == before
        for name in world.members:
            assert journal(world.members[name].store) == before
        signed = world.ask("ada", pay(CLEO, 7))
        await come_to_rest(world)
        books = check_world(world, [signed])
        assert signed.hash in books.merged

    tell(story)


def test_old_items_fool_no_restarted_program(tell: Tell) -> None:
    async def story(world: World) -> None:
        await trade(world)
        before = journal(world.manager.store)
        world.stop_manager()
        for name in tuple(world.members):
            world.stop_member(name)
        Replayer(world.dht).plant()
        await world.start_manager().open()
        await world.manager.run_cycle()
        assert journal(world.manager.store) == before
        for name in ("ada", "bo", "cleo"):
            await world.start_member(name).look()
            assert journal(world.members[name].store) == before
        signed = [world.ask("ada", pay(CLEO, 7)), world.ask("bo", pay(CLEO, 8))]
        await come_to_rest(world)
        books = check_world(world, signed)
        assert all(one.hash in books.merged for one in signed)

    tell(story)


def test_of_two_contents_for_one_number_the_merged_one_stands(tell: Tell) -> None:
    async def story(world: World) -> None:
        twin = Twin(world.dht, seed_of("ada"), world.community)
        first = world.ask("ada", pay(BO, 100))
        await come_to_rest(world)
        other = twin.sign(1, b"", pay(CLEO, 100))
        await twin.publish(other)
        await world.manager.run_cycle()
        evidence = DoorStore(world.manager.store.database).evidence()
        assert [one.change_set.hash for one in evidence] == [other.hash]
        books = check_world(world, [first])
        assert first.hash in books.merged
        assert other.hash not in books.merged
        assert other.hash not in books.refused
        assert books.heads[key_of("ada")] == (0, 1, first.hash)

    tell(story)


def test_evidence_punishes_nobody(tell: Tell) -> None:
    async def story(world: World) -> None:
        twin = Twin(world.dht, seed_of("ada"), world.community)
        signed = [world.ask("ada", pay(BO, 100))]
        await come_to_rest(world)
        other = twin.sign(1, b"", pay(CLEO, 100))
        for number in (2, 3):
            await twin.publish(other, twin.sign(2, other.hash, pay(CLEO, number)))
            await world.manager.run_cycle()
        signed.append(world.ask("ada", pay(BO, 200)))
        await come_to_rest(world)
        books = check_world(world, signed)
        assert all(one.hash in books.merged for one in signed)
        assert len(DoorStore(world.manager.store.database).evidence()) == 1

    tell(story)


def test_what_hangs_on_an_unknown_predecessor_is_not_merged(tell: Tell) -> None:
    async def story(world: World) -> None:
        twin = Twin(world.dht, seed_of("ada"), world.community)
        second = twin.sign(2, bytes(32), pay(BO, 5))
        for orphans in ((second,), (twin.sign(3, second.hash, pay(BO, 5)),)):
            await twin.publish(*orphans)
            await world.manager.run_cycle()
        signed = world.ask("ada", pay(BO, 200))
        await come_to_rest(world)
        books = check_world(world, [signed])
        assert signed.hash in books.merged
        assert second.hash not in books.merged

    tell(story)


def test_rubbish_in_a_members_slot_hurts_only_until_he_writes_again(tell: Tell) -> None:
    async def story(world: World) -> None:
        twin = Twin(world.dht, seed_of("ada"), world.community)
        rubbish = (b"0:", b"i7e", b"252:" + bytes(252), b"995:" + b"\xff" * 995, b"d1:ai1ee")
        for value in rubbish:
            await twin.put(value)
            others = world.ask("bo", pay(CLEO, len(value)))
            await world.members["bo"].look()
            await world.manager.run_cycle()
            assert world.manager.books.state.keys[key_of("bo")].hash == others.hash
        dropped = {
            one.reason: one.count for one in DoorStore(world.manager.store.database).dropped()
        }
        assert sum(dropped.values()) >= len(rubbish)
        signed = world.ask("ada", pay(BO, 200))
        await come_to_rest(world)
        assert signed.hash in check_world(world, [signed]).merged

    tell(story)


def test_a_hundred_payments_of_a_member_who_is_killed_right_after_are_all_merged(
    tell: Tell,
) -> None:
    async def story(world: World) -> None:
        signed = [world.ask("ada", pay(BO, number)) for number in range(1, 101)]
        await world.members["ada"].publish()
        world.stop_member("ada")
        for _ in range(4):
            await world.manager.run_cycle()
        assert world.manager.books.state.keys[key_of("ada")].number == 100
        world.start_member("ada")
        await come_to_rest(world)
        books = check_world(world, signed)
        assert len(books.merged) + len(books.refused) == 100

    tell(story)
