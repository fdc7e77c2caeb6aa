"""Asking a few known nodes, one after another, until one answer settles it. No I/O."""

from collections.abc import Sequence

from federation.dht.contact import Address
from federation.dht.krpc import Answer, Judge, Question
from federation.dht.pace import Pace


class Inquiry:
    """Asks one node at a time; the next one when an answer does not settle it or is late.

    Args:
        nodes: In the order to ask them; one whose host is out of pace comes later.
        settles: Judges an answer.

    Attributes:
        settled: The node whose answer settled it, or None.
        silent: Nodes that were asked and have not answered.
    """

    def __init__(
        self,
        nodes: Sequence[Address],
        question: Question,
        settles: Judge,
        pace: Pace,
        now: float,
    ) -> None:
        self.answers: dict[Address, Answer] = {}
        self.settled: Address | None = None
        self.silent: list[Address] = []
        self.done = not nodes
        self.wake_at = now
        self._left = sorted(nodes, key=lambda node: pace.wait_s(node, now))
        self._question = question
        self._settles = settles
        self._pace = pace

    def step(self, now: float) -> list[tuple[Address, Question]]:
        """Return the question to send now, if any."""
        if self.done or now < self.wake_at:
            return []
        if not self._left:
            self.done = True
            return []
        if wait_s := self._pace.wait_s(self._left[0], now):
            self.wake_at = now + wait_s
            return []
        node = self._left.pop(0)
        self._pace.take(node, now)
        self.silent.append(node)
        self.wake_at = now + self._pace.timeout_s()
        return [(node, self._question)]

    def heard(self, address: Address, answer: Answer, now: float) -> None:
        """Take in an answer; a late one counts too."""
        if address not in self.silent:
            return
        self.silent.remove(address)
        self.answers[address] = answer
        if self._settles(address, answer):
            self.settled = address
            self.done = True
        self.wake_at = now

    def failed(self, address: Address, now: float) -> None:
        """Take in that a node refused to answer."""
        if address in self.silent:
            self.silent.remove(address)
            self.wake_at = now
