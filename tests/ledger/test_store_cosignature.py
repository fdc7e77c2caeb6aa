import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.cosignature import KeptCosignature
from ledger.store.cosignature import CosignatureStore
from ledger.store.database import Database, Role, open_database
from tests.support.storage import StoredTown

ADA, BEN, CEM = (bytes([number]) * 32 for number in (1, 2, 3))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(tmp_path / "ledger.db", Role.REPLICA, write=True)) as opened:
        yield opened


@pytest.fixture
def sizes(database: Database) -> list[int]:
    """Return the sizes at which a small town's merges ended."""
    town = StoredTown(database, "ada", "ben", "cem")
    for amount in range(1, 4):
        town.merge(town.pay("ada", "ben", amount))
    return town.journal.batch_sizes(0, 10**6)


def said(witness: bytes, size: int, time: int = 100) -> KeptCosignature:
    return KeptCosignature(witness, size, time, witness * 2)


def test_the_newest_word_of_each_witness_stays(database: Database, sizes: list[int]) -> None:
    store = CosignatureStore(database)
    assert store.add([said(ADA, sizes[1]), said(BEN, sizes[2])], 500) == 2
    assert store.add([said(ADA, sizes[2]), said(BEN, sizes[0])], 501) == 1
    assert store.sizes() == {ADA: sizes[2], BEN: sizes[2]}
    assert store.add([said(ADA, sizes[2]), said(BEN, sizes[2], 101)], 502) == 1
    assert store.all() == [said(ADA, sizes[2]), said(BEN, sizes[2], 101)]
    assert store.add([], 503) == 0


def test_the_first_to_come_stay_the_first(database: Database, sizes: list[int]) -> None:
    store = CosignatureStore(database)
    for at, witness in enumerate((CEM, BEN, ADA)):
        store.add([said(witness, sizes[1])], 500 + at)
    store.add([said(CEM, sizes[1], 101)], 900)
    assert [one.witness for one in store.of_size(sizes[1], 2)] == [CEM, BEN]
    assert store.of_size(sizes[2], 2) == []


def test_a_word_counts_no_longer_than_until_it_came(database: Database, sizes: list[int]) -> None:
    store = CosignatureStore(database)
    assert store.seen_at(ADA) == 0
    store.add([said(ADA, sizes[1], 900), said(BEN, sizes[1], 700), said(CEM, sizes[1], 10**9)], 600)
    assert store.seen_at(ADA) == 600
    assert store.seen_at(bytes(32)) == 600


def test_what_a_snapshot_hands_on_is_chosen_once(database: Database, sizes: list[int]) -> None:
    store = CosignatureStore(database)
    store.add([said(ADA, sizes[2]), said(BEN, sizes[1]), said(CEM, sizes[3])], 500)
    first = store.ship(sizes[3], 1)
    assert first == store.ship(sizes[3], 1) == [said(BEN, sizes[1])]
    assert store.ship(sizes[3] + 9, 5) == [said(ADA, sizes[2]), said(CEM, sizes[3])]
    store.add([said(CEM, sizes[3], 101)], 501)
    assert store.ship(sizes[3] + 10, 5) == []
    store.add([said(BEN, sizes[3])], 501)
    assert store.ship(sizes[3] + 11, 5) == [said(BEN, sizes[3])]


def test_what_everybody_has_from_elsewhere_is_not_handed_on(
    database: Database, sizes: list[int]
) -> None:
    store = CosignatureStore(database)
    store.add([said(ADA, sizes[2]), said(BEN, sizes[2]), said(CEM, sizes[1])], 500)
    slot = store.of_size(sizes[2], 1)
    assert store.ship(sizes[3], 9, slot) == [said(BEN, sizes[2]), said(CEM, sizes[1])]
    assert store.ship(sizes[3] + 9, 9) == slot


def test_the_database_refuses_a_word_that_goes_back(database: Database, sizes: list[int]) -> None:
    CosignatureStore(database).add([said(ADA, sizes[2])], 500)
    with closing(sqlite3.connect(database.path)) as raw:
        changes: dict[str, object] = {
            "UPDATE cosignature SET size = ?": sizes[1],
            "UPDATE cosignature SET time = ?": 99,
            "UPDATE cosignature SET key = ?": BEN,
        }
        for change, value in changes.items():
            with pytest.raises(sqlite3.IntegrityError, match="never goes back"):
                raw.execute(change, (value,))
