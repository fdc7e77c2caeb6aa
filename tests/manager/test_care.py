"""Taking care: audit, backup, restore, doctor, locks, and statements beside a running manager."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from federation.home import Home
from federation.words import paper_words
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.lock import hold_lock
from ledger.store.meta import ValueStore
from manager.books import Books
from manager.office import open_office
from manager.opening import RESTORED
from tests.support.council import Council
from tests.support.prompt import Cli
from tests.support.township import START


def damage(council: Council, statement: str) -> None:
    """Change the database behind the program's back, without its guards."""
    with closing(sqlite3.connect(council.home.ledger, isolation_level=None)) as raw:
        triggers = raw.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute(statement)


def serve_one(council: Council) -> None:
    """Merge what the command queues, as the running manager does."""
    with closing(open_database(council.home.ledger, Role.MANAGER, write=True)) as database:
        books = Books(JournalStore(database), council.seed)
        while not books.merge(START).records:
            continue


def test_an_audit_works_everything_out_again_and_is_remembered(council: Council) -> None:
    council.open("ada", "ben")
    council.merge(council.pay("ada", "ben", 100))
    at_home = ("--home", council.home.path)
    held = council.cli("audit", *at_home, "--json").held
    assert (held["ok"], held["sums_minor"]) == (True, {"EUR": 0})
    assert held["journal_sha256"] in council.cli("audit", *at_home).out
    status = council.cli("status", *at_home, "--json").held
    assert status["audit"]["records"] == held["records"] == status["size"]
    assert (held["size"], held["root"]) == (status["size"], status["root"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE balance SET posted = posted + 1 WHERE posted > 0",
        "UPDATE record SET data = zeroblob(40) WHERE idx = 3",
        "UPDATE record SET leaf = zeroblob(32) WHERE idx = 3",
        "UPDATE transfer SET amount = amount + 1",
    ],
)
def test_a_damaged_ledger_ends_an_audit_with_4(council: Council, statement: str) -> None:
    council.open("ada", "ben")
    council.merge(council.pay("ada", "ben", 100))
    damage(council, statement)
    said = council.cli("audit", "--home", council.home.path)
    assert (said.code, "StoreDamaged" in said.err) == (4, True)


def test_a_file_that_is_no_database_ends_with_4(council: Council) -> None:
    council.home.ledger.write_bytes(b"not a database at all" * 500)
    for words in (("status",), ("audit",), ("members",), ("unit", "EUR", "--yes")):
        said = council.cli(*words, "--home", council.home.path)
        assert (said.code, "restore a backup" in said.err) == (4, True)


def test_a_second_manager_in_one_home_is_refused(council: Council) -> None:
    council.open()
    with hold_lock(council.home.lock):
        for verb in ("cycle", "run"):
            said = council.cli(verb, "--home", council.home.path)
            assert (said.code, "works in this home already" in said.err) == (4, True)


def test_a_statement_is_merged_by_the_manager_that_runs(council: Council) -> None:
    council.open()
    with hold_lock(council.home.lock):
        running = Thread(target=serve_one, args=(council,))
        running.start()
        said = council.do("admit", council.card("ada"))
        running.join()
    assert "Merged in version 2." in said
    assert "Published when" not in said


def test_a_busy_manager_is_trusted_with_a_statement(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    council.open()
    monkeypatch.setattr("manager.cli.sign.MERGED_S", 0.1)
    with hold_lock(council.home.lock):
        said = council.do("admit", council.card("ada"))
        queue = council.cli("status", "--home", council.home.path, "--json").held["queue"]
    assert "busy and merges it next" in said
    assert [one["number"] for one in queue] == [3]
    assert "admit ada" in queue[0]["what"]


def test_a_backup_carries_key_ledger_and_settings(
    council: Council, cli: Cli, tmp_path: Path
) -> None:
    council.open("ada", "ben")
    council.merge(council.pay("ada", "ben", 100))
    file, again = tmp_path / "backup", Home(tmp_path / "again")
    said = cli("backup", file, "--home", council.home.path)
    assert (said.code, "NOT locked" in said.out) == (0, True)
    assert file.stat().st_mode & 0o777 == 0o600
    assert cli("restore", file, "--home", again.path).code == 0
    assert again.unlock(None) == council.seed
    assert again.settings() == council.home.settings()
    with open_office(again) as office, open_office(council.home) as before:
        assert office.state.tree == before.state.tree
        assert office.restored
    assert cli("audit", "--home", again.path).code == 0


def test_a_restored_home_signs_nothing_before_it_has_looked_around(
    council: Council, cli: Cli, tmp_path: Path
) -> None:
    council.open()
    file, again = tmp_path / "backup", tmp_path / "again"
    cli("backup", file, "--home", council.home.path)
    cli("restore", file, "--home", again)
    said = cli("unit", "HOUR", "--home", again, "--yes")
    assert (said.code, "restored from a backup" in said.err) == (1, True)
    assert cli("status", "--home", again, "--json").held["restored"] is True
    with open_office(Home(again)) as office:
        assert office.desk.statements(9)[0].state == "merged"


def test_a_home_is_never_restored_over_another(council: Council, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    council.cli("backup", file, "--home", council.home.path)
    said = council.cli("restore", file, "--home", council.home.path)
    assert (said.code, "already" in said.err) == (2, True)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(None, 4, id="nothing there"),
        pytest.param(b"", 4, id="empty"),
        pytest.param(b"not a database" * 99, 4, id="something else"),
    ],
)
def test_what_is_no_backup_is_not_restored(
    cli: Cli, tmp_path: Path, content: bytes | None, code: int
) -> None:
    file, home = tmp_path / "backup", tmp_path / "home"
    if content is not None:
        file.write_bytes(content)
    said = cli("restore", file, "--home", home)
    assert said.code == code, said.err
    assert not (home / "key.json").exists()
    assert not (home / "ledger.db").exists()


def test_paper_words_bring_the_key_back_to_an_empty_ledger(
    council: Council, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer.prompt", lambda *_, **__: paper_words(council.seed))
    home = Home(tmp_path / "again")
    said = cli(
        "restore", "--words", "127.0.0.1:9", "--network", "loopback", "--no-passphrase",
        "--home", home.path,
    )  # fmt: skip
    assert said.code == 0, said.err
    assert home.unlock(None) == council.seed
    assert home.settings() == council.home.settings()
    with closing(open_database(home.ledger, Role.MANAGER, write=False)) as database:
        assert JournalStore(database).tip().tree.size == 0
        assert ValueStore(database).get(RESTORED) is not None


def test_restore_needs_a_file_or_words(cli: Cli, tmp_path: Path) -> None:
    said = cli("restore", "--home", tmp_path / "home")
    assert (said.code, "either a backup FILE or --words" in said.err) == (2, True)


def test_no_network_ends_a_cycle_with_3_and_nothing_is_lost(council: Council) -> None:
    council.open("ada")
    before = council.account("ada")
    said = council.cli("cycle", "--home", council.home.path)
    assert (said.code, "no DHT node answered" in said.err) == (3, True)
    assert council.account("ada") == before
