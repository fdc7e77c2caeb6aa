"""Names in closed communities that are linked: claimed in one, resolved and proven in others."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from federation.errors import AddressInvalid
from federation.link.address import format_key
from federation.names.address import parse_name
from federation.names.folder import RegistryFolder
from federation.names.reader import RegistryReader
from federation.names.resolve import Answer, Resolver
from ledger.codec import decode, encode
from ledger.errors import HistoryMismatch
from ledger.name.operation import Claim, Release, RevokeName, SetRecords
from ledger.name.state import NameState
from ledger.operation import AddUnit, Operation, SetLinkStatus
from ledger.proof.present import format_present, parse_present, verify_present
from ledger.state import replace
from ledger.store.publication import PublicationStore
from ledger.unit import Unit
from tests.support.chronicle import come_to_rest
from tests.support.federated import Village, exchange, people_of
from tests.support.liar import Liar
from tests.support.vandal import drop_guards
from tests.support.world import World, key_of

MORE = Unit("MORE", 0, "More", 0, 10)


async def name(village: Village, *operations: Operation) -> None:
    """Let a member ask for something about names, and everybody of his community read it."""
    ada, bo = people_of(village)
    village.ask(ada, *operations)
    await village.members[ada].publish()
    await village.manager.run_cycle()
    for one in (ada, bo):
        await village.members[one].look()


async def follow(*villages: Village) -> None:
    """Let one member of each community and all managers follow names; the second look finds all."""
    for _ in range(2):
        for one in villages:
            await one.manager.follow_names()
            await one.members[people_of(one)[1]].follow_names()


def resolver(village: Village) -> Resolver:
    """Return what a member of a community resolves by, in a process that only reads."""
    bo = people_of(village)[1]
    reader = RegistryReader(RegistryFolder(village.parties[bo].home.registries))
    return reader.resolver(village.members[bo].store)


def ask(village: Village, typed: str) -> Answer:
    return resolver(village).resolve(parse_name(typed, "tab.alt"), village.now())


def check(village: Village, typed: str, holder: Village) -> None:
    """Compare an answer with the holder's own ledger, and its proof with its key."""
    answer = ask(village, typed)
    assert answer.place.community == holder.community
    expected = holder.ledger.names.get(answer.place.name)
    assert answer.held == expected
    text = format_present(answer.registry.prove(answer.place.name))
    proven = verify_present(holder.community, parse_present(text))
    assert proven.value == expected
    assert proven.checkpoint.size == answer.registry.size == holder.ledger.tree.size


def test_names_are_resolved_and_proven_across_links(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village, lake: Village) -> None:
        await name(hill, Claim("bakery", 0, None))
        await name(lake, Claim("boat", 0, None), Claim("forge", 0, None))
        await follow(hill, river, lake)
        for typed in ("bakery@hill", "bakery.hill.tab.alt", "nobody.hill", "boat.lake"):
            check(river, typed, lake if "lake" in typed else hill)
        for typed in ("boat.lake.river", "forge@lake.river", f"forge.{format_key(lake.community)}"):
            check(hill, typed, lake)
        check(hill, "bakery", hill)
        check(lake, "bakery@hill.river", hill)
        assert ask(hill, "boat.lake.river").place.path == ("river", "lake")
        with pytest.raises(AddressInvalid, match="no community"):
            ask(hill, "boat@lake")
        with pytest.raises(AddressInvalid, match="circle"):
            ask(river, "x@river.hill")

    play(story, "hill", "river", "lake")


def test_what_changes_is_followed_and_what_ended_resolves_no_more(
    play: Callable[..., None],
) -> None:
    async def story(hill: Village, river: Village) -> None:
        await name(hill, Claim("bakery", 0, None), Claim("mill", 0, None))
        await follow(hill, river)
        key = key_of(people_of(hill)[1])
        await name(hill, SetRecords("bakery", (), key), Release("mill"))
        await follow(river)
        check(river, "mill@hill", hill)
        assert ask(river, "mill@hill").value is None
        found = ask(river, "bakery@hill").value
        assert found is not None
        assert found.key == key
        hill.tell(RevokeName("bakery", "not his"))
        await hill.manager.watch()
        await follow(river)
        assert ask(river, "bakery@hill").value is None

    play(story)


def test_a_follower_moves_what_changed_and_nothing_of_the_journal(
    play: Callable[..., None],
) -> None:
    async def story(hill: Village, river: Village) -> None:
        await name(hill, Claim("bakery", 0, None), Claim("mill", 0, None))
        await follow(river)
        folder = river.parties[people_of(river)[1]].home.registries
        for number in range(20):
            change = Claim(f"n{number}", 0, None) if number % 2 else Release(f"n{number - 1}")
            await name(hill, change)
            await river.members[people_of(river)[1]].follow_names()
            held = ask(river, "bakery@hill").registry
            assert set(held.names()) == set(hill.ledger.names)
        kept = {path.name[:2] for path in folder.glob("commontab-*/*")}
        assert kept <= {"na", "n0", "n1"}
        files = PublicationStore(hill.members[people_of(hill)[0]].store.database).newest(1)
        assert {name[:2] for name in files[0].files} >= kept

    play(story)


def test_a_manager_who_went_silent_is_told_by_age(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        await name(hill, Claim("bakery", 0, None))
        await follow(river)
        seen = ask(river, "bakery@hill").registry.seen
        river.cut_off(people_of(river)[1])
        await river.parties["river"].clock.sleep(3_600)
        await river.members[people_of(river)[1]].follow_names()
        assert ask(river, "bakery@hill").registry.seen == seen
        river.reconnect()
        await river.members[people_of(river)[1]].follow_names()
        assert ask(river, "bakery@hill").registry.seen >= seen + 3_600

    play(story)


def test_a_link_that_was_closed_is_let_go_of(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        await name(hill, Claim("bakery", 0, None))
        await follow(hill, river)
        folder = RegistryFolder(river.parties[people_of(river)[1]].home.registries)
        assert hill.community in folder.communities()
        river.tell(SetLinkStatus(hill.community, "closed", "enough"))
        await exchange(hill, river)
        await river.members[people_of(river)[1]].look()
        await follow(river)
        assert hill.community not in folder.communities()
        with pytest.raises(AddressInvalid):
            ask(river, "bakery@hill")

    play(story)


def test_names_that_the_records_do_not_give_are_refused_by_all_who_replay(
    tell: Callable[[Callable[[World], Awaitable[None]]], None], tmp_path: Path
) -> None:
    async def story(world: World) -> None:
        world.ask("ada", Claim("bakery", 0, None))
        await come_to_rest(world)
        world.stop_manager()
        liar = Liar(world, tmp_path / "liar")
        with closing(sqlite3.connect(liar.home.ledger, isolation_level=None)) as raw:
            drop_guards(raw)
            (data,) = raw.execute("SELECT value FROM name_change").fetchone()
            false = replace(decode(data, NameState, 8_192), key=key_of("bo"))
            raw.execute("UPDATE name_change SET value = ?", (encode(false),))
            raw.execute("DELETE FROM publication")
        await liar.publish_after(0, AddUnit(MORE))
        for name in ("ada", "bo", "cleo"):
            covered = world.members[name].store.newest_checkpoint()
            with pytest.raises(HistoryMismatch, match="follow only the names something else"):
                await world.members[name].follow()
            assert world.state(name).names["bakery"].key == key_of("ada")
            assert world.members[name].store.newest_checkpoint() == covered

    tell(story)
