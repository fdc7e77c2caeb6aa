"""Serving a face inside a running program."""

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from federation.errors import NetworkUnreachable
from federation.settings import PORT_MAX
from federation.web.accept import Acceptor
from federation.web.attend import WIRES
from federation.web.gate import GATE

PORTS_TRIED = 10
GRACE_S = 2.0
"""What a request under way gets when the program ends; live events end at once."""
LINGERING_S = 5.0
"""How long the rest of a body that nobody reads is waited for, so that the answer is seen."""


@dataclass(frozen=True, slots=True)
class Served:
    """Where a face is to be opened.

    Attributes:
        host: The bound address.
        port: The bound port.
        secure: Whether it speaks TLS.
    """

    host: str
    port: int
    secure: bool

    @property
    def url(self) -> str:
        """The address to type, without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.secure else ''}://{host}:{self.port}"


@asynccontextmanager
async def serve_web(
    app: web.Application, host: str, port: int, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Served]:
    """Serve an application while the block runs.

    Args:
        app: From ``build_app``.
        host: The address to bind.
        port: The first of ten ports to try; 0 for any free one.
        tls: Keys and certificate, or None for plain HTTP.

    Raises:
        NetworkUnreachable: None of the ports can be bound.
    """
    listening = bind(host, port)
    try:
        async with serve_on(app, listening, tls) as served:
            yield served
    finally:
        listening.close()


@asynccontextmanager
async def serve_on(
    app: web.Application, listening: socket.socket, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Served]:
    """Serve an application on a bound socket while the block runs; the socket stays open.

    Whoever comes between two applications on one socket waits for the second.

    Args:
        app: From ``build_app``.
        listening: From ``bind``; its owner closes it.
        tls: Keys and certificate, or None for plain HTTP.
    """
    host, port = listening.getsockname()[:2]
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=GRACE_S, lingering_time=LINGERING_S
    )
    await runner.setup()
    make = runner.server
    assert make is not None, "it was set up"
    listening.setblocking(False)
    acceptor = Acceptor(listening, app[GATE], app[WIRES], make, tls)
    try:
        yield Served(host, port, tls is not None)
    finally:
        await acceptor.close()
        await runner.cleanup()


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens: at the port, else at the next free one of ten.

    Raises:
        NetworkUnreachable: None of them can be bound.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    failed: OSError | None = None
    for number in range(port, min(port + (PORTS_TRIED if port else 1), PORT_MAX + 1)):
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, number))
            # Two programs that start at once may both bind a port; only one of them listens at it.
            listening.listen()
        except OSError as error:
            listening.close()
            failed = error
        else:
            return listening
    raise NetworkUnreachable(
        f"the page cannot be served at {host}, ports {port} to {port + PORTS_TRIED - 1}: {failed}; "
        "choose another with --web-port"
    )
