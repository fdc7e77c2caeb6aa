"""What members say they were shown, who notices when it differs, and what stops then."""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from federation.errors import SplitView
from federation.item import sign_item
from federation.slot import checkpoint_slot, decode_checkpoint_value, witness_slot
from federation.witness.halt import Halted, found_split, go_on, halt
from federation.witness.testimony import ReadTestimony, read_testimony, sign_testimony
from ledger.blind import community_secret, epoch_key
from ledger.checkpoint import VerifiedCheckpoint, sign_checkpoint
from ledger.note import parse_note
from ledger.operation import AddUnit, Pay, Suspend
from ledger.proof.fork import parse_fork, verify_fork
from ledger.store.cosignature import CosignatureStore
from ledger.store.meta import ValueStore
from ledger.store.witnessed import WitnessedStore
from ledger.unit import Unit
from manager.opening import ConfirmationMissing
from tests.support.chronicle import check_world, come_to_rest
from tests.support.loop import run_virtual
from tests.support.simdht import SimDht
from tests.support.world import FOLK, MANAGER, World, key_of, seed_of

Tell = Callable[[Callable[[World], Awaitable[None]]], None]
PEOPLE = ("ada", "bo", "cleo")
ADA, BO, CLEO = (key_of(name)[:16] for name in PEOPLE)
FIRST_KEY = epoch_key(community_secret(seed_of(MANAGER)), 1)


def pay(to: bytes, amount: int) -> Pay:
    return Pay(to, amount, "EUR", "", b"", None)


async def change(world: World, number: int) -> None:
    """Let one more version be published, without looking into anybody's slot."""
    world.tell(AddUnit(Unit("HOUR", 2, f"Hours {number}", number, 100)))
    await world.manager.cycle.settle()


async def word_of(world: World, name: str) -> ReadTestimony:
    """Return what a member says, as anybody with the read key reads it."""
    key = key_of(name)
    got = await SimDht(world.dht, "reader").get(witness_slot(FIRST_KEY, world.community, key))
    assert got.item is not None
    return read_testimony(world.community, key, got.item.value)


async def say_for(world: World, name: str, checkpoint: VerifiedCheckpoint) -> None:
    """Put a testimony with a member's key, as if he had been shown this."""
    slot = witness_slot(FIRST_KEY, world.community, key_of(name))
    value = sign_testimony(seed_of(name), checkpoint, (), world.now())
    dht = SimDht(world.dht, "liar")
    got = await dht.get(slot)
    seq = got.item.seq + 1 if got.item else 1
    await dht.put(sign_item(seed_of(name), slot.salt, seq, value))


def false_checkpoint(size: int) -> VerifiedCheckpoint:
    """Return what a dishonest manager signs for somebody else."""
    return sign_checkpoint(seed_of(MANAGER), size, b"\x66" * 32)


async def note_in_slot(world: World) -> bytes:
    got = await SimDht(world.dht, "reader").get(checkpoint_slot(world.community))
    assert got.item is not None
    return decode_checkpoint_value(got.item.value).note


def test_everybody_cosigns_and_the_slot_says_so(tell: Tell) -> None:
    async def story(world: World) -> None:
        world.ask("ada", pay(BO, 100))
        await come_to_rest(world)
        size = world.manager.books.state.tree.size
        said = [await word_of(world, name) for name in PEOPLE]
        assert {one.checkpoint.size for one in said} == {size}
        await world.manager.hear()
        note = await note_in_slot(world)
        assert len(parse_note(note).signatures) == 1 + len(PEOPLE)
        await world.manager.hear()
        assert await note_in_slot(world) == note
        await world.members["ada"].follow()
        kept = CosignatureStore(world.members["ada"].store.database).sizes()
        assert kept == dict.fromkeys((key_of(name) for name in PEOPLE), size)
        await change(world, 1)
        assert await handed_on(world) == []
        await come_to_rest(world)
        check_world(world, [])

    tell(story)


async def handed_on(world: World) -> list[str]:
    """Return the names of the newest snapshot's files of cosignatures."""
    got = await SimDht(world.dht, "reader").get(checkpoint_slot(world.community))
    assert got.item is not None
    newest = decode_checkpoint_value(got.item.value).infohashes[0]
    names = [file.name for file in world.swarm.metadata[newest].entries]
    return [name for name in names if name.startswith("cosignatures-")]


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "open"])
def test_what_does_not_fit_the_slot_comes_with_the_next_snapshot(
    tmp_path: Path, closed: bool
) -> None:
    async def main() -> None:
        world = World(tmp_path, 3, closed=closed)
        try:
            world.found()
            world.settle_in(*FOLK)
            await world.start_manager().open()
            for name in FOLK[:-1]:
                world.start_member(name)
            await come_to_rest(world)
            await world.manager.hear()
            size = world.manager.books.state.tree.size
            await change(world, 1)
            assert len(await handed_on(world)) == 1
            late = world.start_member(FOLK[-1])
            await late.follow()
            kept = CosignatureStore(late.store.database).sizes()
            assert len(kept) == len(FOLK) - 1 - 4
            assert set(kept.values()) == {size}
            await change(world, 2)
            assert len(await handed_on(world)) == 1
            await change(world, 3)
            assert await handed_on(world) == []
        finally:
            world.close()

    run_virtual(main())


def test_a_word_is_kept_before_it_is_put_and_not_said_twice(tell: Tell) -> None:
    async def story(world: World) -> None:
        world.ask("ada", pay(BO, 100))
        await come_to_rest(world)
        world.stop_member("ada")
        before = len(world.dht.puts)
        for _ in range(2):
            await world.start_member("ada").look()
            world.stop_member("ada")
        assert [seen for seen in world.dht.puts[before:] if seen.party == "ada"] == []
        with world.own("ada") as own:
            kept = WitnessedStore(own).newest(world.community)
        assert kept is not None
        assert kept.size == world.manager.books.state.tree.size

    tell(story)


def test_an_old_word_is_said_again_so_that_it_stays_worth_something(tell: Tell) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        first = await word_of(world, "ada")
        await world.parties["ada"].clock.sleep(7 * 3_600)
        await world.manager.keep_alive()
        await world.members["ada"].look()
        again = await word_of(world, "ada")
        assert again.checkpoint.size == first.checkpoint.size
        assert again.cosignature.time >= first.cosignature.time + 7 * 3_600

    tell(story)


def test_a_member_who_meets_another_history_stops_and_can_prove_it(tell: Tell) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        size = world.manager.books.state.tree.size
        await say_for(world, "bo", false_checkpoint(size))
        with pytest.raises(SplitView):
            await world.members["ada"].look()
        evidence = world.parties["ada"].home.evidence / "split-view.proof"
        found = verify_fork(world.community, parse_fork(evidence.read_bytes()))
        assert (found.what, found.first.size) == ("size", size)
        world.stop_member("ada")
        with pytest.raises(Halted, match="confirm-split-view"):
            await world.start_member("ada").look()
        with world.own("ada") as own:
            split = found_split(ValueStore(own))
        assert split is not None
        assert (split.evidence, split.confirmed) == (str(evidence), False)

    tell(story)


def test_another_history_of_an_earlier_size_is_proven_too(tell: Tell) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        size = world.manager.books.state.tree.size
        await change(world, 1)
        await come_to_rest(world)
        await say_for(world, "bo", false_checkpoint(size - 1))
        with pytest.raises(SplitView):
            await world.members["ada"].look()
        evidence = world.parties["ada"].home.evidence / "split-view.proof"
        found = verify_fork(world.community, parse_fork(evidence.read_bytes()))
        assert (found.what, found.first.size) == ("prefix", size - 1)

    tell(story)


def test_a_manager_who_is_shown_another_history_merges_no_more_until_told_to(tell: Tell) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        size = world.manager.books.state.tree.size
        await say_for(world, "bo", false_checkpoint(size))
        with pytest.raises(SplitView):
            await world.manager.hear()
        puts = len(world.dht.puts)
        world.ask("ada", pay(BO, 100))
        await world.members["ada"].publish()
        with pytest.raises(Halted):
            await world.manager.run_cycle()
        world.stop_manager()
        with pytest.raises(Halted):
            await world.start_manager().open()
        assert world.manager.books.state.tree.size == size
        assert [seen for seen in world.dht.puts[puts:] if seen.party == MANAGER] == []
        world.manager.go_on()
        await world.manager.open()
        await world.manager.hear()
        await world.manager.run_cycle()
        assert world.manager.books.state.tree.size > size

    tell(story)


def test_who_goes_on_still_hears_the_others(tell: Tell) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        size = world.manager.books.state.tree.size
        await say_for(world, "bo", false_checkpoint(size))
        with pytest.raises(SplitView):
            await world.manager.hear()
        world.manager.go_on()
        await change(world, 1)
        await say_for(world, "bo", false_checkpoint(size + 1))
        for name in ("ada", "cleo"):
            with world.own(name) as own:
                halt(ValueStore(own), Path("nowhere"), 1)
                go_on(ValueStore(own))
            await world.members[name].look()
        await world.manager.hear()
        note = parse_note(await note_in_slot(world))
        assert len(note.signatures) == 3
        assert world.manager.books.state.tree.size > size

    tell(story)


def test_rubbish_in_a_witnesss_slot_says_nothing(tell: Tell) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        slot = witness_slot(FIRST_KEY, world.community, key_of("bo"))
        for number, value in enumerate((b"i7e", b"0:", b"d1:c1:x1:h0:1:vi1ee")):
            item = sign_item(seed_of("bo"), slot.salt, 2 * world.now() + number, value)
            await SimDht(world.dht, "bo's twin").put(item)
            await world.manager.hear()
            await world.members["ada"].look()
        await change(world, 1)
        await come_to_rest(world)
        assert world.members["ada"].follower.replica.size == world.manager.books.state.tree.size

    tell(story)


def test_a_manager_behind_his_witnesses_signs_nothing_before_he_looked(tell: Tell) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        size = world.manager.books.state.tree.size
        await say_for(world, "bo", false_checkpoint(size + 5))
        with pytest.raises(ConfirmationMissing, match="second manager"):
            await world.manager.hear()
        world.stop_manager()
        with pytest.raises(ConfirmationMissing, match="confirm-restored"):
            await world.start_manager().open()

    tell(story)


def test_what_is_larger_stays_a_question_until_it_can_be_followed(tell: Tell) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        world.cut_off("ada")
        await change(world, 1)
        await come_to_rest_without(world, "ada")
        world.reconnect("ada")
        ada = world.members["ada"]
        await ada.vigil.witness.listen(world.now())
        with world.own("ada") as own:
            (question, *_) = WitnessedStore(own).questions()
        assert question.size == world.manager.books.state.tree.size
        await ada.look()
        with world.own("ada") as own:
            assert WitnessedStore(own).questions() == []

    tell(story)


def test_a_question_that_is_answered_otherwise_is_a_split_view(tell: Tell) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        before = world.manager.books.state.tree.size
        await change(world, 1)
        size = world.manager.books.state.tree.size
        assert size > before
        await say_for(world, "bo", false_checkpoint(size))
        await world.members["ada"].vigil.witness.listen(world.now())
        with pytest.raises(SplitView):
            await world.members["ada"].look()

    tell(story)


async def come_to_rest_without(world: World, *away: str) -> None:
    """Let everybody else follow what was published."""
    for _ in range(2):
        for name in PEOPLE:
            if name not in away:
                await world.members[name].look()


def test_a_change_that_is_passed_over_is_listed_until_it_is_merged(tell: Tell) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        ignored = world.ask("ada", pay(BO, 100))
        for number in range(4):
            for name in PEOPLE:
                await world.members[name].look()
            await change(world, number)
        for name in PEOPLE:
            await world.members[name].look()
        for name in PEOPLE:
            with world.own(name) as own:
                (listed,) = WitnessedStore(own).listed()
            assert (listed.witness, listed.hash) == (key_of("ada"), ignored.hash)
            passed = world.members[name].store.checkpoint_sizes(listed.first)
            assert len([size for size in passed if size <= listed.newest]) >= 3
        await come_to_rest(world)
        for name in PEOPLE:
            await world.members[name].look()
            with world.own(name) as own:
                assert WitnessedStore(own).listed() == [], name

    tell(story)


def test_whom_no_grant_opens_still_vouches_for_the_tree(tell: Tell) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        world.tell(Suspend(CLEO, "quarrel"))
        await world.manager.run_cycle()
        await world.members["cleo"].look()
        size = world.manager.books.state.tree.size
        assert world.members["cleo"].follower.replica.size < size
        assert (await word_of(world, "cleo")).checkpoint.size == size
        world.stop_member("cleo")
        await change(world, 1)
        await world.start_member("cleo").look()
        assert (await word_of(world, "cleo")).checkpoint.size > size
        larger = (await word_of(world, "cleo")).checkpoint
        world.stop_member("cleo")
        with world.own("cleo") as own, own.writing() as connection:
            # As if what she vouched for had been another history of the same length.
            connection.exec_driver_sql("DROP TRIGGER witnessed_goes_on")
            connection.exec_driver_sql("UPDATE witnessed SET root = zeroblob(32)")
        await change(world, 2)
        with pytest.raises(SplitView):
            await world.start_member("cleo").look()
        assert (await word_of(world, "cleo")).checkpoint == larger

    tell(story)


def test_whoever_goes_on_with_another_history_than_he_vouched_for_is_silent(tell: Tell) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        vouched = await word_of(world, "ada")
        world.stop_member("ada")
        with world.own("ada") as own, own.writing() as connection:
            # As if she had been shown another history of the same length.
            connection.exec_driver_sql("DROP TRIGGER witnessed_goes_on")
            connection.exec_driver_sql("UPDATE witnessed SET root = zeroblob(32)")
        await change(world, 1)
        with pytest.raises(SplitView):
            await follow_anew(world, "ada")
        with world.own("ada") as own:
            go_on(ValueStore(own))
        await world.members["ada"].look()
        assert world.members["ada"].follower.replica.size == world.manager.books.state.tree.size
        assert await word_of(world, "ada") == vouched

    tell(story)


async def follow_anew(world: World, name: str) -> None:
    """Begin without a ledger and look once."""
    world.parties[name].home.ledger.unlink()
    await world.start_member(name).look()


def test_an_old_copy_of_a_managers_home_is_stopped_by_what_members_say(
    tell: Tell, tmp_path: Path
) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        home = world.parties[MANAGER].home.path
        world.stop_manager()
        shutil.copytree(home, tmp_path / "old")
        await world.start_manager().open()
        world.ask("ada", pay(BO, 100))
        await come_to_rest(world)
        world.stop_manager()
        shutil.rmtree(home)
        shutil.copytree(tmp_path / "old", home)
        for node in world.dht.nodes:
            node.forget(checkpoint_slot(world.community))
        with pytest.raises(ConfirmationMissing, match="old copy"):
            await world.start_manager().open()

    tell(story)
