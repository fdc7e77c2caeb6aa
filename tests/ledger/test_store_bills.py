"""Bills, mandates and notes on disk: they are the ones in memory, and audits see each change."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from federation.console.report import tell_tally, view_tally
from ledger.checkpoint import sign_checkpoint
from ledger.errors import StoreDamaged
from ledger.operation import Accept, Annotate, Decline
from ledger.proof.receipt import verify_receipt
from ledger.store.audit import Auditor, audit
from ledger.store.backup import back_up
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.proving import Prover
from tests.ledger.test_store_journal import same
from tests.support.household import NAMES, bill, code, found_bill, keep_house, propose
from tests.support.storage import StoredTown, open_manager, raw
from tests.support.vandal import SHARED, opened, spoil

WORDS = {
    "bill": r"bills?,? [0-9a-f]{32}|finished bills|the present state",
    "mandate": r"mandates?,? [0-9a-f]{32}|the present state",
    "mention": r"record \d+|mentions",
}
"""How the message names what was changed in a table."""
COLUMNS = [(table, column, "TRUE") for table, columns in SHARED.items() for column in columns]
COLUMNS += [("bill", column, "finished IS NULL") for column in ("id", "author", "replaces", "body")]
LATER = ("attachment", "file", "name", "name_change")
"""Tables that later migrations made."""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[StoredTown]:
    town = StoredTown(open_manager(tmp_path), *NAMES)
    yield town
    town.database.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StoredTown, Path]]:
    """Give a house in which everything has happened, and a copy of its database."""
    folder = tmp_path_factory.mktemp("house")
    town = StoredTown(open_manager(folder), *NAMES)
    keep_house(town)
    back_up(town.database, folder / "sound.db", {})
    yield town, folder / "sound.db"
    town.database.close()


def test_what_is_loaded_is_what_was_merged(kept: tuple[StoredTown, Path]) -> None:
    town, copy = kept
    assert town.state.mandates
    assert same(town.journal.load_state(), town.state)
    assert audit(town.journal).size == len(town.records)
    with closing(open_database(copy, Role.MANAGER, write=False)) as database:
        assert same(JournalStore(database).load_state(), town.state)


def test_the_tally_counts_what_was_confirmed_of_bills(kept: tuple[StoredTown, Path]) -> None:
    town, _ = kept
    tally = audit(town.journal)
    assert (tally.bills, tally.open_bills, tally.mandates) == (4, 1, 1)
    told = list(tell_tally(view_tally(town.key, tally)))
    assert "bills           4 compared, 1 of them open; and 1 mandates" in told


def test_receipts_are_made_of_what_bills_and_mandates_moved(town: StoredTown) -> None:
    keep_house(town)
    tree = town.journal.tip().tree
    note = sign_checkpoint(town.seed, tree.size, tree.root).note
    town.journal.add_checkpoint(tree.size, tree.root, note)
    kept = town.journal.newest_checkpoint()
    assert kept is not None
    prover, state = Prover(town.journal, kept), town.journal.load_state()
    assert len(town.state.transactions) == 2
    for entry, one in town.state.transactions.items():
        proven = verify_receipt(town.key, prover.receipt(state, one.index))
        assert proven.transaction.id == entry
        assert town["anna"].id in proven.people


def test_merging_goes_on_from_what_was_loaded(town: StoredTown) -> None:
    opened_bill, over = keep_house(town)
    town.state = town.journal.load_state()
    assert code(town, "bert", Annotate(over, "", "and thanks again")) is None
    assert code(town, "bert", Accept(opened_bill)) is None
    assert over in town.state.past_bills
    assert opened_bill in town.state.past_bills
    assert same(town.journal.load_state(), town.state)
    assert audit(town.journal).size == len(town.records)


def test_what_comes_later_is_confirmed_from_there(town: StoredTown) -> None:
    auditor = Auditor(town.journal)
    auditor.check()
    asked = propose(town, "anna", bill(town, {"anna": 9}, {"bert": 5, "cleo": 4}))
    for name in ("bert", "cleo"):
        auditor.check()
        town.ask(name, Accept(asked))
    auditor.check()
    town.ask("bert", Annotate(asked, "", "paid"), Annotate(asked, "food", ""))
    assert auditor.check() == audit(town.journal)


def test_a_bill_that_is_over_now_was_open_when_it_was_written_about(town: StoredTown) -> None:
    """An audit from the start meets rows that say already how it ended."""
    asked = propose(town, "anna", bill(town, {"anna": 9}, {"bert": 5, "cleo": 4}))
    for name in ("bert", "cleo"):
        town.ask(name, Annotate(asked, "", "I look at it"))
        town.ask(name, Decline(asked, "no"))
    assert not found_bill(town, asked).is_open
    assert audit(town.journal).size == len(town.records)


@pytest.mark.parametrize(("table", "column", "among"), COLUMNS)
def test_a_changed_value_is_found_by_a_whole_audit_and_by_the_next_check(
    kept: tuple[StoredTown, Path], tmp_path: Path, table: str, column: str, among: str
) -> None:
    path = tmp_path / "spoilt.db"
    path.write_bytes(kept[1].read_bytes())
    with closing(open_database(path, Role.MANAGER, write=True)) as database:
        store = JournalStore(database)
        auditor = Auditor(store)
        assert auditor.check().size == len(kept[0].records)
        with opened(path) as vandal:
            spoil(vandal, table, column, among)
        named = rf"damaged \(.*({WORDS[table]})"
        with pytest.raises(StoreDamaged, match=named):
            audit(store)
        with pytest.raises(StoreDamaged, match=named):
            auditor.check()


@pytest.mark.parametrize("table", ["bill", "mention"])
@pytest.mark.parametrize("change", ["more", "fewer"])
def test_a_row_too_many_or_too_few_is_found(
    kept: tuple[StoredTown, Path], tmp_path: Path, table: str, change: str
) -> None:
    path = tmp_path / "spoilt.db"
    path.write_bytes(kept[1].read_bytes())
    more = {
        "bill": "INSERT INTO bill SELECT randomblob(16), author, replaces, finished, body "
                "FROM bill WHERE finished IS NOT NULL LIMIT 1",
        "mention": "INSERT INTO mention SELECT randomblob(16), record, operation FROM mention "
                   "LIMIT 1",
    }  # fmt: skip
    key = "id" if table == "bill" else "about"
    fewer = f"DELETE FROM {table} WHERE {key} = (SELECT min({key}) FROM {table})"  # noqa: S608
    with closing(open_database(path, Role.MANAGER, write=True)) as database:
        with opened(path) as vandal:
            vandal.execute(more[table] if change == "more" else fewer)
        with pytest.raises(StoreDamaged, match=WORDS[table]):
            audit(JournalStore(database))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE bill SET finished = NULL WHERE finished IS NOT NULL",
        "UPDATE bill SET author = (SELECT author FROM bill WHERE finished IS NOT NULL)",
        "DELETE FROM bill",
        "UPDATE mention SET operation = operation + 1",
        "DELETE FROM mention",
    ],
)
def test_the_database_refuses_what_must_not_be(kept: tuple[StoredTown, Path], change: str) -> None:
    with closing(raw(kept[0].database)) as stranger, pytest.raises(sqlite3.IntegrityError):
        stranger.execute(change)


def test_a_database_from_before_bills_learns_when_its_requests_were_merged(
    tmp_path: Path,
) -> None:
    town = StoredTown(open_manager(tmp_path), "ada", "ben", "cem")
    town.live()
    town.now += 5
    town.live()
    assert len({one.merged for one in town.state.requests.values()}) > 1
    path = town.database.path
    town.database.close()
    with closing(sqlite3.connect(path)) as stranger:
        for table in (*SHARED, *LATER):
            stranger.execute(f"DROP TABLE {table}")
        stranger.execute("ALTER TABLE request DROP COLUMN merged")
        stranger.execute(
            "UPDATE alembic_version SET version_num = 'journal_3' "
            "WHERE version_num LIKE 'journal_%'"
        )
        stranger.commit()
    with pytest.raises(StoreDamaged, match="older version's"):
        open_database(path, Role.MANAGER, write=False)
    with closing(open_database(path, Role.MANAGER, write=True)) as database:
        store = JournalStore(database)
        assert same(store.load_state(), town.state)
        assert audit(store).size == len(town.records)
