"""Cards in the member's page: what is scanned, what it means, and what is refused."""

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, FormData
from PIL import Image

from federation import qr
from federation.card import CommunityCard, MemberCard, RequestCard, sign_card
from federation.home import Home
from federation.settings import Settings
from federation.web.app import build_app
from federation.web.events import Events
from federation.web.guard import UPLOAD_BYTES_MAX
from federation.web.login import Login
from federation.web.server import serve_web
from ledger import crypto
from member.membership import joined, open_own
from member.safe import begin_home
from member.web.onboard.door import DOOR_FACE
from member.web.onboard.doorstep import Doorstep, Reached
from tests.support.council import NETWORK
from tests.support.township import START, Town, seed_of
from tests.support.visitor import Seen, Visitor

FAR = 2**39


def community(name: str = "river", size: int = 0) -> str:
    seed = seed_of(name)
    root = b"r" * 32 if size else b""
    card = CommunityCard(crypto.public_key(seed), name.title(), size, root, "loopback", (), "")
    return sign_card(seed, card)


def person(name: str) -> str:
    seed = seed_of(name)
    return sign_card(seed, MemberCard(crypto.public_key(seed), name.title(), START, ()))


def request(town: Town, name: str, expires: int = FAR) -> str:
    who = town[name]
    card = RequestCard(
        who.key, town.key, who.id, name, name.title(), b"i" * 16, 700, "EUR", "bread", expires
    )
    return sign_card(who.seed, card)


@pytest.fixture
def empty_home(tmp_path: Path) -> Home:
    """A home that has joined nothing."""
    home = Home(tmp_path / "dora")
    begin_home(home, seed_of("dora"), None, Settings(network=NETWORK), "Dora")
    return home


@asynccontextmanager
async def at_the_door(doorstep: Doorstep) -> AsyncIterator[Visitor]:
    """Give somebody who is signed in to the pages of a home without a community."""
    login = Login("t" * 32, invitations=doorstep.invitations)
    app = build_app(DOOR_FACE, desk=doorstep, login=login, secret=b"s" * 32, events=Events())
    async with (
        serve_web(app, "127.0.0.1", 0) as served,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as session,
    ):
        visitor = Visitor(session, served.url)
        await visitor.open(f"/login?token={'t' * 32}")
        yield visitor


@pytest.fixture
async def newcomer(empty_home: Home) -> AsyncIterator[Visitor]:
    doorstep = Doorstep(empty_home, seed_of("dora"), lambda: START)
    async with at_the_door(doorstep) as visitor:
        yield visitor


async def send_picture(visitor: Visitor, data: bytes, path: str = "/join") -> tuple[int, str]:
    """Send a picture by the scanner's form."""
    form = (await visitor.open(path)).form(path)
    sent = FormData({name: value for name, value in form.fields.items() if name != "picture"})
    sent.add_field("picture", BytesIO(data), filename="card.png", content_type="image/png")
    headers = {"Origin": visitor.url}
    async with visitor.session.post(visitor.url + path, data=sent, headers=headers) as answer:
        return answer.status, await answer.text()


async def scan(visitor: Visitor, text: str, path: str = "/scan") -> Seen:
    form = (await visitor.open(path)).form(path)
    return await visitor.send(form, card=text)


async def test_a_newcomer_sees_the_own_card_first_and_joins_once(
    newcomer: Visitor, empty_home: Home
) -> None:
    seen = await newcomer.open("/")
    assert seen.path == "/card"
    assert "Dora" in seen.words
    asked = await scan(newcomer, community(), "/join")
    assert (asked.status, "Join River?" in asked.words) == (200, True)
    welcome = await newcomer.send(asked.form("/join/confirm"))
    assert welcome.path == "/welcome"
    assert "Joined River" in welcome.words
    with open_own(empty_home) as own:
        card = joined(own)
    assert card is not None
    assert card.name == "River"
    again = await newcomer.send(asked.form("/join/confirm"))
    assert "joined River already" in again.words


async def test_the_code_of_a_community_is_read_from_a_picture(newcomer: Visitor) -> None:
    status, text = await send_picture(newcomer, qr.draw_png(community()))
    assert (status, "Join River?" in text) == (200, True)


def picture(width: int, height: int) -> bytes:
    stream = BytesIO()
    Image.new("L", (width, height), 255).save(stream, "PNG")
    return stream.getvalue()


def bomb() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    head = (60_000).to_bytes(4) * 2 + b"\x08\x00\x00\x00\x00"
    rows = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"not a picture", "not a whole PNG", id="no picture"),
        pytest.param(picture(300, 300), "no QR code", id="no code"),
        pytest.param(bomb(), "pixels", id="decompression bomb"),
        pytest.param(qr.draw_png("HTTPS://EXAMPLE.ORG"), "something else", id="other code"),
    ],
)
async def test_a_picture_that_is_no_card_is_told_what_it_is(
    newcomer: Visitor, data: bytes, said: str
) -> None:
    status, text = await send_picture(newcomer, data)
    assert (status, said in text) == (400, True), text


async def test_an_oversized_picture_is_refused(newcomer: Visitor) -> None:
    status, text = await send_picture(newcomer, bytes(UPLOAD_BYTES_MAX + 1))
    assert (status, "Too large" in text) == (413, True)


async def test_nothing_and_far_too_much_are_told_apart(newcomer: Visitor) -> None:
    assert "Nothing was scanned" in (await scan(newcomer, " ", "/join")).words
    assert "far longer" in (await scan(newcomer, "COMMONTAB:" + "A" * 9_000, "/join")).words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(person("dora"), "your own card", id="own card"),
        pytest.param(person("emil"), "Only a manager admits people", id="a person's card"),
        pytest.param(community()[:-4], "damaged or not whole", id="cut card"),
        pytest.param("COMMONTAB:P:1/2:AAAA", "proof or a receipt", id="part of a proof"),
        pytest.param("COMMONTAB:S:AAAA", "commontab succession", id="succession"),
        pytest.param("<script>alert(1)</script>", "something else", id="a script"),
    ],
)
async def test_what_a_newcomer_should_not_scan_is_told_what_it_is(
    newcomer: Visitor, text: str, said: str
) -> None:
    seen = await scan(newcomer, text, "/join")
    assert (seen.status, said in seen.words) == (400, True), seen.words
    assert "<script>alert" not in seen.text


async def test_a_request_waits_until_a_community_is_joined(newcomer: Visitor, town: Town) -> None:
    assert (
        "Join your community first" in (await scan(newcomer, request(town, "bert"), "/join")).words
    )


async def test_a_member_scans_requests_people_and_other_communities(
    visitor: Visitor, town: Town
) -> None:
    paying = await scan(visitor, request(town, "bert"))
    assert (paying.status, paying.path) == (200, "/pay")
    assert "ended on" in (await scan(visitor, request(town, "bert", START - 1))).words
    assert "your own request" in (await scan(visitor, request(town, "anna"))).words
    assert "Pay bert" in (await scan(visitor, person("bert"))).words
    other = await scan(visitor, community("lake"))
    assert "has joined" in other.words
    assert other.status == 400
    own = CommunityCard(town.key, "Riverside", 0, b"", "loopback", (), "")
    assert "already" in (await scan(visitor, sign_card(town.seed, own))).words


async def test_a_member_asks_by_a_code_that_others_can_pay(visitor: Visitor) -> None:
    form = (await visitor.open("/ask/card")).form("/ask/card")
    made = await visitor.send(form, amount="2,50", memo="tea", standing="1")
    assert (made.status, "again and again" in made.words) == (200, True)
    for ending in ("/picture", "/tent.pdf"):
        async with visitor.session.get(f"{visitor.url}{made.path}{ending}") as answer:
            assert answer.status == 200
    tent = await visitor.open(f"{made.path}/print")
    assert "to anna in Riverside" in tent.words
    wrong = await visitor.send(form, amount="a lot")
    assert wrong.status == 400


async def test_only_own_requests_have_a_page(visitor: Visitor, town: Town) -> None:
    seen = await visitor.open(f"/ask/card/{request(town, 'bert')}")
    assert (seen.status, "another's" in seen.words) == (404, True)
    assert (await visitor.open("/ask/card/COMMONTAB:R:AAAA")).status == 404


async def test_a_link_shows_what_it_is_and_changes_nothing(visitor: Visitor, town: Town) -> None:
    assert (await visitor.open(f"/scan?card={request(town, 'bert')}")).path == "/pay"


async def test_the_telephones_code_signs_in_once_and_not_for_long(empty_home: Home) -> None:
    doorstep = Doorstep(empty_home, seed_of("dora"), lambda: START)
    async with at_the_door(doorstep) as visitor:
        assert "--tls auto" in (await visitor.open("/phone")).words
        doorstep.reached = Reached("https://192.0.2.7:8417", "AB:CD")
        assert "AB:CD" in (await visitor.open("/phone")).words
        token = doorstep.invitations.make(2**40)
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as phone:
            telephone = Visitor(phone, visitor.url)
            assert (await telephone.open(f"/login?token={token}")).path == "/card"
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as thief:
            other = Visitor(thief, visitor.url)
            assert (await other.open(f"/login?token={token}")).status == 401
            late = doorstep.invitations.make(START - 10_000)
            assert (await other.open(f"/login?token={late}")).status == 401


async def test_the_own_card_is_a_picture_and_a_pdf(newcomer: Visitor) -> None:
    for path, begins in (("/card.png", b"\x89PNG"), ("/card.pdf", b"%PDF-")):
        async with newcomer.session.get(newcomer.url + path) as answer:
            assert (await answer.read()).startswith(begins)
    assert "Card of a member" in (await newcomer.open("/card/print")).words


async def test_only_the_scanners_page_may_use_camera_and_wasm(newcomer: Visitor) -> None:
    scanner, card = await newcomer.open("/join"), await newcomer.open("/card")
    assert "wasm-unsafe-eval" in scanner.headers["Content-Security-Policy"]
    assert "camera=(self)" in scanner.headers["Permissions-Policy"]
    assert "wasm-unsafe-eval" not in card.headers["Content-Security-Policy"]
    assert "camera=()" in card.headers["Permissions-Policy"]
