"""Names on the member's page: search, claim, records, reminders, and who stands behind one."""

import secrets
from typing import Any, cast

import pytest
from aiohttp import ClientSession

from federation.home import Home
from federation.names.code import format_code
from ledger.name.operation import Claim, NameRules, Offer, SetRecords
from ledger.name.state import DAY_S
from ledger.operation import Operation
from member.web.serve import Page
from tests.support.hamlet import refresh, signed
from tests.support.tab import come_back
from tests.support.township import Town
from tests.support.visitor import Visitor


def asked(home: Home) -> Operation:
    (operation,) = signed(home)[0].change_set.change_set.operations
    return operation


@pytest.fixture
def priced(town: Town, home: Home) -> Home:
    """The home in a town where names cost something."""
    town.manage(NameRules("EUR", 250, 100, 365 * DAY_S, 30 * DAY_S, 2))
    refresh(home, town)
    return home


@pytest.fixture
def bakery(visitor: Visitor, town: Town, priced: Home) -> Visitor:
    """Somebody who has claimed a name before."""
    town.ask("anna", Claim("bakery", 250, "EUR"))
    refresh(priced, town)
    come_back(priced)
    return visitor


async def test_a_name_is_claimed_gets_records_and_says_who_it_is(
    visitor: Visitor, town: Town, priced: Home
) -> None:
    seen = await visitor.open("/names?text=Bakery")
    assert "bakery free" in seen.words
    consent = await visitor.send(seen.form("/names/claim"))
    assert "Claim the name bakery, for at most" in consent.words
    await visitor.send(consent.form("/sign"))
    assert asked(priced) == Claim("bakery", 250, "EUR")
    town.merge(signed(priced)[0].change_set)
    refresh(priced, town)
    seen = await visitor.open("/names/bakery")
    assert "No record yet" in seen.words
    form = seen.form("/names/bakery/records")
    wrong = await visitor.send(form, records="www A 192.0.2.300")
    assert (wrong.status, "line 1" in wrong.words) == (400, True)
    consent = await visitor.send(form, records="www A 192.0.2.1\r\n@ TXT open")
    await visitor.send(consent.form("/sign"))
    made = asked(priced)
    assert isinstance(made, SetRecords)
    assert [one.sub for one in made.records] == ["", "www"]
    town.merge(signed(priced)[0].change_set)
    refresh(priced, town)
    seen = await visitor.open("/names/bakery")
    assert "www 300 IN A 192.0.2.1" in seen.words
    assert "<svg" in seen.text
    assert "bakery." in seen.words
    assert ".tab.alt" in seen.words


async def test_a_name_is_handed_on_by_the_page(bakery: Visitor, town: Town, home: Home) -> None:
    seen = await bakery.open("/names/bakery")
    wrong = await bakery.send(seen.form("/names/bakery/transfer"), to="nobody-such")
    assert (wrong.status, "nobody here is called" in wrong.words) == (400, True)
    consent = await bakery.send(seen.form("/names/bakery/transfer"), to="bert")
    assert "Offer the name bakery to bert" in consent.words
    await bakery.send(consent.form("/sign"))
    assert asked(home) == Offer("bakery", town["bert"].id)


async def test_home_reminds_of_a_name_that_ends_soon(bakery: Visitor, town: Town) -> None:
    end = town.state.names["bakery"].expires
    assert "Your name bakery" not in (await bakery.open("/")).words
    town.now = end - 29 * DAY_S
    seen = await bakery.open("/")
    assert "Your name bakery ends on" in seen.words
    consent = await bakery.send(seen.form("/names/bakery/renew"))
    assert "Renew the name bakery, for at most" in consent.words
    town.now = end + DAY_S
    assert "has ended. Renew it before" in (await bakery.open("/names")).words


async def test_a_name_is_paid_on_the_page_as_its_owner_is(
    visitor: Visitor, town: Town, home: Home
) -> None:
    town.ask("bert", Claim("cobbler", 0, None))
    refresh(home, town)
    seen = await visitor.open("/pay?who=cobbler")
    consent = await visitor.send(seen.form("/pay"), amount="3")
    assert "cobbler is the name of Bert" in consent.words
    shown = await visitor.open("/names/cobbler")
    assert "Bert" in shown.words
    assert "Names: cobbler" in (await visitor.open("/person/bert")).words
    assert [form.action for form in shown.forms if "records" in form.action] == []


async def test_names_that_are_not_there_are_told(visitor: Visitor) -> None:
    seen = await visitor.open("/names/cobbler")
    assert (seen.status, "nobody here has the name" in seen.words) == (400, True)
    assert (await visitor.open("/names/two%20words")).status == 400
    assert "not free" in (await visitor.open("/names?text=bert")).words
    assert "handle of bert" in (await visitor.open("/names?text=bert")).words


async def test_a_proof_and_a_picture_of_a_name_are_handed_out(bakery: Visitor) -> None:
    proof = await bakery.open("/names/bakery/proof.txt")
    assert (proof.status, "names" in proof.text) == (200, True)
    async with bakery.session.get(bakery.url + "/names/bakery/picture") as answer:
        assert answer.content_type == "image/png"


@pytest.mark.usefixtures("bakery")
async def test_programs_do_the_same_by_the_api(page: Page, home: Home) -> None:
    async with ClientSession(headers={"Authorization": f"Bearer {page.token}"}) as session:
        url = f"{page.url}/api/v1/names"

        async def send(path: str, **asked: str) -> tuple[int, dict[str, Any]]:
            body = {"submission": secrets.token_hex(16), **asked}
            async with session.post(url + path, json=body) as answer:
                return answer.status, await answer.json()

        async def read(path: str) -> dict[str, Any]:
            async with session.get(url + path) as answer:
                return cast("dict[str, Any]", await answer.json())

        held = await read("")
        assert [one["name"] for one in held["own"]] == ["bakery"]
        assert held["rules"]["claim_minor"] == 250
        assert (await read("-found?text=bake"))["wanted"]["free"]
        status, made = await send("/bakery/records", records="www A 192.0.2.1\n")
        assert (status, made["sentence"]) == (200, "set one record at the name bakery")
        status, told = await send("/bakery/records", records="www A x")
        assert (status, told["code"]) == (400, "usage")
        status, told = await send("/bakery/renew")
        assert (status, told["code"]) == (409, "renewal_too_early")
        status, told = await send("/bakery/delegate", to="carla")
        assert status == 200
        assert len(signed(home)) == 2
        assert (await read("/bakery"))["owner_handle"] == "anna"
        assert (await read("/cobbler"))["code"] == "usage"


async def test_a_scanned_name_leads_to_whoever_has_it(bakery: Visitor, town: Town) -> None:
    form = (await bakery.open("/scan")).form("/scan")
    seen = await bakery.send(form, card=format_code("bakery", town.key))
    assert 'href="/names/bakery"' in seen.text
    other = await bakery.send(form, card=format_code("boats", bytes(range(32))))
    assert "/pay?who=boats%40aaaqeayeaudaocajbif" in other.text
