"""A member's own sealed files: kept with what was signed, or not at all."""

from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.errors import StoreDamaged
from ledger.store.database import Database, Role, open_database
from ledger.store.outgoing_file import OutgoingFileStore, keep_files

ONE, OTHER = b"1" * 17, b"2" * 262_160


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(tmp_path / "member.db", Role.MEMBER, write=True)) as database:
        yield database


def test_files_are_kept_with_the_transaction_that_names_them(own: Database) -> None:
    files = OutgoingFileStore(own)
    with own.writing() as connection:
        keep_files(connection, [ONE, OTHER, ONE], 7)
    with pytest.raises(ZeroDivisionError), own.writing() as connection:
        keep_files(connection, [b"3" * 17], 1 // 0)
    assert set(files.kept()) == {sha256(ONE).digest(), sha256(OTHER).digest()}
    assert files.sealed(sha256(OTHER).digest()) == OTHER
    assert files.sealed(bytes(32)) is None


def test_what_was_carried_is_known_until_the_file_is_let_go_of(own: Database) -> None:
    files, named = OutgoingFileStore(own), sha256(ONE).digest()
    with own.writing() as connection:
        keep_files(connection, [ONE, OTHER], 7)
    files.mark_carried(named, 8)
    files.mark_carried(named, 9)
    assert files.carried() == {named}
    files.forget([named, bytes(32)])
    assert set(files.kept()) == {sha256(OTHER).digest()}
    assert files.carried() == set()


def test_a_file_that_changed_on_the_disk_is_not_handed_out(own: Database) -> None:
    with own.writing() as connection:
        keep_files(connection, [ONE], 7)
        connection.exec_driver_sql("DROP TRIGGER file_not_changed")
        connection.exec_driver_sql("UPDATE file SET sealed = zeroblob(17)")
    with pytest.raises(StoreDamaged, match="not what it was"):
        OutgoingFileStore(own).sealed(sha256(ONE).digest())
