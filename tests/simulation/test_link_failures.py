"""What can fail while communities pay each other, case by case, and what is left of it."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import pytest

from ledger.link.entry import Decided
from ledger.link.evidence import VerifiedReading
from ledger.link.machine import Stage
from ledger.link.mirror import UnderWay
from ledger.operation import ForceRelease, LimitLink, ManagerOperation, SetLimit, SetLinkStatus
from ledger.refusal import Code
from ledger.replay import split_batches
from tests.support.realm import Shire, decisions, link, pay, read, replay_all, settle
from tests.support.succession import succeed
from tests.support.township import DAY_S, EUR, START

DEADLINE = START + 3_600
LATER = DEADLINE + 1
AMOUNT = 300
Row = tuple[Shire, ...]
PEOPLE = {"lake": "anna", "river": "carla", "hill": "bakery"}


def row(ledgers: int) -> Row:
    """Return communities in a row, linked; the first pays, the last is paid."""
    shires = tuple(Shire(name, person) for name, person in list(PEOPLE.items())[-ledgers:])
    for one, other in pairwise(shires):
        link(one, other)
    return shires


def begin(shires: Row) -> bytes:
    payer, payee = PEOPLE[shires[0].name], PEOPLE[shires[-1].name]
    return pay((shires[0], payer), payee, AMOUNT, *shires[1:], deadline=DEADLINE)


def news(shires: Row, here: Shire) -> tuple[VerifiedReading, ...]:
    """Return all that a community can read of the others."""
    others = [one for one in shires if one is not here]
    told = [reading for other in others for reading in other.news_for(here)]
    return (*told, *decisions(here, *others))


def turns(shires: Row) -> Iterator[Shire]:
    """Give the communities in the order in which they read, until nobody has news."""
    for _ in range(12):
        yield from reversed(shires)


def stages(shires: Row, payment: bytes) -> tuple[Stage | None, ...]:
    found = [one.transit(payment) for one in shires]
    return tuple(None if one is None else one.stage for one in found)


def check_rest(shires: Row) -> None:
    """Check that nothing is under way or pending and all books explain each other to zero."""
    for one in shires:
        assert not one.state.transits, (one.name, one.state.transits)
        for account in one.state.accounts.values():
            for books in account.balances:
                assert (books.pending_debit, books.pending_credit) == (0, 0)
        for other in shires:
            if other.key in one.state.links:
                assert one.owes(other) + other.owes(one) == 0
                assert one.mirror(other).unexplained == 0
        assert replay_all(one.key, one.records) == one.state


def journals(shires: Row) -> list[list[bytes]]:
    return [list(one.records) for one in shires]


def lose(here: Shire, readings: Sequence[VerifiedReading]) -> None:
    """Let a community die between a merge and its commit, and start again."""
    here.try_merge(*readings)
    here.load(here.records)


WHO = {"the payer's": (0,), "the next one's": (1,), "both": (0, 1), "all": (0, 1, -1)}


@pytest.mark.parametrize("ledgers", [2, 3])
@pytest.mark.parametrize("who", WHO.values(), ids=WHO)
def test_a_crash_at_any_step_changes_not_one_byte(who: tuple[int, ...], ledgers: int) -> None:
    shires = row(ledgers)
    begin(shires)
    for here in turns(shires):
        here.merge(*news(shires, here))
    check_rest(shires)
    wanted = journals(shires)
    for step in range(4 * ledgers):
        again = row(ledgers)
        begin(again)
        for at, here in enumerate(turns(again)):
            if at == step:
                for one in {again[each] for each in who}:
                    lose(one, news(again, one))
            here.merge(*news(again, here))
        assert journals(again) == wanted, step


@pytest.mark.parametrize("ledgers", [2, 3])
def test_a_payers_change_set_that_was_lost_before_its_commit_is_merged_later(ledgers: int) -> None:
    shires = row(ledgers)
    twin = shires[0].twin()
    begin((twin, *shires[1:]))
    assert stages(shires, b"")[0] is None
    payment = begin(shires)
    assert shires[0].records == twin.records
    settle(*shires)
    assert stages(shires, payment)[0] is Stage.POSTED
    check_rest(shires)


@pytest.mark.parametrize("lost", range(12))
def test_a_reading_that_never_arrives_until_the_deadline_ends_everywhere(lost: int) -> None:
    shires = row(3)
    payment = begin(shires)
    for at, here in enumerate(turns(shires)):
        if at >= lost:
            break
        here.merge(*news(shires, here))
    for one in shires:
        one.now = LATER
        one.merge()
    assert not {Stage.PREPARED} & set(stages(shires, payment))
    settle(*shires)
    moved = {one in {Stage.POSTED, Stage.SETTLED} for one in stages(shires, payment)}
    assert len(moved) == 1
    check_rest(shires)


@pytest.mark.parametrize("late", range(1, 6))
def test_readings_that_arrive_late_and_again_are_taken_once(late: int) -> None:
    shires = row(3)
    begin(shires)
    on_the_way: list[tuple[Shire, VerifiedReading]] = []
    for at, here in enumerate(turns(shires)):
        on_the_way += [(here, one) for one in news(shires, here)]
        if at % late == 0:
            for reader, reading in reversed(on_the_way):
                reader.merge(reading)
    settle(*shires)
    check_rest(shires)
    before = journals(shires)
    for reader, reading in on_the_way:
        assert not reader.merge(reading).records
    assert journals(shires) == before


def test_an_older_checkpoint_shows_the_next_entries_as_well_as_the_newest() -> None:
    river, hill = shires = row(2)
    begin(shires)
    told = [index for index, _ in river.told(hill)]
    size = told[-1] + 2
    begin(shires)
    read(hill, river)
    taken = hill.link_to(river)
    assert taken.seen_size == len(river.records)
    old = river.shown(told[-1:], size)
    assert not hill.merge(old).records
    begin(shires)
    hill.merge(*river.news_for(hill))
    assert hill.link_to(river).taken == taken.taken + 1


def test_two_contents_of_one_entry_are_not_both_taken_and_nothing_after_them() -> None:
    river, hill = shires = row(2)
    liar = river.twin()
    first = begin(shires)
    other = pay((liar, PEOPLE[liar.name]), "bakery", 1, hill)
    read(hill, river)
    before = list(hill.records)
    assert not hill.merge(*_all_told(liar, hill)).records
    liar.merge(liar.new_unit(EUR))
    assert not hill.merge(*liar.news_for(hill)).records
    assert hill.records == before
    assert hill.transit(first) is not None
    assert hill.transit(other) is None


def _all_told(liar: Shire, reader: Shire) -> tuple[VerifiedReading, ...]:
    return tuple(liar.shown((index,)) for index, _ in liar.told(reader))


def test_another_root_of_a_size_that_was_seen_counts_for_nothing() -> None:
    river, hill = shires = row(2)
    liar = river.twin()
    begin(shires)
    read(hill, river)
    twice = pay((liar, PEOPLE[liar.name]), "bakery", 1, hill, deadline=DEADLINE)
    assert len(liar.records) == len(river.records)
    assert liar.sign().root != river.sign().root
    assert not hill.merge(*_all_told(liar, hill)).records
    assert hill.transit(twice) is None
    assert hill.link_to(river).seen_root == river.sign().root


Split = tuple[Shire, Shire, Shire, Shire, bytes]


def split_decision() -> Split:
    """Return three communities, of which the payer's decides both ways, and its other self."""
    lake, river, hill = shires = row(3)
    payment = begin(shires)
    read(river, lake)
    read(hill, river)
    read(river, hill)
    expired = lake.twin()
    expired.now = LATER
    expired.merge()
    read(lake, river)
    assert lake.found(payment).stage is Stage.POSTED
    assert expired.found(payment).stage is Stage.EXPIRED
    return lake, expired, river, hill, payment


def _decided(reading: VerifiedReading) -> Decided:
    content = reading.entries[0].record.entry.content
    assert isinstance(content, Decided)
    return content


def test_a_decision_that_is_posted_to_one_and_expired_to_the_next_suspends_their_link() -> None:
    posted, expired, river, hill, payment = split_decision()
    hill.merge(*expired.decision(payment))
    assert hill.found(payment).stage is Stage.RELEASED
    read(river, posted)
    read(river, hill)
    assert river.found(payment).stage is Stage.SETTLED
    read(hill, river)
    assert hill.link_to(river).drift == len(river.told(hill))
    assert hill.mirror(river).unexplained == AMOUNT
    assert river.mirror(hill) == (AMOUNT, 0, (UnderWay(payment, AMOUNT, True),), 0)
    assert hill.posted("bakery") == (0,)
    told = _decided(*posted.decision(payment)), _decided(*expired.decision(payment))
    assert told[0].outcome != told[1].outcome, "both are signed and journalled: the evidence"
    assert told[0].instruction == told[1].instruction


def test_a_decision_that_is_expired_to_one_and_posted_to_the_next_is_bounded_by_the_limit() -> None:
    posted, expired, river, hill, payment = split_decision()
    hill.merge(*posted.decision(payment))
    assert hill.posted("bakery") == (AMOUNT,)
    river.merge(*expired.news_for(river))
    assert river.found(payment).stage is Stage.RELEASED
    read(river, hill)
    assert river.link_to(hill).drift == len(hill.told(river))
    assert river.mirror(hill).unexplained == -AMOUNT
    read(hill, river)
    assert -hill.owes(river) == AMOUNT <= hill.books("river").credit_limit


@pytest.mark.parametrize("side", [0, 1], ids=["payer's", "payee's"])
@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_restored_side_that_catches_up_from_its_own_records_goes_on(side: int, lost: int) -> None:
    shires = row(2)
    payment = begin(shires)
    settle(*shires)
    restored, other = shires[side], shires[1 - side]
    published = list(restored.records)
    batches = list(split_batches(published))
    restored.load(record for batch in batches[:-lost] for record in batch)
    restored.load(published)
    again = pay((shires[0], PEOPLE[shires[0].name]), "bakery", 5, shires[1], deadline=DEADLINE)
    settle(*shires)
    assert stages(shires, payment) == stages(shires, again) == (Stage.POSTED, Stage.SETTLED)
    assert other.link_to(restored).drift == 0
    check_rest(shires)


def test_a_restored_side_that_does_not_catch_up_is_not_heard() -> None:
    river, hill = shires = row(2)
    payment = begin(shires)
    read(hill, river)
    read(river, hill)
    batches = list(split_batches(hill.records))
    hill.load(record for batch in batches[:-1] for record in batch)
    hill.manage(SetLinkStatus(river.key, "suspended", "restored"))
    before = list(river.records)
    assert not river.merge(*_all_told(hill, river)).records
    hill.manage(SetLinkStatus(river.key, "active", "restored"))
    assert not river.merge(*hill.news_for(river)).records
    assert river.records == before
    assert river.found(payment).stage is Stage.POSTED
    assert river.mirror(hill) == (AMOUNT, 0, (UnderWay(payment, AMOUNT, True),), 0)


@pytest.mark.parametrize("step", range(8))
@pytest.mark.parametrize("closing", [0, 1, 2], ids=["payer's", "between", "payee's"])
def test_a_link_that_is_closed_at_any_step_lets_end_what_is_under_way(
    closing: int, step: int
) -> None:
    shires = row(3)
    payment = begin(shires)
    for at, here in enumerate(turns(shires)):
        if at == step:
            one = shires[closing]
            for peer in list(one.state.links):
                one.manage(SetLinkStatus(peer, "closed", "enough"))
        here.merge(*news(shires, here))
    moved = {one in {Stage.POSTED, Stage.SETTLED} for one in stages(shires, payment)}
    assert len(moved) == 1
    check_rest(shires)


def accepted(shires: Row) -> bytes:
    """Begin a payment and let all behind the payer's ledger accept it."""
    payment = begin(shires)
    for here in shires[1:]:
        here.merge(*news(shires, here))
    for here in reversed(shires[1:-1]):
        here.merge(*news(shires, here))
    return payment


def let_go(here: Shire, payment: bytes) -> Code | None:
    refusal = here.manage(ForceRelease(payment, "its manager is gone")).refusal
    return None if refusal is None else refusal.code


def test_a_manager_who_never_comes_back_leaves_a_hold_until_a_person_lets_go() -> None:
    lake, river, hill = shires = row(3)
    payment = accepted(shires)
    for here in (river, hill):
        here.now = START + 20 * DAY_S
        here.merge()
        assert here.found(payment).stage is Stage.ACCEPTED, "nobody lets go by his own clock"
    assert hill.books("river").pending_debit == AMOUNT
    for here in (river, hill):
        assert let_go(here, payment) is None
        assert here.found(payment).stage is Stage.FORCED
        for account in here.state.accounts.values():
            assert all(books.pending_debit == 0 for books in account.balances)
    assert let_go(hill, payment) is Code.PAYMENT_DECIDED
    assert payment in hill.state.transits, "its end is still to come"
    assert lake.found(payment).stage is Stage.PREPARED


@pytest.mark.parametrize("ledgers", [2, 3])
def test_a_manager_who_comes_back_after_all_settles_late(ledgers: int) -> None:
    shires = row(ledgers)
    payment = accepted(shires)
    for here in shires[1:]:
        assert let_go(here, payment) is None
    settle(*shires)
    assert stages(shires, payment) == (Stage.POSTED, *[Stage.SETTLED] * (ledgers - 1))
    assert shires[-1].posted("bakery") == (AMOUNT,)
    check_rest(shires)


@pytest.mark.parametrize("ledgers", [2, 3])
def test_a_manager_who_comes_back_too_late_to_pay_changes_nothing(ledgers: int) -> None:
    shires = row(ledgers)
    payment = accepted(shires)
    for here in shires[1:]:
        let_go(here, payment)
    shires[0].now = LATER
    settle(*shires)
    assert stages(shires, payment) == (Stage.EXPIRED, *[Stage.RELEASED] * (ledgers - 1))
    check_rest(shires)


NARROW: dict[str, Callable[[Shire, Shire], tuple[ManagerOperation, ManagerOperation]]] = {
    "the payee's room": lambda hill, _: (
        SetLimit(hill["bakery"].id, "EUR", 0, 0),
        SetLimit(hill["bakery"].id, "EUR", 0, 9_999),
    ),
    "the trust limit": lambda _, river: (
        LimitLink(river.key, 0, 0),
        LimitLink(river.key, 9_999, 9_999),
    ),
}


@pytest.mark.parametrize("narrow", NARROW.values(), ids=NARROW)
@pytest.mark.parametrize("ledgers", [2, 3])
def test_what_the_limits_forbid_to_book_late_stays_open_and_named_until_they_allow_it(
    narrow: Callable[[Shire, Shire], tuple[ManagerOperation, ManagerOperation]], ledgers: int
) -> None:
    shires = row(ledgers)
    *_, river, hill = shires
    payment = accepted(shires)
    tight, wide = narrow(hill, river)
    let_go(hill, payment)
    assert hill.manage(tight).refusal is None
    settle(*shires)
    assert shires[0].found(payment).stage is Stage.POSTED
    assert hill.found(payment).stage is Stage.FORCED
    assert hill.mirror(river) == (0, AMOUNT, (UnderWay(payment, AMOUNT, False),), 0)
    assert river.books("hill").maximum_balance >= AMOUNT, "the trust limit bounds it"
    before = len(hill.records)
    settle(*shires)
    assert len(hill.records) == before, "what cannot be booked leaves no trace"
    assert hill.manage(wide).refusal is None
    settle(*shires)
    assert hill.posted("bakery") == (AMOUNT,)
    check_rest(shires)


def test_a_ledger_between_that_never_comes_back_owes_no_more_than_its_limit() -> None:
    lake, river, hill = shires = row(3)
    payment = accepted(shires)
    read(lake, river)
    hill.merge(*lake.decision(payment))
    assert (lake.found(payment).stage, hill.found(payment).stage) == (Stage.POSTED, Stage.SETTLED)
    assert lake.books("river").pending_credit == hill.books("river").pending_debit == 0
    assert -hill.owes(river) == AMOUNT <= hill.books("river").credit_limit
    assert lake.mirror(river).under_way == (UnderWay(payment, AMOUNT, True),)
    assert hill.mirror(river).under_way == (UnderWay(payment, -AMOUNT, True),)
    settle(*shires)
    check_rest(shires)


def test_a_ledger_behind_that_never_answers_holds_nothing_after_the_deadline() -> None:
    lake, river, hill = shires = row(3)
    payment = begin(shires)
    read(river, lake)
    for here in (lake, river):
        here.now = LATER
        here.merge()
    read(lake, river)
    read(river, lake)
    assert stages(shires, payment) == (Stage.EXPIRED, Stage.LAPSED, None)
    for here in (lake, river):
        for account in here.state.accounts.values():
            assert all(not one.pending_debit and not one.pending_credit for one in account.balances)
    settle(*shires)
    assert hill.transit(payment) is None or hill.found(payment).stage is Stage.RELEASED
    check_rest(shires)


def test_a_succession_leaves_a_link_its_balance_and_what_a_person_lets_go() -> None:
    lake, river, hill = shires = row(3)
    begin(shires)
    settle(*shires)
    payment = accepted(shires)
    asked = pay((river, "carla"), "bakery", 50, hill, deadline=DEADLINE)
    assert lake.manage(LimitLink(river.key, 5_000, 5_000)).refusal is None
    succeed(river, "carla")
    before = river.owes(lake), river.owes(hill)
    taken = river.link_to(lake).taken
    river.now = LATER
    river.merge(*lake.news_for(river), *hill.news_for(river))
    assert river.link_to(lake).taken == taken, "what is told to the key before is not heard"
    assert river.found(asked).stage is Stage.EXPIRED
    assert river.found(payment).stage is Stage.ACCEPTED
    assert let_go(river, payment) is None
    assert (river.owes(lake), river.owes(hill)) == before
    assert river.books("lake").pending_debit == river.books("hill").pending_credit == 0
