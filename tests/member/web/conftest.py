"""A member's page over a real server on loopback, and a browser's part of a visit."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar

from federation.home import Home
from member.web.serve import Page, local_place, serve_page
from tests.support.hamlet import settle_in
from tests.support.township import Town, seed_of
from tests.support.visitor import Visitor


@pytest.fixture
def town() -> Town:
    return Town("anna", "bert", "carla")


@pytest.fixture
def home(tmp_path: Path, town: Town) -> Home:
    return settle_in(tmp_path / "anna", town, "anna")


@pytest.fixture
async def page(home: Home, town: Town) -> AsyncIterator[Page]:
    async with serve_page(
        home, seed_of("anna"), local_place(0), print, clock=lambda: town.now
    ) as served:
        yield served


@pytest.fixture
async def visitor(page: Page) -> AsyncIterator[Visitor]:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        visitor = Visitor(session, page.url)
        await visitor.open(f"/login?token={page.token}")
        yield visitor
