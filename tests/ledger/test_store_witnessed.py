import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.checkpoint import VerifiedCheckpoint, sign_checkpoint
from ledger.errors import HistoryMismatch
from ledger.store.database import Database, Role, open_database
from ledger.store.witnessed import Listed, Question, WitnessedStore

SEED = b"\x01" * 32
ADA, BEN = b"\x0a" * 32, b"\x0b" * 32
HASHES = [bytes([number]) * 32 for number in range(40, 44)]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(tmp_path / "own.db", Role.MEMBER, write=True)) as opened:
        yield opened


def signed(size: int, root: int = 7) -> VerifiedCheckpoint:
    return sign_checkpoint(SEED, size, bytes([root]) * 32)


def test_one_size_has_one_root_and_never_back(database: Database) -> None:
    store, community = WitnessedStore(database), signed(1).community
    assert store.newest(community) is None
    for checkpoint in (signed(5), signed(5), signed(9, 3)):
        store.keep(checkpoint)
    for other in (signed(9), signed(8), signed(5)):
        with pytest.raises(HistoryMismatch, match="never cosigns"):
            store.keep(other)
    kept = store.newest(community)
    assert kept is not None
    assert (kept.size, kept.root, kept.note) == (9, b"\x03" * 32, signed(9, 3).note)


def test_what_is_named_as_seen_never_takes_the_place_of_more(database: Database) -> None:
    """Two processes of a home: while one signs, the other has followed on."""
    store, community = WitnessedStore(database), signed(1).community
    assert [store.keep_largest(one) for one in (signed(5), signed(9), signed(5))] == [5, 9, 9]
    kept = store.newest(community)
    assert kept is not None
    assert kept.size == 9
    with pytest.raises(HistoryMismatch, match="vouched for 9"):
        store.keep_largest(signed(9, 3))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE witnessed SET size = 4",
        "UPDATE witnessed SET root = zeroblob(32)",
    ],
)
def test_the_database_itself_refuses_it(database: Database, change: str) -> None:
    WitnessedStore(database).keep(signed(5))
    with closing(sqlite3.connect(database.path)) as raw:
        with pytest.raises(sqlite3.IntegrityError, match="one root a size"):
            raw.execute(change)
        with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
            raw.execute("DELETE FROM witnessed")


def test_what_waits_is_known_by_its_first_and_newest_size(database: Database) -> None:
    store = WitnessedStore(database)
    store.list_waiting(ADA, HASHES[:2], 10)
    store.list_waiting(ADA, HASHES[1:3], 14)
    store.list_waiting(BEN, HASHES[:1], 14)
    store.list_waiting(ADA, HASHES[1:3], 12)
    assert store.listed() == [
        Listed(ADA, HASHES[1], 10, 14),
        Listed(ADA, HASHES[2], 14, 14),
        Listed(BEN, HASHES[0], 14, 14),
    ]
    store.settle([HASHES[1], HASHES[0]])
    assert store.listed() == [Listed(ADA, HASHES[2], 14, 14)]


def test_a_question_stays_open_since_when_it_was_first_asked(database: Database) -> None:
    store = WitnessedStore(database)
    store.ask(Question(ADA, 9, ADA, b"note", 100))
    store.ask(Question(ADA, 12, BEN, b"newer", 200))
    store.ask(Question(BEN, 10, ADA, b"other", 150))
    assert store.questions() == [
        Question(BEN, 10, ADA, b"other", 150),
        Question(ADA, 12, BEN, b"newer", 100),
    ]
    store.answer([ADA])
    assert [one.witness for one in store.questions()] == [BEN]
