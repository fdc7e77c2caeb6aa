"""Queries, read from the wire, strictly.

Only what a server meets that answers questions: dnspython reads all of the DNS, at a tenth of the
pace.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from federation.dns_face.wire import (
    COOKIE,
    DO,
    HEADER_BYTES,
    LABEL_BYTES_MAX,
    NAME_BYTES_MAX,
    OPCODE,
    OPT,
    PADDING,
    TSIG,
    Labels,
)
from federation.errors import FederationError

OPTIONS_MAX = 16
EXTRAS_MAX = 8
"""Records beside the question that a query may bring; one is usual."""

_POINTER = 0xC0
_header = struct.Struct(">HHHHHH")
_pair = struct.Struct(">HH")
_fixed = struct.Struct(">HHIH")


class QueryInvalid(FederationError):
    """A message that is no query of one question as RFC 1035 and RFC 6891 have it."""


class Edns(NamedTuple):
    """What a query's OPT record says (RFC 6891, section 6).

    Attributes:
        version: 0 is all there is.
        payload: Bytes of a datagram that the asker takes.
        dnssec: Whether signatures are wanted.
        cookie: The COOKIE option's data; empty without one.
        padded: Whether the query was padded (RFC 7830).
    """

    version: int
    payload: int
    dnssec: bool
    cookie: bytes
    padded: bool


class Query(NamedTuple):
    """One question.

    Attributes:
        id: To be repeated in the answer.
        flags: The header's second word.
        question: The question's bytes as they came, so that the answer repeats its letters.
        labels: Of the name that is asked for, in lower case.
        type: What is asked for.
        cls: Class, 1 for the Internet.
        edns: None where the asker does not speak it.
    """

    id: int
    flags: int
    question: bytes
    labels: Labels
    type: int
    cls: int
    edns: Edns | None


def read_query(data: bytes) -> Query:
    """Return what a message asks.

    Args:
        data: Untrusted, at least a header.

    Raises:
        QueryInvalid: Not one question, a name that is compressed or too long, records that do not
            read, more than one OPT, or bytes left over.
    """
    number, flags, questions, answers, authorities, extras = _header.unpack_from(data)
    if questions != 1 or answers or extras > EXTRAS_MAX or authorities > 1:
        raise QueryInvalid(
            f"got {questions} questions and {answers} answers; a query has one, none"
        )
    labels, offset = _read_question(data)
    kind, cls = _pair.unpack_from(data, offset - 4)
    question = data[HEADER_BYTES:offset]
    edns = None
    for index in range(authorities + extras):
        owner = offset
        offset = _skip_name(data, offset)
        if offset + _fixed.size > len(data):
            raise QueryInvalid("a record is cut off")
        held, payload, ttl, size = _fixed.unpack_from(data, offset)
        offset += _fixed.size + size
        if offset > len(data):
            raise QueryInvalid("a record's data is cut off")
        if held == OPT:
            if edns is not None or data[owner] != 0 or index < authorities:
                raise QueryInvalid("got more than one OPT record, or one in a wrong place")
            edns = _read_edns(data[offset - size : offset], payload, ttl)
        elif held == TSIG:
            raise QueryInvalid("got a signed query; nobody has a key here")
    if offset != len(data):
        raise QueryInvalid(f"got {len(data) - offset} bytes after the query")
    return Query(number, flags, question, labels, kind, cls, edns)


def opcode(flags: int) -> int:
    """Return a header's opcode: 0 for a query."""
    return (flags & OPCODE) >> 11


def _read_question(data: bytes) -> tuple[Labels, int]:
    """Return the first question's labels, and where its type and class end."""
    labels = []
    offset = HEADER_BYTES
    try:
        while length := data[offset]:
            if length > LABEL_BYTES_MAX:
                raise QueryInvalid("got a compressed name in the question")
            labels.append(data[offset + 1 : offset + 1 + length])
            offset += 1 + length
    except IndexError:
        raise QueryInvalid("the question is cut off") from None
    offset += 5
    if offset > len(data) or offset - 4 - HEADER_BYTES > NAME_BYTES_MAX:
        raise QueryInvalid("the question is cut off, or its name longer than 255 bytes")
    return tuple(map(bytes.lower, labels)), offset


def _skip_name(data: bytes, offset: int) -> int:
    """Return where a name ends, which may be compressed; nobody reads it."""
    start = offset
    while offset < len(data) and offset - start <= NAME_BYTES_MAX:
        length = data[offset]
        if length == 0:
            return offset + 1
        if length >= _POINTER:
            return offset + 2
        if length > LABEL_BYTES_MAX:
            break
        offset += 1 + length
    raise QueryInvalid("a record's name does not read")


def _read_edns(options: bytes, payload: int, ttl: int) -> Edns:
    cookie, padded = b"", False
    for code, data in _read_options(options):
        if code == COOKIE:
            cookie = data
        padded = padded or code == PADDING
    return Edns(ttl >> 16 & 0xFF, payload, bool(ttl & DO), cookie, padded)


def _read_options(options: bytes) -> Iterator[tuple[int, bytes]]:
    offset = count = 0
    while offset < len(options):
        if offset + _pair.size > len(options) or count == OPTIONS_MAX:
            raise QueryInvalid("the EDNS options do not read")
        code, size = _pair.unpack_from(options, offset)
        offset += _pair.size + size
        if offset > len(options):
            raise QueryInvalid("an EDNS option is cut off")
        yield code, options[offset - size : offset]
        count += 1
