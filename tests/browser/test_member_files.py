"""A photograph goes with a bill: attached on a telephone, seen at the other member's."""

from contextlib import ExitStack, closing
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from federation.home import Home
from ledger.store.attachment import AttachmentStore
from ledger.store.database import Role, open_database
from ledger.store.outgoing_file import OutgoingFileStore
from member.membership import open_own
from tests.support.browser import PHONE, axe, browser, check_access, check_fits, shoot, visiting
from tests.support.hamlet import refresh, settle_in, signed
from tests.support.tab import come_back, lively_town, open_tab

pytestmark = pytest.mark.needs("browser")
__all__ = ["axe", "browser"]


def photo() -> bytes:
    stream = BytesIO()
    drawn = Image.linear_gradient("L").resize((1_200, 900)).convert("RGB")
    drawn.save(stream, "JPEG", quality=90)
    return stream.getvalue()


def hand_on(giver: Home, taker: Home) -> None:
    """Give one home the files of another, as the community's snapshots do."""
    with open_own(giver) as own:
        store = OutgoingFileStore(own)
        files = [store.sealed(named) for named in store.kept()]
    with closing(open_database(taker.ledger, Role.REPLICA, write=True)) as database:
        for sealed in filter(None, files):
            AttachmentStore(database).keep(sealed, 0)


@pytest.mark.needs("npm")
def test_a_photograph_attached_to_a_bill_is_seen_by_who_owes(
    browser: Browser, axe: str, tmp_path: Path
) -> None:
    town = lively_town()
    anna = come_back(settle_in(tmp_path / "anna", town, "anna"))
    bert = come_back(settle_in(tmp_path / "bert", town, "bert"))
    with ExitStack() as opened:
        mine = opened.enter_context(open_tab(anna, "anna", lambda: town.now))
        theirs = opened.enter_context(open_tab(bert, "bert", lambda: town.now))
        with visiting(browser, PHONE) as shown:
            shown.goto(mine.address)
            shown.goto(f"{mine.url}/bill/new")
            shown.get_by_label("Amount").first.fill("30")
            shown.get_by_label("What for").fill("Paint")
            shown.get_by_label("Attach pictures").set_input_files(
                {"name": "till.jpg", "mimeType": "image/jpeg", "buffer": photo()}
            )
            expect(shown.locator("#split")).to_contain_text("bert owes anna")
            check_access(shown, axe)
            check_fits(shown)
            shown.get_by_role("button", name="Look at it").click()
            expect(shown.get_by_text("till.webp").first).to_be_visible()
            shown.get_by_role("button", name="Sign", exact=True).click()
            expect(shown.get_by_role("heading", level=1)).to_have_text("Signed")
        town.merge(*(one.change_set for one in signed(anna)))
        for home in (anna, bert):
            refresh(home, town)
        hand_on(anna, bert)
        with visiting(browser, PHONE) as shown:
            shown.goto(theirs.address)
            shown.goto(f"{theirs.url}/bills")
            shown.get_by_role("link", name="Paint").first.click()
            picture = shown.get_by_role("img", name="till.webp, attached by anna")
            picture.scroll_into_view_if_needed()
            wide = "it => it.decode().then(() => it.naturalWidth)"
            assert picture.evaluate(wide) == 1_200
            check_access(shown, axe)
            check_fits(shown)
            shoot(shown, "member-bill-with-photograph-phone", tmp_path)
            with shown.expect_download() as saved:
                shown.get_by_role("link", name="till.webp", exact=True).click()
            assert saved.value.suggested_filename == "till.webp"
            assert Image.open(BytesIO(Path(saved.value.path()).read_bytes())).format == "WEBP"
