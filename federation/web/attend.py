"""What an application tells its connections: when a request begins, and when it is answered."""

import asyncio

from aiohttp import StreamReader, web
from aiohttp.typedefs import Handler, Middleware

from federation.web.failure import TooSlow
from federation.web.gate import Gate
from federation.web.wire import Timer, Wires

WIRES: web.AppKey[Wires] = web.AppKey("wires", dict)


def attend(gate: Gate, wires: Wires) -> Middleware:
    """Return what bounds the time of a request's body, and its connection's between requests.

    Args:
        gate: Its limits count.
        wires: The connections of the server that the application is served by.
    """

    @web.middleware
    async def attend_to(request: web.Request, handler: Handler) -> web.StreamResponse:
        wire = wires.get(request.protocol)
        timer = _watch_body(request.content, gate)
        if wire is not None:
            wire.begin()
        try:
            return await handler(request)
        finally:
            timer.stop()
            if wire is not None and request.protocol in wires:
                wire.end()

    return attend_to


def _watch_body(body: StreamReader, gate: Gate) -> Timer:
    """Make reads of a body fail with ``TooSlow`` once it comes too slowly."""
    timer, limits = Timer(), gate.limits
    begun = asyncio.get_running_loop().time()

    def look() -> None:
        if body.is_eof():
            return
        allowed_s = limits.body_s + body.total_bytes / limits.body_bytes_per_s
        left_s = begun + allowed_s - asyncio.get_running_loop().time()
        if left_s > 0:
            timer.set(left_s, look)
            return
        gate.note("body")
        body.set_exception(TooSlow())

    if not body.is_eof():
        timer.set(limits.body_s, look)
    return timer
