"""The mutable items that a lookup's answers bring: verified, counted, the newest of them."""

from federation.dht.contact import Address
from federation.dht.krpc import Answer
from federation.errors import ItemInvalid
from federation.item import MutableItem, SlotName, verify_item


class Gather:
    """Collects one slot's items from answers of nodes that may lie.

    A signature is verified once, however many nodes send the same item.

    Attributes:
        newest: The item of the highest seq whose signature holds, or None. Of two with one seq
            the one with the greater value: every reader takes the same.
    """

    def __init__(self, slot: SlotName) -> None:
        self.newest: MutableItem | None = None
        self._slot = slot
        self._held: dict[Address, MutableItem] = {}
        self._verified: dict[tuple[int, bytes, bytes], MutableItem | None] = {}

    def take(self, address: Address, answer: Answer) -> MutableItem | None:
        """Take in an answer and return the valid item it brought."""
        item = self._verify(answer)
        if item is None:
            return None
        self._held[address] = item
        if self.newest is None or _order(item) > _order(self.newest):
            self.newest = item
        return item

    def holders(self) -> list[Address]:
        """Return the nodes that store the newest item."""
        return [address for address, item in self._held.items() if item == self.newest]

    def copies(self, seq: int) -> int:
        """Return how many nodes store a valid item with exactly this seq."""
        return sum(item.seq == seq for item in self._held.values())

    def _verify(self, answer: Answer) -> MutableItem | None:
        if not answer.value or answer.seq is None or answer.key != self._slot.key:
            return None
        said = (answer.seq, answer.signature, answer.value)
        if said not in self._verified:
            item = MutableItem(self._slot, answer.seq, answer.value, answer.signature)
            try:
                verify_item(item)
            except ItemInvalid:
                self._verified[said] = None
            else:
                self._verified[said] = item
        return self._verified[said]


def _order(item: MutableItem) -> tuple[int, bytes]:
    return item.seq, item.value
