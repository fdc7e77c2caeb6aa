"""`commontab name resolve`: own names and those of a linked community, and the proofs of both."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from federation.home import Home
from federation.link.address import format_key
from federation.link.key import link_seed
from federation.names.folder import RegistryFolder
from ledger import crypto
from ledger.link.terms import NO_FEE
from ledger.name.operation import Claim, NameRecord, SetRecords
from ledger.name.state import DAY_S
from ledger.operation import AddLink
from ledger.store.lock import hold_lock
from tests.support.hamlet import begin, refresh
from tests.support.pressroom import Pressroom
from tests.support.prompt import Cli
from tests.support.realm import IN_EUR
from tests.support.township import Town, seed_of
from tests.support.weather import SimClock

WEB = NameRecord("www", 1, 300, bytes([192, 0, 2, 7]))


class Today(SimClock):
    """The machine's own calendar."""

    def now(self) -> int:
        return int(time.time())


@pytest.fixture
def town(town: Town) -> Town:
    town.now = int(time.time())
    town.ask("anna", Claim("bakery", 0, None))
    return town


@pytest.fixture
def river(tmp_path: Path, town: Town, home: Home) -> Pressroom:
    """A linked community, closed to others, whose names this home has followed."""
    river = Town("dora", name="river")
    river.now = int(time.time())
    river.ask("dora", Claim("mill", 0, None), SetRecords("mill", (WEB,), None))
    theirs, ours = (crypto.public_key(link_seed(one.seed)) for one in (river, town))
    town.manage(AddLink(river.key, theirs, ours, "river", "River", IN_EUR, False, NO_FEE, 9, 9))
    refresh(home, town)
    room = Pressroom(river, tmp_path / "river")

    async def follow() -> None:
        await room.publish()
        await room.registry_follower(home.registries, Today()).follow()

    asyncio.run(follow())
    return room


def test_own_names_resolve_and_prove_what_they_are(cli: Cli, home: Home, tmp_path: Path) -> None:
    for typed in ("bakery", "bakery.tab.alt", "bakery@riverside", "bakery.riverside.tab.alt"):
        ended = cli("name", "resolve", typed, "--home", home.path)
        assert ended.code == 0, ended.err
        assert "The name bakery belongs to account" in ended.out
    proof = tmp_path / "proof"
    ended = cli("name", "resolve", "bakery", "--prove", "--out", proof, "--home", home.path)
    assert f"Written to {proof}" in ended.out
    checked = cli("check-proof", proof)
    assert checked.code == 0, checked.err
    assert "The name bakery belongs to account" in checked.out


def test_names_of_a_linked_community_resolve_and_prove_what_they_are(
    cli: Cli, home: Home, river: Pressroom, tmp_path: Path
) -> None:
    key = format_key(river.town.key)
    for typed in ("www.mill@river", "www.mill.river.tab.alt", f"www.mill.{key}.tab.alt"):
        ended = cli("name", "resolve", typed, "--home", home.path, "--json")
        assert ended.code == 0, ended.err
        held = json.loads(ended.out)
        assert held["community"]["key"] == river.town.key.hex()
        assert (held["name"], held["sub"], held["resolves"]) == ("mill", "www", True)
        assert held["records"] == ["www 300 IN A 192.0.2.7"]
        assert held["checkpoint"]["size"] == len(river.town.records)
    said = cli("name", "resolve", "www.mill@river", "--home", home.path).out
    assert "At www: www 300 IN A 192.0.2.7." in said
    assert "seconds ago; nobody else has cosigned it" in said
    proof = tmp_path / "proof"
    cli("name", "resolve", "mill@river", "--out", proof, "--home", home.path)
    checked = cli("check-proof", proof, "--community", river.town.key.hex())
    assert "The name mill belongs to account" in checked.out
    assert "www 300 IN A 192.0.2.7" in checked.out
    assert cli("check-proof", proof, "--community", crypto.public_key(seed_of("x")).hex()).code == 1


@pytest.mark.usefixtures("river")
def test_absence_is_an_answer_with_a_proof_and_ends_with_1(cli: Cli, home: Home) -> None:
    for typed in ("nobody", "nobody@river"):
        ended = cli("name", "resolve", typed, "--prove", "--home", home.path)
        assert ended.code == 1
        assert "Nobody has the name nobody there." in ended.out
        _, _, text = ended.out.partition("commontab/present/v1")
        assert "absent " in text
        held = json.loads(
            cli("name", "resolve", typed, "--prove", "--json", "--home", home.path).out
        )
        assert (held["resolves"], held["held"]) == (False, None)
        assert held["proof"].startswith("commontab/present/v1\nmap names\n")


@pytest.mark.parametrize(
    ("typed", "code", "why"),
    [("mill@rivers", 2, "did you mean river"), ("a..b", 2, "no label")],
)
@pytest.mark.usefixtures("river")
def test_what_leads_nowhere_is_refused_with_a_step(
    cli: Cli, home: Home, typed: str, code: int, why: str
) -> None:
    ended = cli("name", "resolve", typed, "--home", home.path)
    assert (ended.code, why in ended.err) == (code, True), ended.err


def test_a_community_that_no_link_leads_to_is_asked_for_by_its_key(cli: Cli, home: Home) -> None:
    far = Town("dora", name="far")
    far.ask("dora", Claim("mill", 0, None))
    folder = RegistryFolder(home.registries)
    typed = f"mill.{format_key(far.key)}"
    with hold_lock(home.lock):  # the program runs, and follows names itself
        ended = cli("name", "resolve", typed, "--home", home.path)
    assert ended.code == 3
    assert "were not read yet" in ended.err
    assert folder.asked_for(int(time.time())) == [far.key]
    assert folder.asked_for(int(time.time()) + 31 * DAY_S) == []
    assert folder.asked_for(int(time.time())) == []


def test_a_community_that_never_had_a_name_has_none(cli: Cli, home: Home, tmp_path: Path) -> None:
    far = Town("dora", name="far")
    room = Pressroom(far, tmp_path / "far")

    async def follow() -> None:
        await room.publish()
        await room.registry_follower(home.registries, Today()).follow()

    asyncio.run(follow())
    typed = f"mill.{format_key(far.key)}"
    ended = cli("name", "resolve", typed, "--home", home.path)
    assert ended.code == 1, ended.err
    assert "Nobody has the name mill there." in ended.out
    assert f"Its checkpoint of {len(far.records)} records was last found" in ended.out
    ended = cli("name", "resolve", typed, "--prove", "--home", home.path)
    assert (ended.code, "never had a name" in ended.err) == (3, True)


def test_a_home_without_a_ledger_says_so(cli: Cli, town: Town, tmp_path: Path) -> None:
    home = begin(tmp_path / "carla", town, "carla")
    ended = cli("name", "resolve", "bakery", "--home", home.path)
    assert ended.code == 1
    assert "no ledger" in ended.err
