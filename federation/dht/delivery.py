"""Putting to each of some nodes a question of its own, such as the puts after a lookup. No I/O."""

from collections.abc import Iterable

from federation.dht.contact import Address
from federation.dht.krpc import Answer, Question
from federation.dht.pace import Pace


class Delivery:
    """Puts a question of its own to each of some nodes, once more to those that are late.

    Attributes:
        accepted: Nodes that acknowledged, in order.
        refused: Nodes that answered with an error.
    """

    def __init__(
        self,
        questions: Iterable[tuple[Address, Question]],
        pace: Pace,
        now: float,
    ) -> None:
        self.accepted: list[Address] = []
        self.refused: list[Address] = []
        self.wake_at = now
        self._open = {address: (question, 0, now) for address, question in questions}
        self._pace = pace

    @property
    def done(self) -> bool:
        """Whether every node answered or was given up."""
        return not self._open

    def step(self, now: float) -> list[tuple[Address, Question]]:
        """Return the questions to send now."""
        asks = []
        for address, (question, tries, due_at) in list(self._open.items()):
            if due_at > now:
                continue
            if tries >= self._pace.settings.tries:
                del self._open[address]
            elif wait_s := self._pace.wait_s(address, now):
                self._open[address] = (question, tries, now + wait_s)
            else:
                self._pace.take(address, now)
                late_at = now + self._pace.timeout_s(tries + 1)
                self._open[address] = (question, tries + 1, late_at)
                asks.append((address, question))
        self.wake_at = min((due_at for _, _, due_at in self._open.values()), default=now)
        return asks

    def heard(self, address: Address, _answer: Answer, now: float) -> None:
        """Take in an acknowledgement."""
        if self._open.pop(address, None):
            self.accepted.append(address)
            self.wake_at = now

    def failed(self, address: Address, now: float) -> None:
        """Take in an error."""
        if self._open.pop(address, None):
            self.refused.append(address)
            self.wake_at = now
