"""The gate: how many connections a face has open at once, from whom, and how long they may take."""

import ipaddress
from collections import Counter
from dataclasses import dataclass
from enum import Enum

from aiohttp import web

IPV6_SITE_BITS = 64
"""Whoever has one IPv6 address has all of its network's (RFC 6177): they count as one source."""
REASONS = (
    "connections", "source", "handshake", "plain", "head", "body", "stalled", "events",
)  # fmt: skip
"""Why somebody was turned away, as ``/metrics`` names it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one face takes on, and how long it waits for others.

    Attributes:
        open_max: Connections in all: an open file each, of the 1,024 that a process has as a rule.
        of_source_max: Connections of one source. A browser opens six to one name.
        turned_away_max: Connections beyond, in all, that still hear why; any more are just closed.
        handshake_s: What the TLS handshake may take.
        head_s: What a request may take from its first byte to the end of its headers.
        body_s: What its body may take, and a second more for every ``body_bytes_per_s`` that came.
        body_bytes_per_s: The slowest upload, from then on.
        idle_s: How long a connection may wait for its next request.
        stall_s: How long nobody may read of an answer that is under way.
        for_many: Sources that ask for many, such as a proxy of ours: only ``open_max`` binds them.

    Source:
        Apache's ``RequestReadTimeout``, header=20-40,MinRate=500 body=20,MinRate=500; nginx'
        ``client_header_timeout`` and ``keepalive_timeout``, 60 s. Ours are shorter: nobody is far.
    """

    open_max: int = 192
    of_source_max: int = 48
    turned_away_max: int = 32
    handshake_s: float = 10.0
    head_s: float = 10.0
    body_s: float = 20.0
    body_bytes_per_s: int = 8_192
    idle_s: float = 60.0
    stall_s: float = 30.0
    for_many: frozenset[str] = frozenset()


class Entry(Enum):
    """What becomes of a connection that was just accepted."""

    IN = "in"
    AWAY = "away"
    CLOSED = "closed"


class Gate:
    """Counts connections; opens and closes none itself.

    Args:
        limits: How many there may be.

    Attributes:
        limits: The same.
        turned_away: How often, by reason, since the start.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.turned_away: Counter[str] = Counter()
        self._of_source: Counter[str] = Counter()
        self._away = 0

    @property
    def open(self) -> int:
        """How many connections are let in just now."""
        return self._of_source.total()

    def enter(self, source: str) -> Entry:
        """Let a connection in or not; every ``IN`` and ``AWAY`` needs its ``leave``.

        Args:
            source: From ``source_of``.
        """
        crowded = (
            self._of_source[source] >= self.limits.of_source_max
            and source not in self.limits.for_many
        )
        if not crowded and self.open < self.limits.open_max:
            self._of_source[source] += 1
            return Entry.IN
        self.note("source" if crowded else "connections")
        if self._away >= self.limits.turned_away_max:
            return Entry.CLOSED
        self._away += 1
        return Entry.AWAY

    def leave(self, source: str, entry: Entry) -> None:
        """Note that a connection is gone."""
        if entry is Entry.AWAY:
            self._away -= 1
            return
        assert entry is Entry.IN, "a closed connection was never here"
        self._of_source[source] -= 1
        if not self._of_source[source]:
            del self._of_source[source]

    def note(self, reason: str) -> None:
        """Count somebody who was turned away for one of ``REASONS``."""
        assert reason in REASONS, reason
        self.turned_away[reason] += 1


GATE: web.AppKey[Gate] = web.AppKey("gate", Gate)


def source_of(host: str) -> str:
    """Return whose connection it is: an IPv4 address, or the network of an IPv6 one.

    Args:
        host: The other side's address, as a socket names it, perhaps with a scope.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    if address.version == 4:  # noqa: PLR2004 -- the Internet protocol's versions
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    if address.is_loopback:
        return str(address)
    return str(ipaddress.ip_network((address, IPV6_SITE_BITS), strict=False))
