"""A DHT node on a real socket that answers as a test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import cast

from federation.dht import krpc
from federation.dht.contact import Address

ID = b"\x77" * 20
Manner = Callable[[krpc.Query], Iterable[krpc.Message | bytes]]


class FakeNode(asyncio.DatagramProtocol):
    """Sends what its manner gives for each query; keeps all that came."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.queries: list[krpc.Query] = []
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.address: Address = ("", 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)
        self.address = transport.get_extra_info("sockname")

    def datagram_received(self, data: bytes, addr: Address) -> None:
        message = krpc.decode(data)
        if isinstance(message, krpc.Query):
            self.queries.append(message)
            for said in self.manner(message):
                self.say(said, addr)
        self.heard.put_nowait(data)

    def say(self, said: krpc.Message | bytes, address: Address) -> None:
        """Send a message, or any bytes."""
        self.transport.sendto(said if isinstance(said, bytes) else krpc.encode(said), address)


@asynccontextmanager
async def fake_node(manner: Manner) -> AsyncIterator[FakeNode]:
    """Give a node on loopback and close it afterwards."""
    loop = asyncio.get_running_loop()
    transport, node = await loop.create_datagram_endpoint(
        lambda: FakeNode(manner), local_addr=("127.0.0.1", 0)
    )
    try:
        yield node
    finally:
        transport.close()


def mute(_query: krpc.Query) -> Iterable[krpc.Message]:
    """Say nothing."""
    return ()


def polite(query: krpc.Query) -> Iterable[krpc.Message]:
    """Answer everything with nothing stored."""
    return (krpc.Reply(query.transaction, krpc.Answer(ID, token=b"token")),)
