"""The manager's page of a small community, and somebody who opens it."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar

from federation.web.keep import WebFolder
from manager.cli.options import now
from manager.web.password import Password as WebPassword
from tests.support.council import Council
from tests.support.officeface import PASSWORD, OfficeFace, serve_office
from tests.support.prompt import Cli
from tests.support.visitor import Visitor

PAID = {"ada": (2_500, "a bicycle"), "ben": (300, "bread")}

_made: dict[str, Path] = {}
"""Where the community's home is kept, once it was made: making it takes seconds."""


@pytest.fixture
def lively(tmp_path: Path, cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Council:
    """A community of three with two payments."""
    kept = _made.get("home")
    if kept is not None:
        council = Council(tmp_path / "new", cli)
        shutil.rmtree(council.home.path)
        shutil.copytree(kept, council.home.path)
        for name in ("ada", "ben", "cleo"):
            council.card(name)
        for payer in ("ada", "ben"):
            council.pay(payer, "cleo", *PAID[payer])
        return council
    council = Council(tmp_path / "home", cli)
    council.open("ada", "ben", "cleo")
    for payer, paid in PAID.items():
        council.merge(council.pay(payer, "cleo", *paid), now=now() + 1)
    WebPassword(WebFolder.of(council.home).password_file).set(PASSWORD, now() - 60)
    _made["home"] = shutil.copytree(council.home.path, tmp_path_factory.mktemp("kept") / "home")
    return council


@pytest.fixture
async def office(lively: Council) -> AsyncIterator[OfficeFace]:
    async with serve_office(lively) as face:
        yield face


@pytest.fixture
async def stranger(office: OfficeFace) -> AsyncIterator[Visitor]:
    """Somebody who has not signed in."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield Visitor(session, office.url)


@pytest.fixture
async def manager(stranger: Visitor) -> Visitor:
    """The manager, signed in."""
    seen = await stranger.open("/login")
    seen = await stranger.send(seen.form("/login"), secret=PASSWORD)
    assert (seen.status, seen.path) == (200, "/")
    return stranger
