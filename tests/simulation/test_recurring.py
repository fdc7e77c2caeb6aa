"""What comes again: once each over crashes, caught up with after days off, told where refused."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ledger.operation import Bill, Part, Pay
from ledger.store.database import Role, open_database
from ledger.store.recurring import Recurring, RecurringStore, Template
from member.household.issue import CATCH_UP_MAX, STRANGE
from member.household.recurring import Repeated, TypedRhythm, keep_recurring
from member.membership import Membership
from tests.simulation.conftest import PEOPLE, Story
from tests.support.chronicle import check_world, come_to_rest, outbox
from tests.support.crash import Fuse
from tests.support.loop import Crash, run_virtual
from tests.support.world import Frozen, World, key_of

DAY_S = 86_400
ADA, BO = (key_of(name)[:16] for name in ("ada", "bo"))
CALLS_MAX = 100


def pocket_money(amount: int) -> Pay:
    return Pay(BO, amount, "EUR", "pocket money", b"", None)


def let(world: World, operation: Repeated, rhythm: TypedRhythm) -> None:
    """Let something of ada's come again."""
    party = world.parties["ada"]
    replica = open_database(party.home.ledger, Role.REPLICA, write=False)
    with closing(replica), world.own("ada") as own:
        member = Membership(party.home, party.key, world.card, own, replica)
        keep_recurring(member, party.seed, operation, rhythm, world.now())


def kept(world: World) -> Recurring:
    with world.own("ada") as own:
        (one,) = RecurringStore(own).kept()
    return one


def posted(world: World, name: str) -> int:
    account = world.state(name).accounts[key_of(name)[:16]]
    return next((one.posted for one in account.balances if one.unit == "EUR"), 0)


def told(world: World, words: str) -> int:
    return sum(words in line for line in world.parties["ada"].told)


async def be_away(world: World, days: int) -> None:
    """Let ada's program stand still for some days."""
    world.stop_member("ada")
    await asyncio.sleep(days * DAY_S)
    await world.start_member("ada").look()


def test_a_week_off_is_caught_up_with(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        let(world, pocket_money(100), TypedRhythm("daily"))
        await world.members["ada"].issue()
        await come_to_rest(world)
        assert posted(world, "bo") == 100
        await be_away(world, 7)
        for _ in range(3):
            await world.members["ada"].issue()
        await come_to_rest(world)
        assert posted(world, "bo") == 800
        assert len(outbox(world, "ada")) == 8
        await world.members["ada"].issue()
        assert (kept(world).place, kept(world).outcome) == (8, "merged")

    tell(story)


def test_what_is_older_than_what_is_caught_up_with_is_left_out_and_told(
    tell: Callable[[Story], None],
) -> None:
    async def story(world: World) -> None:
        let(world, pocket_money(100), TypedRhythm("daily"))
        await be_away(world, 20)
        await world.members["ada"].issue()
        await come_to_rest(world)
        assert posted(world, "bo") == CATCH_UP_MAX * 100
        assert told(world, "left out 9 dates") == 1
        assert kept(world).place == 21

    tell(story)


def test_it_ends_with_its_last_date(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        let(world, pocket_money(100), TypedRhythm("daily", until="2027-01-16"))
        await be_away(world, 40)
        await world.members["ada"].issue()
        await come_to_rest(world)
        assert posted(world, "bo") == 200
        assert kept(world).state == "ended"

    tell(story)


def test_what_would_be_refused_waits_is_told_once_and_goes_on(
    tell: Callable[[Story], None],
) -> None:
    async def story(world: World) -> None:
        let(world, pocket_money(1_500), TypedRhythm("weekly"))
        await be_away(world, 7)
        for _ in range(3):
            await world.members["ada"].issue()
        await come_to_rest(world)
        assert posted(world, "bo") == 1_500
        assert told(world, "waits, the ledger would refuse it") == 1
        assert kept(world).place == 1
        world.ask("bo", Pay(ADA, 1_500, "EUR", "", b"", None))
        await come_to_rest(world)
        await world.members["ada"].issue()
        await come_to_rest(world)
        assert posted(world, "bo") == 1_500
        assert (kept(world).place, kept(world).outcome) == (2, "issued")

    tell(story)


def test_a_bill_bears_the_date_on_which_it_was_due(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        shares = (Part(ADA, 300), Part(BO, 300))
        net = Bill("EUR", (Part(ADA, 600),), shares, 0, 0, "internet", "net", 0, None)
        let(world, net, TypedRhythm("monthly"))
        first = kept(world).due
        await world.members["ada"].issue()
        await come_to_rest(world)
        (made,) = world.state("bo").bills.values()
        assert (made.spent, made.memo, made.category) == (first + DAY_S // 2, "net", "internet")
        assert kept(world).due == first + 31 * DAY_S

    tell(story)


def test_what_somebody_else_wrote_into_the_home_is_not_signed(
    tell: Callable[[Story], None],
) -> None:
    async def story(world: World) -> None:
        let(world, pocket_money(100), TypedRhythm("monthly"))
        own = kept(world)
        with world.own("ada") as database:
            # The same template, but every day; and one whose bytes are none.
            store = RecurringStore(database)
            store.add(Template(own.operation, "daily", own.first, None), world.now())
            store.add(Template(b"pay me", "daily", own.first, None), world.now())
            await world.members["ada"].issue()
            outcomes = [one.outcome for one in store.kept()]
        await come_to_rest(world)
        assert outcomes == ["issued", STRANGE, STRANGE]
        assert (posted(world, "bo"), told(world, STRANGE)) == (100, 2)

    tell(story)


def test_each_date_is_issued_once_wherever_the_program_dies(
    settled_village: Frozen, tmp_path: Path
) -> None:
    for at in range(1, CALLS_MAX):
        fuse = Fuse(at)
        run_virtual(_die_and_live(settled_village, tmp_path, fuse), start_s=settled_village.at_s)
        if not fuse.blown:
            return
    raise AssertionError(f"a life of more than {CALLS_MAX} calls")


async def _die_and_live(frozen: Frozen, directory: Path, fuse: Fuse) -> None:
    world = World(directory / "village", 5)
    try:
        world.thaw(frozen)
        await world.start_manager().open()
        let(world, pocket_money(100), TypedRhythm("daily"))
        await asyncio.sleep(DAY_S)
        try:
            await world.start_member("ada", fuse).issue()
        except Crash:
            assert fuse.blown, "nobody but a fuse ends a life"
        finally:
            world.stop_member("ada")
        for name in PEOPLE:
            await world.start_member(name).look()
        await world.members["ada"].issue()
        await come_to_rest(world)
        check_world(world, [one.change_set for one in outbox(world, "ada")])
        assert (posted(world, "bo"), len(outbox(world, "ada"))) == (200, 2), fuse.trail[-1]
    finally:
        world.close()
