"""Files attached by commands: signed with what they belong to, listed, saved, never overwritten."""

import os
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from federation.console.terminal import Refused
from federation.home import Home
from ledger.operation import TEXT, Attach, Pay, WithdrawFile
from ledger.store.attachment import AttachmentStore
from ledger.store.database import Role, open_database
from ledger.store.outgoing_file import OutgoingFileStore
from member.household.attachments import UNKNOWN_TYPE, open_attachment
from member.membership import open_membership, open_own
from tests.support.attached import text_file
from tests.support.flat import Flat
from tests.support.hamlet import signed


def receipt(path: Path) -> Path:
    stream = BytesIO()
    Image.new("RGB", (30, 20), "red").save(stream, "JPEG")
    path.write_bytes(stream.getvalue())
    return path


def hand_on(flat: Flat, *names: str) -> None:
    """Give homes the files that anna has, as a snapshot does."""
    with open_own(flat.homes["anna"]) as own:
        store = OutgoingFileStore(own)
        files = [store.sealed(named) for named in store.kept()]
    for name in names:
        keep(flat.homes[name], *(one for one in files if one))


def keep(home: Home, *files: bytes) -> None:
    with closing(open_database(home.ledger, Role.REPLICA, write=True)) as database:
        for sealed in files:
            AttachmentStore(database).keep(sealed, 0)


def test_a_receipt_goes_with_a_bill_and_everybody_of_it_reads_it(
    flat: Flat, tmp_path: Path
) -> None:
    photo = receipt(tmp_path / "IMG 7.jpg")
    said = flat.type("anna", "bill", "12", "food", "--attach", photo)
    assert "IMG 7.webp" in said.out
    flat.merge()
    (bill,) = flat.read("ben", "bills")
    (listed,) = flat.read("ben", "attachments", "list", bill["id"])
    assert (listed["name"], listed["who"], listed["state"]) == ("IMG 7.webp", "anna", "coming")
    assert flat.read("anna", "attachments", "list", bill["id"])[0]["state"] == "here"
    early = flat.cli("attachments", "save", listed["id"], "--home", flat.homes["ben"].path)
    assert early.code == 1
    assert "has not come yet" in early.err
    hand_on(flat, "ben")
    assert flat.read("ben", "attachments", "list", bill["id"])[0]["state"] == "here"
    said = flat.cli("attachments", "save", listed["id"], tmp_path, "--home", flat.homes["ben"].path)
    assert said.code == 0, said.err
    assert Image.open(BytesIO((tmp_path / "IMG 7.webp").read_bytes())).size == (30, 20)
    again = flat.cli(
        "attachments", "save", listed["id"], tmp_path, "--home", flat.homes["ben"].path
    )
    assert again.code == 2
    assert "is there already" in again.err
    story = flat.read("ben", "bills", bill["id"])["story"]
    assert [one["told"] for one in story if one["kind"] == "attached"] == [
        "anna attached IMG 7.webp"
    ]
    assert "IMG 7.webp" in flat.say("ben", "attachments", "list", bill["id"])


def test_a_file_goes_with_a_hold_and_stays_with_what_is_posted(flat: Flat, tmp_path: Path) -> None:
    offer = tmp_path / "offer.txt"
    offer.write_text("a roof, 3 days\n")
    flat.type("anna", "hold", "ben", "5", "roof", "--attach", offer)
    flat.merge()
    held = flat.read("ben", "holds")[0]
    (file,) = flat.read("ben", "attachments", "list", held["id"])
    assert file["name"] == "offer.txt"
    flat.type("ben", "post", held["id"])
    flat.merge()
    moved = flat.read("anna", "history")[0]
    (still,) = flat.read("anna", "attachments", "list", moved["id"])
    assert (still["id"], still["who"]) == (file["id"], "anna")


def test_files_go_with_payments_requests_and_comments(flat: Flat, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("bread\n")
    flat.type("anna", "pay", "ben", "2", "bread", "--attach", note, "--attach", note)
    flat.type("anna", "request", "ben", "3", "milk", "--attach", note)
    flat.merge()
    paid = flat.read("ben", "history")[0]
    assert len(flat.read("ben", "attachments", "list", paid["id"])) == 2
    asked = flat.read("ben", "requests")[0]
    assert len(flat.read("ben", "attachments", "list", asked["id"])) == 1
    flat.type("ben", "comment", paid["id"], "--attach", note)
    flat.type("ben", "comment", paid["id"], "thanks", "--attach", note)
    flat.merge()
    held = flat.read("anna", "comment", paid["id"])
    assert [one["who"] for one in held["attachments"]] == ["anna", "anna", "ben", "ben"]
    assert [one["told"] for one in held["comments"]] == ["thanks"]
    assert "ben attached note.txt" in flat.say("anna", "comment", paid["id"])
    assert flat.try_("cleo", "comment", paid["id"], "--attach", note).code == 1
    (entry,) = flat.read("ben", "statement")["entries"]
    assert entry["files"] == ["note.txt"] * 4
    assert "bread [note.txt, " in flat.say("ben", "statement")
    # What the request brought is beside the payment that came of it.
    flat.type("ben", "accept", asked["id"])
    flat.merge()
    moved = flat.read("anna", "history")[0]
    assert [one["name"] for one in flat.read("anna", "attachments", "list", moved["id"])] == [
        "note.txt"
    ]


def test_what_cannot_be_attached_is_said_before_anything_is_signed(
    flat: Flat, tmp_path: Path
) -> None:
    noise = tmp_path / "noise.bin"
    noise.write_bytes(os.urandom(1_000))
    for words in (
        ("pay", "ben", "2", "--attach", noise),
        ("pay", "ben", "2", "--attach", tmp_path / "missing"),
        ("pay", "ben", "2", *["--attach", receipt(tmp_path / "a.jpg")] * 9),
    ):
        assert flat.try_("anna", *words).code == 2, words
    assert signed(flat.homes["anna"]) == []
    with open_own(flat.homes["anna"]) as own:
        assert set(OutgoingFileStore(own).kept()) == set()


def test_a_sealed_memo_and_a_file_go_together(flat: Flat, tmp_path: Path) -> None:
    photo = receipt(tmp_path / "a.jpg")
    flat.type("anna", "pay", "ben", "2", "secret", "--seal", "--attach", photo)
    first, other = signed(flat.homes["anna"])[0].change_set.change_set.operations
    assert isinstance(first, Pay)
    assert first.sealed
    assert isinstance(other, Attach)


@pytest.mark.parametrize("lie", ["kind", "name", "withdrawn", "key"])
def test_a_file_that_is_not_what_it_says_is_never_shown(flat: Flat, lie: str) -> None:
    text, sealed = text_file("<script>alert(1)</script>", "page.html")
    kind = 0 if lie == "kind" else TEXT
    key = bytes(32) if lie == "key" else text.key
    attach = Attach(None, "page.html", kind, text.length, text.hash, text.target, key)
    town = flat.town
    town.ask("anna", town.payment("ben", 100), attach)
    (found,) = town.state.attachments
    if lie == "withdrawn":
        town.manage(WithdrawFile(found, "somebody's address"))
    flat.merge()
    if lie != "withdrawn":
        keep(flat.homes["ben"], sealed)
    with open_membership(flat.homes["ben"]) as member:
        if lie in {"key", "withdrawn"}:
            with pytest.raises(Refused, match=r"cannot be opened|somebody's address"):
                open_attachment(member, found)
            return
        opened = open_attachment(member, found)
    assert opened is not None
    assert not opened.shown
    assert opened.media_type == (UNKNOWN_TYPE if lie == "kind" else "text/plain")
    assert opened.name.endswith(".webp" if lie == "kind" else ".html.txt")
