"""An open page shows what is, says when the program is gone, and recovers by itself."""

import pytest
from aiohttp import web
from playwright.sync_api import Browser, Page, expect

from federation.web.events import Events
from tests.support.browser import DESKTOP, make_context
from tests.support.serving import Serving, serving
from tests.support.webface import SHOWN, TOKEN, sample_app

pytestmark = pytest.mark.needs("browser")


class Program:
    """A sample program that can be stopped and started at one address."""

    def __init__(self) -> None:
        self.events = Events()
        self.app: web.Application | None = None

    def make(self) -> web.Application:
        self.app = sample_app(events=self.events)
        return self.app

    def change(self, served: Serving, text: str) -> None:
        """Change what the page shows, and tell it."""
        assert self.app is not None
        app = self.app

        async def change() -> None:
            app[SHOWN][0] = text
            self.events.tell("books")

        served.call(change)


def open_sample(page: Page, url: str) -> None:
    """Sign in, and wait until the page listens."""
    with page.expect_request("**/events"):
        page.goto(f"{url}/login?token={TOKEN}")
    expect(page.locator("#balance")).to_contain_text("as it began")


def test_a_change_reaches_the_open_page_and_leaves_the_typed_alone(browser: Browser) -> None:
    program = Program()
    with serving(program.make) as served:
        page = make_context(browser, DESKTOP).new_page()
        open_sample(page, served.url)
        page.get_by_label("To whom").fill("Anna")
        program.change(served, "one merge later")
        expect(page.locator("#balance")).to_contain_text("one merge later")
        expect(page.get_by_label("To whom")).to_have_value("Anna")
        page.context.close()


def test_a_program_that_stops_is_told_of_and_its_return_too(browser: Browser) -> None:
    program = Program()
    page = make_context(browser, DESKTOP).new_page()
    lost = page.get_by_text("The program is stopped or out of reach.")
    with serving(program.make) as served:
        open_sample(page, served.url)
        expect(lost).to_be_hidden()
        port = served.port
    expect(lost).to_be_visible()
    program.events = Events()
    with serving(program.make, port) as served:
        program.change(served, "after the stop")
        expect(page.locator("#balance")).to_contain_text("after the stop", timeout=30_000)
        expect(lost).to_be_hidden()
        page.context.close()
