"""The doorbell: a hint, by whomever, that a slot may hold something new; it is looked at early."""

from federation.dht.pace import Buckets

RINGS_MAX = 64
"""Keys that may wait for an early look; more rings are let go of, and the next round comes."""
KEY_AGAIN_S = 5.0
"""The same key is looked at early so often at most, seconds."""
KEYS_REMEMBERED = 4_096
RING_BYTES = 32
"""What a ring's body holds: the key, docs/protocol.md, "The doorbell"."""


class Doorbell:
    """Collects rings until the next early look. It knows no member, so it can tell of none."""

    def __init__(self) -> None:
        self.rings = 0
        """How many rings have come since the start, heeded or not."""
        self._waiting: dict[bytes, None] = {}
        self._again = Buckets(1 / KEY_AGAIN_S, 1, KEYS_REMEMBERED)

    def ring(self, key: bytes, now: float) -> None:
        """Note a ring.

        Args:
            key: Untrusted, 32 bytes: of anybody.
            now: Monotonic seconds.
        """
        self.rings += 1
        name = key.hex()
        if len(self._waiting) < RINGS_MAX and self._again.wait_s(name, now) <= 0:
            self._again.take(name, now)
            self._waiting[key] = None

    def take(self) -> frozenset[bytes]:
        """Return the keys to look at now, and forget them."""
        taken = frozenset(self._waiting)
        self._waiting.clear()
        return taken
