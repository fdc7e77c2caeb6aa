"""The press: files, torrent, checkpoint and slot, over a simulated network."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from federation.errors import NetworkUnreachable
from federation.item import MutableItem
from federation.slot import checkpoint_slot, decode_checkpoint_value
from ledger.checkpoint import verify_checkpoint
from ledger.errors import StoreDamaged
from ledger.operation import AddUnit, Suspend
from ledger.snapshot import check_snapshot_files
from ledger.unit import Unit
from tests.support.loop import run_virtual
from tests.support.world import MANAGER, World, key_of

Story = Callable[[World], Awaitable[None]]


def play(path: Path, story: Story, *, closed: bool = True) -> None:
    """Tell a story that begins with an open ledger whose first version is published."""

    async def main() -> None:
        world = World(path, 1, closed=closed)
        try:
            world.found()
            world.settle_in("ada")
            await world.start_manager().open()
            await world.manager.cycle.run()
            await story(world)
        finally:
            world.close()

    run_virtual(main())


def slot_of(world: World) -> MutableItem:
    """Return what the nodes hold under the community's key."""
    held = world.dht.copies(checkpoint_slot(world.community), asyncio.get_running_loop().time())
    return max(held, key=lambda item: item.seq)


async def change(world: World, number: int = 0) -> None:
    """Let one more version be published."""
    world.tell(AddUnit(Unit("HOUR", 2, f"Hours {number}", number, 100)))
    await world.manager.cycle.run()


def test_the_slot_names_the_newest_checkpoint_and_its_torrent(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        item = slot_of(world)
        value = decode_checkpoint_value(item.value)
        checkpoint = verify_checkpoint(world.community, value.note)
        tree = world.manager.books.state.tree
        assert (checkpoint.size, checkpoint.root) == (tree.size, tree.root)
        files = world.swarm.metadata[value.infohashes[0]].entries
        listed = check_snapshot_files([(file.name, file.length) for file in files], tree.size)
        assert listed.size == tree.size
        assert listed.grants is not None
        assert item.seq == world.now()

    play(tmp_path, story)


def test_an_open_ledger_has_no_grants(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        value = decode_checkpoint_value(slot_of(world).value)
        names = [file.name for file in world.swarm.metadata[value.infohashes[0]].entries]
        assert not [name for name in names if name.startswith(("grants", "copies"))]

    play(tmp_path, story, closed=False)


def test_nothing_new_is_not_put_again_until_it_is_time(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        before = slot_of(world)
        assert (await world.manager.cycle.run()).put is None
        puts = len(world.dht.puts)
        put = await world.manager.press.put_again(world.now())
        assert put is not None
        assert put.accepted
        assert [one.item for one in world.dht.puts[puts:]] == [before]

    play(tmp_path, story)


def test_what_nobody_took_goes_out_unchanged_later(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.cut_off(MANAGER)
        world.tell(AddUnit(Unit("HOUR", 2, "Hours", 1, 1)))
        for _ in range(2):
            with pytest.raises(NetworkUnreachable):
                await world.manager.cycle.settle()
        world.reconnect()
        report = await world.manager.cycle.settle()
        assert report.put is not None
        tried = [one.item for one in world.dht.puts][-3:]
        assert tried[0] == tried[1] == tried[2] == slot_of(world)

    play(tmp_path, story)


def test_a_version_that_was_read_back_is_gone_beyond(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        ahead = slot_of(world).seq + 5_000
        world.manager.press.saw(ahead)
        report = await world.manager.cycle.run()
        assert report.put is not None
        assert slot_of(world).seq == ahead + 1

    play(tmp_path, story)


def test_five_snapshots_stay_and_older_files_leave(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for number in range(6):
            await change(world, number)
        infohashes = decode_checkpoint_value(slot_of(world).value).infohashes
        seeded = {one for one, parties in world.swarm.seeders.items() if MANAGER in parties}
        assert len(infohashes) == 5
        assert seeded == set(infohashes)
        named = {file.name for one in infohashes for file in world.swarm.metadata[one].entries}
        (folder,) = (tmp_path / MANAGER / "snapshot").iterdir()
        assert {path.name for path in folder.iterdir()} == named

    play(tmp_path, story)


def test_a_suspended_member_gets_own_records_instead_of_a_grant(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.tell(Suspend(key_of("ada")[:16], "away"))
        await world.manager.cycle.run()
        infohash = decode_checkpoint_value(slot_of(world).value).infohashes[0]
        names = [file.name for file in world.swarm.metadata[infohash].entries]
        assert [name.partition("-")[0] for name in names if name[0] in "cg"] == [
            "checkpoint", "copies", "grants",
        ]  # fmt: skip

    play(tmp_path, story)


def test_sums_that_are_not_zero_stop_every_signature(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        before, signed = slot_of(world), world.manager.store.newest_checkpoint()
        path = world.parties[MANAGER].home.ledger
        with closing(sqlite3.connect(path, isolation_level=None)) as raw:
            triggers = raw.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
            for (name,) in triggers.fetchall():
                raw.execute(f"DROP TRIGGER {name}")
            raw.execute("UPDATE balance SET posted = 7 WHERE unit = 'EUR'")
        world.tell(AddUnit(Unit("HOUR", 2, "Hours", 1, 1)))
        with pytest.raises(StoreDamaged, match="by the records"):
            await world.manager.cycle.run()
        assert slot_of(world) == before
        assert world.manager.store.newest_checkpoint() == signed

    play(tmp_path, story)


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        before = slot_of(world)
        world.stop_manager()
        await world.start_manager().open()
        report = await world.manager.cycle.run()
        assert (report.put, slot_of(world)) == (None, before)
        newest = decode_checkpoint_value(before.value).infohashes[0]
        assert MANAGER in world.swarm.seeders[newest]

    play(tmp_path, story)
