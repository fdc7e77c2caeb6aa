"""Silence: nodes that do not answer, which others go on naming, are not waited for a while."""

from federation.dht.contact import Address

DOUBTED_S = 15.0
"""So long a node that was slow in a lookup is not waited for, until its answer to a ping shows that
it lives; libtorrent waits as long for a silent node."""
GONE_S = 600.0
"""So long one that does not answer a ping either: libtorrent names it for a quarter of an hour."""
NODES_MAX = 4_096


class Silence:
    """Remembers which nodes not to wait for.

    A program that ended stays in the tables of those it met. Whoever waits for each of them anew in
    every lookup waits for seconds.
    """

    def __init__(self) -> None:
        self._until: dict[Address, float] = {}

    def note(self, address: Address, until: float) -> None:
        """Wait for a node no more until then, unless it says something before."""
        self._until.pop(address, None)
        self._until[address] = until
        if len(self._until) > NODES_MAX:
            del self._until[next(iter(self._until))]

    def heard(self, address: Address) -> None:
        """Note that a node said something."""
        self._until.pop(address, None)

    def covers(self, address: Address, now: float) -> bool:
        """Return whether a node is not to be waited for now."""
        return self._until.get(address, now) > now
