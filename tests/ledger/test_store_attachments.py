"""Attached files on disk: found again, kept once, gone when withdrawn, and audited."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from federation.console.report import tell_tally, view_tally
from ledger.entry import entry_id
from ledger.errors import StoreDamaged
from ledger.operation import WithdrawFile
from ledger.store.attachment import AttachmentStore
from ledger.store.audit import Auditor, audit
from ledger.store.backup import back_up
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from tests.ledger.test_store_journal import same
from tests.support.attached import attach, sealed_file
from tests.support.household import NAMES
from tests.support.storage import StoredTown, open_manager, raw
from tests.support.township import DAY_S
from tests.support.vandal import ATTACHED, opened, spoil

COLUMNS = [(table, column) for table, columns in ATTACHED.items() for column in columns]
REST = (
    "record, operation + 1, time, month, about, author, name, kind, length, hash, target, key, "
    "withdrawn, reason FROM attachment"
)
WORDS = {
    "attachment": r"attached file|attachments?|in filed|refers to nothing",
    "file": r"file [0-9a-f]{64}",
}
"""How the message names what was changed in a table."""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[StoredTown]:
    town = StoredTown(open_manager(tmp_path), *NAMES)
    yield town
    town.database.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StoredTown, Path]]:
    """Give a house with three files of two months, one withdrawn, and a copy of its database."""
    folder = tmp_path_factory.mktemp("house")
    town = StoredTown(open_manager(folder), *NAMES)
    _fill(town)
    back_up(town.database, folder / "sound.db", {})
    yield town, folder / "sound.db"
    town.database.close()


def _fill(town: StoredTown) -> bytes:
    """Attach three files and withdraw the second; return the payment they are about."""
    paid = entry_id(town.ask("anna", town.payment("bert", 5), attach("soup")).hash, 0)
    town.ask("bert", attach("passport", paid), attach("bread", paid))
    store = AttachmentStore(town.database)
    for text in ("soup", "passport"):
        store.keep(sealed_file(text), town.now)
    town.now += 31 * DAY_S
    town.manage(WithdrawFile(store.of_entry(paid)[1].attached.id, "not yours to show"))
    town.ask("bert", attach("thanks", paid))
    return paid


def test_what_is_loaded_is_what_was_merged(kept: tuple[StoredTown, Path]) -> None:
    town, copy = kept
    assert len(town.state.attachments) == 4
    for database in (town.database, open_database(copy, Role.MANAGER, write=False)):
        loaded = JournalStore(database).load_state()
        assert same(loaded, town.state)
        assert list(loaded.attachments.values()) == list(town.state.attachments.values())
        assert len(loaded.attachments) == 4
        assert AttachmentStore(database).sealed(attach("soup").hash) == sealed_file("soup")
    database.close()


def test_the_tally_counts_attachments_and_kept_files(kept: tuple[StoredTown, Path]) -> None:
    tally = audit(kept[0].journal)
    assert (tally.attachments, tally.withdrawn, tally.files) == (4, 1, 1)
    told = list(tell_tally(view_tally(kept[0].key, tally)))
    assert (
        "attachments     4 compared, 1 of them withdrawn; 1 files are kept, each with its hash"
    ) in told


def test_attachments_are_found_by_what_they_are_about(town: StoredTown) -> None:
    paid = _fill(town)
    store = AttachmentStore(town.database)
    found = store.of_entry(paid)
    assert [one.number for one in found] == [0, 1, 2, 3]
    assert [one.attached.length for one in found] == [4, 8, 5, 6]
    assert [one.here for one in found] == [True, False, False, False]
    assert [one.attached.length for one in store.missing()] == [6, 5]
    assert store.of_record(found[1].attached.record) == found[1:3]
    assert store.get(found[2].attached.id) == found[2]
    assert store.get(bytes(16)) is None
    assert store.find(found[2].attached.id.hex()[:8]) == [found[2].attached.id]
    assert store.find("x") == []
    assert store.count(found[1].attached.record) == 1
    assert store.count(len(town.records)) == 4


def test_files_are_given_in_the_order_of_the_journal(town: StoredTown) -> None:
    _fill(town)
    store = AttachmentStore(town.database)
    store.keep(sealed_file("thanks"), town.now)
    given = [sealed_file("soup"), b"", b"", sealed_file("thanks")]
    assert list(store.files(0, 4)) == given
    assert list(store.files(2, 3)) == [b""]
    assert store.sealed_bytes(0, 4) == sum(map(len, given))


def test_a_file_is_kept_once_and_before_it_is_attached(town: StoredTown) -> None:
    store, sealed = AttachmentStore(town.database), sealed_file("soup")
    named = store.keep(sealed, town.now)
    assert store.keep(sealed, town.now + 5) == named == attach("soup").hash
    assert store.has([named, bytes(32)]) == {named}
    assert store.sealed(bytes(32)) is None
    outcome = town.ask("anna", town.payment("bert", 5), attach("soup"))
    (one,) = store.of_entry(entry_id(outcome.hash, 0))
    assert one.here


def test_files_that_nothing_names_are_let_go(town: StoredTown) -> None:
    store = AttachmentStore(town.database)
    town.ask("anna", town.payment("bert", 5), attach("soup"))
    for text in ("soup", "refused", "later"):
        store.keep(sealed_file(text), town.now + 10 * (text == "later"))
    assert store.unattached(town.now + 1) == [attach("refused").hash]
    store.forget(store.unattached(town.now + 1))
    assert store.has([attach(text).hash for text in ("soup", "refused", "later")]) == {
        attach("soup").hash,
        attach("later").hash,
    }


def test_a_withdrawn_file_is_gone_unless_it_is_attached_elsewhere(town: StoredTown) -> None:
    store = AttachmentStore(town.database)
    outcome = town.ask("anna", town.payment("bert", 5), attach("soup"), attach("soup"))
    store.keep(sealed_file("soup"), town.now)
    first, second = store.of_entry(entry_id(outcome.hash, 0))
    town.manage(WithdrawFile(first.attached.id, ""))
    assert store.sealed(attach("soup").hash) is not None
    assert store.standing([attach("soup").hash]) == {attach("soup").hash}
    assert list(store.files(0, 2)) == [b"", sealed_file("soup")]
    town.manage(WithdrawFile(second.attached.id, ""))
    assert store.sealed(attach("soup").hash) is None
    assert store.standing([attach("soup").hash, bytes(32)]) == set()
    assert not store.missing()


def test_merging_and_auditing_go_on_from_what_was_loaded(town: StoredTown) -> None:
    auditor = Auditor(town.journal)
    auditor.check()
    paid = _fill(town)
    assert auditor.check().attachments == 4
    town.state = town.journal.load_state()
    found = AttachmentStore(town.database).of_entry(paid)
    assert town.manage(WithdrawFile(found[0].attached.id, "")).refusal is None
    assert town.manage(WithdrawFile(found[1].attached.id, "")).refusal is not None
    town.ask("anna", attach("more", paid))
    assert same(town.journal.load_state(), town.state)
    later = auditor.check()
    assert (later.attachments, later.withdrawn) == (5, 2)
    whole = audit(town.journal)
    assert (whole.attachments, whole.withdrawn) == (5, 2)


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_changed_value_is_found(
    kept: tuple[StoredTown, Path], tmp_path: Path, table: str, column: str
) -> None:
    path = tmp_path / "spoilt.db"
    path.write_bytes(kept[1].read_bytes())
    with closing(open_database(path, Role.MANAGER, write=True)) as database:
        store = JournalStore(database)
        auditor = Auditor(store)
        auditor.check()
        with opened(path) as vandal:
            spoil(vandal, table, column)
        named = rf"damaged \(.*({WORDS[table]})"
        with pytest.raises(StoreDamaged, match=named):
            audit(store)
        if table == "attachment":
            with pytest.raises(StoreDamaged, match=named):
                auditor.check()


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM attachment WHERE number = 3",
        "UPDATE attachment SET number = 9 WHERE number = 3",
        "UPDATE attachment SET withdrawn = NULL, reason = '' WHERE withdrawn IS NOT NULL",
        f"INSERT INTO attachment SELECT number + 4, randomblob(16), {REST} WHERE number = 0",
    ],
)
def test_a_row_too_many_or_too_few_or_out_of_order_is_found(
    kept: tuple[StoredTown, Path], tmp_path: Path, change: str
) -> None:
    path = tmp_path / "spoilt.db"
    path.write_bytes(kept[1].read_bytes())
    with closing(open_database(path, Role.MANAGER, write=True)) as database:
        with opened(path) as vandal:
            assert vandal.execute(change).rowcount == 1
        with pytest.raises(StoreDamaged, match=r"attach"):
            audit(JournalStore(database))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE attachment SET name = 'other' WHERE number = 0",
        "UPDATE attachment SET withdrawn = NULL WHERE number = 1",
        "UPDATE attachment SET reason = 'other' WHERE number = 1",
        "DELETE FROM attachment",
        f"INSERT INTO attachment SELECT number + 5, randomblob(16), {REST} WHERE number = 3",
        "UPDATE file SET sealed = randomblob(99)",
        "INSERT INTO file SELECT randomblob(32), kept, randomblob(262161) FROM file",
    ],
)
def test_the_database_refuses_what_must_not_be(kept: tuple[StoredTown, Path], change: str) -> None:
    with closing(raw(kept[0].database)) as stranger, pytest.raises(sqlite3.IntegrityError):
        stranger.execute(change)


def test_a_kept_file_that_changed_is_not_given_out(
    kept: tuple[StoredTown, Path], tmp_path: Path
) -> None:
    path = tmp_path / "spoilt.db"
    path.write_bytes(kept[1].read_bytes())
    with closing(open_database(path, Role.MANAGER, write=True)) as database:
        with opened(path) as vandal:
            vandal.execute("UPDATE file SET sealed = randomblob(20)")
        with pytest.raises(StoreDamaged, match="is not what it was"):
            AttachmentStore(database).sealed(sha256(sealed_file("soup")).digest())
        assert list(AttachmentStore(database).files(0, 1)) == [b""]
