"""A member at his page: looks at all of it, pays, refuses, gives back, bills, settles up."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Shown

from federation.home import Home
from member.web.face import MEMBER_FACE
from member.web.serve import Page
from tests.support.browser import (
    DESKTOP,
    PHONE,
    Screen,
    axe,
    browser,
    look_at,
    visiting,
)
from tests.support.hamlet import refresh, settle_in, signed
from tests.support.pages import pages_of
from tests.support.tab import come_back, lively_town, merge_all, open_tab
from tests.support.township import Town

pytestmark = pytest.mark.needs("browser")
__all__ = ["axe", "browser"]

PLACES = {
    "home": "/", "pay": "/pay", "request": "/request", "history": "/history", "charts": "/charts",
    "people": "/people", "person": "/person/bert", "proof": "/proof", "outbox": "/outbox",
    "bills": "/bills", "new-bill": "/bill/new", "settle": "/settle", "recurring": "/recurring",
    "mandates": "/mandates", "statement": "/statement?month=2024-01", "exchange": "/exchange",
    "profile": "/profile", "hold": "/hold", "names": "/names", "scan": "/scan", "card": "/card",
    "card-print": "/card/print", "ask-card": "/ask/card", "phone": "/phone", "welcome": "/welcome",
}  # fmt: skip
ELSEWHERE = {"/join"}
"""Pages that only somebody without a community sees; test_onboarding.py looks at them."""
TONGUES = {PHONE.name: "de-DE", DESKTOP.name: "en-GB"}
"""What is spoken: the longer words where there is less room."""


@pytest.fixture
def town() -> Town:
    return lively_town()


@pytest.fixture
def home(tmp_path: Path, town: Town) -> Home:
    return come_back(settle_in(tmp_path / "anna", town, "anna"))


@pytest.fixture
def tab(home: Home, town: Town) -> Iterator[Page]:
    with open_tab(home, "anna", lambda: town.now) as page:
        yield page


def sign(shown: Shown) -> None:
    """Say yes to what is shown."""
    shown.get_by_role("button", name="Sign", exact=True).click()
    expect(shown.get_by_role("heading", level=1)).to_have_text("Signed")


def test_the_list_of_places_is_whole() -> None:
    listed = {place.partition("?")[0] for place in PLACES.values()} | ELSEWHERE
    assert set(pages_of(MEMBER_FACE)) - listed == set()


@pytest.mark.needs("npm")
@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=lambda screen: screen.name)
def test_every_place_can_be_read_by_everybody(
    browser: Browser, axe: str, tab: Page, tmp_path: Path, screen: Screen
) -> None:
    with visiting(browser, screen, TONGUES[screen.name]) as shown:

        def look(name: str) -> None:
            look_at(shown, axe, f"member-{name}", tmp_path)

        shown.goto(tab.address)
        for name, place in PLACES.items():
            shown.goto(tab.url + place)
            look(name)
        shown.goto(f"{tab.url}/bills")
        shown.locator('#bills a[href^="/bill/"], .entry a[href^="/bill/"]').first.click()
        look("bill")
        shown.goto(f"{tab.url}/history")
        shown.locator('a[href^="/entry/"]').first.click()
        look("entry")
        shown.goto(f"{tab.url}/pay?who=bert&amount=5")
        shown.locator("form.card button.primary").click()
        expect(shown.locator("form.consent")).to_be_visible()
        look("consent")


def test_a_month_is_lived_by_taps_alone(
    browser: Browser, tab: Page, home: Home, town: Town
) -> None:
    with visiting(browser, PHONE) as shown:
        shown.goto(tab.address)
        # pays, and sees it arrive by itself
        shown.get_by_role("link", name="Pay", exact=True).first.click()
        shown.get_by_role("link", name="Bert").first.click()
        shown.get_by_label("Amount").fill("4.50")
        shown.get_by_label("What for").fill("eggs")
        shown.get_by_role("button", name="Look at it").click()
        expect(shown.get_by_text("Your balance afterwards")).to_be_visible()
        sign(shown)
        merge_all(town, home)
        expect(shown.get_by_role("heading", level=1)).to_have_text("Done")
        # refuses a request
        shown.goto(tab.url)
        shown.get_by_role("link", name="Decline carla").click()
        shown.get_by_label("Why").fill("I was not there")
        shown.get_by_role("button", name="Look at it").click()
        sign(shown)
        merge_all(town, home)
        shown.goto(tab.url)
        expect(shown.get_by_text("Tickets for the concert")).to_have_count(0)
        # gives back what came
        shown.goto(f"{tab.url}/history")
        shown.get_by_role("link", name="Coffee").first.click()
        shown.get_by_role("link", name="Give back").click()
        shown.get_by_label("Why").fill("it was a present")
        shown.get_by_role("button", name="Look at it").click()
        sign(shown)
        merge_all(town, home)
        shown.goto(f"{tab.url}/history")
        expect(shown.get_by_role("link", name="emil").first).to_contain_text("it was a present")


def test_a_bill_is_made_accepted_and_settled(
    browser: Browser, tab: Page, home: Home, town: Town
) -> None:
    with visiting(browser, DESKTOP) as shown:
        shown.goto(tab.address)
        shown.goto(f"{tab.url}/bill/new")
        shown.get_by_label("Amount").first.fill("100")
        shown.get_by_label("What for").fill("Paint")
        expect(shown.locator("#split")).to_contain_text("bert owes anna €20.00")
        shown.get_by_role("radio", name="by shares").check()
        shown.get_by_label("Share of Bert").fill("2")
        expect(shown.locator("#split")).to_contain_text("bert owes anna €33.33")
        shown.get_by_role("button", name="Look at it").click()
        sign(shown)
        merge_all(town, home)
        shown.goto(f"{tab.url}/bills")
        expect(shown.get_by_role("link", name="Paint").first).to_be_visible()
        # one tap accepts the own part of another's
        shown.get_by_role("button", name="Accept Firewood").click()
        expect(shown.get_by_role("heading", level=1)).to_have_text("Signed")
        merge_all(town, home)
        shown.goto(f"{tab.url}/settle")
        shown.get_by_role("button", name="I gave it").first.click()
        expect(shown.get_by_role("heading", level=1)).to_have_text("Is this right?")
        sign(shown)


def test_a_payment_needs_nothing_but_keys(browser: Browser, tab: Page, home: Home) -> None:
    with visiting(browser, DESKTOP) as shown:
        shown.goto(tab.address)
        shown.goto(f"{tab.url}/pay")
        expect(shown.get_by_label("Who")).to_be_focused()
        shown.keyboard.type("bert")
        shown.keyboard.press("Tab")
        shown.keyboard.type("2.50")
        shown.keyboard.press("Tab")
        shown.keyboard.type("stamps")
        shown.keyboard.press("Enter")
        expect(shown.get_by_role("heading", level=1)).to_have_text("Is this right?")
        tab_to(shown, "Sign")
        shown.keyboard.press("Enter")
        expect(shown.get_by_role("heading", level=1)).to_have_text("Signed")
        assert len(signed(home)) == 1


def test_a_double_click_signs_once(browser: Browser, tab: Page, home: Home) -> None:
    with visiting(browser, PHONE) as shown:
        shown.goto(tab.address)
        shown.goto(f"{tab.url}/pay?who=bert&amount=5")
        shown.get_by_role("button", name="Look at it").click()
        shown.get_by_role("button", name="Sign", exact=True).dblclick()
        expect(shown.get_by_role("heading", level=1)).to_have_text("Signed")
        assert len(signed(home)) == 1


def test_a_visit_that_expired_is_told_and_goes_on_after_signing_in(
    browser: Browser, tab: Page, home: Home
) -> None:
    with visiting(browser, DESKTOP) as shown:
        shown.goto(tab.address)
        shown.goto(f"{tab.url}/pay?who=bert&amount=5")
        shown.context.clear_cookies()
        shown.get_by_role("button", name="Look at it").click()
        expect(shown.get_by_text("nothing was sent")).to_be_visible()
        shown.get_by_label("Login token").fill(tab.token)
        shown.get_by_role("button", name="Sign in").click()
        expect(shown.get_by_label("Who")).to_have_value("bert")
        shown.get_by_role("button", name="Look at it").click()
        expect(shown.get_by_role("heading", level=1)).to_have_text("Is this right?")
        assert signed(home) == []


def test_an_open_page_whose_visit_expired_asks_to_sign_in_by_itself(
    browser: Browser, tab: Page, home: Home, town: Town
) -> None:
    with visiting(browser, DESKTOP) as shown:
        with shown.expect_request("**/events"):
            shown.goto(tab.address)
        shown.context.clear_cookies()
        town.merge(town.pay("bert", "anna", 7_77))
        refresh(home, town)
        expect(shown.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_page_says_that_the_program_stopped_and_recovers(
    browser: Browser, home: Home, town: Town
) -> None:
    with visiting(browser, DESKTOP) as shown:
        with open_tab(home, "anna", lambda: town.now) as first:
            shown.goto(first.address)
            port = first.opened.port
        expect(shown.locator("#lost")).to_contain_text("stopped or out of reach")
        with open_tab(home, "anna", lambda: town.now, port):
            expect(shown.locator("#lost")).to_contain_text("Connected again")
            town.merge(town.pay("bert", "anna", 7_77))
            refresh(home, town)
            expect(shown.locator("#home")).to_contain_text("€7.77")


def tab_to(shown: Shown, name: str) -> None:
    """Press Tab until a button has the focus."""
    wanted = shown.get_by_role("button", name=name, exact=True)
    for _ in range(60):
        if wanted.evaluate("it => it === document.activeElement"):
            return
        shown.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab")
