"""Chromium for tests: the screens that people have, what they see, and who can read it.

A file's `conftest.py` imports the fixtures `browser` and `axe`; tests with them are plain functions
(not async: playwright's loop runs in the thread of the test) and need("browser").
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.support.foreign import FOREIGN, INSTALL_S, NPM_CI

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage")
"""Tests may run as root, whom Chromium's sandbox refuses, and on machines with a small /dev/shm."""
WITHIN_MS = 45_000
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
ARTEFACTS = "COMMONTAB_ARTEFACTS"


class Screen(NamedTuple):
    """What somebody looks at a page with."""

    name: str
    width: int
    height: int
    scheme: str
    touch: bool


SCREENS = tuple(
    Screen(f"{device}-{scheme}", width, height, scheme, touch)
    for device, width, height, touch in [("phone", 360, 740, True), ("desktop", 1440, 900, False)]
    for scheme in ["light", "dark"]
)
PHONE, DESKTOP = SCREENS[0], SCREENS[2]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return axe-core as one script; it needs("npm")."""
    folder = tmp_path_factory.mktemp("axe") / "axe"
    shutil.copytree(FOREIGN / "axe", folder, ignore=shutil.ignore_patterns("node_modules"))
    subprocess.run(NPM_CI, cwd=folder, check=True, capture_output=True, timeout=INSTALL_S)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@contextmanager
def visiting(
    browser: Browser, screen: Screen = DESKTOP, locale: str = "en-GB", **more: Any
) -> Iterator[Page]:
    """Give a page of a new context: a person at a screen, who has visited nothing yet.

    What the page's scripts or its own policy complain about fails the test at the end of the block.
    """
    context = make_context(browser, screen, locale, **more)
    page = context.new_page()
    complaints = note_complaints(page)
    try:
        yield page
        assert complaints == []
    finally:
        context.close()


def make_context(
    browser: Browser, screen: Screen = DESKTOP, locale: str = "en-GB", **more: Any
) -> BrowserContext:
    """Return a context for a screen; ``more`` goes to playwright."""
    context = browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        color_scheme="dark" if screen.scheme == "dark" else "light",
        has_touch=screen.touch,
        is_mobile=screen.touch,
        locale=locale,
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
        **more,
    )
    context.set_default_timeout(WITHIN_MS)
    return context


def note_complaints(page: Page) -> list[str]:
    """Return a list that fills with errors of a page's scripts and breaches of its policy.

    A page that a test expects to fail (an answer of 4xx or 5xx) is said by the network, not by it.
    """
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            found.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def shoot(page: Page, name: str, folder: Path) -> Path:
    """Keep a picture of the whole page: among the artefacts where CI collects them."""
    kept = Path(os.environ.get(ARTEFACTS) or folder) / f"{name}.png"
    kept.parent.mkdir(parents=True, exist_ok=True)
    size = page.viewport_size
    assert size is not None, "every screen of ours has a size"
    # A screen as high as the page, so that what sticks to its edges stands at the page's.
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
    page.screenshot(path=kept, full_page=True)
    page.set_viewport_size(size)
    return kept


def look_at(page: Page, axe: str, name: str, folder: Path) -> None:
    """See that a page fits and keeps nobody out, by day and by night, and keep its pictures."""
    size = page.viewport_size
    assert size is not None, "every screen of ours has a size"
    device = "phone" if size["width"] == PHONE.width else "desktop"
    check_fits(page)
    check_access(page, axe)
    shoot(page, f"{name}-{device}-light", folder)
    page.emulate_media(color_scheme="dark")
    # Nothing else than the colours is another one.
    check_access(page, axe, {"type": "rule", "values": ["color-contrast"]})
    shoot(page, f"{name}-{device}-dark", folder)
    page.emulate_media(color_scheme="light")


def check_access(page: Page, axe: str, only: Mapping[str, object] | None = None) -> None:
    """Let axe look for what keeps people out.

    Args:
        page: To be looked at.
        axe: Its script.
        only: Which rules; else those of WCAG 2.2 AA and axe's own good practice.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    rules = only or {"type": "tag", "values": list(RULES)}
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", rules)
    said = [
        f"{one['id']}: {one['help']}: {node['html']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
    assert not said, f"{page.url}:\n" + "\n".join(said)


def check_fits(page: Page) -> None:
    """See that nothing makes the page wider than its screen."""
    size = page.viewport_size
    assert size is not None, "every screen of ours has a size"
    # Not the window's own width: a telephone zooms out until a page that is too wide fits it.
    wide = int(page.evaluate("document.documentElement.scrollWidth")) - size["width"]
    assert wide <= 0, f"{page.url} is {wide} pixels wider than the screen"
