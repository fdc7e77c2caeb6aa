"""Messages around answers: flags, EDNS, and what fits the way that the query came."""

from enum import Enum
from typing import NamedTuple

from federation.dns_face.pack import Packed
from federation.dns_face.query import Query
from federation.dns_face.wire import (
    AA,
    CD,
    COOKIE,
    DO,
    EDE,
    HEADER_BYTES,
    MESSAGE_BYTES_MAX,
    NOERROR,
    OPCODE,
    PADDING,
    PLAIN_BYTES_MAX,
    QR,
    RD,
    SERVFAIL,
    TC,
    write_edns,
    write_header,
    write_option,
)

PAYLOAD_BYTES = 1_232
"""Largest answer over UDP: what no path breaks into pieces (DNS Flag Day 2020)."""
UNKNOWN_BYTES_MAX = 512
"""Largest answer over UDP to who has not shown that his address is his."""
PADDED_BYTES = 468
"""Answers over TLS are as long as a multiple of it, for who pads (RFC 8467, section 4.1)."""
STALE_ANSWER, NO_AUTHORITY = 3, 22
"""Extended errors of RFC 8914, section 4."""


class Transport(Enum):
    """How a query came."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"
    HTTPS = "https"


class Answered(NamedTuple):
    """An answer to send, and for how many seconds whoever gets it may keep it."""

    message: bytes
    ttl: int = 0


class Writer:
    """Puts the message around an answer to one query.

    Args:
        query: What is answered.
        transport: How it came.
        known: Whether the asker has shown that his address is his.
        given: A COOKIE option's data for him, or nothing.
        offers: RA where other names are asked of another resolver for him, else 0.
    """

    def __init__(
        self, query: Query, transport: Transport, *, known: bool, given: bytes, offers: int
    ) -> None:
        self._query = query
        self._transport = transport
        self._given = given
        self._offers = offers
        self._bytes_max = MESSAGE_BYTES_MAX
        if transport is Transport.UDP:
            wanted = max(PLAIN_BYTES_MAX, query.edns.payload) if query.edns else PLAIN_BYTES_MAX
            self._bytes_max = min(wanted, PAYLOAD_BYTES if known else UNKNOWN_BYTES_MAX)

    def error(self, code: int) -> Answered:
        """Return an answer that says only why there is none."""
        return Answered(self._write(0, code, self._edns(code)))

    def answer(self, packed: Packed) -> Answered:
        """Return an answer, or the hint to ask over TCP where it is too long."""
        said = b""
        if packed.stale:
            served = packed.code != SERVFAIL
            told = (STALE_ANSWER if served else NO_AUTHORITY).to_bytes(2, "big")
            said = write_option(EDE, told + b"no checkpoint was seen for a day")
        flags = 0 if packed.code == SERVFAIL else AA
        size = HEADER_BYTES + len(self._query.question) + len(packed.sections)
        edns = self._edns(packed.code, said, size)
        if size + len(edns) > self._bytes_max:
            return Answered(self._write(flags | TC, packed.code, self._edns(packed.code)))
        return Answered(self._write(flags, packed.code, edns, packed), packed.ttl)

    def hint(self) -> Answered:
        """Return nothing but the hint to ask over TCP, not longer than the query."""
        return Answered(self._write(TC, NOERROR, b""))

    def _write(self, flags: int, code: int, edns: bytes, packed: Packed | None = None) -> bytes:
        """Return a whole message; AD is never set, CD and RD are as the query had them."""
        query = self._query
        word = QR | flags | self._offers | (query.flags & (RD | CD)) | (code & 0x0F)
        counts = packed.counts if packed else (0, 0)
        head = write_header(query.id, word, (1, *counts, 1 if edns else 0))
        return head + query.question + (packed.sections if packed else b"") + edns

    def _edns(self, code: int, said: bytes = b"", size: int = 0) -> bytes:
        """Return the OPT record for who speaks EDNS; ``size`` is what stands before it."""
        edns = self._query.edns
        if edns is None:
            return b""
        options = said + (write_option(COOKIE, self._given) if self._given else b"")
        flags = DO if edns.dnssec else 0
        if edns.padded and size and self._transport in {Transport.TLS, Transport.HTTPS}:
            bare = size + len(write_edns(PAYLOAD_BYTES, 0, 0, options)) + 4
            options += write_option(PADDING, bytes(-bare % PADDED_BYTES))
        return write_edns(PAYLOAD_BYTES, code >> 4, flags, options)


def write_bare(data: bytes, code: int) -> bytes:
    """Return the header alone, which is never longer than what it answers.

    Args:
        data: A message that does not read, or asks for what we do not do; at least a header.
        code: Why.
    """
    flags = int.from_bytes(data[2:4], "big") & (OPCODE | RD)
    return write_header(int.from_bytes(data[:2], "big"), QR | flags | code, (0, 0, 0, 0))
