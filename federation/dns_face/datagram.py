"""DNS over UDP: a socket that is read in bursts."""

import asyncio
import socket
from contextlib import suppress

from federation.dns_face.answer import Forwarded
from federation.dns_face.message import Answered, Transport
from federation.dns_face.respond import Responder
from federation.dns_face.wire import MESSAGE_BYTES_MAX

BURST_MAX = 64
"""Datagrams that are taken before others have their turn."""
RECEIVE_BYTES = 2**20
"""What the system keeps for us meanwhile."""

Address = tuple[str, int] | tuple[str, int, int, int]


class DatagramServer:
    """Answers what comes to a bound socket, until it is closed.

    Args:
        bound: Of type SOCK_DGRAM; it is ours from now on.
        responder: Knows what to say.
    """

    def __init__(self, bound: socket.socket, responder: Responder) -> None:
        self._socket = bound
        self._responder = responder
        self._forwarding: set[asyncio.Task[None]] = set()
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        asyncio.get_running_loop().add_reader(bound, self._read)

    async def close(self) -> None:
        """Answer no more."""
        asyncio.get_running_loop().remove_reader(self._socket)
        for task in self._forwarding:
            task.cancel()
        await asyncio.gather(*self._forwarding, return_exceptions=True)
        self._socket.close()

    def _read(self) -> None:
        for _ in range(BURST_MAX):
            try:
                data, address = self._socket.recvfrom(MESSAGE_BYTES_MAX)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                # Somebody whom we answered is not there (ICMP); the next datagram is another's.
                continue
            given = self._responder.judge(data, address[0], Transport.UDP)
            if isinstance(given, Answered):
                self._send(given.message, address)
            elif isinstance(given, Forwarded):
                task = asyncio.create_task(self._forward(data, given, address))
                self._forwarding.add(task)
                task.add_done_callback(self._forwarding.discard)

    async def _forward(self, data: bytes, forwarded: Forwarded, address: Address) -> None:
        answered = await self._responder.forward(data, forwarded, Transport.UDP)
        self._send(answered.message, address)

    def _send(self, message: bytes, address: Address) -> None:
        # A datagram that does not get out is as good as lost on its way: the asker asks again.
        with suppress(OSError):
            self._socket.sendto(message, address)
