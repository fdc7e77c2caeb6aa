"""What a round of polling brought, on its way to the merge."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from ledger.changeset import Verified
from ledger.store.door import Arrivals


class Delivery:
    """What came: all opened, and verified key by key when its turn in the merge comes.

    Attributes:
        items: By key, the change-sets of a new item; a key's are verified when they are asked for.
    """

    def __init__(
        self, items: Mapping[bytes, Sequence[Verified]], sum_up: Callable[[], Arrivals]
    ) -> None:
        self.items = items
        self._sum_up = sum_up

    @classmethod
    def of(cls, arrivals: Arrivals) -> "Delivery":
        """Return what was verified before."""
        return cls(arrivals.items, lambda: arrivals)

    @cached_property
    def arrivals(self) -> Arrivals:
        """All of it; what nobody has asked for is verified now."""
        return self._sum_up()


NOTHING_CAME = Delivery.of(Arrivals())
