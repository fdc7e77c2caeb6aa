"""A journal that goes on under a new key: stored, read back and audited like any other."""

import dataclasses
from contextlib import closing
from pathlib import Path

import pytest

from federation.proof.sentence import known_by
from ledger.checkpoint import sign_checkpoint
from ledger.codec import encode
from ledger.errors import HistoryMismatch, ProofInvalid, StoreDamaged
from ledger.proof.receipt import Receipt, format_receipt, parse_receipt, verify_receipt
from ledger.replay import replay
from ledger.state import replace
from ledger.store.append import StoredMerge
from ledger.store.audit import Auditor, audit
from ledger.store.database import Database, Role, open_database
from ledger.store.journal import JournalStore, KeptCheckpoint
from ledger.store.meta import FIRST_KEY, SUCCESSIONS, write_meta
from ledger.store.proving import Prover
from tests.support.succession import NEW, succeed
from tests.support.township import Town
from tests.support.vandal import opened

ALL = ("anna", "bert", "cleo")


def gone_on(*, closed: bool = False) -> Town:
    """Return a town with a payment before its succession and one after it."""
    town = Town(*ALL, closed=closed)
    town.merge(town.pay("anna", "bert", 700))
    succeed(town, *ALL)
    town.merge(town.pay("bert", "anna", 200))
    return town


def store_town(database: Database, town: Town, size: int | None = None) -> JournalStore:
    """Return a store with the first records of a town, all of them by default."""
    store = JournalStore.begin(database, town.key, town.state.former[0])
    for one in replay(store.load_state(), town.records[:size]):
        store.append([StoredMerge.of(one.merged, one.first, one.records, one.leaves)])
    return store


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return open_database(tmp_path / "ledger.db", Role.REPLICA, write=True)


@pytest.mark.parametrize("closed", [False, True])
def test_what_was_stored_is_read_back_and_audited(database: Database, *, closed: bool) -> None:
    town = gone_on(closed=closed)
    with closing(database):
        store = store_town(database, town)
        state = store.load_state()
        assert (state.key, state.successions) == (NEW, town.state.successions)
        assert (state.commons, state.tree) == (town.state.commons, town.state.tree)
        tree = town.state.tree
        note = sign_checkpoint(town.seed, tree.size, tree.root).note
        store.add_checkpoint(tree.size, tree.root, note)
        tally = audit(store)
        assert (tally.root, tally.records["successors"]) == (tree.root, 1)


def test_a_journal_that_still_waits_for_its_succession_is_the_old_keys(database: Database) -> None:
    town = gone_on()
    size = town.state.successions[0].size
    with closing(database):
        store = store_town(database, town, size)
        state = store.load_state()
        assert (store.community_key, state.key) == (NEW, town.state.former[0])
        assert audit(store).size == size


def test_an_auditor_goes_on_over_a_succession(database: Database) -> None:
    town = gone_on()
    with closing(database):
        store = store_town(database, town, town.state.successions[0].size)
        auditor = Auditor(store)
        auditor.check()
        state = store.load_state()
        for one in replay(state, town.records[state.tree.size :]):
            store.append([StoredMerge.of(one.merged, one.first, one.records, one.leaves)])
        assert auditor.check().root == town.state.tree.root


@pytest.mark.parametrize("name", [FIRST_KEY, SUCCESSIONS])
def test_what_is_noted_beside_the_records_is_audited(database: Database, name: str) -> None:
    town = gone_on()
    forged = encode((replace(town.state.successions[0], reason="x"),))
    with closing(database):
        store = store_town(database, town)
        with database.writing() as connection:
            write_meta(connection, name, NEW if name == FIRST_KEY else forged)
        with pytest.raises(StoreDamaged, match=r"record 0: got a signature|the community's key"):
            audit(store)


def test_a_changed_reason_in_the_record_is_found(database: Database) -> None:
    town = gone_on()
    index = town.state.successions[0].index
    with closing(database):
        store = store_town(database, town)
        with opened(database.path) as connection:
            changed = town.records[index].replace(b"key lost", b"key sold")
            connection.execute("UPDATE record SET data = ? WHERE idx = ?", (changed, index))
        with pytest.raises(StoreDamaged, match=f"record {index}"):
            audit(store)


def receipts(store: JournalStore, town: Town) -> list[Receipt]:
    """Return the receipts of all transactions, under a checkpoint of the new key."""
    tree = town.state.tree
    note = sign_checkpoint(town.seed, tree.size, tree.root).note
    store.add_checkpoint(tree.size, tree.root, note)
    prover, state = Prover(store, KeptCheckpoint(tree.size, tree.root, note)), store.load_state()
    places = sorted(one.index for one in state.transactions.values())
    return [prover.receipt(state, place) for place in places]


def test_receipts_name_people_who_were_admitted_under_the_old_key(database: Database) -> None:
    town = gone_on()
    town.merge(town.admission("dora"))
    town.ask("dora", replace(town.payment("anna", 5), to=town.state.commons))
    old = town.state.former[0]
    with closing(database):
        before, after, commons = receipts(store_town(database, town), town)
    for receipt in (before, after):
        proven = verify_receipt(NEW, parse_receipt(format_receipt(receipt)))
        assert {admit.handle for admit in proven.people.values()} == {"anna", "bert"}
        assert proven.former == (old,)
    assert known_by(verify_receipt(NEW, commons)).accounts[old[:16]].handle == "commons"
    with pytest.raises(ProofInvalid):
        verify_receipt(old, after)
    (successor,) = (one for one in after.beside if one.index == town.state.successions[0].index)
    without = tuple(one for one in after.beside if one is not successor)
    with pytest.raises(ProofInvalid, match="got a signature that is not by key"):
        verify_receipt(NEW, dataclasses.replace(after, beside=without))


def test_a_receipt_of_somebody_new_needs_no_past(database: Database) -> None:
    town = gone_on()
    town.merge(town.admission("dora"), town.admission("emil"))
    town.merge(town.pay("dora", "emil", 5))
    with closing(database):
        *_, newest = receipts(store_town(database, town), town)
    assert verify_receipt(NEW, newest).former == ()
    assert len(newest.beside) == 3


def test_successions_that_do_not_lead_to_the_key_prove_nothing(database: Database) -> None:
    town = gone_on()
    with closing(database):
        *_, after = receipts(store_town(database, town), town)
    doubled = tuple(one for one in after.beside for _ in range(2))
    with pytest.raises(ProofInvalid, match="by index"):
        verify_receipt(NEW, dataclasses.replace(after, beside=doubled))


def test_a_database_of_the_old_key_is_not_the_new_ones(database: Database) -> None:
    with closing(database):
        JournalStore.begin(database, gone_on().state.former[0])
        with pytest.raises(HistoryMismatch, match="holds the ledger of"):
            JournalStore.begin(database, NEW)
