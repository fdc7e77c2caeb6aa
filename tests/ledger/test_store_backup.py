"""A backup is one sound file, and a restored one is the same community."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.errors import StoreDamaged, StoreMissing
from ledger.store.audit import audit
from ledger.store.backup import back_up, open_backup, restore
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.witnessed import WitnessedStore
from tests.support.storage import StoredTown, open_manager


@pytest.fixture
def town(tmp_path: Path) -> Iterator[StoredTown]:
    (tmp_path / "home").mkdir()
    (tmp_path / "safe").mkdir()
    town = StoredTown(open_manager(tmp_path / "home"), "ada", "ben")
    yield town
    town.database.close()


def test_a_backup_is_one_private_file_and_restores_to_the_same_journal(
    town: StoredTown, tmp_path: Path
) -> None:
    copy, home = tmp_path / "safe" / "backup", tmp_path / "again.db"
    with town.database.writing():
        back_up(town.database, copy, {"key": b"sealed seed"})
    assert list(copy.parent.iterdir()) == [copy]
    assert copy.stat().st_mode & 0o777 == 0o600
    tip = town.journal.tip()
    town.merge(town.pay("ada", "ben", 5))
    opened, carried = open_backup(copy, Role.MANAGER)
    with closing(opened):
        assert carried == {"key": b"sealed seed"}
    restore(copy, Role.MANAGER, home)
    assert list(copy.parent.iterdir()) == [copy]
    with closing(open_database(home, Role.MANAGER, write=True)) as database:
        again = JournalStore(database)
        assert again.tip() == tip
        assert audit(again).size == tip.tree.size
        with database.reading() as connection:
            names = connection.exec_driver_sql("SELECT name FROM meta").scalars().all()
        assert not [name for name in names if name.startswith("backup/")]


def test_a_new_backup_takes_the_place_of_the_old_one(town: StoredTown, tmp_path: Path) -> None:
    copy = tmp_path / "safe" / "backup"
    back_up(town.database, copy, {"a": b"1", "b": b"1"})
    back_up(town.database, copy, {"a": b"2"})
    opened, carried = open_backup(copy, Role.MANAGER)
    with closing(opened):
        assert carried == {"a": b"2"}


def test_a_backup_is_not_restored_over_a_home(town: StoredTown, tmp_path: Path) -> None:
    copy = tmp_path / "safe" / "backup"
    back_up(town.database, copy, {})
    with pytest.raises(FileExistsError, match="empty home"):
        restore(copy, Role.MANAGER, town.database.path)
    assert town.journal.tip().tree == town.state.tree


def test_a_damaged_or_foreign_backup_is_refused_and_leaves_nothing(
    town: StoredTown, tmp_path: Path
) -> None:
    copy, home = tmp_path / "safe" / "backup", tmp_path / "again.db"
    with pytest.raises(StoreMissing):
        restore(copy, Role.MANAGER, home)
    back_up(town.database, copy, {})
    with pytest.raises(StoreDamaged):
        restore(copy, Role.MEMBER, home)
    data = bytearray(copy.read_bytes())
    data[len(data) // 2 :] = os.urandom(len(data) - len(data) // 2)
    copy.write_bytes(data)
    with pytest.raises(StoreDamaged):
        restore(copy, Role.MANAGER, home)
    copy.write_text("this is no backup")
    with pytest.raises(StoreDamaged):
        restore(copy, Role.MANAGER, home)
    assert not home.exists()


def test_a_failed_backup_leaves_the_old_one(town: StoredTown, tmp_path: Path) -> None:
    copy = tmp_path / "safe" / "backup"
    back_up(town.database, copy, {"a": b"1"})
    before = copy.read_bytes()
    with pytest.raises(AssertionError):
        back_up(town.database, copy, {"a": None})  # type: ignore[dict-item]
    assert copy.read_bytes() == before
    assert list(copy.parent.iterdir()) == [copy]
    with closing(sqlite3.connect(copy)) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_backup_of_an_older_version_restores_and_is_brought_up_to_date(tmp_path: Path) -> None:
    old, home = tmp_path / "backup", tmp_path / "again.db"
    with (
        closing(open_database(old, Role.MEMBER, write=True)) as database,
        closing(sqlite3.connect(old)) as raw,
    ):
        newer = ("witnessed", "listed", "question", "recurring", "submitted", "file", "carried")
        for table in newer:
            raw.execute("DROP TABLE " + table)
        raw.execute("UPDATE alembic_version SET version_num = 'outgoing_1'")
        raw.commit()
        assert database.path == old
    with pytest.raises(StoreDamaged, match="older version"):
        open_database(old, Role.MEMBER, write=False)
    restore(old, Role.MEMBER, home)
    with closing(open_database(home, Role.MEMBER, write=False)) as database:
        database.check()
        assert WitnessedStore(database).questions() == []
