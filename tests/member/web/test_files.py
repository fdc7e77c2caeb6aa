"""Files on the member's pages and in the API: handed in, shown, saved, and harmless."""

from base64 import b64decode, b64encode
from contextlib import closing
from io import BytesIO

import pytest
from aiohttp import FormData
from PIL import Image

from federation.home import Home
from ledger.attachment import seal_file
from ledger.operation import TEXT, WEBP, Attach
from ledger.store.attachment import AttachmentStore
from ledger.store.database import Role, open_database
from ledger.store.outgoing_file import OutgoingFileStore
from member.household.own_files import UNSIGNED_S
from member.membership import open_own
from member.web.serve import Page
from tests.support.attached import text_file
from tests.support.hamlet import refresh, signed
from tests.support.township import Town
from tests.support.visitor import Form, Seen, Visitor


def photo(colour: str = "red") -> bytes:
    stream = BytesIO()
    Image.new("RGB", (60, 40), colour).save(stream, "JPEG")
    return stream.getvalue()


async def hand_in(visitor: Visitor, form: Form, *files: tuple[str, bytes], **typed: str) -> Seen:
    """Send a form with files."""
    data = FormData()
    for name, value in (form.fields | typed).items():
        if name != "attach":
            data.add_field(name, value)
    for name, held in files:
        data.add_field("attach", held, filename=name, content_type="image/jpeg")
    return await visitor.post_form(form.action, data)


def attached(home: Home) -> list[Attach]:
    operations = signed(home)[0].change_set.change_set.operations
    return [one for one in operations if isinstance(one, Attach)]


def kept(home: Home) -> set[bytes]:
    with open_own(home) as own:
        return set(OutgoingFileStore(own).kept())


async def test_a_photograph_goes_with_a_bill_after_a_look_at_it(
    visitor: Visitor, home: Home
) -> None:
    form = (await visitor.open("/bill/new")).form("/bill/new")
    shown = await hand_in(visitor, form, ("till.jpg", photo()), amount="9", memo="paint")
    assert shown.status == 200, shown.words
    assert "till.webp" in shown.words
    done = await visitor.send(shown.form("/sign"))
    assert done.path.startswith("/change/")
    (file,) = attached(home)
    assert (file.name, file.kind, file.about) == ("till.webp", WEBP, None)
    assert kept(home) == {file.hash}


async def test_a_mistake_in_the_form_does_not_cost_the_file(visitor: Visitor, home: Home) -> None:
    form = (await visitor.open("/pay?who=bert")).form("/pay")
    wrong = await hand_in(visitor, form, ("a.jpg", photo()), ("b.txt", b"bread"), amount="much")
    assert wrong.status == 400
    again = wrong.form("/pay")
    data = FormData()
    for name, value in (again.fields | {"amount": "1"}).items():
        if name not in {"attach", "attached"}:
            data.add_field(name, value)
    tokens = [part.split('"')[0] for part in wrong.text.split('name="attached" value="')[1:]]
    assert len(tokens) == 2
    for token in tokens:
        data.add_field("attached", token)
    shown = await visitor.post_form("/pay", data)
    await visitor.send(shown.form("/sign"))
    assert [one.name for one in attached(home)] == ["a.webp", "b.txt"]


async def test_a_comment_brings_a_file_and_the_entry_shows_it(
    visitor: Visitor, home: Home, town: Town
) -> None:
    paid = town.pay("bert", "anna", 500)
    town.merge(paid)
    refresh(home, town)
    entry = next(iter(town.state.transactions)).hex()
    form = (await visitor.open(f"/entry/{entry}")).form(f"/comment/{entry}")
    done = await hand_in(visitor, form, ("pot.jpg", photo()))
    assert done.status == 200, done.words
    (file,) = attached(home)
    assert file.about == bytes.fromhex(entry)
    town.merge(*(one.change_set for one in signed(home)))
    refresh(home, town)
    seen = await visitor.open(f"/entry/{entry}")
    assert "pot.webp" in seen.words
    (found,) = town.state.attachments
    assert f'<img src="/attachment/{found.hex()}"' in seen.text
    async with visitor.session.get(f"{visitor.url}/attachment/{found.hex()}") as answer:
        picture = await answer.read()
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Disposition"].startswith("inline;")
    assert Image.open(BytesIO(picture)).size == (60, 40)
    saved = await visitor.open(f"/attachment/{'0' * 32}")
    assert saved.status == 404


@pytest.mark.parametrize(
    ("kind", "media_type"), [(TEXT, "text/plain"), (WEBP, "application/octet-stream")]
)
async def test_what_somebody_else_attached_runs_nothing(
    visitor: Visitor, home: Home, town: Town, kind: int, media_type: str
) -> None:
    text, sealed = text_file("<script>alert(1)</script>", 'käse".html')
    file = Attach(None, text.name, kind, text.length, text.hash, text.target, text.key)
    town.ask("bert", town.payment("anna", 5), file)
    refresh(home, town)
    (found,) = town.state.attachments
    early = await visitor.open(f"/attachment/{found.hex()}")
    assert early.status == 409
    assert "has not come yet" in early.words
    with closing(open_database(home.ledger, Role.REPLICA, write=True)) as database:
        AttachmentStore(database).keep(sealed, 0)
    answer = await visitor.open(f"/attachment/{found.hex()}")
    assert answer.headers["Content-Type"].startswith(media_type)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="k_se_.html')
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("file", [("x.jpg", b"no picture\x00"), ("x.jpg", photo()[:300])])
async def test_what_cannot_be_attached_is_said_in_the_form(
    visitor: Visitor, home: Home, file: tuple[str, bytes]
) -> None:
    form = (await visitor.open("/pay?who=bert")).form("/pay")
    seen = await hand_in(visitor, form, file, amount="1")
    assert seen.status == 400
    assert seen.form("/pay").fields["amount"] == "1"
    assert kept(home) == set()


async def test_a_draft_whose_file_is_gone_is_not_signed(visitor: Visitor, home: Home) -> None:
    form = (await visitor.open("/pay?who=bert")).form("/pay")
    shown = await hand_in(visitor, form, ("a.jpg", photo()), amount="1")
    with open_own(home) as own:
        OutgoingFileStore(own).forget(kept(home))
    refused = await visitor.send(shown.form("/sign"))
    assert refused.status == 400
    assert "attach it again" in refused.words
    assert signed(home) == []


async def test_files_whose_form_was_never_signed_are_let_go_of_after_a_day(
    visitor: Visitor, home: Home, town: Town
) -> None:
    form = (await visitor.open("/pay?who=bert")).form("/pay")
    await hand_in(visitor, form, ("a.jpg", photo()), amount="1")
    first = kept(home)
    town.now += UNSIGNED_S + 1
    await hand_in(visitor, form, ("b.jpg", photo("blue")), amount="1")
    assert len(kept(home)) == 1
    assert not kept(home) & first


async def test_the_api_takes_a_file_and_gives_it_back(
    page: Page, visitor: Visitor, home: Home, town: Town
) -> None:
    bearer = {"Authorization": f"Bearer {page.token}"}
    api = f"{page.url}/api/v1"
    large = BytesIO()
    Image.effect_noise((700, 700), 90).convert("RGB").save(large, "JPEG", quality=95)
    body = {"name": "till.jpg", "data": b64encode(large.getvalue()).decode()}
    assert len(body["data"]) > 262_144
    async with visitor.session.post(f"{api}/attachments", json=body, headers=bearer) as answer:
        assert answer.status == 200, await answer.text()
        made = await answer.json()
    asked = {"submission": "ab" * 16, "who": "bert", "amount": "1", "attach": [made["attach"]]}
    async with visitor.session.post(f"{api}/pay", json=asked, headers=bearer) as answer:
        assert answer.status == 200, await answer.text()
    (file,) = attached(home)
    assert (file.hash.hex(), file.target.hex()) == (made["hash"], made["target"])
    town.merge(*(one.change_set for one in signed(home)))
    refresh(home, town)
    (found,) = town.state.attachments
    entry = town.state.attachments[found].about.hex()
    async with visitor.session.get(f"{api}/entries/{entry}/attachments", headers=bearer) as answer:
        (listed,) = await answer.json()
    assert (listed["id"], listed["state"], listed["mine"]) == (found.hex(), "here", True)
    async with visitor.session.get(f"{api}/attachments/{found.hex()}", headers=bearer) as answer:
        given = await answer.json()
    plain = b64decode(given["data"])
    assert given["media_type"] == "image/webp"
    assert len(seal_file(plain, file.key)) == file.length + 16
    wrong = asked | {"submission": "cd" * 16, "attach": ["bm9uc2Vuc2U="]}
    async with visitor.session.post(f"{api}/pay", json=wrong, headers=bearer) as answer:
        assert answer.status == 400
