"""Taking connections at a bound socket: as many as the gate lets in, TLS where it is spoken."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from http import HTTPStatus

from federation.web.gate import Entry, Gate, source_of
from federation.web.wire import CLOSE_S, TurnedAway, Wire, Wires, spell_answer

HANDSHAKE = b"\x16"
"""Every TLS connection begins with a record of this type (RFC 8446, section 5.1)."""
REQUEST_BYTES = 65_536
"""Of what came without TLS, read so that the answer is not lost by a reset."""
FULL_S = 1.0
"""The system is out of files or memory: it is asked again after this."""


class Acceptor:
    """Whoever came to a socket and is not yet talked to.

    Args:
        listening: Not blocking; its owner closes it, after ``close``.
        gate: Whom to let in.
        wires: Where connections stand while they are open.
        make: Makes aiohttp's protocol of a connection.
        tls: Keys and certificate, or None for plain HTTP.
    """

    def __init__(
        self,
        listening: socket.socket,
        gate: Gate,
        wires: Wires,
        make: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext | None,
    ) -> None:
        self._listening = listening
        self._gate = gate
        self._wires = wires
        self._make = make
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._arriving: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.create_task(self._accept())

    async def close(self) -> None:
        """Take nobody in any more; open connections stay."""
        tasks = [self._accepting, *self._arriving]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self) -> None:
        while True:
            try:
                accepted, address = await self._loop.sock_accept(self._listening)
            except ConnectionError:
                continue  # it went before it was taken
            except OSError:
                await asyncio.sleep(FULL_S)
                continue
            source = source_of(address[0])
            entry = self._gate.enter(source)
            if entry is Entry.CLOSED:
                accepted.close()
                continue
            task = asyncio.create_task(self._welcome(accepted, source, entry))
            self._arriving.add(task)
            task.add_done_callback(self._arriving.discard)

    async def _welcome(self, accepted: socket.socket, source: str, entry: Entry) -> None:
        """Connect somebody with who talks to him: the application, or who says that it is full."""
        talking: Wire | TurnedAway = (
            Wire(self._make(), self._gate, source, self._wires)
            if entry is Entry.IN
            else TurnedAway(self._gate, source)
        )
        try:
            if self._tls is None:
                await self._loop.connect_accepted_socket(lambda: talking, accepted)
            elif await self._speaks_tls(accepted):
                await self._loop.connect_accepted_socket(
                    lambda: talking,
                    accepted,
                    ssl=self._tls,
                    ssl_handshake_timeout=self._gate.limits.handshake_s,
                    ssl_shutdown_timeout=CLOSE_S,
                )
            else:
                accepted.close()
        except OSError:
            self._gate.note("handshake")
        finally:
            if not talking.met:
                self._gate.leave(source, entry)

    async def _speaks_tls(self, accepted: socket.socket) -> bool:
        """Return whether somebody begins with TLS; tell who does not where to go.

        Raises:
            OSError: Nothing came, or the connection is gone.
        """
        try:
            if await self._first_byte(accepted) in {HANDSHAKE, b""}:
                return True
            self._gate.note("plain")
            host, port = accepted.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            accepted.recv(REQUEST_BYTES)
            accepted.send(
                spell_answer(
                    HTTPStatus.BAD_REQUEST,
                    "What is sent here without TLS can be read by others of the network. "
                    f"Open https://{shown}:{port}/ instead.",
                )
            )
        except BaseException:
            accepted.close()
            raise
        return False

    async def _first_byte(self, accepted: socket.socket) -> bytes:
        """Return the first byte that comes, and leave it there; nothing where the other side ended.

        Raises:
            OSError: Nothing came in time, or the connection is gone.
        """
        came = asyncio.Event()
        self._loop.add_reader(accepted, came.set)
        try:
            await asyncio.wait_for(came.wait(), self._gate.limits.handshake_s)
        finally:
            self._loop.remove_reader(accepted)
        return accepted.recv(1, socket.MSG_PEEK)
