"""A payment across links over the bare machine: ledgers, what they told, and all that can happen.

A way is small enough to walk through everything that can happen in every order. The rules of
``ledger.rule.transit`` and ``ledger.merge_reading`` are told again here in a few lines, without
books, readings or a journal; tests/simulation plays the real ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ledger.link.machine import (
    TABLE,
    Do,
    Event,
    Role,
    Stage,
    is_ended,
    is_final,
    is_held,
    is_moved,
    is_waiting,
)
from ledger.link.transit import BEFORE, BEHIND

Triple = tuple[Role, Stage, Event]
Action = tuple[str, int, int]
"""What is done, by which ledger, and of whose entries."""
Told = tuple[str, bool]
"""What one entry says, and its flag: whole, or for a decision, posted."""


@dataclass(frozen=True, slots=True)
class Way:
    """What a payment passes, and what may go wrong.

    Attributes:
        ledgers: How many.
        round: Whether it is a clearing round, which ends where it begins.
        force: Whether people let amounts go by force.
        room: Whether what was let go fits the limits when it is decided.
        cancel: Whether its payer may take it back.
        reject: Whether ledgers may refuse it.
    """

    ledgers: int
    round: bool = False
    force: bool = False
    room: bool = True
    cancel: bool = True
    reject: bool = True

    @property
    def links(self) -> int:
        """How many links it takes."""
        return self.ledgers if self.round else self.ledgers - 1


class Place(NamedTuple):
    """A ledger on the way, once the payment has reached it."""

    role: Role
    stage: Stage
    below: bool
    shown: int
    upstream: bool
    final: bool


class World(NamedTuple):
    """Everything at one moment.

    Attributes:
        places: What each ledger keeps of the payment, None before it came or where it was refused.
        refused: Whether each refused it.
        down: What each link's first side told and the second has not taken.
        up: The other way round.
        passed: Whether the deadline has passed by each ledger's own time.
    """

    places: tuple[Place | None, ...]
    refused: tuple[bool, ...]
    down: tuple[tuple[Told, ...], ...]
    up: tuple[tuple[Told, ...], ...]
    passed: tuple[bool, ...]


class Seen:
    """Which steps were taken, and which events changed nothing."""

    def __init__(self) -> None:
        self.taken: set[Triple] = set()
        self.ignored: set[Triple] = set()


def begin(way: Way) -> World:
    """Return the moment after the payer's consent was merged."""
    places: list[Place | None] = [None] * way.ledgers
    places[0] = Place(Role.ORIGIN, Stage.PREPARED, False, 0, False, False)
    down: list[tuple[Told, ...]] = [()] * way.links
    down[0] = (("prepared", False),)
    empty = ((),) * way.links
    nothing = (False,) * way.ledgers
    return World(tuple(places), nothing, tuple(down), empty, nothing)


def followers(way: Way, world: World, seen: Seen) -> Iterator[tuple[Action, World]]:
    """Give everything that can happen next, and the moment after it."""
    for link in range(way.links):
        if world.down[link]:
            following = (link + 1) % way.ledgers
            for after in _Turn(way, world, seen).take_down(link):
                yield ("take", following, link), after
        if world.up[link]:
            yield ("take", link, (link + 1) % way.ledgers), _Turn(way, world, seen).take_up(link)
    for here in range(way.ledgers):
        for what, after in _by_itself(way, world, here, seen):
            yield (what, here, here), after


def decided(world: World) -> Stage | None:
    """Return what the payer's ledger decided, or None."""
    origin = world.places[0]
    assert origin is not None
    return None if origin.stage is Stage.PREPARED else origin.stage


def _by_itself(way: Way, world: World, here: int, seen: Seen) -> Iterator[tuple[str, World]]:
    place, decision = world.places[here], decided(world)
    if not world.passed[here]:
        yield "pass", _Turn(way, world, seen).pass_deadline(here)
    if place is None or place.final:
        return
    if here == 0 and way.cancel and place.stage is Stage.PREPARED:
        yield "cancel", _Turn(way, world, seen).learn(here, Event.CANCELLED)
    if decision and is_waiting(place.role, place.stage) and not _comes_next(world, here):
        event = Event.POSTED if decision is Stage.POSTED else Event.UNPOSTED
        yield "copy", _Turn(way, world, seen).learn(here, event)
    if way.force and here:
        yield "force", _Turn(way, world, seen).learn(here, Event.FORCED)


def _comes_next(world: World, here: int) -> bool:
    """Return whether the decision is the next entry of the link, as well as in its slot."""
    return here == 1 and world.down[0][:1] in {(("decided", True),), (("decided", False),)}


class _Turn:
    """One ledger's next step."""

    def __init__(self, way: Way, world: World, seen: Seen) -> None:
        self.way = way
        self.seen = seen
        self.places = list(world.places)
        self.refused = list(world.refused)
        self.down = list(world.down)
        self.up = list(world.up)
        self.passed = list(world.passed)

    def done(self) -> World:
        return World(
            tuple(self.places),
            tuple(self.refused),
            tuple(self.down),
            tuple(self.up),
            tuple(self.passed),
        )

    def pass_deadline(self, here: int) -> World:
        self.passed[here] = True
        return self.learn(here, Event.DEADLINE)

    def learn(self, here: int, event: Event) -> World:
        self._learn(here, event)
        return self.done()

    def take_down(self, link: int) -> Iterator[World]:
        """Let a ledger take the next thing that the one before told it."""
        (what, flag), *rest = self.down[link]
        self.down[link] = tuple(rest)
        here = (link + 1) % self.way.ledgers
        if what == "prepared":
            yield from self._arrive(link, here)
            return
        assert what == "decided"
        place = self.places[here]
        if place is not None and not place.final and flag:
            self._show(here, BEFORE)
        if link == 0:
            self._learn(here, Event.POSTED if flag else Event.UNPOSTED)
        yield self.done()

    def take_up(self, link: int) -> World:
        """Let a ledger take the next thing that the one behind told it."""
        (what, whole), *rest = self.up[link]
        self.up[link] = tuple(rest)
        if what == "settled":
            self._show(link, BEHIND)
        match what:
            case "accepted":
                place = self.places[link]
                if not self.way.round or link or (place is not None and place.upstream):
                    self._learn(link, Event.ACCEPTED)
            case "rejected":
                self._learn(link, Event.REJECTED if whole else Event.REJECTED_PART)
            case "done":
                self._learn(link, Event.BELOW)
            case _ if whole:
                self._learn(link, Event.BELOW)
        return self.done()

    def _arrive(self, link: int, here: int) -> Iterator[World]:
        before = self.done()
        if here == 0:
            yield self._come_round(link)
            return
        if self.way.reject or self.passed[here]:
            refusing = _Turn(self.way, before, self.seen)
            refusing.refused[here] = True
            refusing.up[link] += (("rejected", True),)
            yield refusing.done()
        if not self.passed[here]:
            last = here == self.way.links
            if last:
                self.places[here] = Place(Role.PAYEE, Stage.ACCEPTED, True, 0, True, False)
                self.up[link] += (("accepted", False),)
            else:
                self.places[here] = Place(Role.HOP, Stage.PREPARED, False, 0, True, False)
                self.down[here] += (("prepared", False),)
            yield self.done()

    def _come_round(self, link: int) -> World:
        place = self.places[0]
        assert place is not None
        if place.stage is Stage.PREPARED:
            self.places[0] = place._replace(upstream=True)
            self.up[link] += (("accepted", False),)
        else:
            self.up[link] += (("rejected", True),)
        return self.done()

    def _learn(self, here: int, event: Event) -> None:
        place = self.places[here]
        if place is None or place.final:
            return
        triple = (place.role, place.stage, event)
        step = TABLE.get(triple)
        if step is None:
            self.seen.ignored.add(triple)
            return
        if Do.BOOK_LATE in step.do and not self.way.room:
            return
        self.seen.taken.add(triple)
        below = place.below or step.below
        after = place._replace(stage=step.stage, below=below)
        assert not (is_ended(after.stage) and after.shown), "books that contradict the decision"
        self._keep(here, after)
        for what in step.do:
            self._say(here, after, what)

    def _show(self, here: int, whose: int) -> None:
        place = self.places[here]
        assert place is not None
        assert not place.final
        assert not is_ended(place.stage), "books that contradict the decision"
        assert not place.shown & whose, "a payment moves a clearing account once"
        self._keep(here, place._replace(shown=place.shown | whose))

    def _keep(self, here: int, place: Place) -> None:
        beside = (BEFORE if place.upstream else 0) | (BEHIND if here < self.way.links else 0)
        explained = place.shown == (beside if is_moved(place.stage) else 0)
        final = is_final(place.role, place.stage, below=place.below, explained=explained)
        self.places[here] = place._replace(final=final)

    def _say(self, here: int, place: Place, what: Do) -> None:
        before = (here - 1) % self.way.ledgers
        posted = is_moved(place.stage)
        answer = "settled" if posted else "released"
        match what:
            case Do.ACCEPT:
                self.up[before] += (("accepted", False),)
            case Do.REJECT:
                self.up[before] += (("rejected", place.below),)
            case Do.ANSWER:
                self.up[before] += ((answer, place.below),)
            case Do.DONE:
                self.up[before] += (("done", False),)
            case Do.DECIDE | Do.COPY:
                self.down[here] += (("decided", posted),)
                if what is Do.DECIDE and place.upstream:
                    self.up[before] += ((answer, True),)
            case _:
                pass


def explore(way: Way, seen: Seen) -> tuple[set[World], list[World]]:
    """Return all moments there can be, and those after which nothing can happen."""
    start = begin(way)
    known, waiting, last = {start}, [start], list[World]()
    while waiting:
        world = waiting.pop()
        following = [one for _, one in followers(way, world, seen) if one != world]
        if not following:
            last.append(world)
        for one in following:
            if one not in known:
                known.add(one)
                waiting.append(one)
    return known, last


def without(way: Way, world: World, silent: int) -> World:
    """Return what becomes of a moment when one ledger does nothing any more."""
    while True:
        for (_, here, _), after in followers(way, world, Seen()):
            if here != silent and after != world:
                world = after
                break
        else:
            return world


def held(world: World) -> list[int]:
    """Return the ledgers that hold an amount."""
    return [at for at, one in enumerate(world.places) if one is not None and is_held(one.stage)]
