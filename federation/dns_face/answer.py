"""Answering: a query's bytes in, an answer's bytes out, whatever the bytes and the transport."""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from federation.dns_face import cookie
from federation.dns_face.limit import Limiter, Verdict
from federation.dns_face.message import Answered, Transport, Writer, write_bare
from federation.dns_face.pack import Packer
from federation.dns_face.query import Query, QueryInvalid, opcode, read_query
from federation.dns_face.repeat import Repeats
from federation.dns_face.wire import (
    ANY,
    AXFR,
    BADVERS,
    FORMERR,
    HEADER_BYTES,
    IN,
    IXFR,
    MESSAGE_BYTES_MAX,
    NOTIMP,
    OPT,
    QR,
    RA,
    RD,
    REFUSED,
    RRSIG,
)
from federation.dns_face.zone import Zone

META_MIN, META_MAX = 128, 255
"""Types that are no records' (RFC 6895, section 3.1)."""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK: tuple[Network, ...] = (
    ipaddress.IPv4Network("127.0.0.0/8"),
    ipaddress.IPv6Network("::1/128"),
)


class Forwarded(NamedTuple):
    """A query about a name that is not ours, to be asked of another resolver."""

    query: Query


class Transferred(NamedTuple):
    """A query for the whole zone, and the messages that answer it."""

    messages: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Policy:
    """Who gets what.

    Attributes:
        transfer_to: Who may have the whole zone, over TCP.
        forward_for: Whose other queries are asked of another resolver; nobody's by default.
    """

    transfer_to: tuple[Network, ...] = ()
    forward_for: tuple[Network, ...] = ()


class Arrival(NamedTuple):
    """A message that came.

    Attributes:
        data: Anything, from anybody; a header at least.
        address: Where it seems to come from.
        transport: How it came; forged senders are expected over UDP.
        now: Unix time.
    """

    data: bytes
    address: str
    transport: Transport
    now: int

    @property
    def here(self) -> bool:
        """Whether it came from this computer, so that nobody else can have sent it."""
        return self.address.startswith("127.") or self.address == "::1"


class Answerer:
    """A server without its sockets.

    Args:
        zone: What is answered from.
        secret: 32 random bytes, for cookies.
        policy: Who gets what.
        limiter: Counts answers over UDP.
    """

    def __init__(
        self,
        zone: Zone,
        secret: bytes,
        policy: Policy | None = None,
        limiter: Limiter | None = None,
    ) -> None:
        self._zone = zone
        self._packer = Packer(zone)
        self._secret = secret
        self._policy = policy or Policy()
        self._limiter = limiter or Limiter()
        self._repeats = Repeats()

    def answer(
        self, data: bytes, address: str, transport: Transport, now: float
    ) -> Answered | Forwarded | Transferred | None:
        """Return what a message gets; None where it gets nothing.

        Args:
            data: Anything, from anybody.
            address: Where it seems to come from.
            transport: How it came; forged senders are expected over UDP.
            now: Unix time.
        """
        if not HEADER_BYTES <= len(data) <= MESSAGE_BYTES_MAX or data[2] & QR >> 8:
            # An answer to an answer would never end.
            return None
        came = Arrival(data, address, transport, int(now))
        if transport is Transport.UDP and came.here:
            kept = self._repeats.get(data, now, self._zone.version)
            if kept is not None:
                return kept
        query = _read(data)
        known = transport is not Transport.UDP or self._knows(query, came)
        verdict = Verdict.ANSWER if known else self._limiter.judge(address, now)
        if isinstance(query, int):
            return Answered(write_bare(data, query)) if verdict is Verdict.ANSWER else None
        write = Writer(
            query,
            transport,
            known=known,
            given=self._give_cookie(query, came),
            offers=RA if is_in(address, self._policy.forward_for) else 0,
        )
        if verdict is Verdict.ANSWER:
            return self._reply(query, write, came)
        return write.hint() if verdict is Verdict.HINT else None

    def _reply(
        self, query: Query, write: Writer, came: Arrival
    ) -> Answered | Forwarded | Transferred:
        if query.edns is not None and query.edns.version:
            return write.error(BADVERS)
        if query.cls == IN and not self._zone.holds(query.labels):
            if query.flags & RD and is_in(came.address, self._policy.forward_for):
                return Forwarded(query)
        elif query.type in {AXFR, IXFR}:
            if self._gives_all(query, came):
                return Transferred(self._packer.transfer(query, came.now))
        elif query.cls == IN and not _is_meta(query.type):
            return self._look_up(query, write, came)
        return write.error(REFUSED)

    def _look_up(self, query: Query, write: Writer, came: Arrival) -> Answered:
        edns = query.edns
        dnssec = edns is not None and edns.dnssec
        packed = self._packer.pack(query.labels, query.type, came.now, dnssec=dnssec)
        answered = write.answer(packed)
        if came.here and came.transport is Transport.UDP and not (edns and edns.cookie):
            self._repeats.put(came.data, answered, packed.until)
        return answered

    def _gives_all(self, query: Query, came: Arrival) -> bool:
        streams = came.transport in {Transport.TCP, Transport.TLS}
        asked = query.cls == IN and query.labels == self._zone.name
        return streams and asked and is_in(came.address, self._policy.transfer_to)

    def _knows(self, query: Query | int, came: Arrival) -> bool:
        """Return whether nobody else can have sent this from there."""
        if came.here:
            return True
        if isinstance(query, int) or query.edns is None or not query.edns.cookie:
            return False
        return cookie.is_ours(self._secret, query.edns.cookie, came.address, came.now)

    def _give_cookie(self, query: Query, came: Arrival) -> bytes:
        if query.edns is None or not query.edns.cookie:
            return b""
        client = query.edns.cookie[: cookie.CLIENT_BYTES]
        return cookie.make_cookie(self._secret, client, came.address, came.now)


def is_in(address: str, networks: Sequence[Network]) -> bool:
    """Return whether an address is of one of some networks."""
    if not networks:
        return False
    asking = ipaddress.ip_address(address.partition("%")[0])
    return any(asking in network for network in networks)


def _read(data: bytes) -> Query | int:
    """Return a query, or the code that what is none gets."""
    if opcode(data[2] << 8):
        return NOTIMP
    try:
        query = read_query(data)
    except QueryInvalid:
        return FORMERR
    sent = query.edns.cookie if query.edns else b""
    return query if not sent or cookie.fits(sent) else FORMERR


def _is_meta(kind: int) -> bool:
    """Return whether a type is none of records that stand somewhere; ANY is answered."""
    return kind in {OPT, RRSIG} or (META_MIN <= kind <= META_MAX and kind != ANY)
