"""The real merges do what the small machine does, in every order that it can go through."""

from itertools import pairwise

import pytest

from ledger.entry import entry_id
from ledger.link.instruction import Hop
from ledger.operation import ForceRelease, LinkCancel, NetLinks, SetLimit
from tests.support.passage import Action, Place, Seen, Way, World, begin, followers
from tests.support.realm import Shire, link, pay, settle
from tests.support.township import DAY_S, START

Shires = tuple[Shire, ...]
DEADLINE = START + DAY_S
WAYS = {
    "two ledgers, let go by force": Way(2, reject=False, force=True),
    "two ledgers, let go by force, and no room": Way(2, reject=False, force=True, room=False),
    "three ledgers": Way(3, reject=False, cancel=False),
    "three ledgers, let go by force": Way(3, reject=False, cancel=False, force=True),
    "a clearing round of three": Way(3, round=True, reject=False, cancel=False),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_rules_go_where_the_machine_goes(way: Way) -> None:
    shires, payment = _linked(way)
    world = begin(way)
    _compare(way, world, shires, payment)
    waiting = [(world, shires)]
    known = {world}
    while waiting:
        world, shires = waiting.pop()
        for action, after in followers(way, world, Seen()):
            if after in known:
                continue
            known.add(after)
            moved = _act(way, shires, action, payment)
            _compare(way, after, moved, payment)
            waiting.append((after, moved))


def _linked(way: Way) -> tuple[Shires, bytes]:
    """Return communities in a row, and a payment from the first to the last."""
    names = ("lake", "river", "hill")[: way.ledgers]
    shires = tuple(Shire(name, f"{name}-member") for name in names)
    for one, other in pairwise(shires):
        link(one, other)
    if way.round:
        return shires, _owing_around(shires)
    payment = pay((shires[0], "lake-member"), f"{names[-1]}-member", 500, *shires[1:])
    return shires, payment


def _owing_around(shires: Shires) -> bytes:
    """Let each owe the one before 500, and the first propose to clear that; return its id."""
    link(shires[-1], shires[0])
    for one, before in zip(shires, (shires[-1], *shires), strict=False):
        pay((one, f"{one.name}-member"), f"{before.name}-member", 500, before)
        settle(*shires)
    first = shires[0]
    hops = tuple(Hop(one.key, "EUR", 500) for one in (*shires[1:], first))
    proposed = first.statement(NetLinks(hops, DEADLINE))
    (outcome,) = first.merge(proposed).outcomes
    assert outcome.refusal is None, outcome.refusal
    return entry_id(outcome.hash, 0)


def _act(way: Way, shires: Shires, action: Action, payment: bytes) -> Shires:
    what, here, other = action
    at = list(shires)
    one = at[here] = shires[here].twin()
    match what:
        case "take":
            one.merge(*shires[other].news_for(one, 1))
        case "copy":
            one.merge(*shires[0].decision(payment))
        case "pass":
            one.now = DEADLINE
            one.merge()
        case "cancel":
            assert one.ask("lake-member", LinkCancel(payment)).refusal is None
        case "force":
            one.manage(ForceRelease(payment, "nobody answers"))
            if not way.room:
                one.manage(SetLimit(one["river-member"].id, "EUR", 0, 0))
    return tuple(at)


def _compare(way: Way, world: World, shires: Shires, payment: bytes) -> None:
    for place, shire in zip(world.places, shires, strict=True):
        assert _place(shire, payment) == place
    for at in range(way.links):
        one, other = shires[at], shires[(at + 1) % way.ledgers]
        assert _waiting(one, other) == len(world.down[at])
        assert _waiting(other, one) == len(world.up[at])


def _waiting(teller: Shire, reader: Shire) -> int:
    return teller.link_to(reader).sent - reader.link_to(teller).taken


def _place(shire: Shire, payment: bytes) -> Place | None:
    found = shire.transit(payment)
    if found is None:
        return None
    final = payment in shire.state.finished
    upstream = bool(found.upstream)
    return Place(found.role, found.stage, found.below, found.shown, upstream, final)
