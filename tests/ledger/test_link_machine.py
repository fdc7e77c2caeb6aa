"""Everything that can happen to a payment across links, in every order it can happen in."""

import pytest

from ledger.link.machine import TABLE, Event, Role, Stage, is_moved
from tests.support.passage import Seen, Way, World, decided, explore, held, without

WAYS = {
    "two ledgers": Way(2),
    "two ledgers, let go by force": Way(2, force=True),
    "three ledgers": Way(3),
    "three ledgers, let go by force": Way(3, force=True),
    "four ledgers": Way(4),
    "a clearing round of three": Way(3, round=True),
    "a clearing round of three, let go by force": Way(3, round=True, force=True),
}
FORCED_FULL = {
    "two ledgers": Way(2, force=True, room=False),
    "three ledgers": Way(3, force=True, room=False),
    "a clearing round of three": Way(3, round=True, force=True, room=False),
}
LET_GO = {Stage.LAPSED, Stage.RELEASED, Stage.VOIDED, Stage.EXPIRED}
DECIDED = {*LET_GO, Stage.POSTED, Stage.SETTLED}


def moved(world: World) -> list[bool]:
    """Return for each ledger whether the amount was moved there."""
    return [one is not None and is_moved(one.stage) for one in world.places]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_in_the_end_all_ledgers_are_final_and_have_moved_it_or_none_has(way: Way) -> None:
    _, last = explore(way, Seen())
    assert last
    for world in last:
        assert all(one is None or one.final for one in world.places), world
        assert all(world.passed), world
        assert not held(world), world
        assert len(set(moved(world))) == 1, world
        assert not any(world.down), world
        assert not any(world.up), world


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_nothing_is_moved_before_it_was_decided_nor_after_it_was_decided_otherwise(
    way: Way,
) -> None:
    worlds, _ = explore(way, Seen())
    for world in worlds:
        assert not any(moved(world)) or decided(world) is Stage.POSTED, world


@pytest.mark.parametrize("way", FORCED_FULL.values(), ids=FORCED_FULL)
def test_where_the_limits_forbid_it_only_what_was_let_go_by_force_stays_open(way: Way) -> None:
    _, last = explore(way, Seen())
    stuck = [world for world in last if any(one and not one.final for one in world.places)]
    assert stuck
    for world in stuck:
        assert decided(world) is Stage.POSTED
        assert not held(world)
        forced = [one is not None and one.stage is Stage.FORCED for one in world.places]
        assert any(forced)
        assert moved(world) == [not one for one in forced]


@pytest.mark.parametrize("silent", [0, 1, 2])
def test_a_ledger_that_falls_silent_keeps_nothing_held_elsewhere_but_the_payers(
    silent: int,
) -> None:
    way = Way(3)
    for world in explore(way, Seen())[0]:
        after = without(way, world, silent)
        open_ones = set(held(after)) - {silent}
        waits = silent == 0 and decided(after) is None
        assert waits or not open_ones, after
        if not waits:
            ends = {one.stage for at, one in enumerate(after.places) if one and at != silent}
            assert ends <= DECIDED, after


def test_a_person_can_let_go_of_what_a_silent_payers_ledger_leaves_held() -> None:
    way = Way(3, force=True)
    for world in explore(Way(3), Seen())[0]:
        assert set(held(without(way, world, 0))) <= {0}


def test_every_line_of_the_table_is_used() -> None:
    assert _all_seen().taken == set(TABLE)


def test_what_the_table_leaves_out_changes_nothing_for_a_reason() -> None:
    for role, stage, event in _all_seen().ignored:
        match event:
            case Event.DEADLINE:  # only what promised nothing may go by its own clock
                assert role is Role.PAYEE or stage is not Stage.PREPARED
            case Event.FORCED:  # nothing is held any more
                assert stage in DECIDED | {Stage.FORCED}
            case Event.ACCEPTED | Event.REJECTED_PART:  # too late, and more will be told
                assert stage in LET_GO
            case Event.POSTED | Event.UNPOSTED:  # told twice, by the link and by the slot
                assert stage in DECIDED
            case _:
                raise AssertionError(f"{role}, {stage}: {event} was thought to matter")


def _all_seen() -> Seen:
    seen = Seen()
    for way in (*WAYS.values(), *FORCED_FULL.values()):
        explore(way, seen)
    return seen
