"""The database itself refuses whatever would make a sum differ from zero."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.field import AMOUNT_MAX
from ledger.merge import Merge
from ledger.record import TransactionRecord, Transfer
from ledger.state import Changes, replace
from ledger.store.append import StoredMerge, StoredPage
from ledger.store.lookup import Lookup
from tests.support.storage import StoredTown, open_manager, raw

Connection = sqlite3.Connection


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoredTown]:
    """Give one community to all tests: nothing that they try may change it."""
    town = _live_in(tmp_path_factory.mktemp("town"))
    yield town
    town.database.close()


@pytest.fixture
def own_town(tmp_path: Path) -> Iterator[StoredTown]:
    town = _live_in(tmp_path)
    yield town
    town.database.close()


@pytest.fixture
def stranger(town: StoredTown) -> Iterator[Connection]:
    connection = raw(town.database)
    yield connection
    connection.close()


def _live_in(directory: Path) -> StoredTown:
    town = StoredTown(open_manager(directory), "ada", "ben", "cem")
    town.live()
    with closing(raw(town.database)) as stranger:
        stranger.execute(
            "INSERT INTO account VALUES (zeroblob(16), 'dia', 'Dia', 'active', 0, x'', 0)"
        )
        stranger.execute("INSERT INTO balance VALUES (zeroblob(16), 'EUR', 0, -1, 0, 0, 9, 9)")
        stranger.execute("INSERT INTO node VALUES (8, 0, zeroblob(32))")
    return town


def test_the_sums_of_a_lived_in_community_are_zero(town: StoredTown) -> None:
    assert Lookup(town.database).sums() == {"EUR": 0, "HOUR": 0}
    assert town.posted("ada", "ben", "cem") != (0, 0, 0)


@pytest.mark.parametrize(
    "amount",
    [0, -1, -AMOUNT_MAX, AMOUNT_MAX + 1, 2**63 - 1, "ten", "10", "", 1.0, 1.5, b"\x01", None],
    ids=repr,
)
@pytest.mark.parametrize("verb", ["INSERT", "INSERT OR REPLACE", "INSERT OR FAIL"])
def test_a_transfer_has_a_whole_positive_amount(
    town: StoredTown, stranger: Connection, verb: str, amount: object
) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        stranger.execute(f"{verb} INTO transfer {_VALUES}", _next(town, stranger, amount=amount))
    _unchanged(town)


@pytest.mark.parametrize("amount", [0, -1, "ten", "10", 1.5, None], ids=repr)
def test_ignoring_errors_does_not_let_a_wrong_amount_in(
    town: StoredTown, stranger: Connection, amount: object
) -> None:
    row = _next(town, stranger, amount=amount)
    assert stranger.execute(f"INSERT OR IGNORE INTO transfer {_VALUES}", row).rowcount <= 0
    _unchanged(town)


def test_a_transfer_is_between_two_accounts(town: StoredTown, stranger: Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="debit <> credit"):
        stranger.execute(
            f"INSERT INTO transfer {_VALUES}", _next(town, stranger, credit=town["ada"].id)
        )
    _unchanged(town)


@pytest.mark.parametrize("foreign_keys", ["ON", "OFF"])
@pytest.mark.parametrize("unit", ["USD", "eur", "HOUR", ""])
@pytest.mark.parametrize("verb", ["INSERT", "INSERT OR IGNORE"])
def test_a_transfer_stays_within_a_unit_that_both_accounts_have(
    town: StoredTown, stranger: Connection, verb: str, unit: str, foreign_keys: str
) -> None:
    stranger.execute(f"PRAGMA foreign_keys = {foreign_keys}")
    row = _next(town, stranger, unit=unit, credit=bytes(16))
    with pytest.raises(sqlite3.IntegrityError):
        stranger.execute(f"{verb} INTO transfer {_VALUES}", row)
    _unchanged(town)


def test_a_balance_does_not_leave_the_range_of_exact_numbers(own_town: StoredTown) -> None:
    with closing(raw(own_town.database)) as stranger:
        row = _next(own_town, stranger, amount=AMOUNT_MAX)
        stranger.execute(f"INSERT INTO transfer {_VALUES}", row | {"amount": AMOUNT_MAX - 10_000})
        row = _next(own_town, stranger, amount=AMOUNT_MAX)
        with pytest.raises(sqlite3.IntegrityError, match="posted BETWEEN"):
            stranger.execute(f"INSERT INTO transfer {_VALUES}", row)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE balance SET posted = posted + 1",
        "UPDATE balance SET posted = 0",
        "UPDATE balance SET posted = posted + 1, newest = newest + 1",
        "UPDATE balance SET newest = 0",
        "UPDATE balance SET posted = -posted, newest = (SELECT max(id) FROM transfer)",
        "UPDATE OR IGNORE balance SET posted = posted + 1",
        "UPDATE OR REPLACE balance SET posted = posted + 1",
        "UPDATE balance SET posted = '7'",
        "UPDATE balance SET unit = 'USD'",
        "UPDATE balance SET account = zeroblob(16)",
        "UPDATE OR REPLACE balance SET account = (SELECT max(account) FROM balance)",
        "INSERT OR REPLACE INTO balance SELECT account, unit, 0, -1, 0, 0, 0, 0 FROM balance",
        "REPLACE INTO balance SELECT * FROM balance",
        "INSERT INTO balance SELECT id, 'USD', 5, -1, 0, 0, 0, 0 FROM account",
        "INSERT INTO balance SELECT id, 'USD', 0, 7, 0, 0, 0, 0 FROM account",
        "INSERT INTO balance SELECT * FROM balance WHERE true ON CONFLICT DO UPDATE SET posted = 1",
        "DELETE FROM balance",
        "DELETE FROM balance WHERE posted = 0",
        "DELETE FROM account",
    ],
)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_a_cached_balance_cannot_disagree_with_its_transfers(
    town: StoredTown, stranger: Connection, statement: str, recursive: str
) -> None:
    stranger.execute(f"PRAGMA recursive_triggers = {recursive}")
    with pytest.raises(sqlite3.IntegrityError):
        stranger.execute(statement)
    _unchanged(town)


@pytest.mark.parametrize("table", ["record", "transfer", "checkpoint", "batch", "node"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {0} SET {1} = {1}",
        "UPDATE OR REPLACE {0} SET {1} = {1} + 1",
        "UPDATE OR IGNORE {0} SET {1} = {1} + 1000000",
        "DELETE FROM {0}",
        "DELETE FROM {0} WHERE {1} = (SELECT max({1}) FROM {0})",
        "REPLACE INTO {0} SELECT * FROM {0}",
        "INSERT OR REPLACE INTO {0} SELECT * FROM {0} ORDER BY {1} DESC LIMIT 1",
        "INSERT INTO {0} SELECT * FROM {0} WHERE true ON CONFLICT DO UPDATE SET {1} = {1} + 7",
    ],
)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_what_is_written_in_the_journal_stays(
    town: StoredTown, stranger: Connection, table: str, statement: str, recursive: str
) -> None:
    tip = town.journal.tip()
    town.journal.add_checkpoint(tip.tree.size, tip.tree.root, b"note")
    stranger.execute(f"PRAGMA recursive_triggers = {recursive}")
    columns = [row[1] for row in stranger.execute(f"PRAGMA table_info({table})")]
    with pytest.raises(sqlite3.IntegrityError):
        stranger.execute(statement.format(table, columns[0]))
    _unchanged(town)


def test_records_have_no_holes(town: StoredTown, stranger: Connection) -> None:
    for index in (-1, 0, len(town.records) - 1, len(town.records) + 1, None):
        with pytest.raises(sqlite3.IntegrityError):
            stranger.execute(
                "INSERT INTO record VALUES (?, 3, NULL, zeroblob(32), zeroblob(40))", (index,)
            )


def test_a_size_has_one_signed_root(town: StoredTown, stranger: Connection) -> None:
    tip = town.journal.tip()
    with pytest.raises(sqlite3.IntegrityError, match="no merge ended"):
        stranger.execute("INSERT INTO checkpoint VALUES (?, zeroblob(32), x'')", (tip.tree.size,))
    town.journal.add_checkpoint(tip.tree.size, tip.tree.root, b"note")
    with pytest.raises(sqlite3.IntegrityError, match="one root a size"):
        stranger.execute(
            "REPLACE INTO checkpoint VALUES (?, ?, x'00')", (tip.tree.size, tip.tree.root)
        )


def test_a_transaction_is_undone_once(stranger: Connection) -> None:
    for statement in (
        "UPDATE transaction_state SET reverted_by = NULL WHERE reverted_by IS NOT NULL",
        "UPDATE transaction_state SET record = 1",
        "DELETE FROM transaction_state",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            stranger.execute(statement)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"amount": -5},
        {"amount": AMOUNT_MAX + 1},
        {"amount": "5"},
        {"unit": "USD"},
        {"credit": "same"},
        {"credit": bytes(16)},
    ],
    ids=str,
)
def test_the_store_cannot_write_a_wrong_transfer_either(
    town: StoredTown, wrong: dict[str, object]
) -> None:
    merged = _payment(town)
    record = next(one for one in merged.records if isinstance(one, TransactionRecord))
    transfer = record.transfers[0]
    wrong = {name: transfer.debit if value == "same" else value for name, value in wrong.items()}
    forged = replace(record, transfers=(replace(transfer, **wrong),))
    records = [forged if one is record else one for one in merged.records]
    stored = [bytes(16) + body for body in merged.bodies]
    first = town.state.tree.size
    page = StoredPage(first, records, stored, [bytes(32)] * len(stored), {})
    with pytest.raises(AssertionError, match="refused what the program wrote"):
        town.journal.append([StoredMerge(page, merged.changes)])
    _unchanged(town)


def test_the_store_refuses_sums_that_merge_got_wrong(town: StoredTown) -> None:
    merged = _payment(town)
    first = town.state.tree.size
    accounts = dict(merged.changes.accounts)
    ada = accounts[town["ada"].id]
    books = tuple(replace(one, posted=one.posted + 1) for one in ada.balances)
    accounts[ada.id] = replace(ada, balances=books)
    changes = Changes(merged.changes.community, merged.changes.time, accounts)
    stored = [bytes(16) + body for body in merged.bodies]
    page = StoredPage(first, merged.records, stored, [bytes(32)] * len(stored), {})
    with pytest.raises(AssertionError, match="is the sum of its transfers"):
        town.journal.append([StoredMerge(page, changes)])
    _unchanged(town)


_VALUES = "VALUES (:id, :record, :ordinal, :debit, :credit, :amount, :unit)"


def _payment(town: StoredTown) -> Merge:
    """Return a merged payment that is not applied, so that the community stays as it is."""
    ada = town["ada"]
    return town.try_merge(ada.sign_as(ada.number + 1, ada.previous, town.payment("ben", 5)))


def _next(town: StoredTown, connection: Connection, **other: object) -> dict[str, object]:
    """Return a transfer that the database would take, but for ``other``."""
    newest = connection.execute("SELECT max(record), max(id) FROM transfer").fetchone()
    record, ordinal = newest[0], newest[1] % 256 + 1
    row = Transfer(town["ada"].id, town["ben"].id, 1, "EUR")
    values = {name: getattr(row, name) for name in row.__struct_fields__}
    place = {"id": record * 256 + ordinal, "record": record, "ordinal": ordinal}
    return place | values | other


def test_the_row_that_the_tests_spoil_is_taken_unspoilt(own_town: StoredTown) -> None:
    with closing(raw(own_town.database)) as stranger:
        stranger.execute(f"INSERT INTO transfer {_VALUES}", _next(own_town, stranger))
    assert Lookup(own_town.database).sums() == {"EUR": 0, "HOUR": 0}


def _unchanged(town: StoredTown) -> None:
    state = town.journal.load_state()
    assert state.accounts.items() >= town.state.accounts.items()
    assert state.tree == town.state.tree
    assert Lookup(town.database).sums() == {"EUR": 0, "HOUR": 0}
    town.database.check()
