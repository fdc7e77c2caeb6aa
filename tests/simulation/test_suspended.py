"""A suspended member of a closed ledger: what still comes, and what ends it."""

from collections.abc import Awaitable, Callable

import pytest

from federation.copies import kept_copies, take_copies
from federation.snapshot import SnapshotFolder
from ledger.blind import community_secret
from ledger.entry import entry_id
from ledger.epoch import Copy, encode_copies
from ledger.errors import HistoryMismatch, StoreDamaged
from ledger.operation import Pay, Reinstate, Reverse, Suspend
from ledger.record import ManagerRecord, TransactionRecord, decode_record
from member.past import view_sent
from tests.support.world import World, key_of

Tell = Callable[[Callable[[World], Awaitable[None]]], None]
ADA, CLEO = key_of("ada")[:16], key_of("cleo")[:16]


async def pay_and_be_suspended(world: World) -> None:
    """Let cleo pay ada, suspend cleo, and undo the payment afterwards."""
    paid = world.ask("cleo", Pay(ADA, 300, "EUR", "bread", b"", None))
    await world.members["cleo"].look()
    await world.manager.run_cycle()
    for name in ("ada", "cleo"):
        await world.members[name].look()
    world.tell(Suspend(CLEO, "stolen phone"))
    await world.manager.run_cycle()
    world.tell(Reverse(entry_id(paid.hash, 0), None, "not her"))
    await world.manager.run_cycle()


def test_what_is_about_a_suspended_member_is_sent_to_her(tell: Tell) -> None:
    async def story(world: World) -> None:
        await pay_and_be_suspended(world)
        assert (await world.members["cleo"].follow()).step == "unreadable"
        assert (await world.members["ada"].follow()).step == "followed"
        home = world.parties["cleo"].home
        copies, whole = kept_copies(home), world.members["ada"].store
        for one in copies:
            assert one.record == next(whole.records(one.index, one.index + 1))
        kinds = [type(decode_record(one.record)) for one in copies]
        assert kinds == [ManagerRecord, ManagerRecord, TransactionRecord]
        told = view_sent(world.members["cleo"].store.load_state(), copies)
        assert [one["kind"] for one in told] == ["transaction", "statement", "statement"]
        assert "3.00 EUR" in told[0]["text"]
        assert "stolen phone" in told[2]["text"]

        world.tell(Reinstate(CLEO))
        await world.manager.run_cycle()
        assert (await world.members["cleo"].follow()).step == "followed"
        assert kept_copies(home) == ()

    tell(story)


def test_a_copy_of_another_record_is_refused(tell: Tell) -> None:
    async def story(world: World) -> None:
        await pay_and_be_suspended(world)
        cleo = world.parties["cleo"]
        files = (await world.members["cleo"].follow()).unread
        assert files is not None
        assert files.copies is not None
        true = kept_copies(cleo.home)
        folder = SnapshotFolder(cleo.home.snapshots, world.community)
        secret = community_secret(world.parties["manager"].seed)
        for lie in (
            Copy(true[0].index, true[1].record),
            Copy(true[0].index, true[0].record + b"\0"),
            Copy(files.size, true[0].record),
        ):
            (folder.path / files.copies).write_bytes(encode_copies(secret, [(cleo.key, lie)]))
            with pytest.raises(HistoryMismatch, match=f"copy of record {lie.index}"):
                take_copies(folder, files, cleo.seed)
        cleo.home.copies.write_bytes(cleo.home.copies.read_bytes()[:-1])
        with pytest.raises(StoreDamaged, match="sync brings it again"):
            kept_copies(cleo.home)

    tell(story)
