"""What a cheating or broken manager can do, who finds it, when, and with what in his hands."""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from federation.errors import SplitView
from federation.proof.rollback import parse_rollback, verify_rollback
from federation.slot import checkpoint_slot
from federation.witness.halt import found_split
from ledger.changeset import Verified
from ledger.checkpoint import verify_checkpoint
from ledger.codec import encode
from ledger.errors import HistoryMismatch
from ledger.operation import AddUnit, Pay
from ledger.proof.fork import ProvenFork, parse_fork, verify_fork
from ledger.record import (
    NONCE_BYTES,
    ChangeSetRecord,
    RefusalRecord,
    TransactionRecord,
    decode_record,
)
from ledger.state import replace
from ledger.store.meta import ValueStore
from ledger.unit import Unit
from manager.opening import ConfirmationMissing
from member.membership import Membership
from member.standing import view_stand
from tests.support.chronicle import check_world, come_to_rest, journal
from tests.support.liar import Bodies, Liar
from tests.support.world import MANAGER, World, key_of

Tell = Callable[[Callable[[World], Awaitable[None]]], None]
NOBODYS = bytes(NONCE_BYTES)
PEOPLE = ("ada", "bo", "cleo")
ADA, BO, CLEO = (key_of(name)[:16] for name in PEOPLE)


def pay(to: bytes, amount: int) -> Pay:
    return Pay(to, amount, "EUR", "", b"", None)


def read(body: bytes) -> object:
    """Return what a record's body says."""
    return decode_record(NOBODYS + body)


async def trade(world: World) -> None:
    """Let there be a past, published and known to all."""
    for amount in (100, 200):
        world.ask("ada", pay(BO, amount))
        world.ask("bo", pay(CLEO, amount + 1))
        await come_to_rest(world)


async def merge_unseen(world: World, *, asked: bool = True) -> list[Verified]:
    """Let the manager merge once more, and publish nothing of it."""
    signed = [world.ask("ada", pay(CLEO, 7)), world.ask("bo", pay(ADA, 8))] if asked else []
    for name in ("ada", "bo") if asked else ():
        await world.members[name].publish()
    world.tell(AddUnit(Unit("TIME", 0, "Time", 0, 10)))
    state = world.manager.books.state
    came = await world.manager.cycle._intake.take(  # noqa: SLF001 -- a cycle, cut in two
        state.keys, state.tree.root, world.now()
    )
    world.manager.books.merge(world.now(), came)
    return signed


def change_amount(bodies: Bodies) -> None:
    """Make the first payment larger than its payer signed."""
    for batch in bodies:
        for place, body in enumerate(batch):
            record = read(body)
            if isinstance(record, TransactionRecord):
                move = replace(record.transfers[0], amount=99_999)
                batch[place] = encode(replace(record, transfers=(move,)))
                return


def drop_first(bodies: Bodies) -> None:
    """Leave a payment of the past out as if it had never been."""
    for batch in bodies:
        kinds = [type(read(body)) for body in batch]
        if ChangeSetRecord in kinds:
            at = kinds.index(ChangeSetRecord)
            del batch[at : at + 2]
            return


def swap_newest(bodies: Bodies) -> None:
    """Put one member's payment of the newest merge before the other's."""
    batch = bodies[-1]
    asked = [at for at, body in enumerate(batch) if isinstance(read(body), ChangeSetRecord)]
    one, other = asked
    batch[one : other + 2] = batch[other : other + 2] + batch[one:other]


def bend_newest(bodies: Bodies) -> None:
    """Pay more in the newest merge than was asked for."""
    batch = bodies[-1]
    for place, body in enumerate(batch):
        record = read(body)
        if isinstance(record, TransactionRecord):
            move = replace(record.transfers[0], amount=record.transfers[0].amount + 1)
            batch[place] = encode(replace(record, transfers=(move,)))
            return


def forge_newest(bodies: Bodies) -> None:
    """Let somebody pay who never signed."""
    batch = bodies[-1]
    for place, body in enumerate(batch):
        record = read(body)
        if isinstance(record, ChangeSetRecord):
            batch[place] = encode(replace(record, signature=bytes(64)))
            return


def refuse_newest(bodies: Bodies) -> None:
    """Refuse a payment of the newest merge that all rules allow."""
    batch = bodies[-1]
    for place, body in enumerate(batch):
        record = read(body)
        if isinstance(record, ChangeSetRecord):
            refusal = RefusalRecord(
                record.concerns[:1], record.key, 0, 3, bytes(32), "insufficient_credit", 0,
                record.body, record.signature,
            )  # fmt: skip
            batch[place : place + 2] = [encode(refusal)]
            return


def proof_of(world: World, name: str) -> ProvenFork:
    """Return what a member's evidence proves to whoever has the community's key."""
    evidence = world.parties[name].home.evidence / "split-view.proof"
    return verify_fork(world.community, parse_fork(evidence.read_bytes()))


@pytest.mark.parametrize("anew", [False, True], ids=["under the old names", "in one new file"])
@pytest.mark.parametrize("change", [change_amount, drop_first])
def test_a_rewritten_past_is_found_by_every_follower_at_his_next_look(
    tell: Tell, tmp_path: Path, change: Callable[[Bodies], None], anew: bool
) -> None:
    async def story(world: World) -> None:
        await trade(world)
        before = journal(world.members["ada"].store)
        await merge_unseen(world)
        world.stop_manager()
        liar = Liar(world, tmp_path / "liar")
        liar.rewrite(change, anew=anew)
        assert await liar.publish() is not None
        for name in PEOPLE:
            with pytest.raises(SplitView):
                await world.members[name].look()
            proven = proof_of(world, name)
            assert proven.what == "prefix"
            assert proven.first.size == len(before) < proven.second.size
            assert journal(world.members[name].store) == before
            with world.own(name) as own:
                assert found_split(ValueStore(own)) is not None

    tell(story)


@pytest.mark.parametrize("change", [swap_newest, bend_newest, forge_newest, refuse_newest])
def test_a_bent_rule_is_found_by_every_follower_before_he_takes_it_over(
    tell: Tell, tmp_path: Path, change: Callable[[Bodies], None]
) -> None:
    async def story(world: World) -> None:
        await trade(world)
        before = journal(world.members["ada"].store)
        await merge_unseen(world)
        world.stop_manager()
        liar = Liar(world, tmp_path / "liar")
        liar.rewrite(change)
        assert await liar.publish() is not None
        for name in PEOPLE:
            with pytest.raises(HistoryMismatch, match=r"record \d+|the batch from record \d+"):
                await world.members[name].look()
            assert journal(world.members[name].store) == before
            (note,) = world.parties[name].home.evidence.iterdir()
            assert verify_checkpoint(world.community, note.read_bytes()).size > len(before)
            assert str(note) in world.parties[name].told[-1]

    tell(story)


def test_an_honest_copy_is_no_liar(tell: Tell, tmp_path: Path) -> None:
    """The stories above find lies and not the way in which they are told."""

    async def story(world: World) -> None:
        await trade(world)
        signed = await merge_unseen(world)
        world.stop_manager()
        liar = Liar(world, tmp_path / "liar")
        liar.rewrite(lambda _: None)
        await liar.publish()
        for name in PEOPLE:
            await world.members[name].look()
        await world.start_manager().open()
        await come_to_rest(world)
        assert all(one.hash in check_world(world, signed).merged for one in signed)

    tell(story)


def sever(world: World, halves: dict[str, int]) -> None:
    """Let parties reach only their half of the nodes that hold the checkpoint."""
    nodes = world.dht.closest(checkpoint_slot(world.community).target)
    for party, half in halves.items():
        for place, node in enumerate(nodes):
            if place % 2 != half:
                world.dht.severed.add((party, node.address[1] - 10_000))


@pytest.mark.parametrize("more", [0, 1], ids=["of one size", "of two sizes"])
def test_two_halves_that_are_shown_two_histories_tell_each_other(
    tell: Tell, tmp_path: Path, more: int
) -> None:
    async def story(world: World) -> None:
        await trade(world)
        world.stop_manager()
        liar = Liar(world, tmp_path / "liar")
        sever(world, {MANAGER: 0, "ada": 0, "liar": 1, "bo": 1, "cleo": 1})
        world.start_manager()
        world.tell(AddUnit(Unit("TIME", 0, "Time", 0, 10)))
        await world.manager.cycle.settle()
        await world.members["ada"].look()
        await liar.publish_after(more, AddUnit(Unit("TIME", 0, "Hours", 0, 10)))
        found = []
        for name in ("bo", "cleo", "ada"):
            try:
                await world.members[name].look()
            except SplitView:
                found.append(name)
        assert found, "somebody of the second half reads ada, or she somebody of it"
        for name in found:
            assert proof_of(world, name).what == ("prefix" if more else "size")

    tell(story)


def test_a_smaller_ledger_after_a_larger_one_is_proven_by_whoever_saw_both(
    tell: Tell, tmp_path: Path
) -> None:
    async def story(world: World) -> None:
        await trade(world)
        world.stop_manager()
        liar = Liar(world, tmp_path / "liar")
        await world.start_manager().open()
        world.ask("ada", pay(CLEO, 7))
        await come_to_rest(world)
        before = journal(world.members["ada"].store)
        newest = max(one.item.seq for one in world.dht.puts)
        world.stop_manager()
        assert await liar.publish(beyond=newest) is not None
        for name in PEOPLE:
            await world.members[name].look()
            assert journal(world.members[name].store) == before
            evidence = world.parties[name].home.evidence / "rollback.proof"
            proven = verify_rollback(world.community, parse_rollback(evidence.read_bytes()))
            assert proven.earlier.size == len(before) > proven.later.size
            assert str(evidence) in world.parties[name].told[-1]
            told = len(world.parties[name].told)
            await world.members[name].look()
            assert len(world.parties[name].told) == told, "it is said once"

    tell(story)


def standing(world: World, name: str) -> dict[str, object]:
    """Return how the ledger stands for a member, as his commands show it."""
    party = world.parties[name]
    with world.own(name) as own:
        member = Membership(
            party.home, party.key, world.card, own, world.members[name].store.database
        )
        return view_stand(member, world.now())


def test_a_ledger_that_stands_still_is_stale_after_a_day(tell: Tell) -> None:
    async def story(world: World) -> None:
        await trade(world)
        world.stop_manager()
        for name in PEOPLE:
            await world.members[name].look()
            assert standing(world, name)["stale"] is False
            world.cut_off(name)
        await world.parties["ada"].clock.sleep(25 * 3_600)
        for name in PEOPLE:
            await world.members[name].look()
            assert standing(world, name)["stale"] is True

    tell(story)


def test_who_is_passed_over_for_three_checkpoints_shows_it_to_all(tell: Tell) -> None:
    async def story(world: World) -> None:
        await trade(world)
        ignored = world.ask("ada", pay(BO, 100))
        for number in range(4):
            for name in PEOPLE:
                await world.members[name].look()
            world.tell(AddUnit(Unit("HOUR", 2, f"Hours {number}", number, 100)))
            await world.manager.cycle.settle()
        for name in PEOPLE:
            await world.members[name].look()
        for name in PEOPLE:
            await world.members[name].look()
            assert ignored.hash.hex() in str(standing(world, name)["withheld"]), name

    tell(story)


def test_a_manager_whose_disk_forgot_what_he_signed_finds_it_in_his_own_slot(
    tell: Tell, tmp_path: Path
) -> None:
    """He published, and the commit was lost with the power: the disk had lied about it."""

    async def story(world: World) -> None:
        await trade(world)
        home = world.parties[MANAGER].home
        world.stop_manager()
        shutil.copytree(home.path, tmp_path / "before")
        await world.start_manager().open()
        signed = world.ask("ada", pay(CLEO, 7))
        await come_to_rest(world)
        after = journal(world.manager.store)
        world.stop_manager()
        shutil.rmtree(home.path)
        shutil.copytree(tmp_path / "before", home.path)
        puts = len(world.dht.puts)
        with pytest.raises(ConfirmationMissing):
            await world.start_manager().open()
        assert [one.party for one in world.dht.puts[puts:] if one.party == MANAGER] == []
        assert journal(world.manager.store) == after
        await world.manager.open(confirmed=True)
        await come_to_rest(world)
        assert signed.hash in check_world(world, [signed]).merged

    tell(story)
