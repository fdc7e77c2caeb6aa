"""What each question gets: records, or that there are none, or why not; and how much of it."""

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.dns_face.answer import LOOPBACK, Forwarded, Policy, Transferred
from federation.dns_face.message import Answered, Transport
from ledger.name.operation import NameRecord
from tests.support.dns_source import (
    NOW,
    ORIGIN,
    TableSource,
    answerer,
    ask,
    example,
    key_record,
    record,
)

OUTSIDE = "192.0.2.77"
DAY_S = 86_400


def look(
    name: str,
    kind: str = "A",
    source: TableSource | None = None,
    *,
    now: int = NOW,
    stale: bool = False,
    edns: bool = False,
) -> dns.message.Message:
    asked = dns.message.make_query(dns.name.from_text(name, ORIGIN), kind)
    if edns:
        asked.use_edns(0)
    face = answerer(source or example(), serve_stale=stale)
    answer = dns.message.from_wire(ask(face, asked.to_wire(), now=now))
    assert asked.is_response(answer)
    return answer


def lines(section: list[dns.rrset.RRset]) -> list[str]:
    return [line for held in section for line in held.to_text().splitlines()]


FOUND = [
    ("bakery.river", "A", ["bakery.river.tab.alt. 300 IN A 192.0.2.1"]),
    ("BAKERY.River", "AAAA", ["bakery.river.tab.alt. 300 IN AAAA 2001:db8::1"]),
    ("bakery.river", "MX", ["bakery.river.tab.alt. 300 IN MX 10 mail.bakery.river.tab.alt."]),
    ("river", "TXT", ['river.tab.alt. 60 IN TXT "this is river"']),
    ("xn--bckerei-5wa.river", "A", ["xn--bckerei-5wa.river.tab.alt. 300 IN A 192.0.2.4"]),
    ("x.bakery.river", "TXT", ['x.bakery.river.tab.alt. 300 IN TXT "anything"']),
    ("a.b.bakery.river", "TXT", ['a.b.bakery.river.tab.alt. 300 IN TXT "anything"']),
    ("a.b.shop.bakery.river", "A", ["a.b.shop.bakery.river.tab.alt. 300 IN A 192.0.2.9"]),
    ("bakery.river", "ANY", ['bakery.river.tab.alt. 3600 IN HINFO "RFC8482" ""']),
    ("smith.river", "ANY", ["smith.river.tab.alt. 300 IN CNAME bakery.river.tab.alt."]),
    ("smith.river", "CNAME", ["smith.river.tab.alt. 300 IN CNAME bakery.river.tab.alt."]),
    (
        "www.bakery.river", "AAAA",
        ["www.bakery.river.tab.alt. 300 IN CNAME bakery.river.tab.alt.",
         "bakery.river.tab.alt. 300 IN AAAA 2001:db8::1"],
    ),
    ("away.river", "A", ["away.river.tab.alt. 300 IN CNAME www.example.com."]),
    (
        "loop.river", "A",
        ["loop.river.tab.alt. 300 IN CNAME pool.river.tab.alt.",
         "pool.river.tab.alt. 300 IN CNAME loop.river.tab.alt."],
    ),
    ("bakery.pond.lake", "A", ["bakery.pond.lake.tab.alt. 300 IN A 192.0.2.1"]),
    ("pond.lake", "TXT", ['pond.lake.tab.alt. 60 IN TXT "this is river"']),
    ("", "NS", ["tab.alt. 3600 IN NS tab.alt."]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "expected"), FOUND)
def test_what_is_there_is_answered(name: str, kind: str, expected: list[str]) -> None:
    answer = look(name, kind)
    assert answer.rcode() == dns.rcode.NOERROR
    assert answer.flags & dns.flags.AA
    assert [line.lower() for line in lines(answer.answer)] == [line.lower() for line in expected]
    assert not answer.authority


SOA = "tab.alt. 60 IN SOA tab.alt. nobody.invalid. 7 3600 1200 604800 60"


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("nix.river", "A", "NXDOMAIN"),
        ("a.b.nix.river", "A", "NXDOMAIN"),
        ("nix", "A", "NXDOMAIN"),
        ("a.nix", "ANY", "NXDOMAIN"),
        ("x.boat.lake", "A", "NXDOMAIN"),
        ("\\000.river", "A", "NXDOMAIN"),
        ("bakery.river", "SRV", "NOERROR"),
        ("river", "A", "NOERROR"),
        ("void", "A", "NOERROR"),
        ("", "MX", "NOERROR"),
        ("", "DS", "NOERROR"),
        ("_tcp.bakery.river", "TXT", "NOERROR"),
        ("shop.bakery.river", "A", "NOERROR"),
        ("x.bakery.river", "A", "NOERROR"),
    ],
)
def test_what_is_not_there_is_said_with_the_soa(name: str, kind: str, code: str) -> None:
    answer = look(name, kind)
    assert dns.rcode.to_text(answer.rcode()) == code
    assert not answer.answer
    assert lines(answer.authority) == [SOA]


def test_the_chain_s_last_name_gives_the_code() -> None:
    source = example()
    source.set("river", "gone", [record("", "CNAME", "nix.river")])
    answer = look("gone.river", "A", source)
    assert answer.rcode() == dns.rcode.NXDOMAIN  # RFC 6604
    assert lines(answer.answer) == ["gone.river.tab.alt. 300 IN CNAME nix.river.tab.alt."]
    assert len(answer.authority) == 1


def test_a_long_chain_of_cnames_ends() -> None:
    source = example()
    for number in range(20):
        source.set("river", f"c{number}", [record("", "CNAME", f"c{number + 1}.river")])
    assert len(look("c0.river", "A", source).answer) == 9


def test_records_that_a_server_could_not_serve_are_left_out() -> None:
    source = example()
    short = NameRecord("", 1, 60, b"\1\2\3")
    nowhere = NameRecord("a..b", 1, 60, b"\1\2\3\4")
    source.set("river", "odd", [key_record(), short, nowhere, record("", "A", "192.0.2.3")])
    assert lines(look("odd.river", "A", source).answer) == ["odd.river.tab.alt. 300 IN A 192.0.2.3"]


@pytest.mark.parametrize(
    ("name", "kind", "cls"),
    [
        ("version.bind.", "TXT", "CH"),
        ("bakery.river.tab.alt.", "A", "CH"),
        ("bakery.river.tab.alt.", "A", "ANY"),
        ("example.com.", "A", "IN"),
        ("alt.", "SOA", "IN"),
        (".", "NS", "IN"),
        ("xtab.alt.", "A", "IN"),
        ("bakery.river.tab.alt.", "RRSIG", "IN"),
        ("bakery.river.tab.alt.", "MAILB", "IN"),
        ("tab.alt.", "AXFR", "IN"),
        ("tab.alt.", "IXFR", "IN"),
    ],
)
def test_what_is_not_ours_to_say_is_refused(name: str, kind: str, cls: str) -> None:
    asked = dns.message.make_query(name, kind, cls)
    answer = dns.message.from_wire(ask(answerer(example()), asked.to_wire()), ignore_trailing=False)
    assert answer.rcode() == dns.rcode.REFUSED
    assert not answer.flags & dns.flags.AA


def test_other_opcodes_versions_and_broken_messages_are_told_apart() -> None:
    face = answerer(example())
    asked = dns.message.make_query("bakery.river.tab.alt.", "A")
    asked.set_opcode(dns.opcode.STATUS)
    assert dns.message.from_wire(ask(face, asked.to_wire())).rcode() == dns.rcode.NOTIMP
    newer = dns.message.make_query("bakery.river.tab.alt.", "A", use_edns=1)
    assert dns.message.from_wire(ask(face, newer.to_wire())).rcode() == dns.rcode.BADVERS
    assert ask(face, b"\1\2\1\0\0\2" + bytes(6)) == b"\1\2\x81\1" + bytes(8)
    for silent in (b"", bytes(11), b"\0\0\x80\0" + bytes(8), bytes(65_536)):
        assert face.answer(silent, OUTSIDE, Transport.UDP, NOW) is None


def test_the_answer_repeats_the_letters_and_flags_of_the_question() -> None:
    asked = dns.message.make_query("BaKeRy.rIvEr.TaB.aLt.", "A")
    asked.flags |= dns.flags.CD | dns.flags.AD
    answer = dns.message.from_wire(ask(answerer(example()), asked.to_wire()))
    assert str(answer.question[0].name) == "BaKeRy.rIvEr.TaB.aLt."
    assert answer.flags == dns.flags.QR | dns.flags.AA | dns.flags.RD | dns.flags.CD


@pytest.mark.parametrize(
    ("payload", "transport", "bytes_max", "cut"),
    [
        (None, Transport.UDP, 512, True),
        (100, Transport.UDP, 512, True),
        (1_232, Transport.UDP, 1_232, True),
        (4_096, Transport.UDP, 1_232, True),
        (None, Transport.TCP, 65_535, False),
        (512, Transport.TLS, 65_535, False),
    ],
)
def test_an_answer_fits_what_the_asker_takes(
    payload: int | None, transport: Transport, bytes_max: int, cut: bool
) -> None:
    asked = dns.message.make_query("long.river.tab.alt.", "TXT")
    if payload is not None:
        asked.use_edns(0, 0, payload)
    wire = ask(answerer(example()), asked.to_wire(), transport=transport)
    answer = dns.message.from_wire(wire)
    assert len(wire) <= bytes_max
    assert bool(answer.flags & dns.flags.TC) == cut
    assert len(answer.answer) == (0 if cut else 1)
    assert (answer.edns == 0) == (payload is not None)


def test_who_returns_our_cookie_gets_longer_answers() -> None:
    source = example()
    source.set("river", "mid", [record("", "TXT", f'"{n}{"x" * 200}"') for n in range(4)])
    face = answerer(source)
    asked = dns.message.make_query("mid.river.tab.alt.", "TXT")
    client = b"12345678"
    given = b""
    for cut in (True, False):
        asked.use_edns(
            0, 0, 1_232, options=[dns.edns.GenericOption(dns.edns.COOKIE, client + given)]
        )
        wire = ask(face, asked.to_wire(), address=OUTSIDE, transport=Transport.UDP)
        answer = dns.message.from_wire(wire)
        assert bool(answer.flags & dns.flags.TC) == cut
        assert len(wire) <= (512 if cut else 1_232)
        (cookie,) = answer.options
        assert isinstance(cookie, dns.edns.CookieOption)
        assert cookie.client == client
        given = cookie.server
    for address, now in (("192.0.2.78", NOW), (OUTSIDE, NOW + 3_601)):
        wire = ask(face, asked.to_wire(), address=address, transport=Transport.UDP, now=now)
        assert dns.message.from_wire(wire).flags & dns.flags.TC
    asked.use_edns(0, 0, 1_232, options=[dns.edns.GenericOption(dns.edns.COOKIE, b"short")])
    assert len(ask(face, asked.to_wire())) == 12


def test_answers_over_tls_are_padded_for_who_pads() -> None:
    asked = dns.message.make_query("bakery.river.tab.alt.", "A", use_edns=0, pad=128)
    face = answerer(example())
    assert len(ask(face, asked.to_wire(), transport=Transport.TLS)) == 468
    assert len(ask(face, asked.to_wire(), transport=Transport.TCP)) < 200


# How long an answer holds: by its records, its checkpoint and the end of the name.


def ttl_of(answer: dns.message.Message) -> int:
    return answer.answer[0].ttl


def test_no_ttl_reaches_beyond_the_day_after_the_checkpoint_was_seen() -> None:
    source = example()
    face = answerer(source)
    asked = dns.message.make_query("bakery.river.tab.alt.", "A", want_dnssec=True).to_wire()
    for age, ttl in ((0, 300), (DAY_S - 301, 300), (DAY_S - 100, 100), (DAY_S - 1, 1)):
        answer = dns.message.from_wire(ask(face, asked, now=NOW + age))
        assert [held.ttl for held in answer.answer] == [ttl, ttl], age
        assert answer.answer[1][0].to_text().split()[3] == "300"
    stale = dns.message.from_wire(ask(face, asked, now=NOW + DAY_S))
    assert stale.rcode() == dns.rcode.SERVFAIL
    source.seen = NOW + DAY_S
    assert ttl_of(dns.message.from_wire(ask(face, asked, now=NOW + DAY_S + 30))) == 300


def test_a_stale_face_says_so_or_serves_stale_answers_where_that_is_wanted() -> None:
    failed = look("bakery.river", now=NOW + DAY_S, edns=True)
    assert failed.rcode() == dns.rcode.SERVFAIL
    (why,) = failed.options
    assert isinstance(why, dns.edns.EDEOption)
    assert (why.code, why.text) == (22, "no checkpoint was seen for a day")
    served = look("bakery.river", now=NOW + DAY_S, edns=True, stale=True)
    assert ttl_of(served) == 30
    (why,) = served.options
    assert isinstance(why, dns.edns.EDEOption)
    assert why.code == 3


@pytest.mark.parametrize("stale", [False, True])
@pytest.mark.parametrize(
    "name", ["river", "bakery.river", "a.b.river", "pond.lake", "bakery.pond.lake"]
)
def test_of_a_community_that_was_not_read_nothing_is_said(name: str, stale: bool) -> None:
    source = example()
    source.unread = {b"river"}
    for kind in ("A", "NSEC", "ANY", "TXT"):
        answer = look(name, kind, source, stale=stale, edns=True)
        assert answer.rcode() == dns.rcode.SERVFAIL
        assert not answer.authority
    assert look("boat.lake", "A", source).answer


def test_a_name_ends_at_its_second_and_is_not_kept_beyond() -> None:
    source = example()
    source.expires[b"bakery", b"river"] = NOW + 200
    face = answerer(source)
    asked = dns.message.make_query("www.bakery.river.tab.alt.", "A").to_wire()
    for age, ttl in ((0, 200), (150, 50), (199, 1)):
        answer = dns.message.from_wire(ask(face, asked, now=NOW + age, transport=Transport.UDP))
        assert [held.ttl for held in answer.answer] == [ttl, ttl]
    gone = dns.message.from_wire(ask(face, asked, now=NOW + 200, transport=Transport.UDP))
    assert gone.rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize("transport", list(Transport))
def test_a_change_is_answered_at_once(transport: Transport) -> None:
    source = example()
    face = answerer(source)
    asked = dns.message.make_query("bakery.river.tab.alt.", "A").to_wire()

    def found() -> dns.message.Message:
        return dns.message.from_wire(ask(face, asked, transport=transport))

    assert found().to_text() == found().to_text()
    source.set("river", "bakery", None)
    assert found().rcode() == dns.rcode.NXDOMAIN
    source.set("river", "bakery", [record("", "A", "192.0.2.8")])
    assert "192.0.2.8" in str(found().answer[0])


def test_who_asks_again_gets_his_own_number_and_what_he_takes() -> None:
    face = answerer(example())
    plain = dns.message.make_query("long.river.tab.alt.", "TXT").to_wire()
    for number in (b"\1\2", b"\3\4"):
        for transport, cut in ((Transport.UDP, True), (Transport.TCP, False)):
            given = ask(face, number + plain[2:], transport=transport)
            assert given[:2] == number
            assert bool(given[2] & 2) == cut


def test_a_transfer_ends_early_when_the_zone_changes_under_it() -> None:
    records = [record("", "A", "192.0.2.1")]
    source = TableSource({"river": {f"n{number}": records for number in range(200)}})
    face = answerer(source, Policy(transfer_to=LOOPBACK))
    asked = dns.message.make_query("tab.alt.", "AXFR").to_wire()
    for change, closing in ((False, 2), (True, 1)):
        given = face.answer(asked, "127.0.0.1", Transport.TCP, NOW)
        assert isinstance(given, Transferred)
        messages = [next(given.messages)]
        if change:
            source.set("river", "new", [])
        messages += given.messages
        assert b"".join(messages).count(b"\6nobody\7invalid") == closing
        assert all(len(message) < 65_536 for message in messages)


def test_only_those_allowed_have_other_names_asked_for() -> None:
    face = answerer(example(), Policy(forward_for=LOOPBACK))
    asked = dns.message.make_query("example.com.", "A").to_wire()
    assert isinstance(face.answer(asked, "::1", Transport.UDP, NOW), Forwarded)
    refused = dns.message.from_wire(ask(face, asked, address=OUTSIDE))
    assert refused.rcode() == dns.rcode.REFUSED
    iterative = bytearray(asked)
    iterative[2] &= 0xFE
    assert dns.message.from_wire(ask(face, bytes(iterative))).rcode() == dns.rcode.REFUSED


# Forged senders: nobody is sent much, and a flood is answered with less than it brings.


def flood(queries: list[bytes], seconds: float) -> tuple[int, int]:
    face = answerer(example())
    asked = answered = 0
    for number, data in enumerate(queries):
        now = NOW + seconds * number / len(queries)
        given = face.answer(data, OUTSIDE, Transport.UDP, now)
        asked += len(data)
        if isinstance(given, Answered):
            answered += len(given.message)
            assert len(given.message) <= 512
    return asked, answered


@pytest.mark.parametrize("name", ["long.river", "bakery.river", "nix.nix", "a.b.c.bakery.river"])
def test_a_flood_is_answered_with_fewer_bytes_than_it_brings(name: str) -> None:
    asked = dns.message.make_query(dns.name.from_text(name, ORIGIN), "TXT", want_dnssec=True)
    sent, got = flood([asked.to_wire()] * 20_000, 1.0)
    print(f"{name}: {got} bytes for {sent}, {got / sent:.2f} for 1")  # noqa: T201
    assert got < sent


def test_somebody_else_is_answered_during_a_flood_and_hints_lead_to_tcp() -> None:
    face = answerer(example())
    asked = dns.message.make_query("bakery.river.tab.alt.", "A").to_wire()
    given = [face.answer(asked, f"192.0.2.{n % 256}", Transport.UDP, NOW) for n in range(1_000)]
    hints = [one for one in given if isinstance(one, Answered) and one.message[2] & 2]
    assert given.count(None) == len(hints) == 400
    assert all(len(hint.message) <= len(asked) for hint in hints)
    for address in ("198.51.100.1", "2001:db8::1"):
        other = face.answer(asked, address, Transport.UDP, NOW)
        assert isinstance(other, Answered)
        assert not other.message[2] & 2
    assert isinstance(face.answer(asked, OUTSIDE, Transport.UDP, NOW + 1), Answered)


MESSAGE = dns.message.make_query("bakery.river.tab.alt.", "TXT", want_dnssec=True).to_wire()


@given(
    st.lists(st.tuples(st.integers(0, len(MESSAGE) - 1), st.integers(0, 255)), max_size=6),
    st.binary(max_size=40),
    st.sampled_from(list(Transport)),
)
def test_a_damaged_query_is_answered_as_dnspython_reads_it_or_not_at_all(
    changes: list[tuple[int, int]], more: bytes, transport: Transport
) -> None:
    data = bytearray(MESSAGE)
    for place, value in changes:
        data[place] = value
    given = FACE.answer(bytes(data) + more, OUTSIDE, transport, NOW)
    if isinstance(given, Answered):
        answer = dns.message.from_wire(given.message)
        assert answer.id == int.from_bytes(data[:2], "big")
        assert answer.flags & dns.flags.QR
        if transport is Transport.UDP:
            assert len(given.message) <= 512


LABELS = [b"bakery", b"river", b"lake", b"pond", b"void", b"smith", b"www", b"*", b"shop", b"nix"]
NAMES = st.lists(
    st.one_of(st.sampled_from(LABELS), st.binary(min_size=1, max_size=63)), max_size=6
).filter(lambda labels: sum(len(label) + 1 for label in labels) < 240)
SETS = st.sets(st.sampled_from([b"river", b"lake", b"void"]))


@given(NAMES, st.integers(0, 65_535), st.booleans(), st.tuples(SETS, SETS, SETS))
def test_every_name_and_type_gets_an_answer(
    labels: list[bytes], kind: int, signed: bool, sets: tuple[set[bytes], set[bytes], set[bytes]]
) -> None:
    hidden, unread, ended = sets
    source = example()
    source.hidden, source.unread = hidden, unread
    source.expires = {
        (name, community): NOW - 1 for community in ended for name in (b"bakery", b"boat", b"long")
    }
    name = dns.name.Name([*labels, b"tab", b"alt", b""])
    asked = dns.message.make_query(name, dns.rdatatype.RdataType.make(kind), want_dnssec=signed)
    answer = dns.message.from_wire(ask(answerer(source), asked.to_wire()))
    assert asked.is_response(answer)


FACE = answerer(example(), Policy(transfer_to=LOOPBACK, forward_for=LOOPBACK))


@given(st.binary(max_size=120), st.sampled_from(list(Transport)))
def test_noise_is_never_answered_with_more_than_it_brings(
    data: bytes, transport: Transport
) -> None:
    given = FACE.answer(data, "127.0.0.1", transport, NOW)
    assert given is None or (isinstance(given, Answered) and len(given.message) <= len(data))
