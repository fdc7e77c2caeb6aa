"""What comes again and what was handed in: once each, in the transaction of the signature."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.store.database import Database, Role, open_database
from ledger.store.outgoing import OutgoingStore
from ledger.store.recurring import AlreadyIssued, Recurring, RecurringStore, Template
from ledger.store.submission import SUBMITTED_S
from tests.support.allocating import build
from tests.support.storage import raw

DAY_S = 86_400
FORM, OTHER = bytes(16), bytes([1]) * 16
RENT = Template(b"operation", "monthly", 100 * DAY_S, None)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path / "member.db", Role.MEMBER, write=True)
    yield database
    database.close()


def only(store: RecurringStore) -> Recurring:
    (one,) = store.kept()
    return one


def test_the_same_form_again_is_the_first_change_set(database: Database) -> None:
    outgoing = OutgoingStore(database)
    assert outgoing.submitted(FORM) is None
    first = outgoing.allocate_and_sign(build, 5, submission=FORM)
    assert outgoing.allocate_and_sign(build, 6, submission=FORM) == first
    assert outgoing.submitted(FORM) == first
    assert outgoing.allocate_and_sign(build, 6, submission=OTHER) != first
    assert len(outgoing.unsettled()) == 2


def test_a_form_is_known_after_the_program_began_again(tmp_path: Path) -> None:
    path, made = tmp_path / "member.db", []
    for _ in range(2):
        with closing(open_database(path, Role.MEMBER, write=True)) as database:
            made.append(OutgoingStore(database).allocate_and_sign(build, 5, submission=FORM))
    assert made[0] == made[1]


def test_a_form_is_forgotten_after_a_week(database: Database) -> None:
    outgoing = OutgoingStore(database)
    first = outgoing.allocate_and_sign(build, 5, submission=FORM)
    outgoing.allocate_and_sign(build, 5 + SUBMITTED_S, submission=OTHER)
    assert outgoing.submitted(FORM) == first
    outgoing.allocate_and_sign(build, 6 + SUBMITTED_S, submission=bytes([2]) * 16)
    assert outgoing.submitted(FORM) is None


def test_what_is_kept_beside_a_change_set_is_kept_with_it_or_neither_is(
    database: Database,
) -> None:
    outgoing = OutgoingStore(database)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        outgoing.allocate_and_sign(build, 5, submission=FORM, extra=fail)
    assert outgoing.unsettled() == []
    assert outgoing.submitted(FORM) is None


def test_a_due_date_is_issued_once(database: Database) -> None:
    store, outgoing = RecurringStore(database), OutgoingStore(database)
    one = store.add(RENT, 7)
    assert one == only(store)
    assert store.due(one.due - 1) == []
    assert store.due(one.due) == [one]
    keep = store.keep_issued(one, one.due + 31 * DAY_S)
    made = outgoing.allocate_and_sign(build, 8, extra=keep)
    after = only(store)
    assert (after.place, after.due, after.hash) == (1, one.due + 31 * DAY_S, made.hash)
    with pytest.raises(AlreadyIssued):
        outgoing.allocate_and_sign(build, 8, extra=keep)
    assert [kept.change_set for kept in outgoing.unsettled()] == [made]


@pytest.mark.parametrize("state", ["paused", "stopped"])
def test_what_is_paused_or_stopped_in_the_meantime_is_not_issued(
    database: Database, state: str
) -> None:
    store, outgoing = RecurringStore(database), OutgoingStore(database)
    one = store.add(RENT, 7)
    store.change_state(one.id, "paused" if state == "paused" else "stopped")
    assert store.due(one.due) == []
    with pytest.raises(AlreadyIssued):
        outgoing.allocate_and_sign(build, 8, extra=store.keep_issued(one, one.due + DAY_S))
    assert outgoing.unsettled() == []


def test_what_has_stopped_or_ended_stays_so(database: Database) -> None:
    store = RecurringStore(database)
    stopped = store.add(RENT, 7)
    ended = store.add(Template(b"operation", "daily", RENT.first, RENT.first), 7)
    store.change_state(stopped.id, "stopped")
    store.pass_by(ended, 1, ended.due + DAY_S)
    for one in (stopped, ended):
        store.change_state(one.id, "paused")
    assert [one.state for one in store.kept()] == ["stopped", "ended"]
    with pytest.raises(AlreadyIssued):
        store.pass_by(ended, 2, ended.due + 2 * DAY_S)


def test_what_is_paused_goes_on_from_the_date_that_is_named(database: Database) -> None:
    store = RecurringStore(database)
    store.change_state(store.add(RENT, 7).id, "paused")
    paused = only(store)
    store.resume(paused, 3, paused.due + 90 * DAY_S)
    assert (only(store).state, only(store).place) == ("running", 3)
    with pytest.raises(AlreadyIssued):
        store.resume(paused, 4, paused.due + 120 * DAY_S)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE recurring SET place = place - 1",
        "UPDATE recurring SET due = due - 86400",
        "UPDATE recurring SET operation = x'00'",
        "UPDATE recurring SET state = 'lost'",
        "UPDATE recurring SET due = due + 1",
        "DELETE FROM recurring",
    ],
)
def test_a_date_never_comes_back_and_a_template_never_changes(
    database: Database, statement: str
) -> None:
    store = RecurringStore(database)
    store.pass_by(store.add(RENT, 7), 1, RENT.first + DAY_S)
    kept = only(store)
    with closing(raw(database)) as stranger, pytest.raises(sqlite3.IntegrityError):
        stranger.execute(statement)
    store.note(kept.id, "in the way")
    assert only(store).outcome == "in the way"
