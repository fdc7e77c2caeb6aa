"""Opening, locking, filling up and damage."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import ledger.store
import ledger.store.tables
from ledger.errors import StoreBusy, StoreDamaged, StoreFull, StoreMissing
from ledger.store.database import HEADS, Database, Role, open_database
from ledger.store.lock import hold_lock, lock_holder
from ledger.store.meta import ValueStore

Disk = Callable[[Path], AbstractContextManager[Database]]
MIGRATIONS = Path(ledger.store.__file__).parent / "migrations"


@pytest.fixture
def member(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path / "member.db", Role.MEMBER, write=True)
    yield database
    database.close()


@contextmanager
def opened(path: Path, role: Role, *, write: bool = True) -> Iterator[Database]:
    database = open_database(path, role, write=write)
    try:
        yield database
    finally:
        database.close()


def test_opening_a_file_again_keeps_the_locks_of_those_who_have_it_open(member: Database) -> None:
    ValueStore(member).set("colour", b"green")
    log = member.path.with_name(member.path.name + "-wal")
    assert log.stat().st_size
    with opened(member.path, Role.MEMBER):
        pass
    # Another process that closes it must not take itself for the last one.
    look = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT 1 FROM meta')"
    subprocess.run([sys.executable, "-c", look, str(member.path)], check=True)
    assert log.exists()


@pytest.mark.parametrize("role", Role)
def test_a_new_database_is_sound_private_and_opens_again(tmp_path: Path, role: Role) -> None:
    path = tmp_path / "a.db"
    with opened(path, role) as database:
        database.check()
        ValueStore(database).set("colour", b"green")
    assert path.stat().st_mode & 0o777 == 0o600
    for write in (True, False):
        with opened(path, role, write=write) as database:
            assert ValueStore(database).get("colour") == b"green"


def test_the_newest_migrations_are_the_ones_that_opening_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert set(ScriptDirectory.from_config(config).get_heads()) == set(HEADS.values())


def test_migrations_make_the_columns_that_the_tables_name(tmp_path: Path) -> None:
    found: dict[str, list[tuple[str, bool]]] = {}
    for role in Role:
        with opened(tmp_path / f"{role.name}.db", role):
            pass
        with closing(sqlite3.connect(tmp_path / f"{role.name}.db")) as raw:
            tables = raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            for (table,) in tables:
                columns = raw.execute(f"PRAGMA table_info('{table}')").fetchall()
                found[table] = [(row[1], bool(row[5])) for row in columns]
    del found["alembic_version"]
    named = {
        table.name: [(column.name, column.primary_key) for column in table.columns]
        for table in SQLModel.metadata.sorted_tables
    }
    assert named == found


def test_every_table_is_strict(member: Database) -> None:
    with closing(sqlite3.connect(member.path)) as raw:
        rows = raw.execute("PRAGMA table_list").fetchall()
    loose = {row[1] for row in rows if not row[5]}
    assert loose == {"alembic_version", "sqlite_schema", "sqlite_temp_schema"}


def test_every_connection_is_durable_and_guarded(member: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
    with member.writing() as one, member.reading() as other:
        for connection in (one, other):
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
            assert found == wanted


def test_a_reader_works_beside_a_writer_and_changes_nothing(member: Database) -> None:
    with opened(member.path, Role.MEMBER, write=False) as reader:
        with member.writing() as connection:
            connection.exec_driver_sql("INSERT INTO meta VALUES ('a', x'01')")
            assert ValueStore(reader).get("a") is None
        assert ValueStore(reader).get("a") == b"\x01"
        with pytest.raises(StoreDamaged), reader.reading() as connection:
            connection.exec_driver_sql("DELETE FROM meta")
        assert ValueStore(reader).get("a") == b"\x01"


def test_nobody_else_s_commit_goes_unnoticed(member: Database) -> None:
    before = member.data_version()
    assert member.data_version() == before
    with opened(member.path, Role.MEMBER) as other:
        ValueStore(other).set("a", b"1")
    after = member.data_version()
    assert after != before
    assert member.data_version() == after


def test_reading_what_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="set the home up first"):
        open_database(tmp_path / "member.db", Role.MEMBER, write=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [True, False])
def test_a_database_of_another_role_is_refused(member: Database, write: bool) -> None:
    with pytest.raises(StoreDamaged, match="check"):
        open_database(member.path, Role.MANAGER, write=write)


@pytest.mark.parametrize("write", [True, False])
def test_a_database_of_a_newer_program_is_refused(member: Database, write: bool) -> None:
    with closing(sqlite3.connect(member.path, isolation_level=None)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = 'outgoing_99'")
    with pytest.raises(StoreDamaged, match="update the program"):
        open_database(member.path, Role.MEMBER, write=write)


@pytest.mark.parametrize("write", [True, False])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, write: bool) -> None:
    path = tmp_path / "member.db"
    path.write_bytes(b"not a database at all " * 1000)
    with pytest.raises(StoreDamaged, match="restore a backup"):
        open_database(path, Role.MEMBER, write=write)
    assert path.read_bytes().startswith(b"not a database")


def test_damaged_pages_are_found(tmp_path: Path) -> None:
    path = tmp_path / "member.db"
    with opened(path, Role.MEMBER) as database:
        for place in range(200):
            ValueStore(database).set(f"value {place}", bytes(200))
    data = bytearray(path.read_bytes())
    data[-9_000:-1_000] = os.urandom(8_000)
    path.write_bytes(data)
    with pytest.raises(StoreDamaged, match="restore a backup"), opened(path, Role.MEMBER) as again:
        again.check()


def test_a_half_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "member.db"
    with opened(path, Role.MEMBER):
        pass
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(StoreDamaged), opened(path, Role.MEMBER) as again:
        again.check()


def test_an_exception_undoes_the_whole_transaction(member: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        _write(member, 1, stumble=True)
    assert ValueStore(member).get("a") is None


def _write(database: Database, count: int, *, stumble: bool = False) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO meta VALUES ('a', x'01')")
        for place in range(count):
            connection.exec_driver_sql(
                "INSERT INTO meta VALUES (?, zeroblob(100000))", (str(place),)
            )
        if stumble:
            raise ZeroDivisionError


@contextmanager
def _limited_pages(directory: Path) -> Iterator[Database]:
    with opened(directory / "member.db", Role.MEMBER) as database:
        with database.writing() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}")
        yield database


@contextmanager
def _small_tmpfs(directory: Path) -> Iterator[Database]:
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory], check=True, timeout=10
    )
    try:
        with opened(directory / "member.db", Role.MEMBER) as database:
            yield database
    finally:
        subprocess.run(["umount", directory], check=True, timeout=10)


# Only root can mount; everybody else meets the same limit in SQLite itself.
DISKS: list[Disk] = [_limited_pages, _small_tmpfs] if os.geteuid() == 0 else [_limited_pages]


@pytest.mark.parametrize("disk", DISKS)
def test_a_full_disk_loses_nothing_and_says_so(tmp_path: Path, disk: Disk) -> None:
    with disk(tmp_path) as database:
        values = ValueStore(database)
        values.set("before", b"kept")
        with pytest.raises(StoreFull, match="make room"):
            _write(database, 100)
        assert values.get("a") is None
        assert values.get("before") == b"kept"
        values.set("after", b"small")
        database.check()


def test_one_process_holds_the_lock_and_the_next_is_told_which(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    script = (
        "import sys; from pathlib import Path; from ledger.store.lock import hold_lock\n"
        "with hold_lock(Path(sys.argv[1])):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    assert lock_holder(path) is None
    with subprocess.Popen(
        [sys.executable, "-c", script, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == b"held\n"
        assert lock_holder(path) == other.pid
        with pytest.raises(StoreBusy, match=f"process {other.pid} "), hold_lock(path):
            pass
        other.kill()
        other.wait(timeout=10)
    with hold_lock(path):
        assert lock_holder(path) == os.getpid()
    assert lock_holder(path) is None
