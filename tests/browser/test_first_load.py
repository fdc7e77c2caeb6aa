"""What a browser that has nothing yet fetches: the first page of both faces, and the scanner's."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response

from tests.browser.test_manager_page import council, running, sign_in
from tests.support.browser import PHONE, browser, visiting
from tests.support.council import Council
from tests.support.hamlet import settle_in
from tests.support.tab import come_back, lively_town, open_tab

pytestmark = pytest.mark.needs("browser")
__all__ = ["browser", "council"]
FIRST_LOAD_BYTES_MAX = 100_000
SCANNER = "zxing"
CAMERA = """() => { navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas");
  const paint = canvas.getContext("2d");
  setInterval(() => paint.fillRect(0, 0, 9, 9), 40);
  return canvas.captureStream(25);
}; }"""


def weigh(page: Page, go: Callable[[], object]) -> int:
    """Return how many bytes of bodies come, as they are sent, until a page has loaded."""
    came: dict[str, int] = {}

    def note(response: Response) -> None:
        if response.status == 200 and not response.url.endswith("/events"):
            came[response.url] = int(response.headers["content-length"])

    page.on("response", note)
    go()
    page.wait_for_load_state("load")
    assert len(came) > 3, came
    return sum(came.values())


def test_the_first_page_of_both_faces_weighs_at_most_100_kilobytes(
    browser: Browser, council: Council, tmp_path: Path
) -> None:
    town = lively_town()
    home = come_back(settle_in(tmp_path / "anna", town, "anna"))
    with open_tab(home, "anna", lambda: town.now) as tab, visiting(browser, PHONE) as page:
        member = weigh(page, lambda: page.goto(tab.address))
    with visiting(browser, PHONE) as page, open_tab(home, "anna", lambda: town.now) as tab:
        charts = weigh(page, lambda: (page.goto(tab.address), page.goto(f"{tab.url}/charts")))
    with running(council) as office, visiting(browser, PHONE) as page:
        manager = weigh(page, lambda: sign_in(page, office))
    print(f"first loads: member {member}, with charts {charts}, manager {manager} bytes")  # noqa: T201 -- figures
    assert max(member, charts, manager) <= FIRST_LOAD_BYTES_MAX


def test_the_scanner_is_fetched_only_when_the_camera_opens(
    browser: Browser, tmp_path: Path
) -> None:
    town = lively_town()
    home = come_back(settle_in(tmp_path / "anna", town, "anna"))
    asked: list[str] = []
    with open_tab(home, "anna", lambda: town.now) as tab, visiting(browser, PHONE) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(tab.address)
        page.goto(f"{tab.url}/scan")
        page.wait_for_load_state("load")
        assert [url for url in asked if SCANNER in url] == []
        page.evaluate(CAMERA)
        with page.expect_request(f"**/*{SCANNER}*"):
            page.get_by_role("button", name="Open the camera").click()
