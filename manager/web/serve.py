"""Serving the manager's page inside the running program."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from aiohttp import web

from federation.home import Home
from federation.web.events import Events
from federation.web.keep import WebFolder
from federation.web.start import Opened, open_face, place_of
from manager.doorbell import Doorbell
from manager.page import PageOptions
from manager.report.cycles import CycleLog
from manager.web.desk import Clock, Desk, Running
from manager.web.face import FACE
from manager.web.plain import PlainWays
from manager.web.setup import Door, only_setup

BEHIND_PROXIES = 2
"""Where the plain ways stand among the middlewares: behind what finds out who really asks."""


@asynccontextmanager
async def open_page(
    home: Home,
    seed: bytes,
    options: PageOptions,
    *,
    log: CycleLog,
    running: Running,
    doorbell: Doorbell,
    events: Events,
    clock: Clock,
    tell: Callable[[str], None],
) -> AsyncIterator[Opened | None]:
    """Serve the page while the block runs, and tell where; None where the home wants none.

    Args:
        home: The manager's.
        seed: The community's 32 bytes.
        options: What was typed.
        log: What cycles did.
        running: What the running manager lends.
        doorbell: Gets the rings.
        events: Tells open pages of changes.
        clock: Gives Unix seconds.
        tell: Gets the line with the address.

    Raises:
        NetworkUnreachable: No port can be bound.
    """
    settings = home.settings()
    if options.port is not None:
        settings = replace(settings, web_port=options.port)
    place = place_of(settings, FACE)
    if place is None:
        yield None
        return
    desk = Desk(home=home, seed=seed, log=log, running=running, clock=clock)
    ways = PlainWays(desk, doorbell, options.sources)

    def prepare(app: web.Application) -> None:
        app.middlewares.insert(BEHIND_PROXIES, ways.middleware)
        app.middlewares.append(only_setup)

    try:
        async with open_face(
            home,
            FACE,
            place,
            desk=desk,
            login=Door(WebFolder.of(home)),
            events=events,
            now=clock,
            tell=tell,
            prepare=prepare,
        ) as opened:
            tell(tell_address(opened))
            yield opened
    finally:
        await desk.close()


def tell_address(opened: Opened) -> str:
    """Return where to open the page; before the first set-up, with the token that begins it."""
    taken = ""
    if opened.wanted_port not in (0, opened.port):
        taken = f" (port {opened.wanted_port} is taken)"
    seal = f"; its certificate's words: {opened.words}" if opened.words else ""
    if opened.link:
        return f"Set the page's password at {opened.link}{taken}{seal}"
    return f"The page is at {opened.url}{taken}{seal}"
