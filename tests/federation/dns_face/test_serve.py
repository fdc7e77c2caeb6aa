"""The face on real sockets: UDP, TCP, TLS, HTTPS, transfers and forwarding."""

import asyncio
import base64
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import dns.asyncquery
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.zone
import pytest

from federation.dns_face.answer import LOOPBACK, Policy
from federation.dns_face.forward import Forwarder
from federation.dns_face.respond import Responder
from federation.dns_face.serve import Opened, Place, open_face
from federation.errors import NetworkUnreachable
from federation.web.tls import keep_certificate, load_context
from tests.support.dns_source import NOW, ORIGIN, TableSource, answerer, example

HOST = "127.0.0.1"
MEDIA = "application/dns-message"


@asynccontextmanager
async def serving(
    source: TableSource | None = None,
    place: Place | None = None,
    *,
    policy: Policy | None = None,
    forward: int | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Opened]:
    face = answerer(source or example(), policy)
    forwarder = None if forward is None else Forwarder(HOST, forward)
    responder = Responder(face, forwarder, lambda: NOW)
    async with open_face(responder, place or Place(), tls) as opened:
        yield opened


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return keep_certificate(tmp_path_factory.mktemp("dns"), [HOST], 1_790_000_000)


def question(name: str = "bakery.river.tab.alt.", kind: str = "A") -> dns.message.Message:
    return dns.message.make_query(name, kind)


def address_in(answer: dns.message.Message) -> str:
    return str(answer.answer[-1][0])


async def test_udp_and_tcp_answer_at_the_same_port() -> None:
    async with serving() as opened:
        for ask in (dns.asyncquery.udp, dns.asyncquery.tcp):
            answer = await ask(question(), HOST, port=opened.port, timeout=10)
            assert address_in(answer) == "192.0.2.1"


async def test_it_answers_over_ipv6_too() -> None:
    async with serving(place=Place("::1")) as opened:
        answer = await dns.asyncquery.udp(question(), "::1", port=opened.port, timeout=10)
        assert address_in(answer) == "192.0.2.1"


async def test_what_does_not_fit_a_datagram_comes_over_tcp() -> None:
    async with serving() as opened:
        asked = question("long.river.tab.alt.", "TXT")
        answer, by_tcp = await dns.asyncquery.udp_with_fallback(asked, HOST, 10, opened.port)
        assert by_tcp
        assert len(answer.answer[0]) == 9


async def test_many_queries_on_one_connection_are_answered_in_order() -> None:
    async with serving() as opened:
        reader, writer = await asyncio.open_connection(HOST, opened.port)
        asked = [question(f"n{number}.river.tab.alt.") for number in range(100)]
        wires = [one.to_wire() for one in asked]
        writer.write(b"".join(len(wire).to_bytes(2, "big") + wire for wire in wires))
        for one in asked:
            size = int.from_bytes(await reader.readexactly(2), "big")
            answer = dns.message.from_wire(await reader.readexactly(size))
            assert one.is_response(answer)
        writer.close()


async def test_half_a_message_ends_only_its_own_connection() -> None:
    async with serving() as opened:
        reader, writer = await asyncio.open_connection(HOST, opened.port)
        writer.write(b"\0\x30half")
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        answer = await dns.asyncquery.tcp(question(), HOST, port=opened.port, timeout=10)
        assert address_in(answer) == "192.0.2.1"


async def test_tls_answers_who_trusts_the_certificate(pair: tuple[Path, Path]) -> None:
    place = Place(tls_port=0)
    trust = ssl.create_default_context(cafile=str(pair[0]))
    async with serving(place=place, tls=load_context(*pair)) as opened:
        assert opened.tls_port
        answer = await dns.asyncquery.tls(
            question(), HOST, port=opened.tls_port, timeout=10, ssl_context=trust
        )
        assert address_in(answer) == "192.0.2.1"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_https_answers_and_says_for_how_long(method: str, pair: tuple[Path, Path]) -> None:
    trust = ssl.create_default_context(cafile=str(pair[0]))
    asked = question()
    wire = asked.to_wire()
    async with (
        serving(place=Place(https_port=0), tls=load_context(*pair)) as opened,
        aiohttp.ClientSession() as session,
    ):
        url = f"https://{HOST}:{opened.https_port}/dns-query"
        params = {"dns": base64.urlsafe_b64encode(wire).rstrip(b"=").decode()}
        sent = (
            {"params": params}
            if method == "GET"
            else {"data": wire, "headers": {"Content-Type": MEDIA}}
        )
        async with session.request(method, url, ssl=trust, **sent) as got:
            assert got.status == 200
            assert got.content_type == MEDIA
            assert got.headers["Cache-Control"] == "max-age=300"
            answer = dns.message.from_wire(await got.read())
    assert asked.is_response(answer)
    assert address_in(answer) == "192.0.2.1"


@pytest.mark.parametrize(
    ("method", "params", "media", "body", "status"),
    [
        ("GET", {}, "", b"", 400),
        ("GET", {"dns": "!"}, "", b"", 400),
        ("GET", {"dns": "ä"}, "", b"", 400),
        ("GET", {"dns": "AAAA"}, "", b"", 400),
        ("GET", {"dns": "A" * 2_049}, "", b"", 400),
        ("POST", {}, "text/plain", b"x", 415),
        ("POST", {}, MEDIA, b"", 400),
        ("POST", {}, MEDIA, bytes(70_000), 413),
        ("PUT", {}, MEDIA, b"", 405),
    ],
)
async def test_https_refuses_what_is_no_query(
    method: str, params: dict[str, str], media: str, body: bytes, status: int
) -> None:
    async with (
        serving(place=Place(https_port=0)) as opened,
        aiohttp.ClientSession() as session,
        session.request(
            method, f"http://{HOST}:{opened.https_port}/dns-query", params=params, data=body,
            headers={"Content-Type": media},
        ) as got,
    ):  # fmt: skip
        assert got.status == status


async def transfer(port: int) -> dns.zone.Zone:
    def fetch() -> dns.zone.Zone:
        zone = dns.zone.Zone(ORIGIN)
        dns.query.inbound_xfr(HOST, zone, port=port, timeout=10, lifetime=20)
        return zone

    return await asyncio.to_thread(fetch)


async def test_the_whole_zone_goes_to_who_may_have_it() -> None:
    async with serving(policy=Policy(transfer_to=LOOPBACK)) as opened:
        zone = await transfer(opened.port)
    found = zone.find_rdataset("bakery.river", "A")
    assert [str(one) for one in found] == ["192.0.2.1"]
    assert len(zone.nodes) == 1 + 3 + 7 + 1 + 4 + 1 + 1
    owner = dns.name.empty
    for _ in zone.nodes:
        owner = zone.find_rrset(owner, "NSEC")[0].next  # relative to the zone
    assert owner == dns.name.empty
    assert zone.find_rrset("@", "DNSKEY")


async def test_nobody_else_gets_the_whole_zone() -> None:
    elsewhere = Policy(transfer_to=(ipaddress.ip_network("192.0.2.0/24"),))
    for policy in (None, elsewhere):
        async with serving(policy=policy) as opened:
            with pytest.raises(dns.query.TransferError):
                await transfer(opened.port)


async def test_other_names_are_refused_unless_they_are_forwarded() -> None:
    async with serving() as elsewhere, serving() as opened:
        asked = question("example.com.")
        answer = await dns.asyncquery.udp(asked, HOST, port=opened.port, timeout=10)
        assert answer.rcode() == dns.rcode.REFUSED
        assert elsewhere.port != opened.port


class Resolver(asyncio.DatagramProtocol):
    """Another resolver; what nobody asked for comes before each of its answers."""

    transport: asyncio.DatagramTransport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(b"noise", addr)
        self.transport.sendto(bytes(2) + resolve(data)[2:], addr)
        self.transport.sendto(resolve(data), addr)


def resolve(data: bytes) -> bytes:
    asked = dns.message.from_wire(data)
    answer = dns.message.make_response(asked, recursion_available=True)
    answer.answer.append(dns.rrset.from_text(asked.question[0].name, 60, "IN", "A", "198.51.100.7"))
    return answer.to_wire()


async def test_forwarded_names_are_answered_by_the_other_resolver() -> None:
    transport, resolver = await asyncio.get_running_loop().create_datagram_endpoint(
        Resolver, (HOST, 0)
    )
    resolver.transport = transport
    port = transport.get_extra_info("sockname")[1]
    async with serving(policy=Policy(forward_for=LOOPBACK), forward=port) as opened:
        asked = question("example.com.")
        answer = await dns.asyncquery.udp(asked, HOST, port=opened.port, timeout=10)
        own = await dns.asyncquery.udp(question(), HOST, port=opened.port, timeout=10)
    transport.close()
    assert address_in(answer) == "198.51.100.7"
    assert address_in(own) == "192.0.2.1"
    assert own.flags & dns.flags.RA


async def test_a_resolver_that_is_not_there_is_a_failure_and_no_silence() -> None:
    async with serving() as closed:
        port = closed.port
    async with serving(policy=Policy(forward_for=LOOPBACK), forward=port) as opened:
        for ask in (dns.asyncquery.udp, dns.asyncquery.tcp):
            answer = await ask(question("example.com."), HOST, port=opened.port, timeout=10)
            assert answer.rcode() == dns.rcode.SERVFAIL


async def test_over_tcp_the_other_resolver_is_asked_over_tcp() -> None:
    async with (
        serving() as other,
        serving(policy=Policy(forward_for=LOOPBACK), forward=other.port) as opened,
    ):
        asked = question("example.com.")
        answer = await dns.asyncquery.tcp(asked, HOST, port=opened.port, timeout=10)
        assert answer.rcode() == dns.rcode.REFUSED


async def test_a_taken_port_is_said_with_what_to_do() -> None:
    async with serving() as opened:
        with pytest.raises(NetworkUnreachable, match="choose another with --port"):
            async with serving(place=Place(port=opened.port)):
                raise AssertionError
