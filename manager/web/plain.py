"""What programs ask for without signing in: /metrics, /healthz and the doorbell."""

import asyncio
import ipaddress
import json
import time
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from federation.console.views import View
from federation.dht.pace import Buckets
from federation.errors import FederationError
from federation.web.gate import GATE
from ledger.errors import LedgerError
from manager.doorbell import RING_BYTES, Doorbell
from manager.page import Network
from manager.web.desk import Desk

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LOOPBACK: tuple[Network, ...] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)
FORWARDED = frozenset({"Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"})
"""What a proxy adds: through it the whole world would come from this computer."""
SOURCES_MAX = 1_024
SCRAPES_PER_S = 2.0
SCRAPES_BURST = 10.0
RINGS_PER_S = 1.0
RINGS_BURST = 20.0
RINGS_OF_ALL_PER_S = 20.0
RINGS_OF_ALL_BURST = 100.0
RING_S = 5.0
"""How long the body of a ring may take."""
UNWELL = frozenset({"late", "promise"})
"""Matters that are not yet a stop and make the health check fail all the same."""


class PlainWays:
    """Answers them before the guard of the pages: no session, no cookie, limits of their own."""

    def __init__(self, desk: Desk, doorbell: Doorbell, sources: tuple[Network, ...] = ()) -> None:
        self._desk = desk
        self._doorbell = doorbell
        self._sources = sources
        self._scrapes = Buckets(SCRAPES_PER_S, SCRAPES_BURST, SOURCES_MAX)
        self._rings = Buckets(RINGS_PER_S, RINGS_BURST, SOURCES_MAX)
        self._all_rings = Buckets(RINGS_OF_ALL_PER_S, RINGS_OF_ALL_BURST, 1)
        self._ways = {
            ("GET", "/metrics"): self._metrics,
            ("GET", "/healthz"): self._health,
            ("POST", "/doorbell"): self._ring,
        }

    @property
    def middleware(self) -> Middleware:
        """What answers these requests and hands on all others."""

        @web.middleware
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            way = self._ways.get((request.method, request.path))
            return await handler(request) if way is None else await way(request)

        return answer

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._refuse(request)) is not None:
            return refused
        from manager.web.metrics import CONTENT_TYPE, expose  # noqa: PLC0415 -- seldom needed

        held = await self._desk.overview()
        counts = self._desk.log.counts() | {"rings": self._doorbell.rings}
        text = expose(held, counts, self._desk.now(), request.app[GATE])
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})

    async def _health(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._refuse(request)) is not None:
            return refused
        try:
            reasons = find_reasons(await self._desk.overview())
        except (LedgerError, FederationError, OSError):
            # What exactly is for the log and the page: this answer says nothing of the home.
            reasons = ["storage"]
        body = json.dumps({"ok": not reasons, "reasons": reasons})
        status = 503 if reasons else 200
        return web.Response(text=body, status=status, content_type="application/json")

    async def _ring(self, request: web.Request) -> web.StreamResponse:
        """Take a ring; the answer is the same whoever is meant, and waits for nothing."""
        now = time.monotonic()
        source = request.remote or ""
        if not self._rings.allows(source, now) or not self._all_rings.allows("", now):
            return web.Response(status=429, headers={"Retry-After": "5"})
        if (request.content_length or 0) != RING_BYTES:
            return web.Response(status=400, text=f"a ring is the {RING_BYTES} bytes of a key\n")
        try:
            async with asyncio.timeout(RING_S):
                key = await request.content.readexactly(RING_BYTES)
        except (TimeoutError, asyncio.IncompleteReadError):
            return web.Response(status=400, text="the ring broke off\n")
        self._doorbell.ring(key, now)
        return web.Response(status=204)

    def _refuse(self, request: web.Request) -> web.Response | None:
        """Return the answer to a source that may not ask, or asks too often; None for others."""
        source = request.remote or ""
        if not self._is_near(source, forwarded=bool(FORWARDED & set(request.headers))):
            return web.Response(status=403, text="only for this computer and --metrics-from\n")
        if not self._scrapes.allows(source, time.monotonic()):
            return web.Response(status=429, headers={"Retry-After": "5"})
        return None

    def _is_near(self, source: str, *, forwarded: bool) -> bool:
        """Return whether a source may read figures; behind a proxy all seem to be this computer."""
        try:
            address = ipaddress.ip_address(source)
        except ValueError:
            return False
        near = self._sources if forwarded else (*LOOPBACK, *self._sources)
        return any(address in network for network in near)


def find_reasons(held: View) -> list[str]:
    """Return why the community is not well, a fixed word each; nothing where it is."""
    kinds = (
        one["kind"] for one in held["matters"] if one["weight"] == "stop" or one["kind"] in UNWELL
    )
    return sorted(set(kinds))
