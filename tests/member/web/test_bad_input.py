"""What a member's page says to wrong, forged and repeated input: in words, and without a change."""

import secrets
from contextlib import AbstractAsyncContextManager
from io import BytesIO

import pytest
from aiohttp import ClientSession, CookieJar, FormData

from federation.home import Home
from ledger.operation import Pay
from member.web.consent import Draft, pack
from member.web.serve import Page, local_place, serve_page
from tests.support.hamlet import refresh, signed
from tests.support.township import Town, seed_of
from tests.support.visitor import Seen, Visitor

NOBODY = "0" * 32
SPLITWISE = """Date,Description,Category,Cost,Currency,Anna,Bert
2023-11-01,Groceries,Groceries,30.00,EUR,15.00,-15.00
2023-11-02,Broken,Groceries,x,EUR,1.00,-1.00
"""


def page_of(home: Home, town: Town) -> AbstractAsyncContextManager[Page]:
    return serve_page(home, seed_of("anna"), local_place(0), print, clock=lambda: town.now)


async def test_a_wrong_token_opens_nothing(page: Page) -> None:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        stranger = Visitor(session, page.url)
        assert (await stranger.open("/login?token=wrong")).status == 401
        assert (await stranger.open("/history")).path == "/login"


async def test_a_forged_form_signs_nothing(visitor: Visitor, home: Home, town: Town) -> None:
    draft = pack(Draft((town.payment("bert", 100),), sealing=False))
    fields = {"draft": draft, "submission": secrets.token_hex(16)}
    assert (await visitor.post("/sign", fields)).status == 403
    real = (await visitor.open("/pay")).form("/pay").fields["csrf"]
    foreign = await visitor.post("/sign", fields | {"csrf": real}, Origin="http://evil.example")
    assert foreign.status == 403
    assert signed(home) == []


async def test_an_expired_visit_leads_to_the_login_and_back(visitor: Visitor) -> None:
    visitor.session.cookie_jar.clear()
    seen = await visitor.open("/bills")
    assert seen.path == "/login"
    assert seen.form("/login").fields["back"] == "/bills"


async def test_a_form_that_is_sent_after_the_visit_expired_signs_nothing_and_says_so(
    visitor: Visitor, home: Home
) -> None:
    asked = (await visitor.open("/pay")).form("/pay")
    consent = await visitor.send(asked, who="bert", amount="1")
    visitor.session.cookie_jar.clear()
    back = visitor.url + "/pay?who=bert"
    seen = await visitor.post("/sign", consent.form("/sign").fields, Referer=back)
    assert (seen.status, seen.path) == (200, "/login")
    assert "nothing was sent" in seen.words
    assert seen.form("/login").fields["back"] == "/pay?who=bert"
    for referer in ("http://evil.example/pay", "http://[", ""):
        foreign = await visitor.post("/sign", {}, Referer=referer)
        assert foreign.form("/login").fields["back"] == "/"
    assert signed(home) == []


async def test_a_form_that_comes_again_after_a_restart_signs_nothing_more(
    home: Home, town: Town
) -> None:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        async with page_of(home, town) as page:
            before = Visitor(session, page.url)
            await before.open(f"/login?token={page.token}")
            asked = (await before.open("/pay")).form("/pay")
            consent = (await before.send(asked, who="bert", amount="1")).form("/sign")
            first = await before.send(consent)
        async with page_of(home, town) as page:
            again = await Visitor(session, page.url).send(consent)
    assert (again.status, again.path) == (200, first.path)
    assert len(signed(home)) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"who": "bert", "amount": "-5"}, "amount"),
        ({"who": "bert", "amount": "1.234"}, "1.234"),
        ({"who": "bert", "amount": "1e9"}, "1e9"),
        ({"who": "bert", "amount": ""}, "write an amount"),
        ({"who": "nobody", "amount": "1"}, "nobody here is called 'nobody'"),
        ({"who": "berd", "amount": "1"}, "did you mean bert"),
        ({"who": "COMMONTAB:R:AAAA", "amount": ""}, "card"),
        ({"who": "bert", "amount": "1", "memo": "x" * 201}, "at most 200 fit"),
    ],
)
async def test_a_form_that_does_not_fit_comes_back_with_what_was_typed(
    visitor: Visitor, home: Home, typed: dict[str, str], said: str
) -> None:
    form = (await visitor.open("/pay")).form("/pay")
    seen = await visitor.send(form, **typed)
    assert seen.status == 400
    assert said in seen.words
    assert seen.form("/pay").fields["who"] == typed["who"]
    assert signed(home) == []


async def test_a_foreseen_refusal_is_shown_and_not_signed(visitor: Visitor, home: Home) -> None:
    form = (await visitor.open("/pay")).form("/pay")
    seen = await visitor.send(form, who="bert", amount="200")
    assert "It takes €200.00, and €100.00 is left to spend." in seen.words
    assert "Sign all the same" in seen.words
    refused = await visitor.send(seen.form("/sign"))
    assert (refused.status, signed(home)) == (409, [])
    anyway = await visitor.send(seen.form("/sign"), anyway="1")
    assert anyway.path.startswith("/change/")


@pytest.mark.parametrize(
    "path",
    [f"/entry/{NOBODY}", f"/bill/{NOBODY}", "/person/nobody", f"/change/{'0' * 64}",
     f"/accept/{NOBODY}", f"/bill/{NOBODY}/edit", "/history?before=x", "/history?since=yesterday",
     "/statement?unit=XYZ", f"/reverse/{NOBODY}", f"/recurring?bill={NOBODY[:31]}g"],
)  # fmt: skip
async def test_unknown_things_are_said_in_words(visitor: Visitor, path: str) -> None:
    seen = await visitor.open(path)
    assert seen.status in {200, 400}
    assert "This did not work" not in seen.words


async def test_a_draft_that_was_tampered_with_is_not_read(visitor: Visitor, home: Home) -> None:
    form = (await visitor.open("/pay")).form("/pay")
    shown = (await visitor.send(form, who="bert", amount="1")).form("/sign")
    for draft in ("", "AAAA", "é", shown.fields["draft"][:-4]):
        seen = await visitor.send(shown, draft=draft)
        assert (seen.status, "begin it again" in seen.words) == (400, True)
    assert signed(home) == []


async def test_somebody_elses_entry_is_not_shown(visitor: Visitor, home: Home, town: Town) -> None:
    moved = town["bert"].sign(Pay(town["carla"].id, 100, "EUR", "secret gift", b"", None))
    town.merge(moved)
    refresh(home, town)
    (entry,) = town.state.transactions
    seen = await visitor.open(f"/entry/{entry.hex()}")
    assert seen.status == 400
    assert "secret gift" not in seen.words


async def test_an_import_shows_what_does_not_fit_and_signs_only_what_was_looked_at(
    visitor: Visitor, home: Home
) -> None:
    looked = await upload(visitor, SPLITWISE.encode())
    assert looked.status == 200
    assert "does not fit" in looked.words
    (url, fields) = ("/exchange", looked.form("/exchange").fields)
    kept = fields | {"text": SPLITWISE, "sign": "1"}
    refused = await visitor.post(url, kept)
    assert (refused.status, signed(home)) == (409, [])
    done = await visitor.post(url, kept | {"skip": "1"})
    assert (done.status, done.path, len(signed(home))) == (200, "/outbox", 1)


@pytest.mark.parametrize(
    ("data", "status"), [(b"\x89PNG\r\n\x1a\n\0\0", 400), (b"a,b\n1,2\n", 400), (b"", 400)]
)
async def test_a_file_that_is_no_export_is_said_to_be_none(
    visitor: Visitor, data: bytes, status: int
) -> None:
    seen = await upload(visitor, data)
    assert (seen.status, "This did not work" in seen.words) == (status, False)


async def test_a_file_that_is_too_large_is_not_taken(visitor: Visitor) -> None:
    assert (await upload(visitor, b"x" * (4 * 2**20 + 1))).status == 413


async def test_exports_of_every_format_are_handed_out(
    visitor: Visitor, home: Home, town: Town
) -> None:
    town.merge(town.pay("bert", "anna", 1_234))
    refresh(home, town)
    for wanted in ("postings", "transactions", "hledger", "beancount", "lines"):
        seen = await visitor.open(f"/exchange/commontab.{wanted}")
        assert (seen.status, "12.34" in seen.text or "1234" in seen.text) == (200, True), wanted
    assert (await visitor.open("/exchange/commontab.xls")).status == 404


async def upload(visitor: Visitor, data: bytes) -> Seen:
    form = (await visitor.open("/exchange")).form("/exchange")
    sent = FormData()
    for name, value in form.fields.items():
        if name not in {"file", "opening", "skip"}:
            sent.add_field(name, value)
    sent.add_field("file", BytesIO(data), filename="export.csv", content_type="text/csv")
    return await visitor.post_form("/exchange", sent)
