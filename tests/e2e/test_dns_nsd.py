"""NSD, with the zone that it copied from the face, answers every question as the face does."""

import random
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rdatatype
import dns.rrset
import dns.zone
import pytest

from federation.dns_face.answer import LOOPBACK, Policy, Transferred
from federation.dns_face.message import Transport
from tests.support.dns_source import NOW, ORIGIN, answerer, ask, example
from tests.support.nsd import HOST, nsd_serving

pytestmark = pytest.mark.needs("dns")
QUESTIONS = 500
LABELS = [
    "bakery",
    "www",
    "smith",
    "river",
    "lake",
    "void",
    "nix",
    "_tcp",
    "_443",
    "*",
    "shop",
    "a",
    "zz",
    "loop",
    "pool",
    "away",
    "long",
    "boat",
    "tab",
    "xn--bckerei-5wa",
]
ENDS = [
    "bakery.river",
    "smith.river",
    "shop.bakery.river",
    "_tcp.bakery.river",
    "boat.lake",
    "river",
    "lake",
    "long.river",
    "void",
    "loop.river",
    "away.river",
    "nix.river",
    "nix",
]
KINDS = [
    "A",
    "AAAA",
    "TXT",
    "MX",
    "CNAME",
    "SOA",
    "NS",
    "DNSKEY",
    "NSEC",
    "TLSA",
    "SRV",
    "DS",
    "TYPE65280",
    "HINFO",
]

Said = tuple[int, bool, list[str], list[str]]


def said(answer: dns.message.Message) -> Said:
    """Return what an answer says, whatever the order and the letters of its names."""
    return (
        int(answer.rcode()),
        bool(answer.flags & dns.flags.AA),
        lines(answer.answer),
        lines(answer.authority),
    )


def lines(section: list[dns.rrset.RRset]) -> list[str]:
    """Return records; of signatures, whose dates are each server's own, only what they cover."""
    return sorted(
        f"{held.name} {held.rdtype} {held.covers} {'' if held.covers else one}".lower()
        for held in section
        for one in held
    )


def test_nsd_says_of_a_copy_what_the_face_says(tmp_path: Path) -> None:
    source = example()
    # A copy has no names below communities that others name: they are proven otherwise there.
    source.called = {}
    face = answerer(source, Policy(transfer_to=LOOPBACK))
    asked = dns.message.make_query(ORIGIN, "AXFR")
    given = face.answer(asked.to_wire(), HOST, Transport.TCP, NOW)
    assert isinstance(given, Transferred)
    messages = [dns.message.from_wire(one, one_rr_per_rrset=True) for one in given.messages]
    records = [held.to_text() for message in messages for held in message.answer]
    (tmp_path / "zone").write_text("\n".join([*records[:-1], ""]), encoding="ascii")
    rolled = random.Random(8080)  # noqa: S311 -- the same questions in every run
    with nsd_serving(tmp_path, str(ORIGIN)) as port:
        for _ in range(QUESTIONS):
            before = rolled.choices(LABELS, k=rolled.randrange(3))
            name = ".".join([*before, rolled.choice(ENDS), "tab.alt."])
            signed = rolled.random() < 0.7
            query = dns.message.make_query(name, rolled.choice(KINDS), want_dnssec=signed)
            ours = said(dns.message.from_wire(ask(face, query.to_wire())))
            assert ours == said(dns.query.tcp(query, HOST, 10, port)), query.question
