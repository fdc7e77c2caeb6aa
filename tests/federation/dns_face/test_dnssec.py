"""Signatures and NSEC records: as the standards' examples have them, and as dnspython checks."""

import base64

import dns.dnssec
import dns.message
import dns.name
import dns.node
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rdtypes.ANY.RRSIG
import dns.rrset
import pytest
from dns.exception import ValidationFailure

from federation.dns_face.dnssec import SKEW_S, VALID_S, ZoneKey, key_tag, make_nsec
from federation.dns_face.wire import NSEC, RecordSet, read_name, write_name
from tests.support.dns_source import (
    NOW,
    ORIGIN,
    SEED,
    SUFFIX,
    TableSource,
    answerer,
    ask,
    example,
    key_record,
)

IN, RRSIG = dns.rdataclass.IN, dns.rdatatype.RRSIG
SEED_8080 = base64.b64decode("ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=")
"""RFC 8080, section 6.1."""


def test_the_key_and_its_ds_are_those_of_rfc_8080() -> None:
    key = ZoneKey(SEED_8080, (b"example", b"com"))
    shown = dns.rdata.from_wire("IN", "DNSKEY", key.dnskey, 0, len(key.dnskey))
    assert shown.to_text() == "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQw AQEX1SxZJA4="
    assert key.tag == key_tag(key.dnskey) == 3613
    assert dns.rdata.from_wire("IN", "DS", key.ds, 0, len(key.ds)).to_text() == (
        "3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b"
    )


def test_the_bitmap_is_that_of_rfc_4034() -> None:
    following = (b"host", b"example", b"com")
    made = make_nsec((b"alfa", b"example", b"com"), following, {1, 15, 1234}, 86_400)
    shown = dns.rdata.from_wire("IN", "NSEC", made.data[0], 0, len(made.data[0]))
    assert shown.to_text() == "host.example.com. A MX RRSIG NSEC TYPE1234"


def keys_of(seed: bytes) -> dict[dns.name.Name, dns.node.Node | dns.rdataset.Rdataset]:
    key = ZoneKey(seed, SUFFIX).dnskey
    shown = dns.rdata.from_wire("IN", "DNSKEY", key, 0, len(key))
    return {ORIGIN: dns.rrset.from_rdata(ORIGIN, 60, shown)}


def ask_signed(source: TableSource, name: str, kind: str = "A") -> dns.message.Message:
    asked = dns.message.make_query(dns.name.from_text(name, ORIGIN), kind, want_dnssec=True)
    return dns.message.from_wire(ask(answerer(source), asked.to_wire()))


def proofs_of(answer: dns.message.Message) -> list[RecordSet]:
    return [
        RecordSet(held.name.labels[:-1], NSEC, 60, (held[0].to_wire(),))
        for held in answer.authority
        if held.rdtype == NSEC
    ]


ASKED = [
    ("bakery.river", "A"), ("bakery.river", "TYPE65280"), ("www.bakery.river", "AAAA"),
    ("smith.river", "MX"), ("x.bakery.river", "TXT"), ("x.bakery.river", "A"),
    ("a.b.shop.bakery.river", "A"), ("_tcp.bakery.river", "TLSA"), ("nix.river", "A"),
    ("a.nix.river", "A"), ("nix", "TXT"), ("river", "TXT"), ("river", "A"), ("void", "A"),
    ("nix.void", "A"), ("bakery.river", "ANY"), ("bakery.river", "NSEC"), ("", "SOA"),
    ("", "DNSKEY"), ("", "NS"), ("", "A"), ("", "NSEC"), ("boat.lake", "A"),
    ("bakery.pond.lake", "A"), ("pond.lake", "TXT"), ("pond.lake", "A"), ("nix.pond.lake", "A"),
    ("smith.pond.lake", "A"), ("x.bakery.pond.lake", "A"),
]  # fmt: skip


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(("name", "kind"), ASKED)
def test_dnspython_validates_every_set_of_an_answer(name: str, kind: str, hidden: bool) -> None:
    source = example()
    source.hidden = {b"river", b"void"} if hidden else set()
    answer = ask_signed(source, name, kind)
    keys = keys_of(SEED)
    seen = 0
    for section in (answer.answer, answer.authority):
        sets = [held for held in section if held.rdtype != dns.rdatatype.RRSIG]
        for held in sets:
            signature = answer.find_rrset(section, held.name, IN, RRSIG, held.rdtype)
            dns.dnssec.validate(held, signature, keys, now=NOW)
            made = signature[0]
            assert isinstance(made, dns.rdtypes.ANY.RRSIG.RRSIG)
            assert made.expiration > NOW + 86_400
            seen += 1
    assert seen


def test_another_key_does_not_validate() -> None:
    answer = ask_signed(example(), "bakery.river")
    keys = keys_of(bytes(32))
    with pytest.raises(ValidationFailure):
        dns.dnssec.validate(answer.answer[0], answer.answer[1], keys, now=NOW)


def test_a_signature_is_kept_for_half_a_day_and_holds_for_longer_than_any_ttl() -> None:
    key = ZoneKey(SEED, SUFFIX)
    signed = RecordSet(SUFFIX, 1, 60, (b"\1\2\3\4",))
    first = key.sign(signed, 60, NOW)
    assert key.sign(signed, 10, NOW + 1) == first._replace(ttl=10)
    later = key.sign(signed, 60, NOW + 43_200)
    assert later.data != first.data
    made = dns.rdata.from_wire("IN", "RRSIG", first.data[0], 0, len(first.data[0]))
    assert isinstance(made, dns.rdtypes.ANY.RRSIG.RRSIG)
    assert made.expiration - made.inception == VALID_S + SKEW_S
    assert made.inception <= NOW - SKEW_S


# What NSEC records show is worked out here from the wire alone, by the order of RFC 4034, 6.1.


def covers(record: RecordSet, owner: tuple[bytes, ...]) -> bool:
    after = read_name(record.data[0])[::-1]
    before, at = record.owner[::-1], owner[::-1]
    return before < at and (at < after or after == SUFFIX[::-1])


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(
    ("name", "closer", "wildcard"),
    [
        ("nix.river", "nix.river", "*.river"),
        ("a.b.nix.river", "nix.river", "*.river"),
        ("zz.river", "zz.river", "*.river"),
        ("0.river", "0.river", "*.river"),
        ("nix", "nix", "*"),
        ("a.zzz", "zzz", "*"),
        ("nix.void", "nix.void", "*.void"),
        ("a.nix.lake", "nix.lake", "*.lake"),
        ("x.boat.lake", "x.boat.lake", "*.boat.lake"),
        ("y.x.long.river", "x.long.river", "*.long.river"),
        ("nix.pond.lake", "nix.pond.lake", "*.pond.lake"),
        ("x.boat.pond.lake", "boat.pond.lake", "*.pond.lake"),
        ("pone.lake", "pone.lake", "*.lake"),
        ("\\000.river", "\\000.river", "*.river"),
        ("\\255.river", "\\255.river", "*.river"),
    ],
)
def test_a_name_that_is_not_there_is_shown_to_be_absent_and_unmatched(
    name: str, closer: str, wildcard: str, hidden: bool
) -> None:
    source = example()
    source.hidden = {b"river", b"void"} if hidden else set()
    answer = ask_signed(source, name)
    assert answer.rcode() == dns.rcode.NXDOMAIN
    proofs = proofs_of(answer)
    below = dns.name.from_text(closer, ORIGIN)
    assert not any(
        dns.name.Name([*read_name(one.data[0]), b""]).is_subdomain(below) for one in proofs
    )
    for absent in (closer, wildcard):
        labels = dns.name.from_text(absent, ORIGIN).labels[:-1]
        assert any(covers(proof, labels) for proof in proofs), (absent, proofs)


FULL = r"\255" * 63
ABSENT = (
    "nix.river nix zz.lake nix.pond.lake a.pone.lake x.boat.pond.lake "
    "nix.void a zzz x.boat.lake boas.lake boat\\000.lake bakerz.river "
    f"xn--zz{'z' * 56}y.river xn--zz{'z' * 57}.lake {FULL}.river a.{FULL}.pond.lake"
).split()


@pytest.mark.parametrize("hidden", [set(), {b"river"}, {b"river", b"void", b"lake"}])
def test_no_proof_covers_a_name_that_exists(hidden: set[bytes]) -> None:
    source = example()
    source.set("river", "xn--zz" + "z" * 57, [key_record(8)])
    communities = source.communities()
    names: list[tuple[bytes, ...]] = [(community,) for community in communities]
    for community in communities:
        names.extend((name, community) for name in source.names((community,)) or ())
    names.append((b"bakery", b"pond", b"lake"))
    source.hidden = hidden
    for asked in ABSENT:
        proofs = proofs_of(ask_signed(source, asked))
        assert proofs
        wrong = [name for name in names for proof in proofs if covers(proof, name + SUFFIX)]
        assert not wrong, asked


def test_the_chain_goes_once_around_the_zone() -> None:
    source = example()
    source.called = {}
    face = answerer(source)
    owner, seen = SUFFIX, []
    while owner not in seen:
        seen.append(owner)
        asked = dns.message.make_query(dns.name.Name([*owner, b""]), "NSEC")
        answer = dns.message.from_wire(ask(face, asked.to_wire()))
        owner = answer.answer[0][0].next.labels[:-1]
    assert owner == SUFFIX
    assert seen == sorted(seen, key=lambda labels: labels[::-1])
    assert len(seen) == 1 + 3 + 7 + 1 + 4 + 1
    assert write_name(SUFFIX) == b"\3tab\3alt\0"
