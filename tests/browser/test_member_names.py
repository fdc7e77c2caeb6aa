"""A name in a browser: looked for, claimed, pointed somewhere, shown, reminded of."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from federation.qr import read_picture
from ledger.name.operation import NameRules, SetRecords
from ledger.name.state import DAY_S
from tests.support.browser import (
    DESKTOP,
    PHONE,
    axe,
    browser,
    check_access,
    check_fits,
    shoot,
    visiting,
)
from tests.support.hamlet import settle_in, signed
from tests.support.tab import come_back, lively_town, merge_all, open_tab

pytestmark = pytest.mark.needs("browser")
__all__ = ["axe", "browser"]


@pytest.mark.needs("npm")
def test_a_name_is_claimed_pointed_somewhere_and_renewed_in_time(
    browser: Browser, axe: str, tmp_path: Path
) -> None:
    town = lively_town()
    town.manage(NameRules("EUR", 250, 100, 365 * DAY_S, 30 * DAY_S, 4))
    home = come_back(settle_in(tmp_path / "anna", town, "anna"))
    with open_tab(home, "anna", lambda: town.now) as page, visiting(browser, PHONE) as shown:
        shown.goto(page.address)
        shown.goto(f"{page.url}/names")
        shown.get_by_label("Look for a name").fill("bakery")
        shown.get_by_role("button", name="Search").click()
        expect(shown.get_by_text("€2.50 for 365 days")).to_be_visible()
        check_access(shown, axe)
        check_fits(shown)
        shoot(shown, "member-names-phone", tmp_path)
        shown.get_by_role("button", name="Claim it").click()
        expect(shown.get_by_text("Claim the name bakery")).to_be_visible()
        shown.get_by_role("button", name="Sign", exact=True).click()
        expect(shown.get_by_role("heading", level=1)).to_have_text("Signed")
        merge_all(town, home)
        shown.goto(f"{page.url}/names/bakery")
        shown.get_by_text("Change the records").click()
        shown.get_by_label("Records, one a line").fill("www A 192.0.2.1\n@ TXT open")
        shown.get_by_role("button", name="Look at it").first.click()
        shown.get_by_role("button", name="Sign", exact=True).click()
        expect(shown.get_by_role("heading", level=1)).to_have_text("Signed")
        (made,) = signed(home)[0].change_set.change_set.operations
        assert isinstance(made, SetRecords)
        merge_all(town, home)
        shown.goto(f"{page.url}/names/bakery")
        expect(shown.get_by_text("www 300 IN A 192.0.2.1", exact=True)).to_be_visible()
        check_access(shown, axe)
        check_fits(shown)
        shoot(shown, "member-name-phone", tmp_path)
        with shown.expect_download() as saved:
            shown.get_by_role("link", name="Save picture").click()
        code = read_picture(Path(saved.value.path()).read_bytes())
        assert code.startswith("BAKERY.")
        town.now = town.state.names["bakery"].expires - 3 * DAY_S
        shown.goto(page.url)
        expect(shown.get_by_text("Your name bakery ends on")).to_be_visible()
        shown.get_by_role("button", name="Renew it").click()
        expect(shown.get_by_text("Renew the name bakery")).to_be_visible()
        state = shown.context.storage_state()
        with visiting(browser, DESKTOP, storage_state=state) as wide:
            wide.goto(f"{page.url}/names/bakery")
            check_access(wide, axe)
            check_fits(wide)
            shoot(wide, "member-name-desktop", tmp_path)
