"""How fast a linked community may fill our journal: what it tells is journalled for good."""

BURST = 4_096
"""Entries that a linked community may tell at once, about 700 payments."""
PER_S = 1.0
"""Entries that it may tell in each second after that."""


class Allowance:
    """What each linked community may still tell; full at first."""

    def __init__(self) -> None:
        self._left: dict[bytes, tuple[float, int]] = {}

    def take(self, peer: bytes, entries: int, now: int) -> bool:
        """Use some of it up, or return False where too little is left.

        Args:
            peer: The community's key.
            entries: How many are to be merged.
            now: Unix seconds; a clock that goes back gives nothing.
        """
        left, at = self._left.get(peer, (float(BURST), now))
        left = min(left + max(now - at, 0) * PER_S, BURST)
        enough = left >= entries
        self._left[peer] = (left - entries if enough else left, now)
        return enough
