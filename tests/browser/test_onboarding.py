"""Two browsers onboard each other: by camera, by picture, by paste, and by the keyboard alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, Playwright, sync_playwright

from federation.qr import draw_png
from tests.support import camera
from tests.support.browser import (
    SCREENS,
    Screen,
    axe,
    check_access,
    check_fits,
    make_context,
    shoot,
)
from tests.support.swap import Person, Village, device, sign_in, village

__all__ = ["axe"]

pytestmark = pytest.mark.needs("browser")
TAPS_MAX = 8
SYNC_MS = 60_000
TABS_MAX = 40


@pytest.fixture(scope="module")
def river(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    """A community whose manager runs."""
    with village(tmp_path_factory.mktemp("village")) as founded:
        yield founded


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def manager(
    playwright: Playwright, river: Village, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Person]:
    """The manager, signed in, at a device with a camera."""
    with device(playwright, tmp_path_factory.mktemp("camera"), "manager") as person:
        sign_in(person, river.addresses["river"])
        yield person


@pytest.fixture(scope="module")
def stranger(river: Village) -> str:
    """The address of somebody's page who has joined nothing."""
    return river.arrive("frida")


def origin_of(address: str) -> str:
    return address.partition("/login")[0].rstrip("/")


def open_camera(person: Person) -> None:
    person.tap(person.page.get_by_role("button", name="Open the camera"))


def see_welcome(page: Page, handle: str) -> None:
    page.get_by_role("heading", name=f"Welcome, {handle}").wait_for(timeout=SYNC_MS)


def test_two_browsers_onboard_each_other_through_their_cameras(
    playwright: Playwright, river: Village, manager: Person, tmp_path: Path
) -> None:
    with device(playwright, tmp_path, "anna") as anna:
        anna.page.goto(river.arrive("anna"))
        camera.hold_up(anna.show(), manager.sees)
        six = anna.words()
        manager.taps = 0

        manager.tap(manager.page.get_by_role("link", name="Admit", exact=True))
        open_camera(manager)
        manager.page.get_by_role("heading", name="Admit Anna?").wait_for()
        assert manager.words() == six
        assert len(six.split()) == 6
        manager.tap(manager.page.get_by_role("button", name="admit"))
        manager.page.get_by_text("Now the new member scans this").wait_for()

        camera.hold_up(manager.show(), anna.sees)
        anna.tap(anna.page.get_by_role("link", name="Scan the community's card"))
        anna.page.get_by_role("heading", name="Join River?").wait_for()
        assert anna.words() == manager.words()
        anna.tap(anna.page.get_by_role("button", name="join"))
        see_welcome(anna.page, "anna")

        assert manager.taps + anna.taps <= TAPS_MAX
        anna.tap(anna.page.get_by_role("link", name="Go to my tab"))
        anna.page.get_by_text("River").first.wait_for()


def tab_to(what: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(TABS_MAX):
        what.page.keyboard.press("Tab")
        if what.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{what} is not reached by {TABS_MAX} tabs at {what.page.url}")


def press(page: Page, role: Literal["button", "link"], name: str) -> None:
    """Go to a button or a link by Tab, and press Enter."""
    tab_to(page.get_by_role(role, name=name).first)
    page.keyboard.press("Enter")


def test_without_a_camera_a_picture_a_pasted_text_and_the_keyboard_do_the_same(
    playwright: Playwright, river: Village, manager: Person, tmp_path: Path
) -> None:
    with device(playwright, tmp_path, "ben") as ben:
        ben.page.goto(river.arrive("ben"))
        with ben.page.expect_download() as saved:
            press(ben.page, "link", "Save picture")
        six = ben.words()
        press(manager.page, "link", "Admit")
        manager.page.get_by_label("Or a picture of the code").set_input_files(saved.value.path())
        manager.page.get_by_role("heading", name="Admit Ben?").wait_for()
        assert manager.words() == six
        tab_to(manager.page.get_by_label("May go below zero by"))
        manager.page.keyboard.type("5")
        press(manager.page, "button", "The words are the same")
        manager.page.get_by_text("Now the new member scans this").wait_for()
        text = manager.page.locator("#card-text").input_value()

        press(ben.page, "link", "Join")
        ben.page.get_by_role("heading", name="Join a community").wait_for()
        tab_to(ben.page.get_by_label("Or the text of the card"))
        ben.page.keyboard.insert_text(text.lower())
        press(ben.page, "button", "Go on")
        ben.page.get_by_role("heading", name="Join River?").wait_for()
        press(ben.page, "button", "The words are the same")
        see_welcome(ben.page, "ben")


def test_a_camera_that_sees_something_else_or_cannot_be_used_says_so(
    playwright: Playwright, stranger: str, tmp_path: Path
) -> None:
    with device(playwright, tmp_path, "dora") as dora:
        camera.hold_up(draw_png("HTTPS://EXAMPLE.ORG"), dora.sees)
        dora.page.goto(stranger)
        dora.tap(dora.page.get_by_role("link", name="Scan the community's card"))
        dora.page.get_by_text("That is a code of something else").wait_for()
        dora.tap(dora.page.get_by_role("button", name="Close the camera"))
        for failing, said in (
            ("NotAllowedError", "does not let this page use the camera"),
            ("NotFoundError", "There is no camera here"),
            ("NotReadableError", "in use by another program"),
        ):
            dora.page.evaluate(
                "name => { navigator.mediaDevices.getUserMedia = async () => "
                "{ throw new DOMException('', name); }; }",
                failing,
            )
            open_camera(dora)
            dora.page.get_by_text(said).wait_for()


@pytest.mark.needs("npm")
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: str(screen.name))
def test_every_page_of_coming_in_fits_and_is_open_to_all(
    *,
    river: Village,
    stranger: str,
    manager: Person,
    axe: str,
    screen: Screen,
    tmp_path: Path,
) -> None:
    origin = origin_of(stranger)
    browser = manager.page.context.browser
    assert browser is not None, "it was launched"
    context = make_context(browser, screen)
    page = context.new_page()
    page.goto(stranger)
    card = page.locator("#card-text").input_value()
    for path in ("/card", "/phone", "/welcome"):
        page.goto(origin + path)
        look(page, axe, f"member{path.replace('/', '-')}-{screen.name}", tmp_path)
    page.goto(f"{origin}/scan?card={card}")
    look(page, axe, f"member-own-card-scanned-{screen.name}", tmp_path)
    context.close()
    kept = manager.page.context.storage_state()
    office = make_context(browser, screen, storage_state=kept)
    page = office.new_page()
    at = origin_of(river.addresses["river"])
    page.goto(at + "/community-card")
    look(page, axe, f"manager-community-card-{screen.name}", tmp_path)
    page.goto(at + "/admit")
    page.get_by_label("Or the text of the card").fill(card)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Admit Frida").wait_for()
    look(page, axe, f"manager-admit-person-{screen.name}", tmp_path)
    office.close()


def look(page: Page, axe: str, name: str, folder: Path) -> None:
    check_fits(page)
    check_access(page, axe)
    shoot(page, name, folder)
