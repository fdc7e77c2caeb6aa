"""Two linked communities' books explain each other, or it is named where they do not."""

import random

import pytest

from ledger.link.entry import Decided, Done, Settled, Told
from ledger.link.instruction import instruction_hash
from ledger.link.machine import Stage
from ledger.link.mirror import UnderWay
from ledger.operation import ForceRelease, SetLimit, SetLinkStatus
from ledger.refusal import Code
from tests.support.realm import Shire, ask_pay, link, order, pay, read, settle
from tests.support.township import DAY_S, START
from tests.support.trickster import forge


def two() -> tuple[Shire, Shire]:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river)
    return lake, river


def told(here: Shire, peer: Shire) -> Told:
    found = [one.entry.content for _, one in here.told(peer)]
    return next(one for one in reversed(found) if isinstance(one, Told))


def test_what_is_moved_on_one_side_only_is_under_way_and_not_drift() -> None:
    lake, river = two()
    payment = pay((lake, "anna"), "bakery", 300, river)
    read(river, lake)
    read(lake, river)
    assert lake.mirror(river) == (300, 0, (UnderWay(payment, 300, True),), 0)
    assert river.mirror(lake) == (0, 0, (), 0)
    read(river, lake)
    assert lake.mirror(river) == (300, 0, (UnderWay(payment, 300, True),), 0)
    assert river.mirror(lake) == (-300, 300, (), 0)
    read(lake, river)
    assert lake.mirror(river) == (300, -300, (), 0)


def test_what_the_payer_has_posted_and_a_person_let_go_of_is_under_way() -> None:
    lake, river = two()
    payment = pay((lake, "anna"), "bakery", 300, river)
    read(river, lake)
    river.manage(ForceRelease(payment, "silent"))
    river.manage(SetLimit(river["bakery"].id, "EUR", 0, 0))
    read(lake, river)
    read(river, lake)
    assert river.found(payment).stage is Stage.FORCED
    assert river.mirror(lake) == (0, 300, (UnderWay(payment, 300, False),), 0)
    assert not river.link_to(lake).drift


def test_a_copied_decision_before_the_copy_of_the_ledger_between_is_under_way() -> None:
    lake, river, hill = Shire("lake", "anna"), Shire("river"), Shire("hill", "bakery")
    link(lake, river)
    link(river, hill)
    payment = pay((lake, "anna"), "bakery", 300, river, hill)
    for here, other in ((river, lake), (hill, river), (river, hill), (lake, river)):
        read(here, other)
    hill.merge(*lake.decision(payment))
    assert hill.found(payment).stage is Stage.SETTLED
    assert hill.mirror(river) == (-300, 0, (UnderWay(payment, -300, True),), 0)
    read(river, hill)
    assert river.mirror(hill) == (0, -300, (UnderWay(payment, -300, False),), 0)
    settle(lake, river, hill)
    assert hill.mirror(river) == (-300, 300, (), 0)


def test_a_balance_that_nothing_explains_names_the_entry_and_suspends_the_link() -> None:
    lake, river = two()
    pay((river, "bakery"), "anna", 20, lake)
    settle(lake, river)
    liar = river.twin()
    lake.merge(forge(liar, lake, told(river, lake), moved=5))
    wrong = len(liar.told(lake))
    assert lake.link_to(river).drift == wrong
    assert lake.mirror(river).unexplained == 5
    refused = ask_pay(lake, "anna", order("bakery", 1, river))[1].refusal
    assert refused is not None
    assert refused.code is Code.LINK_SUSPENDED
    lake.merge(forge(liar, lake, told(river, lake)), forge(liar, lake, told(river, lake), moved=1))
    assert lake.link_to(river).drift == wrong, "the first one stays named"
    lake.manage(SetLinkStatus(river.key, "active", "cleared up by telephone"))
    lake.merge(forge(liar, lake, told(river, lake)))
    assert lake.link_to(river).drift == 0, "what was accepted is not named again"
    lake.merge(forge(liar, lake, told(river, lake), moved=-6))
    assert lake.link_to(river).drift == len(liar.told(lake))


@pytest.mark.parametrize("times", [1, 2])
def test_what_was_settled_moves_the_books_once(times: int) -> None:
    lake, river, hill = Shire("lake", "anna"), Shire("river"), Shire("hill", "bakery")
    link(lake, river)
    link(river, hill)
    payment = pay((lake, "anna"), "bakery", 300, river, hill)
    for here, other in ((river, lake), (hill, river), (river, hill), (lake, river)):
        read(here, other)
    liar = river.twin()
    for _ in range(times):
        lake.merge(forge(liar, lake, Settled(payment, whole=False), moved=-300))
    assert bool(lake.link_to(river).drift) is (times > 1)
    lake.merge(forge(liar, lake, Done(payment)))
    lake.merge(forge(liar, lake, Settled(payment, whole=True), moved=-300))
    assert lake.link_to(river).drift
    assert lake.mirror(river).unexplained == -300 * times


def test_a_copied_decision_moves_the_books_once() -> None:
    lake, river, hill = Shire("lake", "anna"), Shire("river"), Shire("hill", "bakery")
    link(lake, river)
    link(river, hill)
    payment = pay((lake, "anna"), "bakery", 300, river, hill)
    read(river, lake)
    read(hill, river)
    liar = river.twin()
    copied = Decided(payment, 0, instruction_hash(hill.found(payment).instruction))
    hill.merge(forge(liar, hill, copied, moved=300))
    assert not hill.link_to(river).drift
    hill.merge(forge(liar, hill, copied, moved=300))
    assert hill.link_to(river).drift
    assert hill.mirror(river).unexplained == 300


def test_a_neighbour_who_moved_what_was_not_paid_is_suspended() -> None:
    lake, river, hill = Shire("lake", "anna"), Shire("river"), Shire("hill", "bakery")
    link(lake, river)
    link(river, hill)
    payment = pay((lake, "anna"), "bakery", 300, river, hill, deadline=START + 60)
    read(river, lake)
    read(hill, river)
    copied = Decided(payment, 0, instruction_hash(hill.found(payment).instruction))
    hill.merge(forge(river.twin(), hill, copied, moved=300))
    lake.now = START + 60
    lake.merge()
    hill.merge(*lake.decision(payment))
    assert hill.found(payment).stage is Stage.RELEASED
    assert hill.link_to(river).drift
    assert hill.mirror(river) == (0, 300, (), 300)


@pytest.mark.parametrize("seed", range(12))
def test_honest_books_always_explain_each_other(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- repeatable
    names = {"lake": "anna", "river": "carla", "hill": "bakery"}
    shires = [Shire(name, person) for name, person in names.items()]
    lake, river, hill = shires
    link(lake, river)
    link(river, hill)
    pairs = [(lake, river), (river, lake), (river, hill), (hill, river)]
    ways = [(lake, river, hill), (hill, river, lake), *pairs]
    for _ in range(60):
        match chance.randrange(6):
            case 0:
                way = chance.choice(ways)
                amount, end = chance.randint(1, 900), START + chance.choice((300, DAY_S))
                asked = order(names[way[-1].name], amount, *way[1:], deadline=end)
                ask_pay(way[0], names[way[0].name], asked)
            case 1:
                one = chance.choice(shires)
                one.now += 60
                one.merge()
            case 2:
                one, origin = chance.sample(shires, 2)
                one.merge(*(news for name in one.state.transits for news in origin.decision(name)))
            case _:
                one, other = chance.choice(pairs)
                one.merge(*other.news_for(one, chance.randint(1, 5)))
        for one, other in pairs:
            found = one.mirror(other)
            assert found.unexplained == 0, (seed, one.name, found)
            assert not one.link_to(other).drift, (seed, one.name, found)
