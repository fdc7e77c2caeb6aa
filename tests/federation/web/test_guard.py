"""Who gets past the guard, and what every answer carries."""

import pytest

from federation.web.guard import BODY_BYTES_MAX, REQUESTS_BURST, host_name
from federation.web.login import Login
from tests.support.webclient import Client, client_of
from tests.support.webface import PAID, TOKEN, sample_app

CROSS = {"Sec_Fetch_Site": "cross-site"}


async def fields(client: Client) -> dict[str, str]:
    home = await client.sign_in()
    return {"to": "Anna", "csrf": home.hidden("csrf"), "submission": home.hidden("submission")}


@pytest.mark.parametrize("path", ["/", "/wrong", "/nowhere", "/scan"])
async def test_nobody_sees_a_page_who_is_not_signed_in(path: str) -> None:
    async with client_of(sample_app()) as client:
        answer = await client.get(f"{path}?a=b")
    assert (answer.status, answer.headers["Location"]) == (303, f"/login?back={path}%3Fa%3Db")


@pytest.mark.parametrize("path", ["/api/v1/things/1", "/api/v1/openapi.json", "/events"])
async def test_a_program_that_is_not_signed_in_gets_no_page(path: str) -> None:
    async with client_of(sample_app()) as client:
        answer = await client.get(path)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_what_is_public_needs_no_sign_in() -> None:
    async with client_of(sample_app()) as client:
        assert (await client.get("/open")).text == "open"


@pytest.mark.parametrize("path", ["/", "/open", "/static/app.css", "/login"])
async def test_a_name_that_leads_here_by_somebody_elses_wish_is_turned_away(path: str) -> None:
    async with client_of(sample_app()) as client:
        await client.sign_in()
        answer = await client.get(path, Host="rebound.example")
    assert answer.status == 421
    assert "Anna" not in answer.text


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("LOCALHOST:8417", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]:8417", "::1"),
        ("[::1]", "::1"),
        ("commontab.example:", "commontab.example:"),
    ],
)
def test_a_host_is_read_without_its_port(host: str, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    "path", ["/", "/login", "/open", "/static/app.css", "/nowhere", "/wrong", "/api/v1/things/1"]
)
async def test_every_answer_carries_the_headers_that_bind_a_browser(path: str) -> None:
    async with client_of(sample_app(secure=True)) as client:
        answer = await client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Permissions-Policy"].startswith("camera=(), ")
    assert answer.headers["Strict-Transport-Security"]


async def test_only_the_page_that_scans_may_use_the_camera_and_wasm() -> None:
    async with client_of(sample_app()) as client:
        await client.sign_in()
        answer = await client.get("/scan")
    assert "script-src 'self' 'wasm-unsafe-eval';" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Permissions-Policy"].startswith("camera=(self), ")
    assert "Strict-Transport-Security" not in answer.headers


async def test_a_form_of_this_sitting_is_taken_once_however_often_it_is_sent() -> None:
    app = sample_app()
    async with client_of(app) as client:
        form = await fields(client)
        answers = [await client.post("/pay", form) for _again in range(3)]
    assert [answer.status for answer in answers] == [303, 303, 303]
    assert app[PAID] == ["Anna"]


@pytest.mark.parametrize("csrf", [None, "", "0" * 32, "ü", "\x00"])
async def test_a_form_without_this_sittings_token_changes_nothing(csrf: str | None) -> None:
    app = sample_app()
    async with client_of(app) as client:
        form = await fields(client)
        forged = {name: text for name, text in form.items() if name != "csrf"}
        answer = await client.post("/pay", forged if csrf is None else {**forged, "csrf": csrf})
    assert answer.status == 403
    assert "earlier sitting" in answer.text
    assert app[PAID] == []


@pytest.mark.parametrize(
    "headers",
    [
        CROSS,
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
    ids=str,
)
async def test_a_form_that_another_site_sends_changes_nothing(headers: dict[str, str]) -> None:
    app = sample_app()
    async with client_of(app) as client:
        answer = await client.post("/pay", await fields(client), **headers)
    assert answer.status == 403
    assert app[PAID] == []


async def test_a_token_of_another_sitting_is_none_of_this_one() -> None:
    app = sample_app()
    async with client_of(app) as client:
        form = await fields(client)
        again = await fields(client)
        answer = await client.post("/pay", {**again, "csrf": form["csrf"]})
    assert answer.status == 403


async def test_a_form_without_a_submission_number_is_not_carried_out() -> None:
    app = sample_app()
    async with client_of(app) as client:
        form = await fields(client)
        answer = await client.post("/pay", {**form, "submission": "again"})
    assert answer.status == 400
    assert app[PAID] == []


async def test_what_is_larger_than_any_form_is_refused() -> None:
    async with client_of(sample_app()) as client:
        form = await fields(client)
        answer = await client.post("/pay", {**form, "to": "a" * (BODY_BYTES_MAX + 1)})
    assert answer.status == 413
    assert "larger than what is taken" in answer.text


async def test_the_api_takes_the_token_of_the_home_and_then_no_cookie() -> None:
    async with client_of(sample_app()) as client:
        right = await client.get("/api/v1/things/7", Authorization=f"Bearer {TOKEN}")
        wrong = await client.get("/api/v1/things/7", Authorization="Bearer of news")
        page = await client.get("/", Authorization=f"Bearer {TOKEN}")
    assert (right.status, wrong.status, page.status) == (200, 401, 303)


async def test_who_asks_too_often_waits() -> None:
    async with client_of(sample_app()) as client:
        statuses = [
            (await client.get("/open")).status for _request in range(int(REQUESTS_BURST * 2))
        ]
        answer = await client.get("/open")
    assert statuses[:100] == [200] * 100
    assert 429 in statuses
    assert answer.status == 200 or int(answer.headers["Retry-After"]) >= 1


async def test_a_link_on_another_site_leads_to_the_page_it_names() -> None:
    """A browser keeps the strict cookie back on the first request and sends it on the second."""
    async with client_of(sample_app()) as client:
        answer = await client.get("/pay?to=<Anna>", **CROSS)
    assert answer.status == 200
    assert 'content="0; url=/pay?to=%3CAnna%3E"' in answer.text


async def test_a_mistake_of_our_own_tells_nothing_of_the_inside() -> None:
    async with client_of(sample_app()) as client:
        await client.sign_in()
        answer = await client.get("/wrong")
    assert answer.status == 500
    assert "a secret of the inside" not in answer.text
    assert "Traceback" not in answer.text


async def test_only_a_proxy_of_ours_says_who_asks_and_by_which_name() -> None:
    said = {"X_Forwarded_Host": "tab.example", "X_Forwarded_For": "198.51.100.1, 192.0.2.9"}
    believed = sample_app(Login(TOKEN), hosts=("tab.example",), proxies=("127.0.0.1",))
    async with client_of(believed) as client:
        assert (await client.get("/open", **said)).status == 200
        assert (await client.get("/open")).status == 421
    async with client_of(sample_app(hosts=("tab.example",))) as client:
        assert (await client.get("/open", **said)).status == 421
