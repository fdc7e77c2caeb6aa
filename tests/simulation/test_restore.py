"""Homes that come back from a backup while the world went on."""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from federation.console.terminal import Refused
from federation.errors import FetchTimeout, NetworkUnreachable, SplitView
from federation.slot import checkpoint_slot
from ledger.changeset import Verified
from ledger.operation import AddUnit, Pay
from ledger.proof.fork import parse_fork, verify_fork
from ledger.unit import Unit
from manager.opening import ConfirmationMissing
from manager.safe import restore_backup as restore_manager
from manager.safe import write_backup as write_manager
from member.membership import open_own
from member.safe import restore_backup, write_backup
from tests.support.audit import add_up
from tests.support.chronicle import check_world, come_to_rest, journal, kept_checkpoints, outbox
from tests.support.world import MANAGER, World, key_of

Tell = Callable[[Callable[[World], Awaitable[None]]], None]
ADA, BO = key_of("ada")[:16], key_of("bo")[:16]


def pay(to: bytes, amount: int) -> Pay:
    return Pay(to, amount, "EUR", "", b"", None)


def back_member_up(world: World, into: Path, *, whole: bool) -> None:
    """Back ada's home up, by the program's own file or as a copy of the folder."""
    home = world.parties["ada"].home
    if whole:
        shutil.copytree(home.path, into)
    else:
        with open_own(home) as own:
            write_backup(home, own, into)


def restore_member(world: World, source: Path) -> None:
    """Put ada's home back as it was."""
    world.stop_member("ada")
    home = world.parties["ada"].home
    shutil.rmtree(home.path)
    if source.is_dir():
        shutil.copytree(source, home.path)
    else:
        restore_backup(home, source)
    world.start_member("ada")


@pytest.mark.parametrize("whole", [False, True], ids=["backup file", "copied folder"])
def test_a_restored_member_goes_on_in_the_next_generation(
    tell: Tell, tmp_path: Path, whole: bool
) -> None:
    async def story(world: World) -> None:
        signed = [world.ask("ada", pay(BO, 100))]
        await come_to_rest(world)
        back_member_up(world, tmp_path / "kept", whole=whole)
        signed.append(world.ask("ada", pay(BO, 200)))
        await come_to_rest(world)
        lost = world.ask("ada", pay(BO, 300))
        await world.members["ada"].publish()
        restore_member(world, tmp_path / "kept")
        if not whole:
            with pytest.raises(Refused, match="backup"):
                world.ask("ada", pay(BO, 1))
        await world.members["ada"].sync()
        signed += [world.ask("ada", pay(BO, amount)) for amount in (400, 500)]
        await come_to_rest(world)
        books = check_world(world, signed)
        assert places(signed) == [(0, 1), (0, 2), (1, 1), (1, 2)]
        assert all(one.hash in books.merged for one in signed)
        assert lost.hash not in books.merged

    tell(story)


def places(signed: list[Verified]) -> list[tuple[int, int]]:
    return [(one.change_set.generation, one.change_set.number) for one in signed]


def test_what_the_manager_took_in_before_the_restore_is_shown_as_merged(
    tell: Tell, tmp_path: Path
) -> None:
    """Who is told that a payment is void pays again: the ledger has the last word."""

    async def story(world: World) -> None:
        taken = world.ask("ada", pay(BO, 100))
        await world.members["ada"].publish()
        back_member_up(world, tmp_path / "kept", whole=False)
        also = world.ask("ada", pay(BO, 200))
        await world.members["ada"].publish()
        restore_member(world, tmp_path / "kept")
        await world.members["ada"].follow()
        assert [one.state for one in outbox(world, "ada")] == ["superseded"]
        await world.manager.run_cycle()
        await come_to_rest(world)
        books = check_world(world, [taken, also])
        assert [one.state for one in outbox(world, "ada")] == ["merged"]
        assert books.heads[key_of("ada")] == (0, 2, also.hash)

    tell(story)


def test_a_restored_member_whom_nobody_answers_signs_nothing(tell: Tell, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        back_member_up(world, tmp_path / "kept", whole=False)
        world.ask("ada", pay(BO, 100))
        await world.members["ada"].publish()
        restore_member(world, tmp_path / "kept")
        world.cut_off("ada")
        puts = len(world.dht.puts)
        with pytest.raises(NetworkUnreachable):
            await world.members["ada"].sync()
        with pytest.raises(Refused):
            world.ask("ada", pay(BO, 1))
        assert len(world.dht.puts) == puts
        assert outbox(world, "ada") == []
        world.reconnect()
        await world.members["ada"].sync()
        signed = world.ask("ada", pay(BO, 2))
        await come_to_rest(world)
        assert signed.hash in check_world(world, [signed]).merged

    tell(story)


def test_what_waited_in_an_older_generation_is_void(tell: Tell, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        waiting = world.ask("ada", pay(BO, 100))
        back_member_up(world, tmp_path / "kept", whole=False)
        world.ask("ada", pay(BO, 200))
        await world.members["ada"].publish()
        restore_member(world, tmp_path / "kept")
        await world.members["ada"].sync()
        signed = world.ask("ada", pay(BO, 300))
        await come_to_rest(world)
        books = check_world(world, [signed])
        assert waiting.hash not in books.merged
        states = {one.change_set.hash: one.state for one in outbox(world, "ada")}
        assert states == {waiting.hash: "superseded", signed.hash: "merged"}

    tell(story)


async def grow(world: World, amount: int) -> Verified:
    """Add a version to the ledger."""
    signed = world.ask("ada", pay(BO, amount))
    await come_to_rest(world)
    return signed


def restore_manager_home(world: World, source: Path) -> None:
    """Put the manager's home back as it was."""
    world.stop_manager()
    home = world.parties[MANAGER].home
    shutil.rmtree(home.path)
    if source.is_dir():
        shutil.copytree(source, home.path)
    else:
        restore_manager(home, source)
    world.start_manager()


@pytest.mark.parametrize("whole", [False, True], ids=["backup file", "copied folder"])
def test_a_restored_manager_takes_the_largest_and_waits_for_a_word(
    tell: Tell, tmp_path: Path, whole: bool
) -> None:
    async def story(world: World) -> None:
        home = world.parties[MANAGER].home
        signed = [await grow(world, 100)]
        if whole:
            world.stop_manager()
            shutil.copytree(home.path, tmp_path / "kept")
            await world.start_manager().open()
        else:
            write_manager(home, world.manager.store.database, tmp_path / "kept")
        signed += [await grow(world, 200), await grow(world, 300)]
        before, kept = journal(world.manager.store), kept_checkpoints(home.ledger)
        restore_manager_home(world, tmp_path / "kept")
        assert len(journal(world.manager.store)) < len(before)
        puts = len(world.dht.puts)
        with pytest.raises(ConfirmationMissing):
            await world.manager.open()
        assert journal(world.manager.store) == before
        assert len(world.dht.puts) == puts
        await world.manager.open(confirmed=True)
        signed.append(await grow(world, 400))
        again = kept_checkpoints(home.ledger)
        assert all(again[size] == kept[size] for size in kept.keys() & again.keys())
        books = check_world(world, signed, also_kept=kept)
        assert all(one.hash in books.merged for one in signed)

    tell(story)


def test_a_restored_manager_signs_nothing_while_nobody_has_the_rest(
    tell: Tell, tmp_path: Path
) -> None:
    async def story(world: World) -> None:
        home = world.parties[MANAGER].home
        write_manager(home, world.manager.store.database, tmp_path / "kept")
        signed = await grow(world, 100)
        kept = kept_checkpoints(home.ledger)
        for name in world.members:
            world.cut_off(name)
        restore_manager_home(world, tmp_path / "kept")
        puts = len(world.dht.puts)
        for confirmed in (False, True):
            with pytest.raises(FetchTimeout):
                await world.manager.open(confirmed=confirmed)
        world.cut_off(MANAGER)
        with pytest.raises(NetworkUnreachable):
            await world.manager.open(confirmed=True)
        assert len(world.dht.puts) == puts
        world.reconnect()
        for member in world.members.values():
            await member.look()
        await world.manager.open(confirmed=True)
        await come_to_rest(world)
        assert signed.hash in check_world(world, [signed], also_kept=kept).merged

    tell(story)


def test_members_shout_when_a_forgetful_manager_signs_a_second_history(
    tell: Tell, tmp_path: Path
) -> None:
    """The one thing that no program can prevent: nobody told the manager what he forgot."""

    async def story(world: World) -> None:
        home = world.parties[MANAGER].home
        world.stop_manager()
        shutil.copytree(home.path, tmp_path / "kept")
        await world.start_manager().open()
        await grow(world, 100)
        honest = journal(world.members["bo"].store)
        for node in world.dht.nodes:
            node.forget_all()
        restore_manager_home(world, tmp_path / "kept")
        await world.manager.open()
        world.ask("bo", pay(ADA, 5))
        await world.members["bo"].publish()
        await world.manager.run_cycle()
        assert world.manager.books.state.keys[key_of("bo")].number == 0, "its author saw more"
        world.tell(AddUnit(Unit("TIME", 0, "Time", 0, 10)))
        await world.manager.run_cycle()
        with pytest.raises(SplitView):
            await world.members["bo"].look()
        assert journal(world.members["bo"].store) == honest
        proof = (world.parties["bo"].home.evidence / "split-view.proof").read_bytes()
        proven = verify_fork(world.community, parse_fork(proof))
        assert len(honest) in {proven.first.size, proven.second.size}
        assert len(world.dht.copies(checkpoint_slot(world.community), 0)) > 0
        add_up(world.community, journal(world.manager.store))

    tell(story)
