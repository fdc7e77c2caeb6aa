"""Serving the member's page inside the program that runs in his home."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from federation.home import Home
from federation.web.app import build_app
from federation.web.events import Events
from federation.web.keep import WebFolder
from federation.web.login import Login
from federation.web.server import Served, serve_web
from member.web.desk import Desk
from member.web.face import MEMBER_FACE

HOST = "127.0.0.1"
LOOK_S = 0.2
"""How soon open pages hear that the ledger or an own change moved, seconds."""


@dataclass(frozen=True, slots=True)
class Page:
    """The page while it is served.

    Attributes:
        served: Where.
        token: What signs in.
        events: Tells open pages that something moved.
    """

    served: Served
    token: str
    events: Events

    @property
    def address(self) -> str:
        """What to open: it signs in by itself."""
        return f"{self.served.url}/login?token={self.token}"


def build_page_app(home: Home, desk: Desk, events: Events) -> web.Application:
    """Return the page of a home as an application.

    Args:
        home: Keeps the token and the secret.
        desk: The same home's.
        events: Tells open pages that something moved.
    """
    folder = WebFolder.of(home)
    return build_app(
        MEMBER_FACE,
        desk=desk,
        login=Login(folder.token()),
        secret=folder.secret(),
        events=events,
    )


@asynccontextmanager
async def serve_page(home: Home, seed: bytes, port: int) -> AsyncIterator[Page]:
    """Serve a home's page to this computer while the block runs.

    Args:
        home: The member's, joined.
        seed: The 32 bytes of its key.
        port: The first of ten ports to try; 0 for any free one.

    Raises:
        NetworkUnreachable: None of the ports can be bound.
    """
    folder, events, desk = WebFolder.of(home), Events(), Desk(home, seed)
    try:
        app = build_page_app(home, desk, events)
        async with serve_web(app, HOST, port) as served:
            telling = asyncio.create_task(_tell_changes(desk, events))
            try:
                yield Page(served, folder.token(), events)
            finally:
                telling.cancel()
                await asyncio.gather(telling, return_exceptions=True)
    finally:
        desk.close()


async def _tell_changes(desk: Desk, events: Events) -> None:
    """Tell open pages of every merge, publication and signature, whichever process made it."""
    known = await desk.version()
    while True:
        await asyncio.sleep(LOOK_S)
        version = await desk.version()
        if version != known:
            known = version
            events.tell("books")
