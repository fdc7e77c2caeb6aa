"""A community whose key is lost or stolen goes on under a new one, and nobody loses his books."""

import shutil
from collections.abc import Awaitable, Callable
from errno import EIO
from pathlib import Path

import pytest

from federation.card import sign_card
from federation.console.terminal import Refused
from federation.home import Home
from ledger.changeset import Verified
from ledger.operation import Admit, Pay, Reinstate, Suspend
from ledger.state import replace
from ledger.store.audit import audit
from ledger.store.cosignature import CosignatureStore
from ledger.store.lock import hold_lock
from ledger.store.outgoing import Outgoing, OutgoingStore
from ledger.successor import SignedSuccessor, sign_successor
from manager.safe import restore_seed
from manager.succeed import Wish, gather_signatures, propose
from member.membership import open_own
from member.succession import Crossed, cross_over
from tests.support.audit import add_up
from tests.support.chronicle import come_to_rest, journal
from tests.support.world import MANAGER, SETTINGS, Party, World, key_of, seed_of

Tell = Callable[[Callable[[World], Awaitable[None]]], None]
COUNCIL = "council"
ADA, BO, CLEO = (key_of(name)[:16] for name in ("ada", "bo", "cleo"))
REASON = "the manager's laptop was stolen"


def pay(to: bytes, amount: int) -> Pay:
    return Pay(to, amount, "EUR", "", b"", None)


def agree(world: World, source: str, *names: str, size: int | None = None) -> SignedSuccessor:
    """Let the council take over from a home's records by the word of these people."""
    home = Home(world.parties[source].home.path.parent / COUNCIL)
    seed = seed_of(COUNCIL)
    wish = Wish(size, REASON, world.now())
    proposed = propose(world.parties[source].home, home, seed, None, SETTINGS, wish=wish)
    given = [sign_successor(seed_of(name), proposed) for name in names]
    gathered = gather_signatures(home, seed, given, world.now())
    assert gathered.missing == 0
    follow_council(world)
    return gathered.signed


def follow_council(world: World) -> None:
    """Let everybody stop, and look to the council from now on."""
    for name in tuple(world.members):
        world.stop_member(name)
    world.stop_manager()
    world.parties[COUNCIL] = Party(COUNCIL, Home(world.parties[MANAGER].home.path.parent / COUNCIL))
    world.be_led_by(COUNCIL)


def cross(world: World, name: str, signed: SignedSuccessor) -> Crossed:
    """Let a member's home go over, as `succession follow` does."""
    world.stop_member(name)
    home, text = world.parties[name].home, sign_card(seed_of(COUNCIL), world.card)
    with open_own(home) as own, hold_lock(home.lock):
        return cross_over(home, own, text, world.card, signed, now=world.now())


def posted(world: World, name: str, account: bytes) -> int:
    """Return an account's euros, as a member's replica has them."""
    balances = world.state(name).accounts[account].balances
    return next((one.posted for one in balances if one.unit == "EUR"), 0)


def outgoing(world: World, name: str, signed: Verified) -> Outgoing:
    with world.own(name) as own:
        found = OutgoingStore(own).find(signed.hash)
    assert found is not None
    return found


def test_a_community_whose_key_was_lost_goes_on(tell: Tell) -> None:
    async def story(world: World) -> None:
        world.ask("ada", pay(BO, 700))
        await come_to_rest(world)
        late = world.ask("ada", pay(BO, 50))
        await world.members["ada"].publish()
        before = world.state("bo").tree.size
        signed = agree(world, "bo", "ada", "bo")
        crossed = {name: cross(world, name, signed) for name in ("ada", "bo", "cleo")}
        assert [one.change_set.hash for one in crossed["ada"].lost] == [late.hash]
        assert not crossed["bo"].lost
        await world.start_manager().open()
        for name in crossed:
            world.start_member(name)
        with pytest.raises(Refused, match="gone over to its community's new key"):
            world.ask("ada", pay(BO, 1))
        await come_to_rest(world)
        assert [posted(world, "bo", one) for one in (ADA, BO, CLEO)] == [-700, 700, 0]
        again = world.ask("ada", pay(BO, 50))
        assert again.change_set.generation == 1
        back = world.ask("bo", pay(CLEO, 20))
        await come_to_rest(world)
        assert [posted(world, "cleo", one) for one in (ADA, BO, CLEO)] == [-750, 730, 20]
        assert outgoing(world, "ada", again).state == "merged"
        assert outgoing(world, "bo", back).state == "merged"
        assert outgoing(world, "ada", late).state == "superseded"
        (one,) = world.state("cleo").successions
        assert (one.size, one.signed, one.accounts, one.reason) == (before, 2, 3, REASON)
        for name in crossed:
            assert audit(world.members[name].store).newest is not None
        assert audit(world.manager.store).root == world.state("ada").tree.root
        books = add_up(key_of(MANAGER), journal(world.members["cleo"].store))
        assert [books.posted[one, "EUR"] for one in (ADA, BO, CLEO)] == [-750, 730, 20]
        assert books.community == key_of(COUNCIL)

    tell(story)


def test_witnesses_find_each_other_under_the_new_key(tell: Tell) -> None:
    """Their slots are found by the first epoch's key, which the new manager never made."""

    async def story(world: World) -> None:
        world.tell(Suspend(CLEO, "away"), Reinstate(CLEO))
        await come_to_rest(world)
        assert world.manager.books.state.community is not None
        assert world.manager.books.state.community.epoch == 2
        signed = agree(world, "bo", "ada", "bo")
        for name in ("ada", "bo"):
            cross(world, name, signed)
        await world.start_manager().open()
        for name in ("ada", "bo"):
            world.start_member(name)
        await come_to_rest(world)
        for name in ("ada", "bo"):
            await world.members[name].look()
        await world.manager.hear()
        heard = CosignatureStore(world.manager.store.database).sizes()
        assert set(heard) == {key_of("ada"), key_of("bo")}
        assert set(heard.values()) == {world.state("ada").tree.size}

    tell(story)


def test_somebody_new_joins_by_the_new_card_alone(tell: Tell) -> None:
    async def story(world: World) -> None:
        world.ask("ada", pay(BO, 700))
        await come_to_rest(world)
        signed = agree(world, "bo", "ada", "bo")
        cross(world, "ada", signed)
        await world.start_manager().open()
        world.start_member("ada")
        await come_to_rest(world)
        world.join("dan")
        world.tell(Admit(key_of("dan"), "dan", "Dan"))
        world.start_member("dan")
        await come_to_rest(world)
        assert posted(world, "dan", BO) == 700
        assert world.state("dan").former == (key_of(MANAGER),)
        assert audit(world.members["dan"].store).size == world.state("ada").tree.size
        world.ask("dan", pay(ADA, 5))
        await come_to_rest(world)
        assert posted(world, "ada", key_of("dan")[:16]) == -5

    tell(story)


def test_a_fork_is_left_at_the_last_size_that_is_good(tell: Tell) -> None:
    """The thief goes on with the old key after the size; who followed him comes back."""

    async def story(world: World) -> None:
        world.ask("ada", pay(BO, 700))
        await come_to_rest(world)
        good = world.state("bo").tree.size
        stolen = world.ask("ada", pay(CLEO, 300))
        await come_to_rest(world)
        assert outgoing(world, "ada", stolen).state == "merged"
        signed = agree(world, "bo", "ada", "bo", size=good)
        crossed = {name: cross(world, name, signed) for name in ("ada", "bo", "cleo")}
        assert [one.change_set.hash for one in crossed["ada"].lost] == [stolen.hash]
        for one in crossed.values():
            assert (one.aside / "ledger.db").exists()
        await world.start_manager().open()
        for name in crossed:
            world.start_member(name)
        await come_to_rest(world)
        assert [posted(world, "cleo", one) for one in (ADA, BO, CLEO)] == [-700, 700, 0]
        assert world.state("ada").history[good] == signed.statement.root

    tell(story)


def test_a_member_whose_history_differs_refuses(tell: Tell) -> None:
    async def story(world: World) -> None:
        world.stop_member("cleo")
        world.ask("ada", pay(BO, 700))
        await come_to_rest(world)
        signed = agree(world, "bo", "ada", "bo")
        with pytest.raises(Refused, match=r"this home has \d+; run `commontab sync` first"):
            cross(world, "cleo", signed)
        lied = replace(signed, statement=replace(signed.statement, root=bytes(32)))
        with pytest.raises(Refused, match=r"names root 0{64} .* another history than yours"):
            cross(world, "ada", lied)
        minority = replace(signed, signers=signed.signers[:1])
        with pytest.raises(Refused, match="nothing was changed: 1 of 3 active accounts"):
            cross(world, "ada", minority)
        assert not (world.parties["ada"].home.path / "next").exists()
        assert cross(world, "ada", signed).successor.accounts == 3

    tell(story)


@pytest.mark.parametrize("moves", range(3))
def test_a_home_that_died_while_crossing_is_whole_at_its_next_start(tell: Tell, moves: int) -> None:
    """After so many of the three moves of files."""

    async def story(world: World) -> None:
        world.ask("ada", pay(BO, 700))
        await come_to_rest(world)
        signed = agree(world, "bo", "ada", "bo")
        rename, left = Path.rename, [moves]

        def die(path: Path, target: Path) -> Path:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(EIO, "the machine stopped")
            return rename(path, target)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "rename", die)
            with pytest.raises(OSError, match="stopped"):
                cross(world, "ada", signed)
        home = world.parties["ada"].home
        with open_own(home):
            assert not (home.path / "next").exists()
        await world.start_manager().open()
        world.start_member("ada")
        await come_to_rest(world)
        assert posted(world, "ada", BO) == 700
        assert world.state("ada").key == key_of(COUNCIL)
        (aside,) = home.path.glob("before-*")
        assert sorted(one.name for one in aside.iterdir()) == ["ledger.db", "snapshot"]

    tell(story)


def test_a_new_manager_comes_back_from_his_words(tell: Tell) -> None:
    """Earlier epochs of a closed ledger are sealed by a secret that he never had."""

    async def story(world: World) -> None:
        world.ask("ada", pay(BO, 700))
        await come_to_rest(world)
        signed = agree(world, "bo", "ada", "bo")
        cross(world, "ada", signed)
        await world.start_manager().open()
        world.start_member("ada")
        await come_to_rest(world)
        size = world.manager.books.state.tree.size
        world.stop_manager()
        home = world.parties[COUNCIL].home
        shutil.rmtree(home.path)
        restore_seed(home, seed_of(COUNCIL), None, SETTINGS)
        await world.start_manager().open(confirmed=True)
        assert world.manager.books.state.tree.size == size
        assert world.manager.books.state.key == key_of(COUNCIL)

    tell(story)


def test_a_waiting_home_neither_merges_nor_publishes(tell: Tell) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        home = Home(world.parties["bo"].home.path.parent / COUNCIL)
        wish = Wish(None, REASON, world.now())
        seed = seed_of(COUNCIL)
        proposed = propose(world.parties["bo"].home, home, seed, None, SETTINGS, wish=wish)
        gathered = gather_signatures(home, seed, [sign_successor(seed_of("ada"), proposed)], 1)
        assert (gathered.missing, gathered.accounts) == (1, 3)
        follow_council(world)
        with pytest.raises(Refused, match="waits until a majority"):
            await world.start_manager().open()
        world.stop_manager()
        gathered = gather_signatures(home, seed, [sign_successor(seed_of("bo"), proposed)], 1)
        assert gathered.missing == 0
        with pytest.raises(Refused, match="complete already"):
            gather_signatures(home, seed, [], 1)

    tell(story)
