"""A member who fetches only his own records, beside others who have it all, in a closed ledger."""

from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from federation.errors import FetchTimeout
from federation.excerpt import ExcerptFollower, ExcerptSynced
from federation.snapshot import SnapshotFolder
from ledger.errors import GrantMissing, HistoryMismatch
from ledger.excerpt import Excerpt
from ledger.level import plan_levels
from ledger.operation import AddUnit, Admit, Hold, Pay, Post, Reinstate, Reverse, Suspend
from ledger.record import TransactionRecord
from ledger.segment import ENTRY_BYTES, LENGTH_BYTES, format_name
from ledger.snapshot import check_snapshot_files
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.lookup import Lookup
from ledger.store.publication import PublicationStore
from ledger.unit import Unit
from tests.support.chronicle import come_to_rest
from tests.support.liar import Liar, Unchecked
from tests.support.simdht import SimDht
from tests.support.simswarm import SimSwarm
from tests.support.world import MANAGER, World, key_of, seed_of

Tell = Callable[[Callable[[World], Awaitable[None]]], None]
ADA, BO, CLEO = (key_of(name)[:16] for name in ("ada", "bo", "cleo"))


def pay(to: bytes, amount: int) -> Pay:
    return Pay(to, amount, "EUR", "", b"", None)


async def sync(world: World, name: str, excerpt: Excerpt | None = None) -> ExcerptSynced:
    """Let a small device of somebody look, which has only this excerpt."""
    follower = ExcerptFollower(
        community=world.community,
        seed=seed_of(name),
        known=[],
        dht=SimDht(world.dht, f"{name}'s phone"),
        swarm=SimSwarm(world.swarm, f"{name}'s phone"),
        directory=world.parties[name].home.path / "phone",
    )
    return await follower.sync(excerpt or Excerpt())


def check_against_full(world: World, name: str, synced: ExcerptSynced) -> None:
    """Compare an excerpt with the replica of the same member."""
    state, excerpt = world.state(name), synced.excerpt
    account = state.accounts[key_of(name)[:16]]
    assert excerpt.account == account
    assert excerpt.accounts.by_id == state.accounts
    assert excerpt.accounts.community == state.community
    stored = Lookup(world.members[name].store.database).history(account.id, 10_000)
    assert list(excerpt.own) == [(one.index, one.record) for one in stored[::-1]]
    assert excerpt.checkpoint.root == state.tree.root


async def trade(world: World) -> None:
    for amount in (100, 200, 300):
        world.ask("ada", pay(BO, amount))
        world.ask("bo", pay(CLEO, amount + 1))
        await come_to_rest(world)
    world.ask("bo", Hold(ADA, 40, "EUR", "", b"", world.now() + 5_000))
    await come_to_rest(world)
    (hold,) = world.state("ada").holds
    world.ask("ada", Post(hold, 30))
    await come_to_rest(world)


def test_a_part_has_what_the_whole_says_of_a_member(tell: Tell) -> None:
    async def story(world: World) -> None:
        await trade(world)
        for name in ("ada", "bo", "cleo"):
            check_against_full(world, name, await sync(world, name))

    tell(story)


def test_a_part_follows_through_epochs_reversals_and_levels(tell: Tell) -> None:
    async def story(world: World) -> None:
        paid = world.ask("ada", pay(BO, 77))
        await come_to_rest(world)
        synced = await sync(world, "ada")
        (entry,) = (
            one.id
            for _, one in synced.excerpt.own
            if isinstance(one, TransactionRecord) and one.cause == paid.hash
        )
        world.tell(Reverse(entry, None, "by mistake"), Suspend(CLEO, "away"))
        await world.manager.run_cycle()
        world.tell(Reinstate(CLEO))
        for number in range(16):
            world.ask("bo", pay(ADA, 1 + number))
            await world.members["bo"].look()
            await world.manager.run_cycle()
            if number % 5 == 4:
                synced = await sync(world, "ada", synced.excerpt.kept)
        await come_to_rest(world)
        synced = await sync(world, "ada", synced.excerpt.kept)
        check_against_full(world, "ada", synced)
        again = await sync(world, "ada", synced.excerpt.kept)
        assert (again.excerpt, again.moved_bytes) == (synced.excerpt, 0)
        check_against_full(world, "cleo", await sync(world, "cleo"))

    tell(story)


def test_who_is_suspended_or_not_admitted_is_told_so(tell: Tell) -> None:
    async def story(world: World) -> None:
        await trade(world)
        synced = await sync(world, "cleo")
        world.tell(Suspend(CLEO, "away"))
        await world.manager.run_cycle()
        with pytest.raises(GrantMissing, match="not admitted, or suspended"):
            await sync(world, "cleo", synced.excerpt.kept)
        world.join("dan")
        with pytest.raises(GrantMissing, match="not admitted"):
            await sync(world, "dan")
        world.tell(Admit(key_of("dan"), "dan", "Dan"))
        await world.manager.run_cycle()
        assert len((await sync(world, "dan")).excerpt.own) == 1

    tell(story)


def test_who_reaches_nobody_keeps_what_he_has(tell: Tell) -> None:
    async def story(world: World) -> None:
        await trade(world)
        synced = await sync(world, "ada")
        world.ask("bo", pay(ADA, 5))
        await come_to_rest(world)
        for party in ("manager", "ada", "bo", "cleo"):
            world.swarm.offline.add(party)
        with pytest.raises(FetchTimeout):
            await sync(world, "ada", synced.excerpt.kept)
        for party in ("manager", "ada", "bo", "cleo"):
            world.swarm.offline.discard(party)
        check_against_full(world, "ada", await sync(world, "ada", synced.excerpt.kept))

    tell(story)


def test_who_has_it_all_finds_a_false_file_of_accounts(tell: Tell) -> None:
    async def story(world: World) -> None:
        await trade(world)
        replica = world.members["cleo"].follower.replica
        newest = replica.publications.newest(1)[0]
        entries = world.swarm.metadata[newest.infohash].entries
        files = check_snapshot_files([(one.name, one.length) for one in entries], replica.size)
        replica.write_accounts(files)
        with pytest.raises(HistoryMismatch, match="those who fetch only a part"):
            replica.write_accounts(replace(files, accounts="accounts-" + "0" * 16))

    tell(story)


def test_who_has_it_all_finds_a_lie_about_lengths(tell: Tell, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await trade(world)
        world.tell(AddUnit(Unit("TIME", 0, "Time", 0, 10)))
        world.manager.books.merge(world.now())
        world.stop_manager()
        liar = Liar(world, tmp_path / "liar")
        move_a_byte(liar, world.community)
        assert await liar.publish() is not None
        with pytest.raises(HistoryMismatch, match="lied about one"):
            await world.members["cleo"].follow()
        with pytest.raises(HistoryMismatch, match="lied about a length"):
            await sync(world, "cleo")

    tell(story)


def move_a_byte(liar: Liar, community: bytes) -> None:
    """Write the next publication's leaves: a record is a byte longer, the last one shorter."""
    folder = SnapshotFolder(liar.home.snapshots, community)
    with closing(open_database(liar.home.ledger, Role.MANAGER, write=True)) as database:
        store = JournalStore(database)
        size = store.tip().tree.size
        newest = plan_levels([*PublicationStore(database).sizes(), size])[-1]
        folder.write_segment(newest, store, Unchecked(store, seed_of(MANAGER)).chain())
    path = folder.path / format_name("l", newest)
    data = bytearray(path.read_bytes())
    for end, more in ((len(data) - ENTRY_BYTES, 1), (len(data), -1)):
        length = int.from_bytes(data[end - LENGTH_BYTES : end]) + more
        data[end - LENGTH_BYTES : end] = length.to_bytes(LENGTH_BYTES)
    path.write_bytes(data)
