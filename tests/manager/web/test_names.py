"""Names on the manager's page: reserved, frozen, revoked, and what they cost."""

from contextlib import closing

import pytest

from ledger.checkpoint import sign_checkpoint
from ledger.name.operation import Claim
from ledger.proof.present import parse_present, verify_present
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from manager.cli.options import now
from manager.office import open_office
from tests.support.council import Council
from tests.support.officeface import OfficeFace
from tests.support.visitor import Visitor


@pytest.fixture
def lively(lively: Council) -> Council:
    """The community in which Ada has claimed a name, and a checkpoint that covers it."""
    lively.merge(lively.people["ada"].sign(Claim("bakery", 0, None)), now=now() + 2)
    with closing(open_database(lively.home.ledger, Role.MANAGER, write=True)) as database:
        store = JournalStore(database)
        tree = store.load_state().tree
        signed = sign_checkpoint(lively.seed, tree.size, tree.root)
        store.add_checkpoint(tree.size, tree.root, signed.note)
    return lively


async def test_a_name_is_reserved_and_let_go(manager: Visitor, office: OfficeFace) -> None:
    seen = await manager.open("/names")
    done = await manager.send(seen.form("/names/reserve"), name="Town-Hall", reason="ours")
    assert "Done, and in the books" in done.words
    with open_office(office.council.home) as held:
        assert held.state.names["town-hall"].owner is None
    seen = await manager.open("/names?text=hall")
    assert "town-hall" in seen.words
    await manager.send(seen.form("/names/free"), reason="no longer")
    assert "town-hall" not in (await manager.open("/names")).words


async def test_what_does_not_fit_is_told(manager: Visitor) -> None:
    seen = await manager.open("/names")
    form = seen.form("/names/reserve")
    for typed, why in {"two words": "letters, digits and hyphens", "hall": "Say why"}.items():
        told = await manager.send(form, name=typed, reason="x" if " " in typed else "")
        assert (told.status, why in told.words) == (400, True), told.words
    told = await manager.send(seen.form("/names/rules"), most="many")
    assert (told.status, "whole number" in told.words) == (400, True)


async def test_prices_are_set(manager: Visitor, office: OfficeFace) -> None:
    seen = await manager.open("/names")
    done = await manager.send(seen.form("/names/rules"), claim="2.50", renew="1", most="3")
    assert "Done, and in the books" in done.words
    with open_office(office.council.home) as held:
        rules = held.state.name_rules
    assert (rules.unit, rules.claim, rules.renew, rules.most) == ("EUR", 250, 100, 3)


async def test_a_dispute_freezes_a_name_and_a_revocation_takes_it(manager: Visitor) -> None:
    seen = await manager.open("/names")
    assert "bakery ada" in seen.words
    done = await manager.send(seen.form("/names/dispute"), reason="two bakers")
    assert "Done, and in the books" in done.words
    seen = await manager.open("/names")
    assert "in dispute" in seen.words
    await manager.send(seen.form("/names/settle"), reason="they agreed")
    seen = await manager.open("/names")
    await manager.send(seen.form("/names/revoke"), reason="she left")
    assert "No such name is claimed" in (await manager.open("/names")).words


async def test_anybody_may_look_a_name_up(stranger: Visitor) -> None:
    found = await stranger.open("/who?name=Bakery")
    assert (found.status, found.path) == (200, "/who/bakery")
    assert "Ada" in found.words
    assert ".tab.alt" in found.words
    assert "<svg" in found.text
    none = await stranger.open("/who/cobbler")
    assert (none.status, "Nobody has this name" in none.words) == (404, True)
    assert (await stranger.open("/who?name=two+words")).status == 200
    assert (await stranger.open("/who/two%20words")).status == 400
    assert (await stranger.open("/names")).path == "/login"


async def test_what_is_looked_up_has_a_proof(stranger: Visitor, lively: Council) -> None:
    for name, held in {"bakery": True, "cobbler": False}.items():
        proof = await stranger.open(f"/who/{name}/proof.txt")
        assert proof.status == 200, proof.words
        proven = verify_present(lively.key, parse_present(proof.text.encode()))
        assert (proven.value is not None) is held
