"""A member's change-sets: numbers without holes, states, generations, slots, contacts."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.store.database import Database, Role, open_database
from ledger.store.meta import GENERATION, ValueStore
from ledger.store.outgoing import Contact, OutgoingStore
from ledger.store.slot import PutItem, SlotStore
from tests.support.allocating import build
from tests.support.storage import raw


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path / "member.db", Role.MEMBER, write=True)
    yield database
    database.close()


@pytest.fixture
def outgoing(database: Database) -> OutgoingStore:
    return OutgoingStore(database)


def test_twenty_processes_at_once_get_numbers_without_holes(
    outgoing: OutgoingStore, database: Database
) -> None:
    before = database.data_version()
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.allocating", database.path, "20"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    numbers = json.loads(done.stdout)
    assert sorted(numbers) == list(range(1, 21))
    assert database.data_version() != before
    kept = outgoing.unsettled()
    assert [one.change_set.change_set.number for one in kept] == list(range(1, 21))
    chain = [b"", *(one.change_set.hash for one in kept)]
    assert [one.change_set.change_set.previous for one in kept] == chain[:-1]


def test_a_change_set_is_kept_as_it_was_signed(outgoing: OutgoingStore) -> None:
    made = outgoing.allocate_and_sign(build, 7)
    (kept,) = outgoing.unsettled()
    assert kept.change_set == made
    assert (kept.created, kept.state, kept.published, kept.version) == (7, "waiting", None, None)
    assert outgoing.find(made.hash) == kept
    assert outgoing.find(bytes(32)) is None


def test_what_fails_to_be_signed_uses_up_no_number(outgoing: OutgoingStore) -> None:
    with pytest.raises(ZeroDivisionError):
        outgoing.allocate_and_sign(lambda *_: build(1 // 0, 1, b""), 1)
    assert outgoing.allocate_and_sign(build, 1).change_set.number == 1


def test_a_change_set_goes_from_waiting_to_its_end_and_stays_there(
    outgoing: OutgoingStore,
) -> None:
    first, second, third = (outgoing.allocate_and_sign(build, 1) for _ in range(3))
    outgoing.mark_published([first.hash, second.hash], 5)
    outgoing.mark_published([first.hash, second.hash, third.hash], 9)
    assert [one.published for one in outgoing.unsettled()] == [5, 5, 9]
    outgoing.settle(first.hash, "merged", 3)
    outgoing.settle(second.hash, "refused", 3, "insufficient_credit", "Not enough left.")
    outgoing.settle(first.hash, "refused", 4, "late", "")
    outgoing.mark_published([first.hash], 10)
    outgoing.settle(bytes(32), "merged", 4)
    states = {one.change_set.hash: one for one in outgoing.newest(10)}
    assert states[first.hash].state == "merged"
    assert states[first.hash].version == 3
    assert states[second.hash].code == "insufficient_credit"
    assert [one.change_set for one in outgoing.unsettled()] == [third]
    assert [one.change_set for one in outgoing.newest(2)] == [third, second]


def test_a_restored_home_goes_on_in_a_later_generation_from_number_one(
    outgoing: OutgoingStore,
) -> None:
    old = outgoing.allocate_and_sign(build, 1)
    outgoing.start_generation(4)
    new = outgoing.allocate_and_sign(build, 2)
    asked = new.change_set
    assert (asked.generation, asked.number, asked.previous) == (4, 1, b"")
    found = outgoing.find(old.hash)
    assert found is not None
    assert found.state == "superseded"
    assert outgoing.generation() == 4
    with pytest.raises(AssertionError):
        outgoing.start_generation(4)


def test_what_a_restore_made_void_is_merged_if_the_ledger_says_so(outgoing: OutgoingStore) -> None:
    merged, void = (outgoing.allocate_and_sign(build, 1) for _ in range(2))
    outgoing.start_generation(1)
    assert outgoing.unsettled() == []
    assert [one.change_set for one in outgoing.unconfirmed()] == [merged, void]
    outgoing.settle(merged.hash, "merged", 7)
    outgoing.settle(void.hash, "superseded", 0, "superseded", "The home was restored.")
    assert outgoing.unconfirmed() == []
    assert [one.state for one in outgoing.newest(2)] == ["superseded", "merged"]


HOLE = (
    "INSERT INTO change_set SELECT generation, 3, zeroblob(32), key, body, signature, 1, state, "
    "published, version, code, text FROM change_set"
)


@pytest.mark.parametrize(
    "statement",
    [
        HOLE,
        "DELETE FROM change_set",
        "UPDATE change_set SET number = 9",
        "UPDATE change_set SET body = x''",
        "REPLACE INTO change_set SELECT * FROM change_set",
        "UPDATE change_set SET state = 'lost'",
    ],
)
def test_what_was_signed_is_never_changed_or_forgotten(
    outgoing: OutgoingStore, database: Database, statement: str
) -> None:
    made = outgoing.allocate_and_sign(build, 1)
    with closing(raw(database)) as stranger, pytest.raises(sqlite3.IntegrityError):
        stranger.execute(statement)
    assert [one.change_set for one in outgoing.unsettled()] == [made]


def test_a_slot_never_goes_back(database: Database) -> None:
    slots, key = SlotStore(database), bytes(32)
    assert slots.newest(key, b"salt") is None
    item = PutItem(key, b"salt", 5, b"1:a", bytes(64), b"sealed")
    slots.keep(item)
    slots.mark_put(PutItem(key, b"salt", 4, b"", b""), 8)
    assert slots.newest(key, b"salt") == item
    slots.mark_put(item, 8)
    newest = slots.newest(key, b"salt")
    assert newest is not None
    assert newest.put == 8
    with pytest.raises(AssertionError, match="seq 4"):
        slots.keep(PutItem(key, b"salt", 4, b"1:b", bytes(64)))
    again = PutItem(key, b"salt", 6, b"1:c", bytes(64))
    slots.keep(again)
    slots.keep(PutItem(key, b"", 1, b"1:d", bytes(64)))
    assert slots.newest(key, b"salt") == again


def test_contacts_are_kept_by_kind_and_key(outgoing: OutgoingStore) -> None:
    ben = Contact("member", bytes(32), "Ben", "COMMONTAB:M:AA", 1)
    renamed = Contact("member", bytes(32), "Benno", "COMMONTAB:M:BB", 2)
    ada = Contact("member", bytes([1] * 32), "Ada", "COMMONTAB:M:CC", 3)
    for contact in (ben, renamed, ada):
        outgoing.add_contact(contact)
    assert outgoing.contacts("member") == [ada, renamed]
    assert outgoing.contacts("community") == []


def test_values_are_written_over_and_removed_but_reserved_ones_are_not(
    database: Database,
) -> None:
    values = ValueStore(database)
    values.set("a", b"1")
    values.set("a", b"2")
    assert values.get("a") == b"2"
    values.remove("a")
    assert values.get("a") is None
    with pytest.raises(AssertionError):
        values.set(GENERATION, b"7")
    with pytest.raises(AssertionError):
        values.remove(GENERATION)
