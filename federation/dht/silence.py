"""Silence: nodes that did not answer, which others go on naming, are left alone for a while."""

from federation.dht.contact import Address

FIRST_S = 5.0
"""How long a node is left alone that did not answer in time; each further time twice as long, so
that one that was busy for a moment is soon asked again."""
LONGEST_S = 60.0
NODES_MAX = 4_096


class Silence:
    """Remembers which nodes not to wait for.

    A program that ended stays in the tables of those it met, libtorrent's for a quarter of an hour.
    Whoever waits for each of them anew in every lookup waits for seconds.
    """

    def __init__(self) -> None:
        self._until: dict[Address, tuple[float, float]] = {}

    def note(self, address: Address, now: float) -> None:
        """Note that a node was asked and did not answer in time."""
        _, span_s = self._until.pop(address, (now, FIRST_S / 2))
        span_s = min(2 * span_s, LONGEST_S)
        self._until[address] = (now + span_s, span_s)
        if len(self._until) > NODES_MAX:
            del self._until[next(iter(self._until))]

    def heard(self, address: Address) -> None:
        """Note that a node said something."""
        self._until.pop(address, None)

    def covers(self, address: Address, now: float) -> bool:
        """Return whether a node is to be left alone now."""
        until, _ = self._until.get(address, (now, 0.0))
        return until > now
