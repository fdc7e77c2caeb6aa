"""Without a mouse: a bill by shares with a picture, accepting, settling up and giving back."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, expect
from playwright.sync_api import Page as Shown

from member.web.serve import Page
from tests.support.browser import DESKTOP, browser, visiting
from tests.support.hamlet import settle_in, signed
from tests.support.tab import come_back, lively_town, open_tab

pytestmark = pytest.mark.needs("browser")
__all__ = ["browser"]
TABS_MAX = 90


def tab_to(wanted: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(TABS_MAX):
        if wanted.evaluate("it => it === document.activeElement"):
            return
        wanted.page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by {TABS_MAX} tabs at {wanted.page.url}")


def press(wanted: Locator, key: str = "Enter") -> None:
    """Go to something by Tab, and press a key."""
    tab_to(wanted)
    wanted.page.keyboard.press(key)


def type_into(wanted: Locator, text: str) -> None:
    tab_to(wanted)
    wanted.page.keyboard.type(text)


def sign(shown: Shown) -> None:
    expect(shown.get_by_role("heading", level=1)).to_have_text("Is this right?")
    press(shown.get_by_role("button", name="Sign", exact=True))
    expect(shown.get_by_role("heading", level=1)).to_have_text("Signed")


def test_a_household_needs_nothing_but_keys(browser: Browser, tmp_path: Path) -> None:
    town = lively_town()
    home = come_back(settle_in(tmp_path / "anna", town, "anna"))
    picture = tmp_path / "till.png"
    Image.new("RGB", (300, 200), "white").save(picture)
    with open_tab(home, "anna", lambda: town.now) as tab, visiting(browser, DESKTOP) as shown:
        # From here on choosers of files are caught: the browser is told of it by another way than
        # of keys, and a key may arrive sooner.
        shown.on("filechooser", lambda _chooser: None)
        shown.goto(tab.address)
        share_paint(shown, tab, picture)
        shown.goto(f"{tab.url}/bills")
        press(shown.get_by_role("button", name="Accept Firewood"))
        expect(shown.get_by_role("heading", level=1)).to_have_text("Signed")
        shown.goto(f"{tab.url}/settle")
        press(shown.get_by_role("button", name="I gave it").first)
        sign(shown)
        shown.goto(f"{tab.url}/history")
        press(shown.get_by_role("link", name="Coffee").first)
        press(shown.get_by_role("link", name="Give back"))
        type_into(shown.get_by_label("Why"), "it was a present")
        press(shown.get_by_role("button", name="Look at it"))
        sign(shown)
        assert len(signed(home)) == 4


def share_paint(shown: Shown, tab: Page, picture: Path) -> None:
    """Write a bill by shares, with a picture."""
    shown.goto(f"{tab.url}/bill/new")
    type_into(shown.get_by_label("Amount").first, "100")
    type_into(shown.get_by_label("What for"), "Paint")
    press(shown.get_by_role("radio", name="equally"), "ArrowRight")
    expect(shown.get_by_role("radio", name="by shares")).to_be_checked()
    tab_to(shown.get_by_label("Share of Bert"))
    shown.keyboard.press("Control+A")
    shown.keyboard.type("2")
    press(shown.locator("details.attach summary"))
    tab_to(shown.locator("#attach"))
    with shown.expect_file_chooser() as chosen:
        shown.keyboard.press("Enter")
    chosen.value.set_files(picture)
    expect(shown.locator("#split")).to_contain_text("bert owes anna €33.33")
    press(shown.get_by_role("button", name="Look at it"))
    expect(shown.get_by_text("Attached: till.webp")).to_be_visible()
    sign(shown)
