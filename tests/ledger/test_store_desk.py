"""The manager's queue, door, grants and publications, and what a merge makes of them."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from ledger.changeset import ManagerStatement, VerifiedStatement, by_key, sign_statement
from ledger.errors import LedgerError, StoreDamaged
from ledger.merge import Batch, Merge, merge
from ledger.operation import ManagerOperation, Profile, SetLimit, Suspend
from ledger.outcome import Fate
from ledger.store.desk import BuildStatement, DeskStore
from ledger.store.door import Arrivals, DoorStore, Poll
from ledger.store.publication import PublicationStore
from ledger.store.settle import settle
from ledger.store.submission import SUBMITTED_S, HandedIn
from tests.support.storage import StoredTown, open_manager, raw
from tests.support.township import EPOCH_KEY, START


@pytest.fixture
def town(tmp_path: Path) -> Iterator[StoredTown]:
    town = StoredTown(open_manager(tmp_path), "ada", "ben")
    yield town
    town.database.close()


@pytest.fixture
def desk(town: StoredTown) -> DeskStore:
    return DeskStore(town.database)


@pytest.fixture
def door(town: StoredTown) -> DoorStore:
    return DoorStore(town.database)


def queue(town: StoredTown, desk: DeskStore, operation: ManagerOperation) -> VerifiedStatement:
    def build(number: int) -> VerifiedStatement:
        return sign_statement(town.seed, ManagerStatement(number, START, operation))

    return desk.sign_statement(build, START)


def cycle(
    town: StoredTown, desk: DeskStore, door: DoorStore, arrivals: Arrivals | None = None
) -> Merge:
    """Merge everything that waits and came, the way a manager's cycle does."""
    came = arrivals or Arrivals()
    waiting = [one.change_set for one in door.pending() if one.change_set.key not in came.items]
    asked = (*waiting, *came.change_sets)
    batch = Batch(tuple(desk.waiting_statements()), by_key(asked), EPOCH_KEY)
    merged = merge(town.state, batch, town.now)
    size = town.state.tree.size + len(merged.records)

    def extra(connection: Connection) -> None:
        settle(connection, batch, merged, size, came, now=town.now)

    if merged.records:
        town.extra = extra
        town.merge(*batch.statements, *asked)
        town.extra = None
    else:
        town.journal.append([], extra)
    return merged


def test_statements_get_numbers_after_all_that_were_merged(
    town: StoredTown, desk: DeskStore
) -> None:
    merged = town.stated
    first = queue(town, desk, SetLimit(town["ada"].id, "EUR", 5, 5))
    second = queue(town, desk, SetLimit(town["ben"].id, "EUR", 5, 5))
    numbers = [first.statement.number, second.statement.number]
    assert numbers == [merged + 1, merged + 2]
    assert desk.waiting_statements() == [first, second]


def test_a_merge_settles_the_queue_in_its_own_transaction(
    town: StoredTown, desk: DeskStore, door: DoorStore
) -> None:
    good = queue(town, desk, SetLimit(town["ada"].id, "EUR", 77, 77))
    bad = queue(town, desk, Suspend(bytes(16), "who?"))
    cycle(town, desk, door)
    assert desk.waiting_statements() == []
    done, refused = (desk.statement(one.statement.number) for one in (good, bad))
    assert done is not None
    assert refused is not None
    assert (done.state, done.size) == ("merged", town.state.tree.size)
    assert (refused.state, refused.code) == ("refused", "unknown_account")
    assert "No such account" in refused.text
    assert [one.number for one in desk.statements(1)] == [bad.statement.number]
    assert desk.statement(99) is None


def test_a_crash_before_the_commit_leaves_the_queue_waiting(
    town: StoredTown, desk: DeskStore
) -> None:
    statement = queue(town, desk, SetLimit(town["ada"].id, "EUR", 77, 77))

    def stumble(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE statement SET state = 'merged'")
        raise ZeroDivisionError

    town.extra = stumble
    with pytest.raises(ZeroDivisionError):
        town.merge(statement)
    assert desk.waiting_statements() == [statement]


def test_a_changed_statement_is_not_merged(town: StoredTown, desk: DeskStore) -> None:
    statement = queue(town, desk, SetLimit(town["ada"].id, "EUR", 7, 7))
    assert b"EUR\x07\x07" in _body(town)
    with closing(raw(town.database)) as vandal:
        forged = _body(town).replace(b"EUR\x07\x07", b"EUR\x09\x09")
        vandal.execute("UPDATE statement SET body = ?", (forged,))
        with pytest.raises(StoreDamaged, match="queued statement"):
            desk.waiting_statements()
        vandal.execute("UPDATE statement SET body = x'00'")
        with pytest.raises(StoreDamaged, match="queued statement"):
            desk.waiting_statements()
    assert statement.statement.number == town.stated + 1


def _body(town: StoredTown) -> bytes:
    with closing(raw(town.database)) as reader:
        row: tuple[bytes] = reader.execute("SELECT body FROM statement").fetchone()
        return row[0]


def test_what_was_polled_waits_until_it_is_settled(
    town: StoredTown, desk: DeskStore, door: DoorStore
) -> None:
    ada, ben = town["ada"], town["ben"]
    pay, late = town.pay("ada", "ben", 5), town.pay("ada", "ben", 6)
    missing = ben.sign_as(2, bytes(32), Profile("Ben"))
    poll = Poll(ada.key, 4, b"i" * 32, START, START, None, b"nodes")
    items = {ada.key: (pay, late), ben.key: (missing,)}
    cycle(town, desk, door, Arrivals((poll, Poll(ben.key)), items))
    assert [(one.change_set, one.received) for one in door.pending()] == [(missing, START)]
    assert door.polls()[ada.key] == replace(poll, merged=START)
    assert door.polls()[ben.key].merged is None
    town.now += 60
    cycle(town, desk, door, Arrivals((replace(poll, seq=5),), {}))
    assert door.polls()[ada.key] == replace(poll, seq=5, merged=START)
    cycle(town, desk, door, Arrivals((), {ben.key: (ben.sign_as(1, b"", Profile("B")), missing)}))
    assert [(one.change_set, one.received) for one in door.pending()] == [(missing, START)]


def test_what_a_cycle_has_no_room_for_waits(town: StoredTown, door: DoorStore) -> None:
    first, second = town.pay("ada", "ben", 5), town.pay("ada", "ben", 6)
    came = Arrivals((), {town["ada"].key: (first, second)})
    batch = Batch((), by_key([first]), EPOCH_KEY)
    merged = merge(town.state, batch, town.now)
    town.extra = lambda connection: settle(connection, batch, merged, 0, came, now=town.now)
    town.merge(first)
    assert [one.change_set for one in door.pending()] == [second]


def test_a_new_item_of_a_slot_takes_the_place_of_the_old_one(
    town: StoredTown, desk: DeskStore, door: DoorStore
) -> None:
    ada, ben = town["ada"], town["ben"]
    far, farther = (ada.sign_as(n, bytes(32), Profile("Ada")) for n in (7, 8))
    other = ben.sign_as(7, bytes(32), Profile("Ben"))
    cycle(town, desk, door, Arrivals((), {ada.key: (far,), ben.key: (other,)}))
    cycle(town, desk, door, Arrivals((), {ada.key: (far, farther)}))
    assert {one.change_set for one in door.pending()} == {far, farther, other}
    cycle(town, desk, door, Arrivals((Poll(ada.key, 9),), {ada.key: ()}))
    assert [one.change_set for one in door.pending()] == [other]


def test_the_other_one_of_a_number_becomes_evidence(
    town: StoredTown, desk: DeskStore, door: DoorStore
) -> None:
    ada = town["ada"]
    twins = tuple(ada.sign_as(1, b"", Profile(name)) for name in ("Ada", "Eve"))
    merged = cycle(town, desk, door, Arrivals((), {ada.key: twins}))
    assert {one.fate for one in merged.outcomes} == {Fate.MERGED, Fate.CONFLICT}
    (kept,) = door.evidence()
    stands = town.state.keys[ada.key].hash
    assert kept.noticed == town.now
    assert {kept.change_set.hash, stands} == {one.hash for one in twins}
    assert door.pending() == []


def test_evidence_of_one_key_is_bounded(town: StoredTown, desk: DeskStore, door: DoorStore) -> None:
    ada = town["ada"]
    many = tuple(ada.sign_as(1, b"", Profile(f"Ada {place}")) for place in range(30))
    cycle(town, desk, door, Arrivals((), {ada.key: many}))
    assert len(door.evidence()) == 16


def test_dropped_input_is_counted_by_reason(
    town: StoredTown, desk: DeskStore, door: DoorStore
) -> None:
    assert door.dropped() == []
    cycle(town, desk, door, Arrivals(dropped=("signature", "format", "signature")))
    town.now += 1
    cycle(town, desk, door, Arrivals(dropped=("signature",)))
    assert [(one.reason, one.count, one.newest) for one in door.dropped()] == [
        ("format", 1, START),
        ("signature", 3, START + 1),
    ]


def test_publications_are_listed_newest_first_with_their_versions(town: StoredTown) -> None:
    store = PublicationStore(town.database)
    assert store.newest() == []
    sizes = town.journal.batch_sizes(0, town.state.tree.size)
    for size in sizes:
        store.add(size, bytes(20), bytes(32), [f"r0-0-{size:x}", "checkpoint"], START)
    newest = store.newest(1)[0]
    assert (newest.version, newest.size) == (len(sizes), sizes[-1])
    assert newest.files == (f"r0-0-{sizes[-1]:x}", "checkpoint")
    assert [one.size for one in store.newest()] == sizes[::-1][:5]
    assert store.sizes() == sizes
    with pytest.raises(AssertionError):
        store.add(10**6, bytes(20), bytes(32), [], START)


def test_a_form_that_is_handed_in_again_makes_nothing_more(
    town: StoredTown, desk: DeskStore
) -> None:
    form = HandedIn("/limits", bytes(range(16)))
    ada, ben = town["ada"].id, town["ben"].id

    def builds(*operations: ManagerOperation) -> list[BuildStatement]:
        return [
            lambda number, one=one: sign_statement(  # type: ignore[misc]
                town.seed, ManagerStatement(number, START, one)
            )
            for one in operations
        ]

    first = queue(town, desk, Suspend(ben, "")).statement.number
    asked = (SetLimit(ada, "EUR", 1, 2), SetLimit(ben, "EUR", 1, 2))
    assert desk.handed_in(form) is None
    assert list(desk.sign_form(builds(*asked), START, form)) == [first + 1, first + 2]
    assert desk.sign_form(builds(Suspend(ada, "")), START, form) == desk.handed_in(form)
    assert len(desk.waiting_statements()) == 3
    other = HandedIn("/members", form.submission)
    assert list(desk.sign_form(builds(Suspend(ada, "")), START, other)) == [first + 3]
    late = START + SUBMITTED_S + 1
    desk.sign_form(builds(*asked), late, HandedIn("/limits", bytes(16)))
    assert desk.handed_in(form) is None


def test_a_form_of_which_one_statement_fails_leaves_none(town: StoredTown, desk: DeskStore) -> None:
    form = HandedIn("/limits", bytes(16))

    def sign(number: int) -> VerifiedStatement:
        return sign_statement(town.seed, ManagerStatement(number, START, Suspend(bytes(16), "")))

    def fail(number: int) -> VerifiedStatement:
        raise LedgerError(f"nobody signs statement {number}")

    with pytest.raises(LedgerError, match="nobody signs statement 7"):
        desk.sign_form([sign, fail], START, form)
    assert desk.waiting_statements() == []
    assert desk.handed_in(form) is None
