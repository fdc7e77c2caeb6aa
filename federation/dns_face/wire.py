"""Names, records and messages as bytes, and the numbers that the DNS has for what is in them."""

import struct
from collections.abc import Sequence
from typing import NamedTuple

Labels = tuple[bytes, ...]
"""A name's labels, leftmost first, without the root's."""

HEADER_BYTES = 12
LABEL_BYTES_MAX = 63
NAME_BYTES_MAX = 255
MESSAGE_BYTES_MAX = 65_535
PLAIN_BYTES_MAX = 512
"""Answer over UDP to who does not speak EDNS (RFC 1035, section 4.2.1)."""

QR, AA, TC, RD, RA, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0010
OPCODE = 0x7800
IN = 1
A, NS, CNAME, SOA, HINFO, AAAA = 1, 2, 5, 6, 13, 28
RRSIG, NSEC, DNSKEY = 46, 47, 48
OPT, TSIG, IXFR, AXFR, ANY = 41, 250, 251, 252, 255
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 0, 1, 2, 3, 4, 5, 16
COOKIE, PADDING, EDE = 10, 12, 15
DO = 0x8000

_POINTER = 0xC0
_header = struct.Struct(">HHHHHH")
_pair = struct.Struct(">HH")
_fixed = struct.Struct(">HHIH")


class RecordSet(NamedTuple):
    """Records of one owner and type.

    Attributes:
        owner: Absolute, lower case.
        type: Their type.
        ttl: Seconds.
        data: Each one's data in canonical wire form.
        source: The wildcard that they were made from; None where they stand at the owner itself.
    """

    owner: Labels
    type: int
    ttl: int
    data: tuple[bytes, ...]
    source: Labels | None = None


def write_name(labels: Sequence[bytes]) -> bytes:
    """Return a name in uncompressed wire form (RFC 1035, section 3.1)."""
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def read_name(data: bytes) -> Labels:
    """Return the labels of a name in uncompressed wire form that was checked before."""
    labels = []
    offset = 0
    while length := data[offset]:
        labels.append(data[offset + 1 : offset + 1 + length])
        offset += 1 + length
    return tuple(labels)


def write_records(record_set: RecordSet, asked: Labels) -> bytes:
    """Return records as an answer has them, owners compressed against the question's name.

    Args:
        record_set: Anything.
        asked: The question's labels.

    Source:
        RFC 1035, section 4.1.4; data stays uncompressed (RFC 3597, section 4).
    """
    head = _write_owner(record_set.owner, asked)
    kind, ttl = record_set.type, record_set.ttl
    return b"".join(head + _fixed.pack(kind, IN, ttl, len(data)) + data for data in record_set.data)


def write_option(code: int, data: bytes) -> bytes:
    """Return an EDNS option."""
    return _pair.pack(code, len(data)) + data


def write_edns(payload: int, extended: int, flags: int, options: bytes) -> bytes:
    """Return an OPT record.

    Args:
        payload: Bytes of a datagram that we take.
        extended: The answer code's upper 8 bits.
        flags: DO, as the query had it.
        options: From ``write_option``, joined.
    """
    return b"\0" + _fixed.pack(OPT, payload, extended << 24 | flags, len(options)) + options


def write_header(number: int, flags: int, counts: tuple[int, int, int, int]) -> bytes:
    """Return a message's first 12 bytes."""
    return _header.pack(number, flags, *counts)


def _write_owner(owner: Labels, asked: Labels) -> bytes:
    """Return an owner that points into the question for what both end with."""
    shared = 0
    most = min(len(owner), len(asked))
    while shared < most and owner[-1 - shared] == asked[-1 - shared]:
        shared += 1
    if not shared:
        return write_name(owner)
    before = asked[: len(asked) - shared]
    place = HEADER_BYTES + sum(len(label) + 1 for label in before)
    own = b"".join(bytes((len(label),)) + label for label in owner[: len(owner) - shared])
    return own + (_POINTER << 8 | place).to_bytes(2, "big")
