"""Readings from a database: what another community is shown costs one tile and a few nodes."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ledger import crypto
from ledger.checkpoint import sign_checkpoint
from ledger.errors import ProofInvalid, StoreDamaged
from ledger.link.entry import Content
from ledger.link.evidence import verify_reading
from ledger.link.reading import READING_BYTES_MAX, encode_reading
from ledger.merkle import leaf_hash
from ledger.record import Record
from ledger.state import Changes
from ledger.store.append import StoredMerge, StoredPage
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.proving import Prover
from tests.ledger.test_store_proving import forget
from tests.support.linked import linked_journal, long, short, stored_journal
from tests.support.township import START, seed_of

RIVER, HILL = seed_of("river"), crypto.public_key(seed_of("hill"))
KEY = crypto.public_key(RIVER)
SIZE = 2_500
ENDS = (700, 2_048, 2_300, SIZE)


def journal(content: Callable[[int], Content]) -> list[Record]:
    return linked_journal(RIVER, HILL, SIZE, range(10, SIZE), content)


def fill(path: Path, records: list[Record]) -> None:
    stored, first = stored_journal(RIVER, records), 0
    with closing(open_database(path, Role.REPLICA, write=True)) as database:
        store = JournalStore.begin(database, KEY)
        for end in ENDS:
            part = slice(first, end)
            leaves = [leaf_hash(one) for one in stored[part]]
            changes = Changes(time=START + end)
            page = StoredPage(first, records[part], stored[part], leaves, {})
            tree = store.append([StoredMerge(page, changes)]).tree
            signed = sign_checkpoint(RIVER, tree.size, tree.root)
            store.add_checkpoint(signed.size, signed.root, signed.note)
            first = end


@contextmanager
def proving(path: Path) -> Iterator[Prover]:
    with closing(open_database(path, Role.REPLICA, write=False)) as database:
        store = JournalStore(database)
        checkpoint = store.newest_checkpoint()
        assert checkpoint
        yield Prover(store, checkpoint)


SHORT = journal(short)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reading") / "ledger.db"
    fill(path, SHORT)
    return path


@pytest.mark.parametrize(
    "indices",
    [
        range(10, 74),
        range(230, 294),
        range(SIZE - 64, SIZE),
        range(10, SIZE, 40),
        range(2_047, 2_049),
        range(700, 701),
    ],
    ids=str,
)
def test_a_reading_shows_the_records_of_the_journal(kept: Path, indices: range) -> None:
    with proving(kept) as prover:
        verified = verify_reading(KEY, prover.many(indices))
    assert verified.size == SIZE
    assert [one.index for one in verified.entries] == list(indices)
    assert [one.record for one in verified.entries] == [SHORT[index] for index in indices]


def test_neighbours_cost_one_tile_of_leaves_and_a_few_nodes(kept: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(kept.read_bytes())
    forget(path, "UPDATE record SET leaf = zeroblob(32) WHERE idx < 1024 OR idx >= 1280")
    forget(path, "DELETE FROM node WHERE (level, position) NOT IN ((10, 0), (8, 5), (9, 3))")
    with proving(path) as prover:
        reading = prover.many(range(1_100, 1_164))
        assert len(reading.proof) < 2 * SIZE.bit_length()
        assert len(verify_reading(KEY, reading).entries) == 64
        with pytest.raises((ProofInvalid, StoreDamaged)):
            prover.many(range(900, 964))


def test_the_first_records_are_shown_where_not_all_fit(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    fill(path, journal(long))
    with proving(path) as prover:
        reading = prover.many(range(500, 564))
        count = len(reading.entries)
        assert 1 < count < 64
        assert [one.index for one in reading.entries] == list(range(500, 500 + count))
        assert len(encode_reading(reading)) > READING_BYTES_MAX - 3_000
        assert prover.many(range(500, 500 + count)) == reading
        rest = verify_reading(KEY, prover.many(range(500 + count, 564)))
        assert rest.entries[0].index == 500 + count


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("DELETE FROM node", StoreDamaged),
        ("DELETE FROM record WHERE idx = 1101", StoreDamaged),
        ("UPDATE record SET data = zeroblob(40) WHERE idx = 1101", ProofInvalid),
        ("UPDATE node SET hash = zeroblob(32)", ProofInvalid),
    ],
)
def test_a_damaged_store_shows_nothing(
    kept: Path, tmp_path: Path, statement: str, error: type[Exception]
) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(kept.read_bytes())
    forget(path, statement)
    with proving(path) as prover, pytest.raises(error):
        prover.many(range(1_100, 1_110))


def test_records_of_another_kind_are_not_shown(kept: Path) -> None:
    with proving(kept) as prover, pytest.raises(ProofInvalid, match="link records only"):
        prover.many([3, 20])
