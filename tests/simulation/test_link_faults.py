"""What linked communities and networks do wrong, and what follows from it."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from federation.item import SlotName, sign_item
from federation.link.key import link_seed
from federation.link.slot import LinkValue, seal_link_slot
from federation.slot import checkpoint_slot
from ledger.checkpoint import sign_checkpoint
from ledger.link.machine import Stage
from ledger.operation import SetLinkStatus
from ledger.proof.fork import parse_fork, verify_fork
from ledger.store.desk import DeskStore
from ledger.store.link_door import LinkDoor, LinkDoorStore
from manager.link.slots import LinkSlots
from manager.opening import ConfirmationMissing
from tests.support.federated import Village, ask_for, exchange, people_of
from tests.support.simdht import SimDht
from tests.support.world import seed_of

NONCES = (bytes(24), bytes(range(24)))


def slots_of(village: Village) -> LinkSlots:
    return LinkSlots(seed_of(village.name), village.community)


def door_of(village: Village, peer: Village) -> LinkDoor:
    """Return what a manager keeps of a linked community for other commands to see."""
    return LinkDoorStore(village.manager.store.database).door(peer.community)


async def put_raw(writer: Village, reader: Village, value: bytes) -> None:
    """Put something into a link's slot with its writer's key, as the next version."""
    name = slots_of(writer).ours(writer.link_to(reader)).name
    await put_next(writer, name, value)


async def put_next(writer: Village, name: SlotName, value: bytes) -> None:
    dht = SimDht(writer.dht, "liar")
    got = await dht.get(name)
    seq = got.item.seq + 1 if got.item else 1
    await dht.put(sign_item(link_seed(seed_of(writer.name)), name.salt, seq, value))


async def say(writer: Village, reader: Village, said: LinkValue) -> None:
    """Put what a dishonest manager says."""
    slot = slots_of(writer).ours(writer.link_to(reader))
    await put_raw(writer, reader, seal_link_slot(slot, said, NONCES).value)


@pytest.mark.parametrize(
    "value",
    [b"", b"4:lies", b"252:" + bytes(252), b"d1:ai1ee"],
    ids=["empty", "short", "long", "dict"],
)
def test_garbage_is_said_once_and_stops_nobody_else(
    play: Callable[..., None], value: bytes
) -> None:
    async def story(hill: Village, river: Village, lake: Village) -> None:
        await put_raw(river, hill, value or b"0:")
        await put_raw(river, lake, value or b"0:")
        for _ in range(3):
            await hill.manager.run_links()
        told = [one for one in hill.parties["hill"].told if one.startswith("link river")]
        assert len(told) == 1
        assert door_of(hill, river).problem
        # What it says next is read as if nothing had been.
        river.stop_manager()
        await river.start_manager().open()
        payment = await ask_for(hill, people_of(hill)[0], people_of(lake)[0], 10, river, lake)
        await asyncio.sleep(60)
        await exchange(hill, river, lake)
        assert hill.transit(payment).stage is Stage.POSTED
        assert not door_of(hill, river).problem

    play(story, "hill", "river", "lake")


def test_another_history_suspends_the_link_with_evidence(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        known = door_of(hill, river)
        other = sign_checkpoint(seed_of("river"), known.size, b"\x66" * 32)
        await say(river, hill, LinkValue(0, 0, other.note.decode()))
        for _ in range(2):
            await hill.manager.run_links()
        assert hill.link_to(river).status == "suspended"
        (path,) = hill.parties["hill"].home.evidence.glob("*.proof")
        found = verify_fork(river.community, parse_fork(path.read_bytes()))
        assert (found.what, found.first.size) == ("size", known.size)
        (kept,) = LinkDoorStore(hill.manager.store.database).evidence()
        assert (kept.peer, kept.size, kept.against) == (river.community, known.size, known.note)
        told = [one for one in hill.parties["hill"].told if "two roots" in one]
        assert len(told) == 1
        assert str(path) in told[0]

    play(story)


def test_going_back_suspends_the_link(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        known = door_of(hill, river)
        older = sign_checkpoint(seed_of("river"), known.size - 1, b"\x66" * 32)
        await say(river, hill, LinkValue(0, 0, older.note.decode()))
        await hill.manager.run_links()
        assert hill.link_to(river).status == "suspended"
        assert "went back" in door_of(hill, river).problem

    play(story)


def test_a_rewritten_journal_suspends_the_link(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        known = door_of(hill, river)
        longer = sign_checkpoint(seed_of("river"), known.size + 3, b"\x66" * 32)
        said = LinkValue(0, 0, longer.note.decode())
        await say(river, hill, said)
        await hill.manager.run_links()
        assert hill.link_to(river).status == "active", "it has still to be shown"
        await say(river, hill, LinkValue(0, 0, said.note, (b"\x01" * 32, b"\x02" * 32)))
        await hill.manager.run_links()
        assert hill.link_to(river).status == "suspended"
        assert door_of(hill, river).size == known.size

    play(story)


def test_whoever_says_to_have_read_more_than_there_is_is_not_merged(
    play: Callable[..., None],
) -> None:
    async def story(hill: Village, river: Village) -> None:
        known = door_of(hill, river)
        await say(river, hill, LinkValue(99, 0, known.note.decode()))
        await hill.manager.run_links()
        assert "99 entries" in door_of(hill, river).problem
        assert hill.link_to(river).status == "active"
        hill.stop_manager()
        with pytest.raises(ConfirmationMissing, match="99 entries"):
            await hill.start_manager().open()
        hill.stop_manager()
        await hill.start_manager().open(confirmed=True)

    play(story)


def test_a_restored_manager_learns_from_its_link_that_it_is_behind(
    play: Callable[..., None], tmp_path: Path
) -> None:
    async def story(hill: Village, river: Village) -> None:
        home = hill.parties["hill"].home.path
        shutil.copytree(home, tmp_path / "copy")
        ada, bo = people_of(hill)[0], people_of(river)[1]
        await ask_for(hill, ada, bo, 1_250, river)
        await exchange(hill, river)
        hill.stop_manager()
        hill.stop_member(ada)
        shutil.rmtree(home)
        shutil.copytree(tmp_path / "copy", home)
        for node in hill.dht.nodes:
            node.forget(checkpoint_slot(hill.community))
        with pytest.raises(ConfirmationMissing, match="own slot for the link river"):
            await hill.start_manager().open()

    play(story)


def test_a_step_behind_is_no_guilt(play: Callable[..., None]) -> None:
    """A writer who has not read which checkpoint is known begins at the one before."""

    async def story(hill: Village, river: Village) -> None:
        ada, bo = people_of(hill)[0], people_of(river)[1]
        await ask_for(hill, ada, bo, 10, river)
        await river.manager.run_links()
        await ask_for(hill, ada, bo, 20, river)
        await river.manager.run_links()
        assert not door_of(river, hill).problem
        await exchange(hill, river)
        assert hill.owes(river) == 30 == -river.owes(hill)
        assert not [one for one in river.parties["river"].told if "link hill" in one]

    play(story)


def test_whoever_errs_each_second_does_not_fill_the_log(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        for number in range(5):
            await put_raw(river, hill, b"%d:" % (number + 1) + bytes(number + 1))
            await hill.manager.run_links()
        told = [one for one in hill.parties["hill"].told if one.startswith("link river")]
        assert len(told) == 1
        await asyncio.sleep(60)
        await put_raw(river, hill, b"9:" + bytes(9))
        await hill.manager.run_links()
        told = [one for one in hill.parties["hill"].told if one.startswith("link river")]
        assert len(told) == 2

    play(story)


def test_evidence_of_a_suspended_link_is_written_once(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        size = door_of(hill, river).size
        for filling in (b"\x66", b"\x77", b"\x88"):
            other = sign_checkpoint(seed_of("river"), size, filling * 32)
            await say(river, hill, LinkValue(0, 0, other.note.decode()))
            await hill.manager.run_links()
        assert len(LinkDoorStore(hill.manager.store.database).evidence()) == 1
        asked = DeskStore(hill.manager.store.database).statements(100)
        suspended = [
            one for one in asked if isinstance(one.signed.statement.operation, SetLinkStatus)
        ]
        assert len(suspended) == 1

    play(story)


def test_a_later_version_of_the_own_slot_is_gone_beyond(play: Callable[..., None]) -> None:
    """Another home with the same key put it, or this one before it was restored."""

    async def story(hill: Village, river: Village) -> None:
        name = slots_of(hill).ours(hill.link_to(river)).name
        await SimDht(hill.dht, "liar").put(
            sign_item(link_seed(seed_of("hill")), name.salt, 2**40, b"4:lies")
        )
        payment = await ask_for(hill, people_of(hill)[0], people_of(river)[1], 10, river)
        await exchange(hill, river)
        assert hill.transit(payment).stage is Stage.POSTED
        got = await SimDht(hill.dht, "reader").get(name)
        assert got.item is not None
        assert got.item.seq > 2**40

    play(story)
