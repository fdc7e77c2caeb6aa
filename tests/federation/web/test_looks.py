"""The pieces of a page, on the screens that people have."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import (
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
        check_access(page, axe)
        shoot(page, f"sample-problem-{screen.name}", tmp_path)
