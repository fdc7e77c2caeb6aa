"""Serving the face: its sockets, bound, answered at, and closed again."""

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from federation.dns_face.datagram import DatagramServer
from federation.dns_face.message import Transport
from federation.dns_face.respond import Responder
from federation.dns_face.stream import StreamServer
from federation.errors import NetworkUnreachable

FREE_TRIES = 32
"""A free TCP port whose UDP port is taken is given back, and another one is tried."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the face is served.

    Attributes:
        listen: The address to bind, IPv4 or IPv6.
        port: Of DNS over UDP and TCP; 0 for a free one.
        tls_port: Of DNS over TLS; None for none, 0 for a free one.
        https_port: Of DNS over HTTPS; as above.
    """

    listen: str = "127.0.0.1"
    port: int = 0
    tls_port: int | None = None
    https_port: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """Where it is.

    Attributes:
        port: Of DNS over UDP and TCP.
        tls_port: Of DNS over TLS, if it is served.
        https_port: Of DNS over HTTPS, if it is served.
    """

    port: int
    tls_port: int | None
    https_port: int | None


@asynccontextmanager
async def open_face(
    responder: Responder, place: Place, tls: ssl.SSLContext | None
) -> AsyncIterator[Opened]:
    """Answer while the block runs.

    Args:
        responder: Knows what to say.
        place: Where.
        tls: Keys and certificate; None speaks plain HTTP at the port for HTTPS, to a proxy.

    Raises:
        NetworkUnreachable: A port cannot be bound.
    """
    assert tls is not None or place.tls_port is None, "TLS needs a certificate"
    async with AsyncExitStack() as stack:
        datagrams, stream = _bind_both(place)
        server = DatagramServer(datagrams, responder)
        stack.push_async_callback(server.close)
        await _open_stream(stack, stream, responder, Transport.TCP, None)
        tls_port = https_port = None
        if place.tls_port is not None:
            listening = _listen(place.listen, place.tls_port)
            await _open_stream(stack, listening, responder, Transport.TLS, tls)
            tls_port = listening.getsockname()[1]
        if place.https_port is not None:
            from federation.dns_face.https import build_https  # noqa: PLC0415 -- takes long to import
            from federation.web.server import serve_on  # noqa: PLC0415 -- as above

            listening = stack.enter_context(_listen(place.listen, place.https_port))
            await stack.enter_async_context(serve_on(build_https(responder), listening, tls))
            https_port = listening.getsockname()[1]
        yield Opened(stream.getsockname()[1], tls_port, https_port)


async def _open_stream(
    stack: AsyncExitStack,
    listening: socket.socket,
    responder: Responder,
    transport: Transport,
    tls: ssl.SSLContext | None,
) -> None:
    server = StreamServer(responder, transport)
    await server.open(listening, tls)
    stack.push_async_callback(server.close)


def _bind_both(place: Place) -> tuple[socket.socket, socket.socket]:
    """Return a socket of UDP and one of TCP at the same port."""
    for _ in range(1 if place.port else FREE_TRIES):
        listening = _listen(place.listen, place.port)
        datagrams = _open(place.listen, socket.SOCK_DGRAM)
        try:
            datagrams.bind((place.listen, listening.getsockname()[1]))
        except OSError as error:
            failed = error
            datagrams.close()
            listening.close()
        else:
            return datagrams, listening
    raise _refused(place.listen, place.port, failed)


def _listen(host: str, port: int) -> socket.socket:
    listening = _open(host, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise _refused(host, port, error) from error
    return listening


def _open(host: str, kind: socket.SocketKind) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, kind)
    if family == socket.AF_INET6:
        # IPv4 would come as ::ffff:192.0.2.1, from one network as far as limits can tell.
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return opened


def _refused(host: str, port: int, error: OSError) -> NetworkUnreachable:
    return NetworkUnreachable(
        f"names cannot be served at {host} port {port}: {error}; choose another with --port, or "
        "stop what serves there"
    )
