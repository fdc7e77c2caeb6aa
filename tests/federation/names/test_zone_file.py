"""Zone files in and out, and what a record may hold."""

from pathlib import Path

import dns.zone
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.errors import RecordInvalid
from federation.link.address import format_key
from federation.names.records import (
    TYPES,
    absolute,
    check_records,
    origin_of,
    rdata_of,
)
from federation.names.zone_file import (
    TTL_S,
    format_name,
    format_record,
    parse_records,
    write_zone,
)
from ledger.name.operation import NameRecord
from ledger.name.records import RecordType, sort_records

RIVER = bytes(range(32))
B32 = format_key(RIVER)
BAKERY = origin_of("bakery", RIVER)
WIRE = {
    "@ A 192.0.2.1": (1, "c0000201"),
    "@ AAAA 2001:db8::1": (28, "20010db8000000000000000000000001"),
    '@ TXT "open" "till six"': (16, "046f70656e0874696c6c20736978"),
    "@ MX 10 Mail.Example.ORG.": (15, "000a046d61696c076578616d706c65036f726700"),
    "_sip._tcp SRV 1 2 5060 sip.example.org.": (
        33,
        "0001000213c403736970076578616d706c65036f726700",
    ),
    '@ CAA 0 issue "ca.example.org"': (257, "000569737375656361" + "2e6578616d706c652e6f7267"),
    "_443._tcp TLSA 3 1 1 " + "ab" * 32: (52, "030101" + "ab" * 32),
    "@ SVCB 1 . port=8443": (64, "0001000003000220fb"),
    "@ HTTPS 1 . alpn=h2": (65, "0001000001000302" + "6832"),
    f"@ KEY {B32}": (RecordType.KEY, RIVER.hex()),
    f"@ SITE {B32} /menu": (RecordType.SITE, RIVER.hex() + "2f6d656e75"),
    "@ TYPE1 \\# 4 c0000201": (1, "c0000201"),
}
"""Lines, and what stands on the wire by each type's own standard."""


@pytest.mark.parametrize("line", WIRE)
def test_a_line_becomes_the_bytes_of_its_standard(line: str) -> None:
    (record,) = parse_records(line, BAKERY)
    type_, data = WIRE[line]
    assert (record.type, record.ttl, record.data.hex()) == (type_, TTL_S, data)


@pytest.mark.parametrize("line", WIRE)
def test_what_is_written_reads_back(line: str) -> None:
    records = parse_records(line, BAKERY)
    assert parse_records(format_name(BAKERY, records), BAKERY) == records
    assert parse_records(format_record(records[0], BAKERY), BAKERY) == records


def test_every_type_of_the_ledger_can_be_typed() -> None:
    assert {record[0] for record in WIRE.values()} | {TYPES["CNAME"]} == set(TYPES.values())


def test_a_zone_file_is_read_as_rfc_1035_has_it() -> None:
    text = """
$TTL 1h ; for all that say nothing
@        IN  A     192.0.2.7
         300 IN AAAA 2001:db8::7
www      IN 60 CNAME @
*.shop   A  (  192.0.2.8
               )
MAIL     MX  10 mail
"""
    read = parse_records(text, BAKERY)
    assert [(one.sub, one.type, one.ttl) for one in read] == [
        ("", 1, 3_600),
        ("", 28, 300),
        ("*.shop", 1, 3_600),
        ("mail", 15, 3_600),
        ("www", 5, 60),
    ]
    assert rdata_of(read[4]).to_text() == f"bakery.{B32}.tab.alt."
    assert rdata_of(read[3]).to_text() == f"10 mail.bakery.{B32}.tab.alt."
    assert format_record(read[4], BAKERY) == "www 60 IN CNAME @"


def test_a_file_of_another_place_is_read_as_it_was_meant() -> None:
    text = "$ORIGIN example.org.\nwww A 192.0.2.1\nftp.example.org. CNAME www\n"
    text += "$ORIGIN a\nb A 192.0.2.2\n"
    read = parse_records(text, BAKERY)
    assert [one.sub for one in read] == ["b.a", "ftp", "www"]
    assert rdata_of(read[1]).to_text() == f"www.bakery.{B32}.tab.alt."


def test_names_in_other_scripts_become_a_labels() -> None:
    (record,) = parse_records("straße CNAME bücher.example.", origin_of("bäckerei", RIVER))
    assert record.sub == "xn--strae-oqa"
    assert rdata_of(record).to_text() == "xn--bcher-kva.example."
    assert origin_of("bäckerei", RIVER).labels[0] == b"xn--bckerei-5wa"


BAD = {
    "@ A 192.0.2.256": "line 1",
    "\n\n@ AAAA 192.0.2.1": "line 3",
    "@ NS ns.example.": "may have A, CNAME",
    "@ SOA a. b. 1 2 3 4 5": "may have A, CNAME",
    "@ TYPE2 \\# 1 00": "got the type 2",
    "@ CH A 192.0.2.1": "got the type 'CH'",
    "www.example.org. A 192.0.2.1": "does not lie at or below",
    "a.b.c.d.e A 192.0.2.1": "at most 4 labels",
    "-x A 192.0.2.1": "labels of a-z",
    "x.*.y A 192.0.2.1": "labels of a-z",
    "@ 604801 A 192.0.2.1": "at most 604800",
    "@ 1x A 192.0.2.1": "line 1",
    "@ A": "line 1",
    "@ A 192.0.2.1 192.0.2.2": "line 1",
    '@ TXT "open': "line 1",
    "@ TXT " + " ".join(['"' + "x" * 250 + '"'] * 3): "at most 512",
    "@ KEY abc": "52 letters",
    f"@ KEY {B32} {B32}": "it takes a key in base32",
    f"@ SITE {B32} menu": "begins with /",
    "@ TYPE65280 \\# 1 00": "it has 32",
    "@ TYPE65281 \\# 33 " + "00" * 33: "from / on",
    "$INCLUDE /etc/passwd": "only $ORIGIN and $TTL",
    "$GENERATE 1-9 $ A 192.0.2.$": "only $ORIGIN and $TTL",
    "@ CNAME a.\n@ A 192.0.2.1": "stands alone",
    "@ CNAME a.\n@ CNAME b.": "stands alone",
    "@ 60 A 192.0.2.1\n@ 61 A 192.0.2.2": "different times to live",
    "\n".join(f"h{n} A 192.0.2.{n}" for n in range(33)): "at most 32 records",
    "x" * 65_537: "at most 65536",
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: text[:24])
def test_what_does_not_fit_is_told(text: str) -> None:
    with pytest.raises(RecordInvalid) as told:
        parse_records(text, BAKERY)
    assert BAD[text] in str(told.value)


@given(st.text(alphabet='@a*.$_-\\#;()"\n\t 019AINTXKEYCM\u00fc\ud7ff', max_size=80))
@settings(deadline=None)
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        read = parse_records(text, BAKERY)
    except RecordInvalid:
        return
    assert parse_records(format_name(BAKERY, read), BAKERY) == read


@given(st.sampled_from(sorted(TYPES.values())), st.binary(min_size=1, max_size=80))
@settings(deadline=None)
def test_no_data_raises_anything_else(type_: int, data: bytes) -> None:
    record = NameRecord("www", type_, 60, data)
    line = format_record(record, BAKERY, plain=True)
    try:
        check_records((record,))
    except RecordInvalid:
        assert line == f"www 60 IN TYPE{type_} \\# {len(data)} {data.hex()}"
        return
    assert parse_records(line, BAKERY) == (record,)


COMPRESSED = {
    "a pointer": (5, "c000"),
    "capitals": (5, "014100"),
    "bytes behind": (1, "c000020100"),
    "nothing matched": (52, "030101"),
    "parameters out of order": (64, "000100000300022" + "0fb0001000302" + "6832"),
}


@pytest.mark.parametrize("case", COMPRESSED)
def test_data_that_is_not_canonical_is_refused(case: str) -> None:
    type_, data = COMPRESSED[case]
    with pytest.raises(RecordInvalid):
        rdata_of(NameRecord("", type_, 60, bytes.fromhex(data)))


def test_a_registry_is_a_zone_that_a_server_loads(tmp_path: Path) -> None:
    bakery = parse_records(f"@ A 192.0.2.1\nwww CNAME @\n@ KEY {B32}", BAKERY)
    cobbler = parse_records("@ MX 10 mail", origin_of("cobbler", RIVER))
    bad = (NameRecord("", 1, 60, b"x"),)
    origin = absolute("river.tab.alt.")
    names = (("bakery", bakery), ("cobbler", cobbler), ("spoilt", bad))
    file = tmp_path / "zone"
    file.write_text("".join(write_zone(origin, RIVER, 7, names)))
    zone = dns.zone.from_file(str(file), origin="river.tab.alt.", relativize=False)
    assert zone.get_soa().serial == 7
    found = zone.find_rdataset("www.bakery.river.tab.alt.", "CNAME")
    assert found[0].to_text() == "bakery.river.tab.alt."
    assert zone.find_rdataset("bakery.river.tab.alt.", "TYPE65280")[0].data == RIVER
    assert zone.get_node("spoilt.river.tab.alt.") is None


def test_records_are_kept_in_one_order() -> None:
    read = parse_records(
        "b A 192.0.2.2\na TXT x\nb A 192.0.2.1\na A 192.0.2.9\na A 192.0.2.9", BAKERY
    )
    assert read == sort_records(reversed(read))
    assert [(one.sub, one.type) for one in read] == [("a", 1), ("a", 16), ("b", 1), ("b", 1)]
