"""How fast: timeouts from measured round trips, and a bucket of packets per remote host."""

from federation.dht.contact import Address
from federation.dht.settings import DhtSettings

SMOOTHING = 1 / 8
VARIATION_SMOOTHING = 1 / 4
VARIATIONS = 4
ROUNDING = 1e-6
"""Less is missing only because floats round; waiting for it would never end."""


class RoundTrip:
    """Estimates how long an answer takes, over all nodes.

    Source:
        RFC 6298, section 2, without the clock granularity.
    """

    def __init__(self, settings: DhtSettings) -> None:
        self._settings = settings
        self._smoothed_s = 0.0
        self._variation_s = 0.0
        self.timeout_s = settings.timeout_first_s

    def measure(self, sample_s: float) -> None:
        """Take in the seconds between a question and its own answer."""
        if self._smoothed_s:
            error_s = abs(self._smoothed_s - sample_s)
            self._variation_s += VARIATION_SMOOTHING * (error_s - self._variation_s)
            self._smoothed_s += SMOOTHING * (sample_s - self._smoothed_s)
        else:
            self._smoothed_s, self._variation_s = sample_s, sample_s / 2
        timeout_s = self._smoothed_s + VARIATIONS * self._variation_s
        settings = self._settings
        self.timeout_s = min(max(timeout_s, settings.timeout_min_s), settings.timeout_max_s)


class Pace:
    """What every flow of questions shares: the timeout, and the packets left to each host.

    Attributes:
        settings: The endpoint's figures.
        round_trip: Measured over all nodes.
    """

    def __init__(self, settings: DhtSettings) -> None:
        self.settings = settings
        self.round_trip = RoundTrip(settings)
        per_s, burst = settings.packets_per_s, settings.packets_burst
        self._hosts = Buckets(per_s, burst, settings.hosts_max)

    def timeout_s(self, tries: int = 1) -> float:
        """Return how long to wait for an answer; a repeated question is waited for longer."""
        return self.round_trip.timeout_s * tries

    def wait_s(self, address: Address, now: float) -> float:
        """Return the seconds until this host may be sent a datagram, 0 if at once."""
        return self._hosts.wait_s(address[0], now)

    def take(self, address: Address, now: float) -> None:
        """Note a question sent."""
        self._hosts.take(address[0], now)


class Buckets:
    """Token buckets by name, such as one per remote host.

    Within any t seconds at most ``burst + t * per_s`` are taken.

    Args:
        per_s: Refill per second; 0 lifts the limit.
        burst: What a full bucket holds.
        names_max: How many buckets are kept; the longest untouched is forgotten.
    """

    def __init__(self, per_s: float, burst: float, names_max: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._names_max = names_max
        self._levels: dict[str, tuple[float, float]] = {}

    def wait_s(self, name: str, now: float, amount: float = 1) -> float:
        """Return the seconds until ``amount`` can be taken, 0 if at once."""
        if not self._per_s:
            return 0.0
        missing = amount - self._level(name, now)
        return missing / self._per_s if missing > ROUNDING else 0.0

    def take(self, name: str, now: float, amount: float = 1) -> None:
        """Take ``amount``, into debt if need be."""
        if not self._per_s:
            return
        level = self._level(name, now) - amount
        self._levels.pop(name, None)
        self._levels[name] = (level, now)
        if len(self._levels) > self._names_max:
            del self._levels[next(iter(self._levels))]

    def allows(self, name: str, now: float, amount: float = 1) -> bool:
        """Take ``amount`` if it is there, and return whether it was."""
        if self.wait_s(name, now, amount) > 0:
            return False
        self.take(name, now, amount)
        return True

    def _level(self, name: str, now: float) -> float:
        if (known := self._levels.get(name)) is None:
            return self._burst
        level, at = known
        return min(self._burst, level + (now - at) * self._per_s)
