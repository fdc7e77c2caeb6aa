"""Who holds connections, sends slowly or reads slowly: real sockets against the sample face."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aiohttp import web

from federation.web.gate import GATE, REASONS, Entry, Gate, Limits, source_of
from federation.web.server import Served, serve_web
from federation.web.tls import keep_certificate, load_context
from tests.support.webface import sample_app

WITHIN_S = 15.0
QUICK_S = 0.3
LONG_S = 3_600.0
HEAD = b"GET /open HTTP/1.1\r\nHost: 127.0.0.1\r\n"
ASKED = HEAD + b"\r\n"
NOW = 1_800_000_000
PATIENT = Limits(handshake_s=LONG_S, head_s=LONG_S, body_s=LONG_S, idle_s=LONG_S, stall_s=LONG_S)
"""A test that is about one of the limits meets no other one, on a busy machine either."""
ANSWER_BYTES = 64 * 2**20
"""More than the buffers of both systems hold."""


@dataclass(frozen=True)
class Caller:
    """One raw connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def hear(self) -> bytes:
        """Return everything until the other side closes."""
        async with asyncio.timeout(WITHIN_S):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def answer(self) -> int:
        """Return the status of one answer, whose body is read."""
        async with asyncio.timeout(WITHIN_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await self.reader.readexactly(length)
        return int(head.split()[1])


@dataclass(frozen=True)
class Face:
    """The sample face while it is served, and who calls."""

    served: Served
    gate: Gate
    callers: list[Caller]

    async def call(self, source: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Caller:
        reader, writer = await asyncio.open_connection(
            self.served.host, self.served.port, local_addr=(source, 0), ssl=tls
        )
        caller = Caller(reader, writer)
        self.callers.append(caller)
        return caller

    async def until(self, reason: str, count: int = 1) -> None:
        """Wait until so many were turned away for a reason."""
        await self._until(lambda: self.gate.turned_away[reason] >= count)

    async def until_open(self, count: int) -> None:
        """Wait until so many connections are open."""
        await self._until(lambda: self.gate.open == count)

    async def _until(self, ready: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not ready():  # noqa: ASYNC110 -- the gate tells nobody
                await asyncio.sleep(0.01)


async def send_much(_request: web.Request) -> web.Response:
    return web.Response(body=bytes(ANSWER_BYTES))


@asynccontextmanager
async def face_of(limits: Limits, tls: ssl.SSLContext | None = None) -> AsyncIterator[Face]:
    app = sample_app(limits=limits)
    app.router.add_get("/static/much", send_much)
    async with serve_web(app, "127.0.0.1", 0, tls) as served:
        face = Face(served, app[GATE], [])
        try:
            yield face
        finally:
            for caller in face.callers:
                caller.writer.close()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return keep_certificate(tmp_path_factory.mktemp("tls"), ("127.0.0.1",), NOW)


@pytest.fixture
def tls(pair: tuple[Path, Path]) -> ssl.SSLContext:
    return load_context(*pair)


def careless() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


async def test_a_source_with_too_many_connections_is_told_and_others_are_served() -> None:
    async with face_of(replace(PATIENT, of_source_max=3)) as face:
        held = [await face.call() for _ in range(3)]
        await face.until_open(3)
        refused = await face.call()
        await refused.send(ASKED)
        said = await refused.hear()
        assert said.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert b"Retry-After: " in said
        assert b"Too many connections" in said
        other = await face.call("127.0.0.2")
        await other.send(ASKED)
        assert await other.answer() == 200
        await held[0].send(ASKED)
        assert await held[0].answer() == 200
        assert face.gate.turned_away == {"source": 1}
        held[1].writer.close()
        await face.until_open(3)
        again = await face.call()
        await again.send(ASKED)
        assert await again.answer() == 200


async def test_a_full_face_tells_some_and_closes_on_the_rest() -> None:
    async with face_of(replace(PATIENT, open_max=2, turned_away_max=1)) as face:
        for source in ("127.0.0.2", "127.0.0.3"):
            await face.call(source)
        await face.until_open(2)
        told = await face.call("127.0.0.4")
        await face.until("connections")
        closed = await face.call("127.0.0.5")
        assert await closed.hear() == b""
        await told.send(ASKED)
        assert b"503" in await told.hear()
        assert face.gate.turned_away["connections"] == 2


async def test_who_never_ends_the_headers_hears_so_and_is_closed() -> None:
    async with face_of(replace(PATIENT, head_s=QUICK_S)) as face:
        slow = await face.call()
        await slow.send(HEAD)
        for letter in b"X-Slow: a":
            await slow.send(bytes([letter]))
        said = await slow.hear()
        assert said.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert said.endswith(b"The request took too long to come.\n")
        await face.until_open(0)
        assert face.gate.turned_away == {"head": 1}


async def test_the_second_request_of_a_connection_has_no_longer() -> None:
    async with face_of(replace(PATIENT, head_s=QUICK_S)) as face:
        caller = await face.call()
        await caller.send(ASKED)
        assert await caller.answer() == 200
        await caller.send(b"GET")
        assert b"408" in await caller.hear()


async def test_a_connection_without_a_request_ends_silently_and_one_between_two_too() -> None:
    async with face_of(replace(PATIENT, idle_s=QUICK_S)) as face:
        mute = await face.call()
        assert await mute.hear() == b""
        served = await face.call()
        await served.send(ASKED)
        assert await served.answer() == 200
        assert await served.hear() == b""
        assert not face.gate.turned_away


async def test_a_body_that_stops_on_its_way_is_told_in_plain_words() -> None:
    async with face_of(replace(PATIENT, body_s=QUICK_S, body_bytes_per_s=2**20)) as face:
        slow = await face.call()
        form = b"Content-Type: application/x-www-form-urlencoded\r\n"
        await slow.send(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n" + form)
        await slow.send(b"Content-Length: 1000\r\n\r\nsecret=")
        said = (await slow.hear()).decode()
        assert said.startswith("HTTP/1.1 408 Request Timeout\r\n")
        assert "connection: close" in said.lower()
        assert "came too slowly" in said
        await face.until_open(0)
        assert face.gate.turned_away == {"body": 1}


async def test_an_upload_in_parts_that_stops_is_told_so_too() -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
    async with face_of(replace(PATIENT, body_s=QUICK_S, body_bytes_per_s=2**20)) as face:
        slow = await face.call()
        kind = b"Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n"
        await slow.send(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n" + kind)
        await slow.send(b"\r\n%x\r\n%s" % (len(part), part))
        assert b" 408 " in await slow.hear()


async def test_a_body_has_more_time_for_what_came_of_it() -> None:
    async with face_of(replace(PATIENT, body_s=0.0, body_bytes_per_s=1)) as face:
        slow = await face.call()
        kind = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 120\r\n\r\n"
        await slow.send(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n" + kind + b"x" * 110)
        await face.until_open(1)
        await slow.send(b"x" * 10)
        # It was read whole: signing in needs the form's own token, which this one lacks.
        assert await slow.answer() == 403
        assert not face.gate.turned_away


async def test_who_does_not_read_the_answer_is_cut_off() -> None:
    async with face_of(replace(PATIENT, stall_s=QUICK_S)) as face:
        deaf = await face.call()
        await deaf.send(HEAD.replace(b"/open", b"/static/much") + b"\r\n")
        await face.until("stalled")
        await face.until_open(0)


async def test_who_reads_a_large_answer_gets_all_of_it() -> None:
    async with face_of(PATIENT) as face:
        caller = await face.call()
        await caller.send(HEAD.replace(b"/open", b"/static/much") + b"\r\n")
        assert await caller.answer() == 200


async def test_who_speaks_no_tls_is_told_where_to_go(tls: ssl.SSLContext) -> None:
    async with face_of(PATIENT, tls) as face:
        plain = await face.call()
        await plain.send(ASKED)
        said = (await plain.hear()).decode()
        assert said.startswith("HTTP/1.1 400 Bad Request\r\n")
        assert f"Open https://127.0.0.1:{face.served.port}/ instead." in said
        secure = await face.call(tls=careless())
        await secure.send(ASKED)
        assert await secure.answer() == 200
        assert face.gate.turned_away == {"plain": 1}


@pytest.mark.parametrize("begun", [b"", b"\x16\x03\x01"])
async def test_a_handshake_that_is_not_ended_ends(tls: ssl.SSLContext, begun: bytes) -> None:
    async with face_of(replace(PATIENT, handshake_s=QUICK_S), tls) as face:
        slow = await face.call()
        await slow.send(begun)
        await face.until("handshake")
        assert await slow.hear() == b""
        await face.until_open(0)


async def test_who_is_turned_away_hears_it_over_tls_too(tls: ssl.SSLContext) -> None:
    async with face_of(replace(PATIENT, of_source_max=1), tls) as face:
        await face.call(tls=careless())
        refused = await face.call(tls=careless())
        await refused.send(ASKED)
        assert (await refused.hear()).startswith(b"HTTP/1.1 503 ")


async def test_a_handshake_under_way_keeps_nobody_from_ending(tls: ssl.SSLContext) -> None:
    async with asyncio.timeout(WITHIN_S), face_of(PATIENT, tls) as face:
        await face.call()
        await (await face.call()).send(b"\x16")
        await face.until_open(2)
    assert face.gate.open == 0


def test_a_proxy_of_ours_may_ask_for_many() -> None:
    gate = Gate(Limits(open_max=3, of_source_max=1, for_many=frozenset({"127.0.0.1"})))
    assert [gate.enter("127.0.0.1") for _ in range(2)] == [Entry.IN, Entry.IN]
    assert [gate.enter("192.0.2.1") for _ in range(2)] == [Entry.IN, Entry.AWAY]
    gate.leave("192.0.2.1", Entry.AWAY)
    gate.leave("127.0.0.1", Entry.IN)
    assert gate.open == 2
    assert set(gate.turned_away) <= set(REASONS)


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::1", "::1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_a_source_is_an_address_or_an_ipv6_network(host: str, source: str) -> None:
    assert source_of(host) == source
