"""Two people who swap cards: a community's manager and somebody new, each with program and page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from playwright.sync_api import Locator, Page, Playwright

from federation.home import Home
from federation.settings import load_settings, save_settings
from federation.web.keep import WebFolder
from manager.cli.options import now
from manager.web.password import Password
from tests.demo_story.stage import Stage
from tests.support import camera
from tests.support.browser import ARGUMENTS, CHROMIUM, make_context, note_complaints
from tests.support.dht import private_dht

ROUND_S = 0.5
PASSWORD = "correct horse battery"  # noqa: S105 -- of a test's page
_ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)(\S*)")


@dataclass
class Village:
    """A community that runs, and people who come to it.

    Attributes:
        stage: Where the programs run.
        nodes: Addresses of its DHT.
    """

    stage: Stage
    nodes: list[str]
    addresses: dict[str, str] = field(default_factory=dict)

    def arrive(self, who: str) -> str:
        """Start a new member's program in a home without a community; return the page's address."""
        nodes = " ".join(self.nodes)
        self.stage.type(
            who, f"commontab init {who.title()} --network loopback {nodes} --no-passphrase"
        )
        return self.start(who, "commontab run")

    def start(self, who: str, line: str) -> str:
        """Start a program of a home on any free port; return what to open."""
        home = self.stage.folder / who
        settings = load_settings(home)
        save_settings(home, replace(settings, round_s=ROUND_S, web_port=0))
        self.stage.start(who, line)
        log = self.stage.folder / f"{who}.log"
        found: list[str] = []

        def printed() -> bool:
            said = log.read_text("utf-8") if log.exists() else ""
            found.extend("".join(pair) for pair in _ADDRESS.findall(said))
            return bool(found)

        self.stage.wait_for(f"{who}'s page", printed)
        self.addresses[who] = found[0]
        return found[0]


@contextmanager
def village(folder: Path) -> Iterator[Village]:
    """Found a community whose manager runs, and end every program afterwards."""
    with private_dht(8) as dht:
        nodes = [f"{host}:{port}" for host, port in dht.nodes[:2]]
        stage = Stage(folder)
        made = Village(stage, nodes)
        try:
            line = f"commontab-manager init River --network loopback {' '.join(nodes)}"
            stage.type("river", f"{line} --no-passphrase")
            stage.type("river", "commontab-manager open --unit EUR --unit-name Euro --yes")
            password = Password(WebFolder.of(Home(folder / "river")).password_file)
            password.set(PASSWORD, now() - 60)
            made.start("river", "commontab-manager run")
            yield made
        finally:
            stage.stop_all()


@dataclass
class Person:
    """Somebody at an own device with a camera; counts what is tapped.

    Attributes:
        page: What the device shows.
        sees: The file that the camera shows.
        taps: How often something was tapped or clicked.
    """

    page: Page
    sees: Path
    taps: int = 0

    def tap(self, what: Locator) -> None:
        """Tap something, as a person does."""
        what.click()
        self.taps += 1

    def words(self) -> str:
        """Return the six words on the screen."""
        return " ".join(self.page.locator(".fingerprint span").all_inner_texts())

    def show(self) -> bytes:
        """Return a photograph of the code on the screen."""
        return self.page.locator(".qr").screenshot()


@contextmanager
def device(playwright: Playwright, folder: Path, name: str) -> Iterator[Person]:
    """Give somebody a browser with a camera; what its page complains about fails the test."""
    sees = folder / f"{name}.y4m"
    arguments = [*ARGUMENTS, *camera.ARGUMENTS, camera.looking_at(sees)]
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    try:
        context = make_context(browser, permissions=["camera"])
        page = context.new_page()
        complaints = note_complaints(page)
        yield Person(page, sees)
        assert complaints == []
    finally:
        browser.close()


def sign_in(person: Person, address: str) -> None:
    """Open the manager's page with his password."""
    person.page.goto(address)
    person.page.get_by_label("Password").fill(PASSWORD)
    person.page.get_by_role("button", name="Sign in").click()
    person.page.get_by_role("link", name="Admit", exact=True).wait_for()
