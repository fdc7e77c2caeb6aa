"""The iterative lookup: whom to ask next to find the nodes closest to a target.

No I/O: ``heard`` and ``failed`` go in, ``step`` gives the nodes to ask, ``now`` is an argument.
"""

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from operator import attrgetter

from federation.dht.contact import (
    FARTHEST,
    Address,
    Contact,
    distance,
    is_askable,
    subnet,
    unpack_nodes,
)
from federation.dht.krpc import Answer, Judge, Question
from federation.dht.pace import Pace
from federation.dht.silence import Silence

NAMED_PER_ANSWER = 16
"""Nodes that one answer may bring in; honest ones name 8."""
DOUBTED_MAX = 16
"""Nodes that were silent lately and are asked in one lookup all the same."""


class _Stage(Enum):
    FRESH = auto()
    ASKED = auto()
    SLOW = auto()
    ANSWERED = auto()
    LOST = auto()


_PASSED_OVER = frozenset({_Stage.SLOW, _Stage.LOST})


@dataclass(slots=True, eq=False)
class _Candidate:
    contact: Contact
    distance: int
    doubted: bool = False
    stage: _Stage = _Stage.FRESH
    tries: int = 0
    due_at: float = 0.0


class Lookup:
    """Asks the closest nodes it knows of until the k closest living ones have answered.

    A node that is slow gives up its share of the concurrency and its place to the next one, and is
    asked once more: its answer counts if it comes before the lookup ends. So does that of a node
    that was silent lately, which is asked and not waited for: one that was only busy is back at
    once, and what is put does not pass it by. Nodes that name others
    which do not exist cost time, bounded by the questions and seconds of a lookup, and never hide
    a living node.

    Args:
        target: 20 bytes.
        question: Put to every node.
        start: Nodes to begin with; those of unknown id are asked when closer ones are missing.
        pace: Timeout, and datagrams left to each host.
        own_id: Left out when others name it.
        enough: Ends the lookup early; told of every answer.
        silence: Nodes that it does not wait for.

    Attributes:
        answers: What each node that answered said, by its address.
        lost: Nodes that did not answer in time, to be told to the routing table.
        tried: How many questions went out.
    """

    def __init__(
        self,
        target: bytes,
        question: Question,
        start: Iterable[Contact],
        pace: Pace,
        *,
        own_id: bytes,
        now: float,
        enough: Judge | None = None,
        silence: Silence | None = None,
    ) -> None:
        self.target = target
        self.question = question
        self.answers: dict[Address, Answer] = {}
        self.lost: list[Address] = []
        self.tried = 0
        self.done = False
        self.wake_at = now
        self._own_id = own_id
        self._enough = enough
        self._silence = silence or Silence()
        self._settings = pace.settings
        self._pace = pace
        self._ends_at = now + pace.settings.lookup_s_max
        self._known: dict[Address, _Candidate] = {}
        self._order: list[_Candidate] = []
        self._asked: dict[Address, _Candidate] = {}
        self._any_doubted = False
        self._doubted_left = DOUBTED_MAX
        for contact in start:
            self._add(contact, now)
        if all(candidate.doubted for candidate in self._order):
            for candidate in self._order:  # there is nobody else to wait for
                candidate.doubted = False

    def step(self, now: float) -> list[tuple[Address, Question]]:
        """Return the questions to send now; then ``done`` and ``wake_at`` are up to date."""
        if self.done:
            return []
        self.wake_at = self._ends_at
        asks = self._repeat_or_lose(now)
        window = list(self._window())
        asks += self._ask_more(window, now)
        if self._any_doubted:
            asks += self._ask_doubted(window, now)
        if self._is_settled(window) or now >= self._ends_at:
            self.done = True
            slow = (found for found in self._waited() if found.stage is _Stage.SLOW)
            self.lost += [found.contact.address for found in slow]
        for candidate in self._waited():
            self.wake_at = min(self.wake_at, candidate.due_at)
        return [(candidate.contact.address, self.question) for candidate in asks]

    def heard(self, address: Address, answer: Answer, now: float) -> None:
        """Take in an answer of a node that was asked."""
        candidate = self._asked.pop(address, None)
        if candidate is None:
            return
        candidate.stage = _Stage.ANSWERED
        self.answers[address] = answer
        if candidate.contact.id != answer.id:  # an entry node, or it lives under a new id
            self._order.remove(candidate)
            candidate.contact = Contact(answer.id, address)
            candidate.distance = distance(answer.id, self.target)
            insort(self._order, candidate, key=attrgetter("distance"))
        named = unpack_nodes(answer.nodes)[:NAMED_PER_ANSWER] if answer.nodes else ()
        for contact in named:
            if is_askable(contact.address, global_only=self._settings.global_addresses_only):
                self._add(contact, now)
        self.done = self.done or bool(self._enough and self._enough(address, answer))
        self.wake_at = now

    def failed(self, address: Address, now: float) -> None:
        """Take in that a node refused to answer."""
        if candidate := self._asked.pop(address, None):
            candidate.stage = _Stage.LOST
            self.wake_at = now

    def closest(self) -> list[Contact]:
        """Return the at most k closest nodes that answered, closest first."""
        window = self._window()
        return [found.contact for found in window if found.stage is _Stage.ANSWERED]

    def tried_addresses(self) -> list[Address]:
        """Return the addresses that were asked, for a message."""
        return [
            candidate.contact.address
            for candidate in self._order
            if candidate.stage is not _Stage.FRESH
        ]

    def _add(self, contact: Contact, now: float) -> None:
        full = len(self._known) >= self._settings.lookup_candidates_max
        if full or contact.address in self._known or contact.id == self._own_id:
            return
        doubted = self._silence.covers(contact.address, now)
        self._any_doubted |= doubted
        candidate = _Candidate(contact, distance(contact.id, self.target), doubted)
        self._known[contact.address] = candidate
        insort(self._order, candidate, key=attrgetter("distance"))

    def _is_settled(self, window: Sequence[_Candidate]) -> bool:
        """Return whether the window has answered, or nobody is left to wait for."""
        if not any(self._waited()):
            spent = self.tried >= self._settings.lookup_questions_max
            return spent or not any(found.stage is _Stage.FRESH for found in window)
        answered = sum(found.stage is _Stage.ANSWERED for found in window)
        return answered == self._settings.k

    def _window(self) -> Iterator[_Candidate]:
        """Give the k closest candidates that are neither lost nor slow, nor doubted and unheard."""
        subnets: set[str] = set()
        left = self._settings.k
        for candidate in self._order:
            if candidate.stage in _PASSED_OVER or _is_unheard(candidate):
                continue
            if self._settings.one_per_subnet and candidate.distance < FARTHEST:
                near = subnet(candidate.contact.address)
                if near in subnets:
                    continue
                subnets.add(near)
            yield candidate
            left -= 1
            if not left:
                return

    def _repeat_or_lose(self, now: float) -> list[_Candidate]:
        late = [candidate for candidate in self._waited() if candidate.due_at <= now]
        repeated = []
        for candidate in late:
            if candidate.tries < self._settings.tries:
                self._ask(candidate, now)
                repeated.append(candidate)
            else:
                candidate.stage = _Stage.LOST
                del self._asked[candidate.contact.address]
                self.lost.append(candidate.contact.address)
        return repeated

    def _ask_more(self, window: Sequence[_Candidate], now: float) -> list[_Candidate]:
        busy = sum(candidate.stage is _Stage.ASKED for candidate in self._waited())
        free = self._settings.concurrency - busy
        free = min(free, self._settings.lookup_questions_max - self.tried)
        asks: list[_Candidate] = []
        for candidate in window:
            if len(asks) >= free:
                break
            if candidate.stage is not _Stage.FRESH:
                continue
            if wait_s := self._pace.wait_s(candidate.contact.address, now):
                self.wake_at = min(self.wake_at, now + wait_s)
                continue
            self._ask(candidate, now)
            asks.append(candidate)
        return asks

    def _ask_doubted(self, window: Sequence[_Candidate], now: float) -> list[_Candidate]:
        """Ask those that would stand in the window if they had not been silent lately."""
        farthest = window[-1].distance if len(window) == self._settings.k else FARTHEST
        asks: list[_Candidate] = []
        for candidate in self._order:
            if candidate.distance > farthest or self._doubted_left == 0:
                break
            fresh = candidate.doubted and candidate.stage is _Stage.FRESH
            if fresh and not self._pace.wait_s(candidate.contact.address, now):
                self._doubted_left -= 1
                self._ask(candidate, now)
                asks.append(candidate)
        return asks

    def _waited(self) -> Iterator[_Candidate]:
        """Give those that were asked and that the lookup waits for."""
        return (candidate for candidate in self._asked.values() if not candidate.doubted)

    def _ask(self, candidate: _Candidate, now: float) -> None:
        self._pace.take(candidate.contact.address, now)
        candidate.stage = _Stage.SLOW if candidate.tries else _Stage.ASKED
        candidate.tries += 1
        candidate.due_at = now + self._pace.timeout_s(candidate.tries)
        self._asked[candidate.contact.address] = candidate
        self.tried += 1


def _is_unheard(candidate: _Candidate) -> bool:
    return candidate.doubted and candidate.stage is not _Stage.ANSWERED
