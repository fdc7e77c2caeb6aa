"""DNS over TCP and over TLS: many queries on a connection, and whole zones."""

import asyncio
import socket
import ssl
from contextlib import suppress

from federation.dns_face.answer import Forwarded, Transferred
from federation.dns_face.message import Transport
from federation.dns_face.respond import Responder
from federation.web.gate import Entry, Gate, Limits, source_of

LIMITS = Limits(open_max=256, of_source_max=64)
IDLE_S = 10.0
"""How long a connection waits for its next query, or for the rest of one (RFC 7766, 6.2.3)."""
STALL_S = 10.0
"""How long nobody may read of our answers."""
PENDING_BYTES = 65_536


class StreamServer:
    """Answers on a socket that listens, until it is closed; make it with ``open``.

    Args:
        responder: Knows what to say.
        transport: TCP or TLS.
    """

    def __init__(self, responder: Responder, transport: Transport) -> None:
        self._responder = responder
        self._transport = transport
        self._gate = Gate(LIMITS)
        self._talks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self, listening: socket.socket, tls: ssl.SSLContext | None) -> None:
        """Begin to answer.

        Args:
            listening: It is ours from now on.
            tls: Keys and certificate, for TLS.
        """
        handshake_s = LIMITS.handshake_s if tls else None
        self._server = await asyncio.start_server(
            self._take, sock=listening, ssl=tls, ssl_handshake_timeout=handshake_s
        )

    async def close(self) -> None:
        """Answer no more."""
        assert self._server is not None, "it was opened"
        self._server.close()
        for task in self._talks:
            task.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "streams run their handler in a task"
        self._talks.add(task)
        peer = writer.get_extra_info("peername")
        try:
            if peer is not None:
                await self._let_in(peer[0], reader, writer)
        finally:
            self._talks.discard(task)
            writer.close()

    async def _let_in(
        self, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        source = source_of(address)
        entry = self._gate.enter(source)
        if entry is Entry.CLOSED:
            return
        try:
            if entry is Entry.IN:
                # Whoever goes, stalls or sends half a message ends only his own connection.
                with suppress(OSError, EOFError):
                    await self._talk(address, reader, writer)
        finally:
            self._gate.leave(source, entry)

    async def _talk(
        self, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.transport.set_write_buffer_limits(high=PENDING_BYTES)
        while True:
            async with asyncio.timeout(IDLE_S):
                data = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
            given = self._responder.judge(data, address, self._transport)
            if given is None:
                return
            if isinstance(given, Forwarded):
                given = await self._responder.forward(data, given, self._transport)
            messages = given.messages if isinstance(given, Transferred) else [given.message]
            for message in messages:
                writer.write(len(message).to_bytes(2, "big") + message)
                async with asyncio.timeout(STALL_S):
                    await writer.drain()
                if isinstance(given, Transferred):
                    await asyncio.sleep(0)  # signing a zone takes long; others have their turn
