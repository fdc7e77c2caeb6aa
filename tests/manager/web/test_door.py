"""Who may come in to the manager's page, and what is turned away."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, CookieJar

from federation.web.login import TRIES_BURST
from manager.cli.options import now
from manager.page import PageOptions
from manager.web.password import STEP_S, Password, PasswordUnfit, code_at, new_code_secret
from tests.support.council import Council
from tests.support.officeface import PASSWORD, OfficeFace, serve_office
from tests.support.visitor import Visitor

WRONG = "guess"


def twice(password: str, again: str) -> dict[str, str]:
    """Return what is typed into the form of the first set-up."""
    return {"password": password, "again": again}


@pytest.fixture
async def fresh(lively: Council) -> AsyncIterator[OfficeFace]:
    """A page for which no password was set yet."""
    face = OfficeFace(lively)
    face.folder.password_file.unlink()
    async with serve_office(lively, set_up=False) as served:
        yield served


@pytest.fixture
async def newcomer(fresh: OfficeFace) -> AsyncIterator[Visitor]:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield Visitor(session, fresh.url)


async def test_without_a_password_the_token_leads_to_the_first_set_up_only(
    newcomer: Visitor, fresh: OfficeFace
) -> None:
    assert "Set the page's password at" in fresh.told[0]
    seen = await newcomer.open(fresh.told[0].rpartition(" ")[2].removeprefix(fresh.url))
    assert (seen.status, seen.path) == (200, "/setup")
    for path in ("/", "/members", "/care"):
        assert (await newcomer.open(path)).path == "/setup"
    assert (await newcomer.open("/api/v1/members")).status == 403
    token = {"Authorization": f"Bearer {fresh.folder.token()}"}
    assert (await newcomer.open("/api/v1/members", **token)).status == 403
    form = (await newcomer.open("/setup")).form("/setup")
    differ = await newcomer.send(form, **twice("a long password", "another one"))
    assert (differ.status, "differ" in differ.words) == (400, True)
    short = await newcomer.send(differ.form("/setup"), **twice("short", "short"))
    assert (short.status, "at least 10 characters" in short.words) == (400, True)
    done = await newcomer.send(short.form("/setup"), **twice("a long password", "a long password"))
    assert (done.status, done.path) == (200, "/")
    assert (await newcomer.open("/setup")).path == "/"


async def test_once_a_password_is_set_the_token_opens_nothing_and_signs_nothing(
    stranger: Visitor, office: OfficeFace
) -> None:
    token = office.folder.token()
    assert (await stranger.open(f"/login?token={token}")).path == "/login"
    assert (await stranger.open("/")).path == "/login"
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await stranger.open("/api/v1/members", **bearer)).status == 200
    refused = await stranger.post("/api/v1/care/backup", {}, **bearer)
    assert (refused.status, "only reads" in refused.text) == (403, True)
    assert not (office.council.home.path / "backups").exists()


async def test_wrong_passwords_are_slowed_down(stranger: Visitor) -> None:
    statuses: list[int] = []
    # Checking a password is slow on purpose: a slow machine earns a try or two meanwhile.
    while 429 not in statuses and len(statuses) < 4 * TRIES_BURST:
        form = (await stranger.open("/login")).form("/login")
        statuses.append((await stranger.send(form, secret=WRONG)).status)
    assert statuses[:TRIES_BURST] == [401] * TRIES_BURST
    assert statuses[-1] == 429
    form = (await stranger.open("/login")).form("/login")
    assert (await stranger.send(form, secret=PASSWORD)).status == 429


async def test_a_forged_form_changes_nothing(manager: Visitor, office: OfficeFace) -> None:
    form = (await manager.open("/members/ben")).form("/members/ben/suspend")
    forged = form.fields | {"csrf": "0" * 32, "reason": "forged"}
    assert (await manager.post("/members/ben/suspend", forged)).status == 403
    whole = form.fields | {"reason": "forged"}
    foreign = await manager.post("/members/ben/suspend", whole, Origin="http://elsewhere.example")
    assert foreign.status == 403
    assert office.council.account("ben").status == "active"
    assert (await manager.open("/members", Host="elsewhere.example")).status in {400, 421}


async def test_a_form_that_is_sent_after_the_sign_in_ended_changes_nothing_and_says_so(
    manager: Visitor, office: OfficeFace
) -> None:
    form = (await manager.open("/members/ada")).form("/members/ada/limits")
    manager.session.cookie_jar.clear()
    asked = form.fields | {"credit_limit": "321"}
    seen = await manager.post(form.action, asked, Referer=f"{office.url}/members/ada")
    assert (seen.path, "nothing was sent" in seen.words) == ("/login", True)
    (books,) = office.council.account("ada").balances
    assert books.credit_limit == 10_000
    again = await manager.send(seen.form("/login"), secret=PASSWORD)
    assert (again.status, again.path) == (200, "/members/ada")


async def test_a_changed_password_ends_what_was_open(manager: Visitor, office: OfficeFace) -> None:
    office.password.set("another password", now() + 1)
    assert (await manager.open("/members")).path == "/login"


async def test_a_code_of_the_second_device_is_asked_for_and_counts_once(
    stranger: Visitor, office: OfficeFace
) -> None:
    secret = new_code_secret()
    office.password.set(PASSWORD, now() - 60, code_secret=secret)
    form = (await stranger.open("/login")).form("/login")
    assert "code" in form.fields
    assert (await stranger.send(form, secret=PASSWORD)).status == 401
    assert (await stranger.send(form, secret=PASSWORD, code="000000")).status == 401
    code = code_at(secret, now())
    assert (await stranger.send(form, secret=WRONG, code=code)).status == 401
    seen = await stranger.send(form, secret=PASSWORD, code=code)
    assert (seen.status, seen.path) == (200, "/")


async def test_a_code_does_not_count_twice_nor_late(lively: Council) -> None:
    secret, at = new_code_secret(), 1_700_000_000
    password = Password(lively.home.path / "again.json")
    password.set(PASSWORD, at, code_secret=secret)
    late = code_at(secret, at - 2 * STEP_S)
    assert not await password.holds(PASSWORD, late, at)
    assert await password.holds(PASSWORD, code_at(secret, at), at)
    assert not await password.holds(PASSWORD, code_at(secret, at), at + 1)
    password.set(PASSWORD, at)
    assert password.wants_code
    password.set(PASSWORD, at, code_secret="")
    assert await password.holds(PASSWORD, "", at)
    with pytest.raises(PasswordUnfit, match="got 5 characters"):
        password.set("short", at)


async def test_a_page_that_was_open_goes_on_after_a_new_start(lively: Council) -> None:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        async with serve_office(lively) as face:
            visitor, port = Visitor(session, face.url), int(face.url.rpartition(":")[2])
            form = (await visitor.open("/login")).form("/login")
            await visitor.send(form, secret=PASSWORD)
            kept = (await visitor.open("/members/ada")).form("/members/ada/limits")
        async with serve_office(lively, PageOptions(port)) as face:
            assert face.url.endswith(f":{port}")
            done = await visitor.send(kept, credit_limit="321")
            assert (done.status, "Done" in done.words) == (200, True)
