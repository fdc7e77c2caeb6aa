"""Whole answers to datagrams that came before, byte for byte but for their number."""

from collections import OrderedDict

from federation.dns_face.message import Answered

KEPT_MAX = 131_072
"""Answers that are kept, about 400 bytes each with their queries."""


class Repeats:
    """Answers by the bytes of their queries, for what this computer's resolver asks again."""

    def __init__(self) -> None:
        self._version = -1
        self._kept: OrderedDict[bytes, tuple[bytes, int, int]] = OrderedDict()

    def get(self, data: bytes, now: float, version: int) -> Answered | None:
        """Return the answer to a query, while it holds.

        Args:
            data: The query.
            now: Unix time.
            version: The zone's: what was kept from another one is dropped.
        """
        if version != self._version:
            self._kept.clear()
            self._version = version
        kept = self._kept.get(data[2:])
        if kept is None or kept[2] <= now:
            return None
        return Answered(data[:2] + kept[0], kept[1])

    def put(self, data: bytes, answered: Answered, until: int) -> None:
        """Keep an answer until a Unix time."""
        self._kept[data[2:]] = (answered.message[2:], answered.ttl, until)
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
