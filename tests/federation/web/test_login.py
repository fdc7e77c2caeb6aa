"""Signing in and out, and how long it lasts."""

import secrets
from pathlib import Path

import pytest
from aiohttp import CookieJar

from federation.errors import StorageFailed
from federation.web.keep import TOKEN_CHARS, WebFolder
from federation.web.login import TRIES_BURST, Ended, Login, own_path
from federation.web.session import Sitting, Visit, _open, _seal
from tests.support.webclient import Client, client_of
from tests.support.webface import SECRET, TOKEN, sample_app

PASSWORD = "four plain old words"  # noqa: S105 -- of a test


class Plain:
    """A password that is compared as it is, and a code that is always the same."""

    wants_code = True

    async def holds(self, password: str, code: str, now: int) -> bool:
        assert now > 0
        return password == PASSWORD and code == "123456"


async def send(client: Client, secret: str, code: str = "", back: str = "/") -> tuple[int, str]:
    form = await client.get(f"/login?back={back}")
    csrf = form.hidden("csrf")
    answer = await client.post(
        "/login", {"secret": secret, "code": code, "csrf": csrf, "back": back}
    )
    return answer.status, answer.headers.get("Location", answer.text)


async def test_the_printed_link_signs_in_and_leads_back_to_what_one_wanted() -> None:
    async with client_of(sample_app()) as client:
        answer = await client.get(f"/login?token={TOKEN}&back=/scan")
        assert (answer.status, answer.headers["Location"]) == (303, "/scan")
        assert (await client.get("/scan")).status == 200


async def test_the_token_may_be_typed_too() -> None:
    async with client_of(sample_app()) as client:
        assert await send(client, f" {TOKEN}\n", back="/scan") == (303, "/scan")


async def test_the_cookie_is_for_this_site_alone_and_not_for_scripts() -> None:
    async with client_of(sample_app(secure=True)) as client:
        cookie = (await client.get(f"/login?token={TOKEN}")).headers["Set-Cookie"]
    assert cookie.startswith("__Host-commontab-member-")
    for word in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/"):
        assert word in cookie
    assert "Domain" not in cookie
    async with client_of(sample_app()) as client:
        cookie = (await client.get(f"/login?token={TOKEN}")).headers["Set-Cookie"]
    assert cookie.startswith("commontab-member-")
    assert "Secure" not in cookie


@pytest.mark.parametrize("token", ["", "a", TOKEN[:-1], TOKEN + "a", "ü", "%ED%A0%80"])
async def test_another_token_signs_nobody_in(token: str) -> None:
    async with client_of(sample_app()) as client:
        answer = await client.get(f"/login?token={token}")
        assert answer.status == (401 if token else 200)
        assert (await client.get("/")).status == 303


async def test_who_guesses_waits_and_others_do_not_wait_for_him_forever() -> None:
    async with client_of(sample_app()) as client:
        statuses = [(await client.get("/login?token=guess")).status for _try in range(20)]
        right = await client.get(f"/login?token={TOKEN}")
    assert statuses == [401] * TRIES_BURST + [429] * (20 - TRIES_BURST)
    assert right.status == 429
    assert int(right.headers["Retry-After"]) >= 1


async def test_a_password_takes_its_code_and_the_token_opens_nothing() -> None:
    async with client_of(sample_app(Login(TOKEN, Plain()))) as client:
        assert (await client.get(f"/login?token={TOKEN}")).status == 200
        assert (await send(client, TOKEN, "123456"))[0] == 401
        assert (await send(client, PASSWORD, "654321"))[0] == 401
        assert await send(client, PASSWORD, "123456") == (303, "/")
        assert (await client.get("/")).status == 200


async def test_a_signed_out_cookie_is_worth_nothing_even_to_who_copied_it() -> None:
    async with client_of(sample_app()) as client:
        home = await client.sign_in()
        jar = client.session.cookie_jar
        assert isinstance(jar, CookieJar)
        held = {cookie.key: cookie.value for cookie in jar}
        answer = await client.post("/logout", {"csrf": home.hidden("csrf")})
        assert answer.headers["Location"] == "/login"
        assert (await client.get("/")).status == 303
        jar.clear()
        jar.update_cookies(held)
        assert (await client.get("/")).status == 303


async def test_a_sign_in_ends_after_its_time() -> None:
    async with client_of(sample_app(Login(TOKEN, lasts_s=0))) as client:
        await client.get(f"/login?token={TOKEN}")
        answer = await client.get("/scan")
    assert answer.headers["Location"] == "/login?back=/scan"


async def test_another_secret_ends_every_sign_in() -> None:
    async with client_of(sample_app()) as client:
        await client.sign_in()
        held = {cookie.key: cookie.value for cookie in client.session.cookie_jar}
    async with client_of(sample_app(secret=bytes(32))) as client:
        client.session.cookie_jar.update_cookies(held)
        assert (await client.get("/")).status == 303


@pytest.mark.parametrize(
    "cookie",
    ["", "a", "AAAA", "é", "A" * 5000, "A" * 64, "=" * 40],
    ids=lambda text: f"{text[:4]}x{len(text)}",
)
def test_a_cookie_that_is_not_ours_is_nobody(cookie: str) -> None:
    assert _open(SECRET, cookie) is None


def test_a_cookie_comes_back_as_it_was_and_fits_where_browsers_keep_it() -> None:
    visit = Visit(Sitting("c" * 32), 1_800_000_000)
    visit.begin()
    for _line in range(9):
        visit.say("\N{LEAF FLUTTERING IN WIND}" * 1_000, "good")
    sealed = _seal(SECRET, visit.sitting)
    assert _open(SECRET, sealed) == visit.sitting
    assert len(sealed) < 4_000
    assert _open(secrets.token_bytes(32), sealed) is None
    assert len(visit.said()) == 4
    assert visit.said() == []


def test_who_signed_out_stays_out_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "web" / "ended.json"
    ended = Ended(path, 3)
    for number in range(5):
        ended.end(f"{number:032x}", number)
    again = Ended(path)
    assert [again.has(f"{number:032x}") for number in range(5)] == [False, False, True, True, True]
    assert not again.has("")
    path.write_bytes(b"{")
    with pytest.raises(StorageFailed, match=r"ended\.json does not read.*secret"):
        Ended(path)


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/pay?to=anna", "/pay?to=anna"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("https://elsewhere.example", "/"),
        ("", "/"),
        ("/a\nSet-Cookie: a", "/"),
    ],
)
def test_one_is_led_to_paths_of_ours_only(asked: str, led: str) -> None:
    assert own_path(asked) == led


def test_a_home_keeps_its_token_for_its_owner_alone(tmp_path: Path) -> None:
    folder = WebFolder(tmp_path / "web")
    token, secret = folder.token(), folder.secret()
    assert len(token) == TOKEN_CHARS
    assert (folder.token(), folder.secret()) == (token, secret)
    assert folder.token_file.stat().st_mode & 0o777 == 0o600
    assert folder.secret_file.stat().st_mode & 0o777 == 0o600
    folder.end_sessions()
    assert folder.token() != token
    assert folder.secret() != secret


async def test_a_language_is_chosen_once_and_stays() -> None:
    async with client_of(sample_app()) as client:
        first = await client.get("/login", Accept_Language="de-AT,de;q=0.9,en;q=0.5")
        assert '<html lang="de">' in first.text
        sent = {"language": "en", "back": "/login", "csrf": first.hidden("csrf")}
        answer = await client.post("/language", sent)
        assert answer.headers["Location"] == "/login"
        second = await client.get("/login", Accept_Language="de-AT,de;q=0.9,en;q=0.5")
        assert '<html lang="en">' in second.text
        third = await client.get("/login", Cookie="language=../../etc")
        assert '<html lang="en">' in third.text


async def test_an_htmx_request_without_sign_in_leads_the_whole_page_to_the_login() -> None:
    async with client_of(sample_app()) as client:
        answer = await client.get("/", HX_Request="true")
    assert (answer.status, answer.headers["HX-Redirect"]) == (401, "/login?back=/")
