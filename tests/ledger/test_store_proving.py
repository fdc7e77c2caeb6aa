"""Proofs from a database: what holds in memory holds from rows, and few rows are read."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.checkpoint import sign_checkpoint
from ledger.entry import entry_id
from ledger.errors import ProofInvalid, StoreDamaged
from ledger.merkle import Frontier
from ledger.merkle_path import is_consistent, prove_consistency, prove_inclusion, root_of_inclusion
from ledger.operation import Close, Reverse
from ledger.proof.consistency import verify_consistency
from ledger.proof.present import verify_present
from ledger.proof.receipt import verify_receipt
from ledger.record import TransactionRecord, decode_record
from ledger.replay import replay
from ledger.store.append import StoredMerge
from ledger.store.database import Database, Role, open_database
from ledger.store.journal import JournalStore, KeptCheckpoint
from ledger.store.proving import Prover, StoredTree, kept_checkpoint
from tests.support.eventful import eventful_town
from tests.support.township import EUR, HOUR, Town


def long_town() -> Town:
    """More than two tiles of 256 records, merged in batches of different sizes."""
    town = Town("anna", "bert", "cleo", closed=True, units=(EUR, HOUR))
    for round_ in range(8):
        town.now += 60
        pays = [
            town.pay(payer, payee, 1 + number)
            for number in range(12 + round_)
            for payer, payee in (("anna", "bert"), ("bert", "cleo"), ("cleo", "anna"))
        ]
        town.merge(*pays)
    return town


TOWN = long_town()
SIZES = [*TOWN.state.history]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("proving") / "ledger.db"


@pytest.fixture(scope="module")
def store(path: Path) -> Iterator[JournalStore]:
    with closing(open_database(path, Role.REPLICA, write=True)) as database:
        yield fill(database, TOWN)


def fill(database: Database, town: Town) -> JournalStore:
    store = JournalStore.begin(database, town.key)
    state = store.load_state()
    for one in replay(state, town.records):
        store.append([StoredMerge.of(one.merged, one.first, one.records, one.leaves)])
        signed = sign_checkpoint(town.seed, state.tree.size, state.tree.root)
        store.add_checkpoint(signed.size, signed.root, signed.note)
    return store


def newest(store: JournalStore) -> KeptCheckpoint:
    found = store.newest_checkpoint()
    assert found
    return found


def test_the_town_is_larger_than_two_tiles() -> None:
    assert len(TOWN.records) > 512
    assert len(SIZES) > 8


def test_every_record_has_its_path_at_every_size_that_was_signed(store: JournalStore) -> None:
    for size in SIZES:
        tree, root = StoredTree(store, size), TOWN.state.history[size]
        for index, leaf in enumerate(store.leaves(0, size)):
            proof = prove_inclusion(index, size, tree.subtree)
            assert root_of_inclusion(leaf, index, size, proof) == root
        for old in SIZES[: SIZES.index(size) + 1]:
            proof = prove_consistency(old, size, tree.subtree)
            assert is_consistent(old, TOWN.state.history[old], size, root, proof)


def test_the_proofs_of_a_home_hold(store: JournalStore) -> None:
    prover, state = Prover(store, newest(store)), store.load_state()
    for old in SIZES:
        kept = kept_checkpoint(store.database, old)
        assert kept
        assert verify_consistency(TOWN.key, prover.consistency(kept)).old.size == old
    for account in state.accounts.values():
        proven = verify_present(TOWN.key, prover.present(state, "accounts", account.id))
        assert proven.value == account
    absent = prover.present(state, "keys", bytes(32))
    assert verify_present(TOWN.key, absent).value is None
    for index in range(0, prover.size, 7):
        assert prover.inclusion(index).extra == TOWN.records[index]


def test_the_older_checkpoint_is_the_largest_that_fits(store: JournalStore) -> None:
    for asked, size in ((SIZES[3], SIZES[3]), (SIZES[4] - 1, SIZES[3]), (2**53, SIZES[-1])):
        found = kept_checkpoint(store.database, asked)
        assert found
        assert found.size == size
    assert kept_checkpoint(store.database, SIZES[0] - 1) is None


def test_a_receipt_names_everybody_whom_its_transaction_moves(tmp_path: Path) -> None:
    town = eventful_town()
    paid = town.ask("anna", town.payment("cleo", 5))
    town.manage(Reverse(entry_id(paid.hash, 0), None, "by mistake"))
    town.manage(Close(town["cleo"].id, "moved away", write_off=True))
    with closing(open_database(tmp_path / "ledger.db", Role.REPLICA, write=True)) as database:
        store = fill(database, town)
        prover, state = Prover(store, newest(store)), store.load_state()
        seen = 0
        for index, stored in enumerate(town.records):
            record = decode_record(stored)
            if not isinstance(record, TransactionRecord):
                continue
            proven = verify_receipt(town.key, prover.receipt(state, index))
            seen += 1
            about = {one for move in record.transfers for one in (move.debit, move.credit)}
            assert {one: admit.handle for one, admit in proven.people.items()} == {
                one: state.accounts[one].handle for one in about - {town.key[:16]}
            }
        assert seen > 5


def forget(path: Path, statement: str) -> None:
    """Change the file as somebody with a database tool could."""
    with closing(sqlite3.connect(path)) as connection, connection:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(statement)


def test_a_path_reads_one_tile_of_leaves_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(open_database(path, Role.REPLICA, write=True)) as database:
        fill(database, TOWN)
    forget(path, "UPDATE record SET leaf = zeroblob(32) WHERE idx < 256 OR idx >= 512")
    with closing(open_database(path, Role.REPLICA, write=False)) as database:
        store = JournalStore(database)
        prover = Prover(store, newest(store))
        for index in (256, 300, 511):
            assert prover.inclusion(index).extra == TOWN.records[index]
        with pytest.raises(ProofInvalid):
            prover.inclusion(0)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("DELETE FROM node", StoreDamaged),
        ("DELETE FROM batch WHERE size = (SELECT max(size) FROM batch)", StoreDamaged),
        ("UPDATE batch SET frontier = zeroblob(length(frontier))", ProofInvalid),
        ("UPDATE node SET hash = zeroblob(32)", ProofInvalid),
        ("UPDATE record SET data = zeroblob(40) WHERE idx = 300", ProofInvalid),
        ("DELETE FROM record WHERE idx = 300", StoreDamaged),
    ],
)
def test_a_damaged_store_hands_out_no_proof(
    tmp_path: Path, statement: str, error: type[Exception]
) -> None:
    path = tmp_path / "ledger.db"
    with closing(open_database(path, Role.REPLICA, write=True)) as database:
        fill(database, TOWN)
    forget(path, statement)
    with closing(open_database(path, Role.REPLICA, write=False)) as database:
        store = JournalStore(database)
        with pytest.raises(error):
            Prover(store, newest(store)).inclusion(300)


def test_the_frontier_of_every_merge_is_its_edge(store: JournalStore) -> None:
    leaves = list(store.leaves(0, len(TOWN.records)))
    for size in SIZES:
        tree = StoredTree(store, size)
        first = 0
        for root in Frontier().append(leaves[:size]).roots:
            level = (size - first).bit_length() - 1
            assert tree.subtree(level, first >> level) == root
            first += 1 << level
