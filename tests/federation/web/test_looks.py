"""The pieces of a page, on the screens that people have."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import (
    DESKTOP,
    PHONE,
    SCREENS,
    Screen,
    check_access,
    check_fits,
    shoot,
    visiting,
)
from tests.support.serving import Serving, serving
from tests.support.webface import TOKEN, sample_app

pytestmark = pytest.mark.needs("browser")


@pytest.fixture(scope="module")
def sample() -> Iterator[Serving]:
    with serving(sample_app) as served:
        yield served


@pytest.mark.needs("npm")
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_every_piece_can_be_read_by_everybody(
    browser: Browser, axe: str, sample: Serving, tmp_path: Path, screen: Screen
) -> None:
    with visiting(browser, screen) as page:
        page.goto(f"{sample.url}/")
        check_access(page, axe)
        check_fits(page)
        shoot(page, f"sample-login-{screen.name}", tmp_path)
        page.goto(f"{sample.url}/login?token={TOKEN}")
        expect(page.locator("canvas")).to_be_visible()
        check_access(page, axe)
        check_fits(page)
        shoot(page, f"sample-{screen.name}", tmp_path)
        page.goto(f"{sample.url}/nowhere")
        check_fits(page)
        shoot(page, f"sample-problem-{screen.name}", tmp_path)


def test_everything_is_reached_by_the_keyboard_alone(browser: Browser, sample: Serving) -> None:
    with visiting(browser, DESKTOP) as page:
        page.goto(f"{sample.url}/login")
        expect(page.get_by_label("Login token")).to_be_focused()
        page.keyboard.type(TOKEN)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{sample.url}/")
        page.keyboard.press("Tab")
        expect(page.get_by_text("Skip to the content")).to_be_focused()
        expect(page.get_by_text("Skip to the content")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Pay").last).to_be_focused()


def test_a_telephone_folds_the_further_places_into_a_menu(
    browser: Browser, sample: Serving
) -> None:
    with visiting(browser, PHONE) as page:
        page.goto(f"{sample.url}/login?token={TOKEN}")
        scan = page.get_by_role("navigation").get_by_role("link", name="Scan")
        expect(scan).to_have_count(0)
        page.get_by_text("More", exact=True).click()
        expect(scan).to_be_visible()
        page.keyboard.press("Escape")
        expect(scan).to_have_count(0)


def test_a_chart_says_the_same_in_a_table(browser: Browser, sample: Serving) -> None:
    with visiting(browser, DESKTOP) as page:
        page.goto(f"{sample.url}/login?token={TOKEN}")
        page.get_by_text("The same as a table").click()
        table = page.get_by_role("region", name="Balance of the last days")
        expect(table.get_by_role("row")).to_have_count(4)
        expect(table.get_by_role("row").last).to_contain_text("€42.50")


def test_a_page_works_in_german(browser: Browser, sample: Serving) -> None:
    with visiting(browser, PHONE, "de-DE") as page:
        page.goto(f"{sample.url}/login")
        expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
