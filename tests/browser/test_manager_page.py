"""The manager's page in a browser: signing in with a code, limits, suspending, undoing; its looks.

Pictures of every page on four screens go to the artefacts.
"""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from federation.web.keep import WebFolder
from ledger.operation import Hold
from manager.cli import main
from manager.cli.options import now
from manager.page import PageOptions
from manager.web.face import FACE
from manager.web.password import Password, code_at, new_code_secret
from tests.support.browser import (
    DESKTOP,
    PHONE,
    Screen,
    axe,
    browser,
    look_at,
    visiting,
)
from tests.support.council import Council
from tests.support.officeface import PASSWORD, OfficeFace, serve_office
from tests.support.pages import pages_of
from tests.support.prompt import prompt
from tests.support.township import DAY_S

pytestmark = [pytest.mark.needs("browser"), pytest.mark.needs("npm")]
__all__ = ["axe", "browser"]
PATHS = {
    "overview": "/",
    "members": "/members",
    "member": "/members/ben",
    "undo": "/undo",
    "refusals": "/refusals",
    "debts": "/debts",
    "trial": "/trial",
    "links": "/links",
    "network": "/network",
    "cycles": "/cycles",
    "care": "/care",
    "rules": "/rules",
    "settings": "/settings",
    "admit": "/admit",
    "community-card": "/community-card",
    "community-card-print": "/community-card/print",
    "names": "/names",
    "who": "/who",
    "attachments": "/attachments",
}
ELSEWHERE = {"/setup"}
"""Only a page that has no password yet shows it."""
TONGUES = {PHONE.name: "de-DE", DESKTOP.name: "en-GB"}
"""What is spoken: the longer words where there is less room."""
START_S = 30.0
SECRET = new_code_secret()
PAYMENTS = (
    ("ada", "cleo", 2_500, "a bicycle"),
    ("ben", "ada", 1_250, "eggs for three weeks"),
    ("dora", "cleo", 4_000, "help with the roof"),
    ("cleo", "ben", 800, "bread"),
    ("ben", "dora", 90_000, "a whole house"),
)
_made: dict[str, Path] = {}
"""Where the community's home is kept, once it was made: making it takes seconds."""


@contextmanager
def running(council: Council, port: int = 0) -> Iterator[OfficeFace]:
    """Serve a council's page from another thread while the block runs."""
    ready, ended, found = Event(), Event(), []

    async def serve() -> None:
        async with serve_office(council, PageOptions(port)) as face:
            found.append(face)
            ready.set()
            await asyncio.to_thread(ended.wait)

    thread = Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(START_S), "the page was not served"
    try:
        yield found[0]
    finally:
        ended.set()
        thread.join(START_S)


@pytest.fixture
def council(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Council:
    """A community that has lived for a while: debts, a hold, refusals, somebody suspended."""
    council = Council(tmp_path / "home", prompt("commontab-manager", main, capsys, monkeypatch))
    kept = _made.get("home")
    if kept is not None:
        shutil.rmtree(council.home.path)
        shutil.copytree(kept, council.home.path)
        return council
    council.open("ada", "ben", "cleo", "dora")
    for payer, payee, amount, memo in PAYMENTS:
        council.merge(council.pay(payer, payee, amount, memo), now=now())
    ada, cleo = council.people["ada"], council.people["cleo"]
    held = Hold(ada.id, 1_500, "EUR", "the boat on sunday", b"", now() + DAY_S)
    council.merge(cleo.sign(held), now=now())
    council.do("suspend", "dora", "--reason", "asked for a rest")
    password = Password(WebFolder.of(council.home).password_file)
    password.set(PASSWORD, now() - 60, code_secret=SECRET)
    _made["home"] = shutil.copytree(council.home.path, tmp_path_factory.mktemp("kept") / "home")
    return council


def sign_in(page: Page, office: OfficeFace) -> None:
    """Sign in with password and code, by keys alone."""
    page.goto(office.url)
    page.locator("input[type=password]").first.focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(code_at(SECRET, now()))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Riverside")


def press(page: Page, role: Literal["button", "link"], name: str) -> None:
    """Reach something by its name and press Enter, as without a mouse."""
    target = page.get_by_role(role, name=name, exact=True).first
    target.focus()
    expect(target).to_be_focused()
    page.keyboard.press("Enter")


def test_the_list_of_pages_is_whole() -> None:
    assert set(pages_of(FACE)) - set(PATHS.values()) - ELSEWHERE == set()


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=lambda screen: screen.name)
def test_every_page_can_be_read_by_everybody(
    browser: Browser, axe: str, council: Council, tmp_path: Path, screen: Screen
) -> None:
    with running(council) as office, visiting(browser, screen, TONGUES[screen.name]) as page:

        def look(name: str) -> None:
            look_at(page, axe, f"manager-{name}", tmp_path)

        office.log.say("1 merged, version of 24 records put on 8 nodes", now() - 30)
        page.goto(office.url)
        look("login")
        sign_in(page, office)
        for name, path in PATHS.items():
            page.goto(office.url + path)
            look(name)
        page.goto(office.url + "/undo?q=bicycle")
        page.locator('#found a[href^="/undo/"]').first.click()
        look("undo-one")


def test_a_manager_signs_in_sets_limits_suspends_and_undoes_by_keys_alone(
    browser: Browser, council: Council
) -> None:
    with running(council) as office, visiting(browser, DESKTOP) as page:
        sign_in(page, office)
        press(page, "link", "Members")
        press(page, "link", "Ben ben")
        page.get_by_label("Below zero, EUR").focus()
        page.keyboard.type("250")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Done, and in the books.")).to_be_visible()
        assert council.account("ben").balances[0].credit_limit == 25_000
        page.locator("#suspend-reason").focus()
        page.keyboard.type("asked for it")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Reinstate Ben")).to_be_visible()
        assert council.account("ben").status == "suspended"
        press(page, "link", "Undo")
        page.get_by_role("searchbox").focus()
        page.keyboard.type("roof")
        page.keyboard.press("Enter")
        press(page, "link", "dora to cleo")
        expect(page.get_by_role("heading", name="Balances afterwards")).to_be_visible()
        page.get_by_label("Why?").focus()
        page.keyboard.type("the roof still leaks")
        page.keyboard.press("Enter")
        expect(page.get_by_text("This was undone, which happens once.")).to_be_visible()
        assert council.account("dora").balances[0].posted == 0


def test_an_open_page_says_that_the_program_stopped_and_comes_back_by_itself(
    browser: Browser, council: Council
) -> None:
    with visiting(browser, PHONE) as page:
        with running(council) as office:
            sign_in(page, office)
            port = int(office.url.rpartition(":")[2])
        lost = page.locator("#lost")
        expect(lost).to_contain_text("Trying again")
        with running(council, port) as office:
            expect(lost).not_to_contain_text("Trying again")
            page.goto(office.url + "/members")
            expect(page.get_by_role("heading", level=1)).to_have_text("Members")


def test_what_is_merged_appears_without_a_click(browser: Browser, council: Council) -> None:
    with running(council) as office, visiting(browser, DESKTOP) as page:
        sign_in(page, office)
        page.goto(office.url + "/members/ben")
        council.do("limit", "ben", "--credit-limit", "321")
        office.events.tell("books")
        expect(page.locator("#balance")).to_contain_text("321.00")
