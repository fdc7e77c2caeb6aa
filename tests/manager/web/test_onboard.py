"""Admitting in the manager's page: what is scanned, what is set, and what is refused."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, CookieJar

from federation.card import CommunityCard, MemberCard, RequestCard, sign_card
from ledger import crypto
from tests.support.council import Council
from tests.support.officeface import PASSWORD, serve_office
from tests.support.township import START, Person, seed_of
from tests.support.visitor import Seen, Visitor


@pytest.fixture
async def office(council: Council) -> AsyncIterator[Visitor]:
    """The manager, signed in, of an open community in which Ada is."""
    council.open("ada")
    async with (
        serve_office(council) as face,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as session,
    ):
        visitor = Visitor(session, face.url)
        login = (await visitor.open("/login")).form("/login")
        await visitor.send(login, secret=PASSWORD)
        yield visitor


async def scan(visitor: Visitor, text: str) -> Seen:
    return await visitor.send((await visitor.open("/admit")).form("/admit"), card=text)


def limits(council: Council, handle: str) -> tuple[int, int]:
    (books,) = council.account(handle).balances
    return books.credit_limit, books.maximum_balance


async def test_who_is_scanned_is_admitted_with_handle_and_limits(
    office: Visitor, council: Council
) -> None:
    asked = await scan(office, council.card("ben"))
    assert "Admit Ben?" in asked.words
    form = asked.form("/admit/confirm")
    assert form.fields["handle"] == "ben"
    done = await office.send(form, handle="benno", credit_limit="5.50")
    assert done.path == "/community-card"
    assert "Now the new member scans this" in done.words
    assert limits(council, "benno") == (550, 100_000)
    assert ("127.0.0.1", 4_001) in council.home.settings().network.nodes
    again = await office.send(form)
    assert (again.status, "a member already, as benno" in again.words) == (400, True)


async def test_limits_that_are_the_units_own_need_no_statement(
    office: Visitor, council: Council
) -> None:
    form = (await scan(office, council.card("ben"))).form("/admit/confirm")
    await office.send(form)
    assert limits(council, "ben") == (10_000, 100_000)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({"handle": "ada"}, "ada", id="taken handle"),
        pytest.param({"handle": "admin"}, "admin", id="reserved handle"),
        pytest.param({"credit_limit": "a lot"}, "a lot", id="no amount"),
    ],
)
async def test_what_does_not_fit_is_said_on_the_same_page(
    office: Visitor, council: Council, typed: dict[str, str], said: str
) -> None:
    form = (await scan(office, council.card("ben"))).form("/admit/confirm")
    seen = await office.send(form, **typed)
    assert seen.status in {400, 409}
    assert "Admit Ben?" in seen.words
    assert said in seen.words
    assert seen.form("/admit/confirm").fields["handle"] == typed.get("handle", "ben")


async def test_what_admits_nobody_is_told_what_it_is(office: Visitor, council: Council) -> None:
    ada, lake = council.people["ada"], seed_of("lake")
    own = CommunityCard(council.key, "Riverside", 0, b"", "loopback", (), "")
    other = CommunityCard(crypto.public_key(lake), "Lake", 0, b"", "loopback", (), "")
    asked = RequestCard(
        ada.key, council.key, ada.id, "ada", "Ada", b"i" * 16, 700, "EUR", "", 2**39
    )
    for text, said in (
        (council.card("ada"), "a member already, as ada"),
        (sign_card(council.seed, own), "your own community's card"),
        (sign_card(lake, other), "another community, Lake"),
        (sign_card(ada.seed, asked), "Members pay it on their own page"),
        ("https://example.org", "something else"),
        (" ", "Nothing was scanned"),
    ):
        seen = await scan(office, text)
        assert (seen.status, said in seen.words) == (400, True), seen.words


async def test_a_name_of_which_no_handle_can_be_made_asks_for_one(
    office: Visitor, council: Council
) -> None:
    odd = Person(council.key, "odd")
    card = sign_card(odd.seed, MemberCard(odd.key, "—", START, ()))
    seen = await scan(office, card)
    assert seen.form("/admit/confirm").fields["handle"] == ""
    done = await office.send(seen.form("/admit/confirm"), handle="dash")
    assert done.path == "/community-card"


async def test_the_communitys_card_is_shown_saved_and_printed(office: Visitor) -> None:
    assert "Riverside" in (await office.open("/community-card")).words
    assert "Card of a community" in (await office.open("/community-card/print")).words
    for path, begins in (("/community-card.png", b"\x89PNG"), ("/community-card.pdf", b"%PDF-")):
        async with office.session.get(office.url + path) as answer:
            assert (await answer.read()).startswith(begins)
