"""Live changes: what the program tells the pages that are open (server-sent events)."""

import asyncio
import json
from collections.abc import Mapping

from aiohttp import web

from federation.web.gate import GATE
from federation.web.language import _
from federation.web.session import need_visit
from federation.web.wire import RETRY_S

QUEUE_EVENTS_MAX = 64
"""An open page that reads more slowly loses the oldest: pages fetch what is, not what happened."""
LISTENERS_MAX = 64
LISTENERS_OF_SOURCE_MAX = 16
"""A browser opens six connections to one name; more are several browsers behind one address."""
HEARTBEAT_S = 15.0
"""A comment this often tells a page, and any proxy between, that the program lives."""
RETRY_MS = 2_000
NAME_CHARS_MAX = 32


class Events:
    """Everybody who listens, on the loop that serves the pages."""

    def __init__(self) -> None:
        self._listeners: dict[asyncio.Queue[bytes | None], web.Request] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the loop that serves the pages; before it, nobody listens."""
        self._loop = loop

    def tell(self, name: str, data: Mapping[str, object] | None = None) -> None:
        """Tell every open page something, from any thread; never waits.

        Args:
            name: What kind: ``books`` when the ledger or an own change moved.
            data: Small JSON values; nothing that must arrive.
        """
        assert name.isidentifier(), name
        assert len(name) <= NAME_CHARS_MAX, name
        if self._loop is None or self._loop.is_closed():
            return
        text = json.dumps(dict(data or {}), ensure_ascii=True, separators=(",", ":"))
        line = f"event: {name}\ndata: {text}\n\n".encode()
        self._loop.call_soon_threadsafe(self._spread, line)

    def close(self) -> None:
        """End every listener's stream, on the loop."""
        for queue in self._listeners:
            _put(queue, None)

    def leave(self, sitting: str) -> None:
        """End the streams of a browser that signed out, on the loop.

        Args:
            sitting: Whose, in hex.
        """
        for queue, request in self._listeners.items():
            if need_visit(request).id == sitting:
                _put(queue, None)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer ``GET /events`` until the page or the program goes.

        Raises:
            HTTPServiceUnavailable: As many pages as can be served are open, in all or there.
        """
        # A page that was closed stands here until the next write to it fails: it does not count.
        sources = [one.remote for one in self._listeners.values() if one.transport is not None]
        if (
            len(sources) >= LISTENERS_MAX
            or sources.count(request.remote) >= LISTENERS_OF_SOURCE_MAX
        ):
            request.app[GATE].note("events")
            raise web.HTTPServiceUnavailable(
                text=_("Too many pages are open; close some of them."),
                headers={"Retry-After": str(RETRY_S)},
            )
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE_EVENTS_MAX)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        self._listeners[queue] = request
        try:
            await response.prepare(request)
            await response.write(f"retry: {RETRY_MS}\n\n".encode())
            while (line := await _next(queue)) is not None:
                await response.write(line)
        except ConnectionResetError:
            # The page was closed, which is how this ends as a rule.
            return response
        finally:
            del self._listeners[queue]
        return response

    def _spread(self, line: bytes) -> None:
        for queue in self._listeners:
            _put(queue, line)


EVENTS: web.AppKey[Events] = web.AppKey("events", Events)


async def _next(queue: asyncio.Queue[bytes | None]) -> bytes | None:
    """Return the next event, a heartbeat when none came, or None at the end."""
    try:
        return await asyncio.wait_for(queue.get(), HEARTBEAT_S)
    except TimeoutError:
        return b": alive\n\n"


def _put(queue: asyncio.Queue[bytes | None], line: bytes | None) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(line)
