"""Names on disk: they are the ones in memory, their log is whole, and audits see each change."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from federation.console.report import tell_tally, view_tally
from ledger.codec import encode
from ledger.errors import StoreDamaged
from ledger.map import SparseMap
from ledger.name.operation import Claim, Release, Renew
from ledger.name.state import RULES_KEY
from ledger.store.audit import Auditor, audit
from ledger.store.backup import back_up
from ledger.store.compare_names import NamePatrol
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.names import NameLog
from tests.ledger.test_store_journal import same
from tests.support.registry import NAMES, PRICED, claimed, code, keep_names, manage
from tests.support.storage import StoredTown, open_manager, raw
from tests.support.township import DAY_S
from tests.support.vandal import NAMED, opened, spoil

WORDS = {
    "name": r"name '.*' is stored otherwise|names are stored|the present state",
    "name_change": r"changes of names are filed|the merge ending|name changes|rows of records",
}
"""How the message names what was changed in a table."""
COLUMNS = [(table, column) for table, columns in NAMED.items() for column in columns]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[StoredTown]:
    town = StoredTown(open_manager(tmp_path), *NAMES)
    yield town
    town.database.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StoredTown, Path]]:
    """Give a town in which everything has happened to names, and a copy of its database."""
    folder = tmp_path_factory.mktemp("registry")
    town = StoredTown(open_manager(folder), *NAMES)
    keep_names(town)
    back_up(town.database, folder / "sound.db", {})
    yield town, folder / "sound.db"
    town.database.close()


def test_what_is_loaded_is_what_was_merged(kept: tuple[StoredTown, Path]) -> None:
    town, _ = kept
    loaded = town.journal.load_state()
    assert (loaded.names, loaded.name_rules) == (town.state.names, PRICED)
    assert loaded.names_map == town.state.names_map
    assert loaded.name_index.owned == town.state.name_index.owned
    assert same(loaded, town.state)


def test_merging_goes_on_from_what_was_loaded(town: StoredTown) -> None:
    keep_names(town)
    town.state = town.journal.load_state()
    town.now += 20 * DAY_S
    assert code(town, "bert", Renew("harbour", 300, "EUR")) is None
    claimed(town, "cleo", "ferry")
    assert same(town.journal.load_state(), town.state)
    assert audit(town.journal).size == len(town.records)


def test_the_log_adds_up_to_the_map_after_every_merge(kept: tuple[StoredTown, Path]) -> None:
    town, _ = kept
    log, sparse = NameLog(town.database), SparseMap()
    values: dict[bytes, bytes] = {}
    changes = list(log.changes(0, log.count()))
    assert [one.number for one in changes] == list(range(len(changes)))
    roots = {step.page.first + len(step.page.records): step.changes for step in town.steps}
    for size in sorted({one.size for one in changes}):
        made = [one for one in changes if one.size == size]
        assert [one.key for one in made] == sorted(one.key for one in made)
        assert made[-1].number + 1 == log.count(size)
        assert {one.key for one in made} - {RULES_KEY} == {
            name.encode() for name in roots[size].names
        }
        for one in made:
            assert one.value != values.get(one.key), "a change makes a difference"
            values.pop(one.key, None)
            values |= {one.key: one.value} if one.value is not None else {}
        sparse = sparse.update({one.key: one.value for one in made})
    assert sparse == town.state.names_map == SparseMap().update(values)
    assert log.count(0) == 0
    assert list(log.changes(3, 3)) == []


def test_the_history_of_a_name_tells_its_owners(kept: tuple[StoredTown, Path]) -> None:
    town, _ = kept
    ferry = NameLog(town.database).history("bakery")
    assert [one.value is None for one in ferry] == [False, True, False]
    assert ferry[-1].value == encode(town.state.names["bakery"])


def test_the_tally_counts_names(kept: tuple[StoredTown, Path]) -> None:
    town, _ = kept
    tally = audit(town.journal)
    assert tally.names == 3
    assert "names           3 compared, and every change of them" in list(
        tell_tally(view_tally(town.key, tally))
    )


def test_what_comes_later_is_confirmed_from_there(town: StoredTown) -> None:
    auditor = Auditor(town.journal)
    auditor.check()
    manage(town, PRICED)
    claimed(town, "anna", "bakery")
    auditor.check()
    town.ask("anna", Release("bakery"), Claim("garden", 500, "EUR"))
    assert auditor.check() == audit(town.journal)


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_changed_value_is_found_by_a_whole_audit_and_by_the_next_check(
    kept: tuple[StoredTown, Path], tmp_path: Path, table: str, column: str
) -> None:
    path = tmp_path / "spoilt.db"
    path.write_bytes(kept[1].read_bytes())
    with closing(open_database(path, Role.MANAGER, write=True)) as database:
        store = JournalStore(database)
        auditor = Auditor(store)
        assert auditor.check().size == len(kept[0].records)
        with opened(path) as vandal:
            spoil(vandal, table, column)
        with pytest.raises(StoreDamaged, match=WORDS[table]):
            audit(store)
        with pytest.raises(StoreDamaged, match=WORDS[table]):
            auditor.check()


def test_a_large_registry_is_looked_at_turn_by_turn(
    kept: tuple[StoredTown, Path], tmp_path: Path
) -> None:
    path, state = tmp_path / "spoilt.db", kept[0].state
    path.write_bytes(kept[1].read_bytes())
    with closing(open_database(path, Role.MANAGER, write=True)) as database:
        patrol = NamePatrol(names_a_turn=2)
        with database.reading() as connection:
            assert patrol.find_different(connection, state) is None
        with opened(path) as vandal:
            vandal.execute("UPDATE name SET body = x'00' WHERE name = 'river'")
        with database.reading() as connection:
            found = [patrol.find_different(connection, state) for _ in range(2)]
            assert found == [None, "name 'river' is stored otherwise than the records say"]
            patrol = NamePatrol(names_a_turn=2)
            assert patrol.find_different(connection, state) == found[1]


@pytest.mark.parametrize(
    "change", ["UPDATE name SET expires = 1", "DELETE FROM name", "UPDATE name SET name = 'x'"]
)
def test_what_a_merge_has_changed_is_looked_at_first(
    kept: tuple[StoredTown, Path], tmp_path: Path, change: str
) -> None:
    path, state = tmp_path / "spoilt.db", kept[0].state
    path.write_bytes(kept[1].read_bytes())
    with closing(open_database(path, Role.MANAGER, write=True)) as database:
        patrol = NamePatrol(names_a_turn=1)
        with database.reading() as connection:
            assert patrol.find_different(connection, state) is None
        patrol.note(["river", "gone"])
        with opened(path) as vandal:
            vandal.execute(f"{change} WHERE name = 'river'")
        with database.reading() as connection:
            found = patrol.find_different(connection, state)
            assert found == "name 'river' is stored otherwise than the records say"


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM name WHERE name = 'river'",
        "INSERT INTO name SELECT 'more', owner, expires, body FROM name LIMIT 1",
        "DELETE FROM name_change WHERE number = 0",
        "INSERT INTO name_change SELECT 99, size, x'01', NULL FROM name_change LIMIT 1",
        "UPDATE meta SET value = x'99' WHERE name = 'name_rules'",
        "DELETE FROM meta WHERE name = 'name_rules'",
    ],
)
def test_a_row_too_many_or_too_few_is_found(
    kept: tuple[StoredTown, Path], tmp_path: Path, change: str
) -> None:
    path = tmp_path / "spoilt.db"
    path.write_bytes(kept[1].read_bytes())
    with opened(path) as vandal:
        assert vandal.execute(change).rowcount == 1
    with (
        closing(open_database(path, Role.MANAGER, write=True)) as database,
        pytest.raises(StoreDamaged, match="name"),
    ):
        audit(JournalStore(database))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE name_change SET value = x'01'",
        "DELETE FROM name_change",
        "INSERT INTO name_change SELECT 0, size, x'01', NULL FROM name_change LIMIT 1",
        "INSERT INTO name_change SELECT max(number) + 2, max(size), x'ff', NULL FROM name_change",
        "INSERT INTO name_change SELECT max(number) + 1, min(size), x'01', NULL FROM name_change",
        "INSERT INTO name VALUES ('', NULL, 0, x'00')",
    ],
)
def test_the_database_refuses_what_must_not_be(kept: tuple[StoredTown, Path], change: str) -> None:
    with closing(raw(kept[0].database)) as stranger, pytest.raises(sqlite3.IntegrityError):
        stranger.execute(change)


def test_a_name_that_cannot_be_read_is_damage(town: StoredTown) -> None:
    claimed(town, "anna", "bakery")
    with opened(town.database.path) as vandal:
        vandal.execute("UPDATE name SET body = x'93'")
    with pytest.raises(StoreDamaged, match="the present state"):
        town.journal.load_state()
