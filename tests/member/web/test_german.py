"""The member's pages in German: nothing English is left on them, whatever happens."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar

from federation.home import Home
from ledger.operation import Suspend
from member.web.serve import Page, local_place, serve_page
from tests.support.german import english_in
from tests.support.hamlet import settle_in
from tests.support.tab import MEMOS, PEOPLE, come_back, lively_town, merge_all
from tests.support.township import Town, seed_of
from tests.support.visitor import Seen, Visitor

PLACES = (
    "/", "/pay", "/request", "/history", "/charts", "/people", "/person/bert", "/proof", "/outbox",
    "/bills", "/bill/new", "/settle", "/recurring", "/mandates", "/statement?month=2024-01",
    "/exchange", "/profile", "/scan", "/card", "/ask/card", "/phone", "/welcome", "/nowhere",
)  # fmt: skip
WRONG = (
    ("/pay", {"who": "bert", "amount": "viel"}),
    ("/pay", {"who": "bert", "amount": "1,234"}),
    ("/pay", {"who": "brt", "amount": "1"}),
    ("/pay", {"who": "bert", "amount": "1", "memo": "x" * 300}),
    ("/pay", {"who": "jemand@dort", "amount": "1"}),
    ("/pay", {"who": "bert", "amount": "99999"}),
    ("/pay", {"who": "anna", "amount": "1"}),
    ("/request", {"who": "bert", "amount": "0"}),
)
"""What somebody types wrong, and what his own books foresee."""


@pytest.fixture
def town() -> Town:
    return lively_town()


@pytest.fixture
def home(tmp_path: Path, town: Town) -> Home:
    return come_back(settle_in(tmp_path / "anna", town, "anna"))


@pytest.fixture
async def page(home: Home, town: Town) -> AsyncIterator[Page]:
    place = local_place(0)
    async with serve_page(home, seed_of("anna"), place, print, clock=lambda: town.now) as served:
        yield served


@pytest.fixture
async def visitor(page: Page) -> AsyncIterator[Visitor]:
    """Somebody whose browser likes German best."""
    jar = CookieJar(unsafe=True)
    async with ClientSession(cookie_jar=jar, headers={"Accept-Language": "de"}) as session:
        visitor = Visitor(session, page.url)
        await visitor.open(f"/login?token={page.token}")
        yield visitor


async def test_no_page_says_anything_in_english(visitor: Visitor) -> None:
    left = {}
    for place in PLACES:
        left[place] = english(await visitor.open(place))
    for verb, fields in WRONG:
        seen = await visitor.open(verb)
        left[f"{verb} {fields}"] = english(await visitor.send(seen.form(verb), **fields))
    assert {place: texts for place, texts in left.items() if texts} == {}


async def test_what_is_signed_answered_and_refused_is_told_in_german(
    visitor: Visitor, home: Home, town: Town
) -> None:
    left = {}
    for place, name in (("/history", "/entry/"), ("/bills", "/bill/"), ("/", "/decline/")):
        seen = await visitor.open(first_link(await visitor.open(place), name))
        assert seen.status == 200, seen.path
        left[name] = english(seen)
    form = (await visitor.open("/pay")).form("/pay")
    shown = await visitor.send(form, who="bert", amount="4,50", memo="Jam")
    left["looked at"] = english(shown)
    left["signed"] = english(await visitor.send(shown.form("/sign")))
    town.manage(Suspend(town["bert"].id, "Jam"))
    await asyncio.to_thread(merge_all, town, home)
    outbox = await visitor.open("/outbox")
    assert "abgewiesen" in outbox.words
    left["/outbox"] = english(outbox)
    left["/change"] = english(await visitor.open(first_link(outbox, "/change/")))
    assert {place: texts for place, texts in left.items() if texts} == {}


def first_link(seen: Seen, begins: str) -> str:
    """Return the first address on a page that begins so."""
    found = re.search(rf'href="({begins}[^"]+)"', seen.text)
    assert found is not None, f"no link to {begins}… on {seen.path}"
    return found[1]


def english(seen: Seen) -> list[str]:
    """Return what a page says in English."""
    assert '<html lang="de">' in seen.text
    assert seen.status < 500, seen.path
    return english_in(seen.text, (*MEMOS, *PEOPLE))
