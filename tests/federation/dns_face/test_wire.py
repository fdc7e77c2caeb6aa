"""Queries from the wire: read as others write them, refused where they are none."""

import dns.flags
import dns.message
import dns.name
import pytest
from dns.rdatatype import RdataType
from hypothesis import given
from hypothesis import strategies as st

from federation.dns_face.query import QueryInvalid, read_query
from federation.dns_face.wire import RecordSet, read_name, write_name, write_records

LABEL = st.binary(min_size=1, max_size=63)
NAME = st.lists(LABEL, max_size=4).map(tuple).filter(lambda name: len(write_name(name)) <= 255)
HEADER = bytes.fromhex("00010100000100000000 0000")
QUESTION = b"\3tab\3alt\0\0\1\0\1"
OPT = bytes.fromhex("00002904d0000080000000")


def with_extras(count: int, extras: bytes) -> bytes:
    return HEADER[:10] + bytes((0, count)) + QUESTION + extras


@given(NAME, st.integers(0, 65_535), st.booleans(), st.integers(512, 4_096))
def test_a_query_reads_as_dnspython_writes_it(
    labels: tuple[bytes, ...], kind: int, dnssec: bool, payload: int
) -> None:
    asked = dns.message.make_query(
        dns.name.Name([*labels, b""]),
        RdataType.make(kind),
        want_dnssec=dnssec,
        payload=payload,
        use_edns=0,
    )
    query = read_query(asked.to_wire())
    assert query.labels == tuple(label.lower() for label in labels)
    assert (query.type, query.cls, query.id) == (kind, 1, asked.id)
    assert query.edns is not None
    assert (query.edns.dnssec, query.edns.payload) == (dnssec, payload)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (HEADER[:4] + b"\0\2" + HEADER[6:] + QUESTION * 2, "2 questions"),
        (HEADER[:4] + b"\0\0" + HEADER[6:], "0 questions"),
        (HEADER[:6] + b"\0\1" + HEADER[8:] + QUESTION, "1 answers"),
        (HEADER + b"\xc0\x0c\0\1\0\1", "compressed"),
        (HEADER + b"\3tab", "cut off"),
        (HEADER + b"\3tab\3alt\0\0\1", "cut off"),
        (HEADER + (b"\x3f" + b"x" * 63) * 4 + b"\0\0\1\0\1", "255 bytes"),
        (HEADER + QUESTION + b"more", "4 bytes after"),
        (with_extras(1, OPT[:-3]), "cut off"),
        (with_extras(1, OPT[:-2] + b"\0\5abcd"), "cut off"),
        (with_extras(2, OPT * 2), "more than one OPT"),
        (with_extras(1, b"\1a" + OPT), "wrong place"),
        (with_extras(1, OPT[:-2] + b"\0\3\0\12\0"), "options do not read"),
        (with_extras(1, OPT[:-2] + b"\0\4\0\12\0\1"), "option is cut off"),
        (with_extras(1, OPT[:-2] + b"\0\x44" + b"\0\1\0\0" * 17), "options do not read"),
        (with_extras(1, b"\0\0\xfa\0\xff\0\0\0\0\0\0"), "signed query"),
        (with_extras(1, b"\x40" + OPT), "name does not read"),
        (with_extras(9, OPT), "questions"),
    ],
)
def test_what_is_no_query_is_refused_with_the_reason(message: bytes, words: str) -> None:
    with pytest.raises(QueryInvalid, match=words):
        read_query(message)


@given(st.binary(min_size=12, max_size=200))
def test_any_bytes_are_a_query_or_refused(data: bytes) -> None:
    try:
        query = read_query(data[:4] + b"\0\1\0\0\0\0" + data[10:])
    except QueryInvalid:
        return
    assert len(write_name(query.labels)) <= 255


@given(NAME, NAME)
def test_owners_are_compressed_so_that_dnspython_reads_them(
    owner: tuple[bytes, ...], asked: tuple[bytes, ...]
) -> None:
    question = write_name(asked) + b"\0\1\0\1"
    held = write_records(RecordSet(owner, 1, 60, (b"\1\2\3\4",)), asked)
    message = HEADER[:6] + b"\0\1\0\0\0\0" + question + held
    (rrset,) = dns.message.from_wire(message).answer
    assert rrset.name == dns.name.Name([*owner, b""])
    assert read_name(write_name(owner)) == owner
    assert len(held) <= len(write_name(owner)) + 14
