"""Clearing rounds: debts on a circle fall by one amount, and nobody is richer or poorer."""

import pytest

from ledger.entry import entry_id
from ledger.link.entry import Accepted, Prepared
from ledger.link.instruction import NETTING, About, Hop
from ledger.link.machine import Stage
from ledger.link.terms import Fee
from ledger.operation import NetLinks, SetLinkStatus
from ledger.refusal import Code
from tests.support.realm import Shire, adding, ask_pay, link, order, pay, read, settle
from tests.support.township import DAY_S, START
from tests.support.trickster import altered, forge

NAMES = ("lake", "river", "hill", "mill")
END = START + DAY_S


def circle(count: int, fee: Fee | None = None) -> list[Shire]:
    """Return communities on a circle, each of which owes the one before 500 and more."""
    shires = [Shire(name, f"{name}-member") for name in NAMES[:count]]
    for one, other in zip(shires, (*shires[1:], shires[0]), strict=True):
        back = adding(one, other) if fee is None else adding(one, other, fee=fee)
        link(one, other, back)
    for at, one in enumerate(shires):
        before = shires[at - 1]
        pay((one, f"{one.name}-member"), f"{before.name}-member", 500 + at, before)
    settle(*shires)
    return shires


def propose(shires: list[Shire], amount: int) -> tuple[bytes, Code | None]:
    first = shires[0]
    hops = tuple(Hop(one.key, "EUR", amount) for one in (*shires[1:], first))
    outcome = first.manage(NetLinks(hops, END))
    refusal = outcome.refusal
    return entry_id(outcome.hash, 0), None if refusal is None else refusal.code


def debts(shires: list[Shire]) -> list[int]:
    """Return what each owes the one before."""
    return [one.owes(shires[at - 1]) for at, one in enumerate(shires)]


def positions(shires: list[Shire]) -> list[int]:
    """Return what each community owes all others together."""
    return [
        sum(one.owes(other) for other in shires if other.key in one.state.links) for one in shires
    ]


@pytest.mark.parametrize("count", [3, 4])
def test_all_debts_on_the_circle_fall_and_every_position_stays(count: int) -> None:
    shires = circle(count)
    before, stood = debts(shires), positions(shires)
    members = [one.posted(f"{one.name}-member") for one in shires]
    payment, refused = propose(shires, 400)
    assert refused is None
    settle(*shires)
    assert shires[0].found(payment).stage is Stage.POSTED
    assert debts(shires) == [one - 400 for one in before]
    assert positions(shires) == stood
    assert [one.posted(f"{one.name}-member") for one in shires] == members
    assert not any(one.state.transits for one in shires)


def test_a_round_takes_no_fees() -> None:
    shires = circle(3, Fee(7, 0))
    members = [one.posted(f"{one.name}-member") for one in shires]
    _, refused = propose(shires, 500)
    assert refused is None
    settle(*shires)
    assert debts(shires)[0] == 0
    assert [one.posted(f"{one.name}-member") for one in shires] == members


def test_a_round_larger_than_a_debt_is_refused_at_home_or_on_its_way() -> None:
    shires = circle(3)
    assert propose(shires, 502)[1] is Code.CLEARS_NOTHING
    assert propose(shires, 501)[1] is Code.CLEARS_NOTHING
    river, hill = shires[1], shires[2]
    pay((river, "river-member"), "hill-member", 300, hill)
    settle(*shires)
    payment, refused = propose(shires, 400)
    assert refused is None
    settle(*shires)
    assert shires[0].found(payment).code == "clears_nothing"
    assert debts(shires)[0] == 500


def test_two_rounds_do_not_clear_the_same_debt_twice() -> None:
    shires = circle(3)
    first, refused = propose(shires, 300)
    assert refused is None
    assert propose(shires, 300)[1] is Code.CLEARS_NOTHING
    settle(*shires)
    assert shires[0].found(first).stage is Stage.POSTED
    assert debts(shires) == [200, 201, 202]


@pytest.mark.parametrize(
    "way", [("river",), ("river", "lake"), ("river", "hill"), ("river", "river", "lake")], ids=str
)
def test_a_round_that_is_no_circle_is_refused(way: tuple[str, ...]) -> None:
    shires = circle(3)
    by_name = {one.name: one for one in shires}
    hops = tuple(Hop(by_name[name].key, "EUR", 100) for name in way)
    refusal = shires[0].manage(NetLinks(hops, END)).refusal
    assert refusal is not None
    assert refusal.code is Code.PATH_INVALID


def test_a_round_that_nobody_passes_on_expires() -> None:
    shires = circle(3)
    payment, _ = propose(shires, 400)
    shires[0].now = END
    shires[0].merge()
    assert shires[0].found(payment).stage is Stage.EXPIRED
    settle(*shires)
    assert debts(shires) == [500, 501, 502]
    assert not any(one.state.transits for one in shires)


def test_a_round_that_did_not_come_round_is_not_posted() -> None:
    lake, river, hill = shires = circle(3)
    payment, _ = propose(shires, 400)
    read(river, lake)
    lake.merge(forge(river.twin(), lake, Accepted(payment)))
    assert lake.found(payment).stage is Stage.PREPARED
    assert hill.transit(payment) is None
    assert debts(shires)[0] == 500


def test_a_round_comes_back_by_its_last_link_only() -> None:
    lake, river, hill = shires = circle(3)
    payment, _ = propose(shires, 400)
    told = lake.last_word(river)
    assert isinstance(told, Prepared)
    for liar, instruction in ((river, {}), (hill, {"amount": 399})):
        lake.merge(forge(liar.twin(), lake, altered(told, **instruction)))
        assert not lake.found(payment).upstream


def test_a_round_passes_no_stopped_link() -> None:
    lake, river, hill = shires = circle(3)
    river.manage(SetLinkStatus(hill.key, "suspended", "why"))
    payment, _ = propose(shires, 400)
    settle(*shires)
    assert lake.found(payment).code == "link_suspended"
    assert debts(shires) == [500, 501, 502]


def test_a_member_cannot_begin_a_round() -> None:
    lake, river, hill = circle(3)
    about = About(NETTING, bytes(16))
    asked = order("hill-member", 10, river, hill, about=about)
    refusal = ask_pay(lake, "lake-member", asked)[1].refusal
    assert refusal is not None
    assert refusal.code is Code.PATH_INVALID
