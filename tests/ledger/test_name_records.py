"""Records of names: which can stand, in which order, and what looks alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.codec import decode, encode
from ledger.errors import CodecError
from ledger.name.index import NameIndex
from ledger.name.operation import NameRecord, SetRecords
from ledger.name.records import RECORDS_BYTES_MAX, RecordType, fault, sort_records
from ledger.name.skeleton import skeleton
from tests.support.registry import ADDRESS, TEXT, WWW, claimed, keep_names, registry

ALIAS = NameRecord("blog", RecordType.CNAME, 60, b"\x03www\x00")


def at(sub: str) -> tuple[NameRecord, ...]:
    return (NameRecord(sub, RecordType.TXT, 60, b"\x00"),)


def of(kind: int, length: int) -> tuple[NameRecord, ...]:
    return (NameRecord("", kind, 60, bytes(length)),)


@pytest.mark.parametrize(
    "records",
    [
        (),
        (ADDRESS, TEXT, WWW),
        (ADDRESS, ALIAS, WWW),
        of(RecordType.AAAA, 16),
        of(RecordType.KEY, 32),
        of(RecordType.SITE, 32),
        of(RecordType.SITE, 512),
        of(RecordType.HTTPS, 3),
        at("*"),
        at("*.shop"),
        at("_443._tcp"),
        at("a.b.c.d"),
        at("a" * 63 + "." + "b" * 63),
        at("my-shop_2"),
    ],
)
def test_these_can_stand_under_a_name(records: tuple[NameRecord, ...]) -> None:
    assert fault(records) == ""


CROWD = tuple(NameRecord(f"a{place}", RecordType.TXT, 60, bytes(500)) for place in range(9))


@pytest.mark.parametrize(
    ("records", "why"),
    [
        pytest.param((TEXT, ADDRESS), "out of order", id="by type"),
        pytest.param((WWW, ADDRESS), "out of order", id="by place"),
        pytest.param((ADDRESS, ADDRESS), "twice", id="twice"),
        pytest.param(
            (ADDRESS, NameRecord("", 1, 60, bytes((192, 0, 2, 3)))), "times to live", id="ttl"
        ),
        pytest.param((ALIAS, *at("blog")), "stands alone", id="beside a CNAME"),
        pytest.param(
            (ALIAS, NameRecord("blog", 5, 60, b"\x04shop\x00")), "stands alone", id="two CNAMEs"
        ),
        pytest.param(of(RecordType.A, 5), "has 4 bytes of data, not 5", id="A"),
        pytest.param(of(RecordType.AAAA, 4), "has 16 bytes of data", id="AAAA"),
        pytest.param(of(RecordType.KEY, 31), "has 32 bytes of data", id="KEY"),
        pytest.param(of(RecordType.SITE, 31), "has 32 to 512 bytes of data", id="SITE"),
        pytest.param(of(2, 4), "type 2 do not stand", id="NS"),
        pytest.param(of(6, 4), "type 6 do not stand", id="SOA"),
        pytest.param(of(46, 4), "type 46 do not stand", id="RRSIG"),
        pytest.param(of(255, 4), "type 255 do not stand", id="ANY"),
        pytest.param(at("a.b.c.d.e"), "at most 4 labels", id="deep"),
        pytest.param(at("www."), "at most 4 labels", id="a dot at the end"),
        pytest.param(at("a..b"), "at most 4 labels", id="an empty label"),
        pytest.param(at("WWW"), "a-z", id="upper case"),
        pytest.param(at("b\u00fccher"), "a-z", id="not ASCII"),
        pytest.param(at("a" * 64), "a-z", id="a long label"),
        pytest.param(at("-a"), "a-z", id="a hyphen first"),
        pytest.param(at("a-"), "a-z", id="a hyphen last"),
        pytest.param(at("a.*"), "a-z", id="a star inside"),
        pytest.param(at("www\n"), "a-z", id="a line break"),
        pytest.param(CROWD, f"and {RECORDS_BYTES_MAX} fit", id="too much in all"),
    ],
)
def test_others_cannot_and_the_reason_is_told(records: tuple[NameRecord, ...], why: str) -> None:
    assert why in fault(records)


@given(st.permutations([ADDRESS, TEXT, WWW, ALIAS]))
def test_sorting_gives_the_order_that_fits(records: list[NameRecord]) -> None:
    assert fault(sort_records(records)) == ""


@pytest.mark.parametrize(
    "record",
    [
        NameRecord("a" * 128, 16, 60, b"\x00"),
        NameRecord("", 0, 60, b"\x00"),
        NameRecord("", 65_536, 60, b"\x00"),
        NameRecord("", 16, 604_801, b"\x00"),
        NameRecord("", 16, -1, b"\x00"),
        NameRecord("", 16, 60, b""),
        NameRecord("", 16, 60, bytes(513)),
    ],
)
def test_a_record_out_of_its_bounds_is_no_operation(record: NameRecord) -> None:
    with pytest.raises(CodecError):
        decode(encode(SetRecords("bakery", (record,), None)), SetRecords, 65_535)


def test_a_name_holds_thirty_two_records() -> None:
    records = tuple(NameRecord(f"a{place:02}", 16, 60, b"\x00") for place in range(33))
    assert fault(records[:32]) == ""
    fits = SetRecords("bakery", records[:32], None)
    assert decode(encode(fits), SetRecords, 65_535) == fits
    with pytest.raises(CodecError):
        decode(encode(SetRecords("bakery", records, None)), SetRecords, 65_535)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mail", "ma1l"),
        ("mail", "mall"),
        ("foo", "f0o"),
        ("corner", "comer"),
        ("wave", "vvave"),
        ("modern", "modem"),
        ("burn", "bum"),
        ("rnvv01i", "mwolL".lower()),
    ],
)
def test_look_alikes_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("anna", "hanna"), ("bert", "bart"), ("vw", "ww")])
def test_others_have_two(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def test_an_index_that_is_kept_is_the_one_that_is_made_again() -> None:
    town = registry()
    for step in range(2):
        again = NameIndex.of(town.state.names, town.state.handles)
        kept = town.state.name_index
        assert kept.owned == again.owned
        assert {form: set(words) for form, words in kept.alike.items()} == {
            form: set(words) for form, words in again.alike.items()
        }
        assert kept.first_end <= again.first_end
        if not step:
            keep_names(town)
            claimed(town, "cleo", "anma")
