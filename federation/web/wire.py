"""One connection to a face: what it may take of time, between the socket and aiohttp.

aiohttp counts no connections, waits for a request's head and body as long as they take, and an hour
for the next request (``web_protocol.RequestHandler`` of 3.14). All of that is bounded here.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import cast

from federation.web.gate import Entry, Gate

CLOSE_S = 5.0
"""What a closed connection gets for its last bytes before it is cut."""
RETRY_S = 10
"""When who was turned away may come again, seconds."""
Wires = dict[asyncio.Protocol, "Wire"]
"""Every open connection, by aiohttp's protocol for it."""


def spell_answer(status: HTTPStatus, text: str) -> bytes:
    """Return a whole answer as it goes over the wire, for a connection that ends with it.

    Source:
        RFC 9112, sections 4 and 9.6; RFC 9110, section 10.2.3 (Retry-After).
    """
    body = f"{text}\n".encode()
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Connection: close",
        *([f"Retry-After: {RETRY_S}"] if status is HTTPStatus.SERVICE_UNAVAILABLE else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Wire(asyncio.Protocol):
    """Stands before aiohttp's protocol, and closes the connection of who takes too long.

    Args:
        inner: aiohttp's.
        gate: Counts.
        source: Whose it is, let in by the gate.
        wires: Where this one stands while it is open.

    Attributes:
        met: Whether the connection was made; from then on the wire itself tells the gate its end.
    """

    def __init__(self, inner: asyncio.Protocol, gate: Gate, source: str, wires: Wires) -> None:
        self._inner = inner
        self._gate = gate
        self._source = source
        self._wires = wires
        self._patience = Timer()
        self._reader = Timer()
        self._in_head = False
        self._in_request = False
        self.met = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first request."""
        self.met = True
        self._transport = cast("asyncio.Transport", transport)
        self._wires[self._inner] = self
        self._patience.set(self._gate.limits.idle_s, self._close)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Hand on what came; the first byte of a request begins its time."""
        if not self._in_request and not self._in_head:
            self._in_head = True
            self._patience.set(self._gate.limits.head_s, self._close)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Hand on that nothing more comes."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Begin to watch whether the answer is read."""
        self._watch_reader(-1)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """End that."""
        self._reader.stop()
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for the next one."""
        self._patience.stop()
        self._reader.stop()
        del self._wires[self._inner]
        self._gate.leave(self._source, Entry.IN)
        self._inner.connection_lost(exc)

    def begin(self) -> None:
        """Note that a request's head came whole: from here on its handler decides."""
        self._in_head, self._in_request = False, True
        self._patience.stop()

    def end(self) -> None:
        """Note that a request was answered."""
        self._in_request = False
        self._patience.set(self._gate.limits.idle_s, self._close)

    def _close(self) -> None:
        """Close a connection that took too long, and cut it if that does not end it."""
        if self._transport.is_closing():
            self._transport.abort()
            return
        if self._in_head:
            self._gate.note("head")
            late = spell_answer(HTTPStatus.REQUEST_TIMEOUT, "The request took too long to come.")
            self._transport.write(late)
        self._transport.close()
        self._patience.set(CLOSE_S, self._close)

    def _watch_reader(self, before_bytes: int) -> None:
        """Cut the connection if nothing of the answer was read since the look before."""
        left_bytes = self._transport.get_write_buffer_size()
        if left_bytes == before_bytes:
            self._gate.note("stalled")
            self._transport.abort()
            return
        self._reader.set(self._gate.limits.stall_s, lambda: self._watch_reader(left_bytes))


class TurnedAway(asyncio.Protocol):
    """Tells who comes to a full face so, and closes.

    Args:
        gate: Counts.
        source: Whose connection it is, turned away by the gate.

    Attributes:
        met: As a wire's.
    """

    def __init__(self, gate: Gate, source: str) -> None:
        self._gate = gate
        self._source = source
        self._patience = Timer()
        self.met = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the request: who is told before he asked may miss it."""
        self.met = True
        self._transport = cast("asyncio.Transport", transport)
        self._patience.set(self._gate.limits.head_s, self._transport.abort)

    def data_received(self, _data: bytes) -> None:
        """Answer, whatever was asked."""
        if self._transport.is_closing():
            return
        full = "Too many connections are open here; close some pages and try again in a moment."
        self._transport.write(spell_answer(HTTPStatus.SERVICE_UNAVAILABLE, full))
        self._transport.close()

    def connection_lost(self, _exc: Exception | None) -> None:
        """Make room for the next one."""
        self._patience.stop()
        self._gate.leave(self._source, Entry.AWAY)


class Timer:
    """One thing that happens later unless it is put off."""

    def __init__(self) -> None:
        self._handle: asyncio.TimerHandle | None = None

    def set(self, seconds: float, act: Callable[[], None]) -> None:
        """Let something happen then, and nothing that was set before."""
        self.stop()
        self._handle = asyncio.get_running_loop().call_later(seconds, act)

    def stop(self) -> None:
        """Let nothing happen."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
