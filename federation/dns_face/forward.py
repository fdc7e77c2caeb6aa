"""Asking another resolver about names that are not ours, for those who may have that."""

import asyncio
import secrets
import socket

from federation.dns_face.message import Transport
from federation.dns_face.query import Query
from federation.dns_face.wire import (
    HEADER_BYTES,
    MESSAGE_BYTES_MAX,
    PLAIN_BYTES_MAX,
    QR,
    SERVFAIL,
    TC,
    write_header,
)

DEADLINE_S = 4.0
"""Stub resolvers ask again after five seconds."""
OPEN_MAX = 256
"""Queries under way; whoever comes then is told to try later."""


class Forwarder:
    """One resolver that is asked, over UDP, or over TCP for who came so.

    Args:
        host: Its address.
        port: Its port.
    """

    def __init__(self, host: str, port: int = 53) -> None:
        self._host = host
        self._port = port
        self._open = 0

    async def ask(self, data: bytes, query: Query, transport: Transport) -> bytes:
        """Return what the resolver answers; SERVFAIL where it does not.

        Args:
            data: The query as it came.
            query: The same, read.
            transport: How it came.
        """
        failed = write_header(query.id, QR | SERVFAIL | query.flags & 0x0110, (1, 0, 0, 0))
        failed += query.question
        if self._open >= OPEN_MAX:
            return failed
        self._open += 1
        ask = self._ask_datagram if transport is Transport.UDP else self._ask_stream
        # A number of our own: whoever guesses answers has to guess it, and the port.
        number = secrets.token_bytes(2)
        try:
            async with asyncio.timeout(DEADLINE_S):
                answer = await ask(number + data[2:], query)
        except (OSError, EOFError):
            return failed
        finally:
            self._open -= 1
        return self._fit(data[:2] + answer[2:], query, transport)

    async def _ask_datagram(self, data: bytes, query: Query) -> bytes:
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.setblocking(False)
            # Connected: the system drops what others send.
            await loop.sock_connect(asking, (self._host, self._port))
            await loop.sock_sendall(asking, data)
            while True:
                answer = await loop.sock_recv(asking, MESSAGE_BYTES_MAX)
                if _answers(answer, data, query):
                    return answer

    async def _ask_stream(self, data: bytes, query: Query) -> bytes:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(len(data).to_bytes(2, "big") + data)
            await writer.drain()
            answer = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
        finally:
            writer.close()
        if not _answers(answer, data, query):
            raise EOFError
        return answer

    def _fit(self, answer: bytes, query: Query, transport: Transport) -> bytes:
        """Return an answer, or over UDP its header and question where it is too long."""
        wanted = query.edns.payload if query.edns else PLAIN_BYTES_MAX
        if transport is not Transport.UDP or len(answer) <= max(wanted, PLAIN_BYTES_MAX):
            return answer
        flags = int.from_bytes(answer[2:4], "big") | TC
        head = answer[:2] + flags.to_bytes(2, "big")
        return head + b"\0\1" + bytes(6) + query.question


def _answers(answer: bytes, asked: bytes, query: Query) -> bool:
    """Return whether a message answers this query and no other (RFC 5452, section 9.1)."""
    if len(answer) < HEADER_BYTES or answer[:2] != asked[:2] or not answer[2] & QR >> 8:
        return False
    question = answer[HEADER_BYTES : HEADER_BYTES + len(query.question)]
    return answer[4:6] == b"\0\0" or question.lower() == query.question.lower()
