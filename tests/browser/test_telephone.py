"""A telephone at a member's page over TLS: the real program, its printed code, who is refused."""

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from playwright.sync_api import Error as BrowserError

from federation.card import MemberCard, sign_card
from federation.console.terminal import Refused
from federation.home import Home
from federation.qr import draw_png, read_picture
from federation.settings import load_settings, save_settings
from ledger.crypto import public_key
from ledger.errors import StoreMissing
from member.membership import open_membership
from tests.demo_story.stage import Stage
from tests.support.browser import ARGUMENTS, CHROMIUM, PHONE, make_context, note_complaints
from tests.support.dht import private_dht
from tests.support.painted import find_code, paint

pytestmark = pytest.mark.needs("browser")

AT = "127.0.0.9"
"""An address of this computer that is not the one of pages for itself."""
ROUND_S = 0.5
REBOUND = "rebound.example"
"""A name of somebody else's that leads here."""
SYNC_MS = 60_000
BEN = bytes(range(32))
BENS_CARD = MemberCard(public_key(BEN), "Ben", 1_800_000_000, ())
OPEN_KEY = "--no-passphrase"


@dataclass(frozen=True)
class Printed:
    """What Anna's program printed.

    Attributes:
        link: The page's address with the login token.
        code: The text of the telephone's code.
        digest: SHA-256 of the certificate, as printed.
    """

    link: str
    code: str
    digest: str

    @property
    def origin(self) -> str:
        return f"https://{urlsplit(self.code).netloc}"


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Printed]:
    """A community of Anna and Ben; Anna's program serves her household's network."""
    with private_dht(8) as dht:
        stage = Stage(tmp_path_factory.mktemp("household"))
        network = f"--network loopback {dht.nodes[0][0]}:{dht.nodes[0][1]} {OPEN_KEY}"
        stage.type("river", f"commontab-manager init River {network}")
        stage.type("river", "commontab-manager open --unit EUR --unit-name Euro --credit 50 --yes")
        stage.type("anna", f"commontab init Anna {network}")
        stage.type("anna", f"commontab card --png {stage.folder / 'anna.png'}")
        (stage.folder / "ben.png").write_bytes(draw_png(sign_card(BEN, BENS_CARD)))
        for who in ("anna", "ben"):
            card = stage.folder / f"{who}.png"
            stage.type("river", f"commontab-manager admit --image {card} --yes")
        stage.type("river", f"commontab-manager card --png {stage.folder / 'river.png'}")
        stage.type("anna", f"commontab join --image {stage.folder / 'river.png'} --yes")
        for who in ("river", "anna"):
            home = stage.folder / who
            save_settings(home, replace(load_settings(home), round_s=ROUND_S, web_port=0))
        try:
            stage.start("river", "commontab-manager run")
            stage.start("anna", f"commontab run --listen {AT} --tls auto")
            log = stage.folder / "anna.log"
            stage.wait_for("the certificate", lambda: "SHA-256" in read(log))
            stage.wait_for("Anna's books", lambda: has_account(stage.folder / "anna"))
            yield read_log(read(log))
        finally:
            stage.stop_all()


def has_account(folder: Path) -> bool:
    """Return whether a home knows that it is a member."""
    try:
        with open_membership(Home(folder)) as member:
            return member.key in member.state.keys
    except (Refused, StoreMissing):
        return False


def read(log: Path) -> str:
    """Return what a program has printed so far."""
    return log.read_text("utf-8") if log.exists() else ""


def read_log(said: str) -> Printed:
    """Read what was printed as a person and a telephone's camera do."""
    link = re.search(r"Your page: (\S+)", said)
    digest = re.search(r"SHA-256: ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})", said)
    assert link is not None, said
    assert digest is not None, said
    photograph = BytesIO()
    paint(find_code(said), dark_blocks=False).save(photograph, "PNG")
    return Printed(link[1], read_picture(photograph.getvalue()), digest[1])


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    leads_here = f"--host-resolver-rules=MAP {REBOUND} {AT}"
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, leads_here])
    yield browser
    browser.close()


@pytest.fixture
def telephone(chromium: Browser) -> Iterator[Page]:
    """A telephone whose owner compared the fingerprint and went on."""
    context = make_context(chromium, PHONE, ignore_https_errors=True)
    page = context.new_page()
    complaints = note_complaints(page)
    yield page
    context.close()
    assert complaints == []


def digest_seen(page: Page, address: str) -> str:
    """Open an address; return the SHA-256 of the certificate that the browser itself met."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    page.goto(address)
    origin = f"https://{urlsplit(address).netloc}"
    names = devtools.send("Network.getCertificate", {"origin": origin})["tableNames"]
    return sha256(b64decode(names[0])).hexdigest().upper()


def test_a_telephone_opens_the_page_by_the_code_and_pays(telephone: Page, printed: Printed) -> None:
    code = urlsplit(printed.code)
    assert digest_seen(telephone, printed.code) == printed.digest.replace(":", "")
    assert code.fragment == f"sha256={printed.digest.replace(':', '')}"
    telephone.get_by_role("link", name="Pay", exact=True).first.click()
    telephone.get_by_label("Who").fill("ben")
    telephone.get_by_label("Amount").fill("4.50")
    telephone.get_by_label("What for").fill("eggs")
    telephone.get_by_role("button", name="Look at it").click()
    expect(telephone.get_by_role("heading", level=1)).to_have_text("Is this right?")
    telephone.get_by_role("button", name="Sign", exact=True).click()
    expect(telephone.get_by_role("heading", level=1)).to_have_text("Done", timeout=SYNC_MS)
    telephone.goto(f"{printed.origin}/history")
    expect(telephone.get_by_role("link", name="eggs").first).to_be_visible()


def test_the_code_lets_nobody_else_in_afterwards(telephone: Page, printed: Printed) -> None:
    telephone.goto(printed.code)
    telephone.context.clear_cookies()
    telephone.goto(printed.code)
    expect(telephone.get_by_text("That is not right.")).to_be_visible()
    expect(telephone.get_by_label("Login token")).to_be_visible()


def test_a_wrong_token_opens_nothing(telephone: Page, printed: Printed) -> None:
    answer = telephone.goto(f"{printed.origin}/login?token=guessed")
    assert answer is not None
    assert answer.status == 401
    expect(telephone.get_by_text("That is not right.")).to_be_visible()
    telephone.goto(f"{printed.origin}/history")
    expect(telephone.get_by_role("heading", level=1)).to_have_text("Sign in")
    telephone.get_by_label("Login token").fill(urlsplit(printed.link).query.partition("=")[2])
    telephone.get_by_role("button", name="Sign in").click()
    expect(telephone.get_by_role("heading", level=1)).to_have_text("History")


def test_a_telephone_whose_owner_has_not_gone_on_sends_nothing(
    chromium: Browser, printed: Printed
) -> None:
    context = make_context(chromium, PHONE)
    with pytest.raises(BrowserError, match="ERR_CERT_AUTHORITY_INVALID"):
        context.new_page().goto(printed.code)
    context.close()


def test_plain_http_is_told_where_to_go(telephone: Page, printed: Printed) -> None:
    answer = telephone.goto(printed.origin.replace("https", "http") + "/")
    assert answer is not None
    assert answer.status == 400
    expect(telephone.locator("body")).to_contain_text(f"Open {printed.origin}/ instead.")


def test_a_name_of_somebody_elses_that_leads_here_is_turned_away(
    chromium: Browser, printed: Printed
) -> None:
    # Its pages' files are turned away as well, which the browser complains about.
    context = make_context(chromium, PHONE, ignore_https_errors=True)
    page = context.new_page()
    answer = page.goto(printed.origin.replace(AT, REBOUND) + "/login")
    assert answer is not None
    assert answer.status == 421
    expect(page.locator("main")).to_contain_text("not one of this program's")
    context.close()
