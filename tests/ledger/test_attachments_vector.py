"""The vector of attachments: a history, sealed files and an archive, the same everywhere."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from federation.archive.folder import ArchiveFolder
from ledger.archive import ArchiveHead, ArchiveName, format_archive_name, read_archive
from ledger.attachment import open_file, seal_file
from ledger.codec import encode
from ledger.entry import entry_id
from ledger.operation import Annotate, Attach, WithdrawFile
from ledger.record import StateRecord, decode_record
from ledger.replay import JournalDigest, replay
from ledger.segment import SegmentName
from ledger.state import Attachment, State
from tests.support.attached import attach, sealed_file
from tests.support.household import house
from tests.support.township import DAY_S, Town

PATH = Path(__file__).parents[1] / "vectors" / "attachments.json"
VECTOR = json.loads(PATH.read_text())
RECORDS = [bytes.fromhex(record) for record in VECTOR["records"]]
ABOUT = (
    "Files attached in an open ledger, replayed from nothing by tests/ledger/"
    "test_attachments_vector.py. Records are plain: 16-byte nonce, then the body; hex. "
    "attachments: in the order of their numbers; plain, key and sealed: the file, what it is "
    "sealed under, and the secret box with a nonce of zeros; withdrawn: index of the record that "
    "took it out. archive: what the file of all of them is called, and its bytes. head: of the "
    "archive, with an infohash of twenty 0x01 and one of thirty-two 0x02."
)
TEXTS = ("soup: 4.20", "passport", "thanks")


def live() -> Town:
    """Let three files be attached in two months, and one be withdrawn."""
    town = house()
    soup, passport, thanks = (attach(text, name=f"{text[:4]}.txt") for text in TEXTS)
    note = Annotate(None, "food", "")
    paid = entry_id(town.ask("anna", town.payment("bert", 420), note, soup).hash, 0)
    town.now += 31 * DAY_S
    town.ask("bert", _about(paid, passport), _about(paid, thanks))
    withdrawn = next(one.id for one in town.state.attachments.values() if one.hash == passport.hash)
    town.manage(WithdrawFile(withdrawn, "not yours to show"))
    refused = town.ask("cleo", _about(paid, soup))
    assert refused.refusal is not None
    return town


def _about(entry: bytes, asked: Attach) -> Attach:
    fields = {name: getattr(asked, name) for name in asked.__struct_fields__}
    return Attach(**{**fields, "about": entry})


def _files(state: State) -> Iterator[tuple[Attachment, str, bytes]]:
    """Give the attachments with what they say, and the frames of an archive of them."""
    for one, text in zip(state.attachments.values(), TEXTS, strict=True):
        yield one, text, b"" if one.withdrawn is not None else sealed_file(text)


def describe(town: Town, folder: Path) -> dict[str, Any]:
    """Return the vector of a town."""
    state = town.state
    last = decode_record(town.records[-1])
    assert isinstance(last, StateRecord)
    archive = ArchiveFolder(folder, town.key)
    frames = [frame for _, _, frame in _files(state)]
    name = archive.write(SegmentName(0, 0, len(frames)), frames)
    named = format_archive_name(name)
    return {
        "about": ABOUT,
        "community_key": town.key.hex(),
        "records": [record.hex() for record in town.records],
        "checkpoint": {
            "size": state.tree.size,
            "root": state.tree.root.hex(),
            "accounts_root": last.accounts_root.hex(),
            "journal_sha256": JournalDigest(town.records).value.hex(),
        },
        "attachments": [
            {
                "id": one.id.hex(),
                "about": one.about.hex(),
                "author": one.author.hex(),
                "name": one.name,
                "plain": text.encode().hex(),
                "key": one.key.hex(),
                "sealed": sealed_file(text).hex(),
                "hash": one.hash.hex(),
                "target": one.target.hex(),
                "withdrawn": one.withdrawn,
            }
            for one, text, _ in _files(state)
        ],
        "filed": {
            key.hex(): [filed.month_number, filed.length] for key, filed in state.filed.items()
        },
        "archive": {"name": named, "bytes": (archive.path / named).read_bytes().hex()},
        "head": encode(ArchiveHead(b"\x01" * 20, b"\x02" * 32, (named,))).hex(),
    }


def test_the_history_replays_to_its_roots_and_files() -> None:
    state = State(bytes.fromhex(VECTOR["community_key"]))
    assert list(replay(state, RECORDS))
    assert state.tree.root.hex() == VECTOR["checkpoint"]["root"]
    assert JournalDigest(RECORDS).value.hex() == VECTOR["checkpoint"]["journal_sha256"]
    assert len(state.attachments) == len(VECTOR["attachments"])
    for one, told in zip(state.attachments.values(), VECTOR["attachments"], strict=True):
        sealed = bytes.fromhex(told["sealed"])
        assert (one.id.hex(), one.about.hex(), one.name) == (
            told["id"],
            told["about"],
            told["name"],
        )
        assert open_file(sealed, one).hex() == told["plain"]
        assert seal_file(bytes.fromhex(told["plain"]), bytes.fromhex(told["key"])) == sealed
        assert sha256(sealed).hexdigest() == told["hash"] == one.hash.hex()
        assert one.withdrawn == told["withdrawn"]
    assert VECTOR["filed"] == {
        key.hex(): [filed.month_number, filed.length] for key, filed in state.filed.items()
    }


def test_the_archive_holds_what_was_not_withdrawn(tmp_path: Path) -> None:
    data, named = bytes.fromhex(VECTOR["archive"]["bytes"]), VECTOR["archive"]["name"]
    (name,) = read_archive(bytes.fromhex(VECTOR["head"])).files
    assert format_archive_name(name) == named
    assert name == ArchiveName(SegmentName(0, 0, 3), sha256(data).hexdigest()[:16])
    folder = ArchiveFolder(tmp_path, bytes(32))
    folder.path.mkdir()
    (folder.path / named).write_bytes(data)
    assert [frame.hex() for frame in folder.read(name)] == [
        "" if told["withdrawn"] is not None else told["sealed"] for told in VECTOR["attachments"]
    ]


def test_the_same_inputs_still_give_the_same_bytes(tmp_path: Path) -> None:
    assert describe(live(), tmp_path) == VECTOR
