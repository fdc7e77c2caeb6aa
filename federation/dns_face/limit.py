"""How many answers the same part of the network gets over UDP, where senders can be forged."""

import ipaddress
from collections import OrderedDict
from enum import Enum

RATE_PER_S = 50.0
"""Answers a second for one network: many times what its resolvers ask that keep answers."""
BURST = 200.0
SLIP = 2
"""Every second answer beyond is only a hint to ask over TCP; the others are none."""
NETWORKS_MAX = 65_536
IPV6_BYTES = 7
"""A /56 is one household's; of IPv4 it is a /24."""


class Verdict(Enum):
    """What a query over UDP gets."""

    ANSWER = "answer"
    HINT = "hint"
    NOTHING = "nothing"


class Limiter:
    """Counts answers by network, as buckets that fill again.

    Args:
        rate_per_s: Answers a second, for as long as one likes.
        burst: Answers at once.

    Source:
        The measure against amplification that BIND and NSD call response rate limiting; here all
        answers to a network count together, so that asking for many names does not help.
    """

    def __init__(self, rate_per_s: float = RATE_PER_S, burst: float = BURST) -> None:
        self._rate = rate_per_s
        self._burst = burst
        self._buckets: OrderedDict[str | bytes, tuple[float, float, int]] = OrderedDict()

    def judge(self, address: str, now: float) -> Verdict:
        """Return what a query gets, and count it.

        Args:
            address: Where it seems to come from.
            now: Seconds that never go back.
        """
        network = network_of(address)
        left, at, refused = self._buckets.pop(network, (self._burst, now, 0))
        left = min(self._burst, left + (now - at) * self._rate)
        enough = left >= 1
        refused = 0 if enough else refused + 1
        self._buckets[network] = (left - enough, now, refused)
        if len(self._buckets) > NETWORKS_MAX:
            self._buckets.popitem(last=False)
        if enough:
            return Verdict.ANSWER
        return Verdict.NOTHING if refused % SLIP else Verdict.HINT


def network_of(address: str) -> str | bytes:
    """Return the network that an address is counted with: IPv4's /24, IPv6's /56."""
    if ":" not in address:
        return address.rpartition(".")[0]
    return ipaddress.IPv6Address(address.partition("%")[0]).packed[:IPV6_BYTES]
