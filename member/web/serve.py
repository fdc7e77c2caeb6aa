"""Serving the member's page inside the program that runs in his home."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_address

from aiohttp import web

from federation.console.terminal import UsageInvalid, draw, out
from federation.home import Home
from federation.qr import draw_terminal
from federation.settings import Settings
from federation.web.app import build_app
from federation.web.events import Events
from federation.web.keep import WebFolder
from federation.web.login import Login
from federation.web.phone import invite_text
from federation.web.start import LOOPBACK, Opened, Place, open_face, place_of
from member.web.desk import Desk
from member.web.face import MEMBER_FACE
from member.web.onboard.door import wait_at_the_door
from member.web.onboard.doorstep import Doorstep, Reached

LOOK_S = 0.2
"""How soon open pages hear that the ledger or an own change moved, seconds."""


@dataclass(frozen=True, slots=True)
class Page:
    """The page while it is served.

    Attributes:
        opened: Where.
        token: What signs in.
        events: Tells open pages that something moved.
        doorstep: What its pages of cards work with.
    """

    opened: Opened
    token: str
    events: Events
    doorstep: Doorstep

    @property
    def url(self) -> str:
        """Where it is, without a path."""
        return self.opened.url

    @property
    def address(self) -> str:
        """What to open: it signs in by itself."""
        return self.opened.link


def local_place(port: int) -> Place:
    """Return where a page is served to this computer alone.

    Args:
        port: The first of ten ports to try; 0 for any free one.
    """
    return Place(LOOPBACK, port, (LOOPBACK, "localhost", "::1"))


def choose_place(
    settings: Settings, port: int | None, listen: str | None, tls: str | None
) -> Place | None:
    """Return where the page is, as the settings say and the command line says otherwise.

    Args:
        settings: The home's.
        port: The first port to try, or None.
        listen: An address of this computer, or None.
        tls: ``auto``, ``proxy`` or ``CERT.pem,KEY.pem``, or None.

    Returns:
        None where the settings want no page.

    Raises:
        UsageInvalid: Others than this computer would reach it without TLS, or ``tls`` is none of
            these.
    """
    wanted = replace(
        settings,
        web_port=settings.web_port if port is None else port,
        web_listen=settings.web_listen if listen is None else listen,
        web_tls=settings.web_tls if tls is None else tls,
    )
    if wanted.web_tls not in {"", "auto", "proxy"} and wanted.web_tls.count(",") != 1:
        raise UsageInvalid(f"got --tls {wanted.web_tls}; it is auto, or CERT.pem,KEY.pem")
    place = place_of(wanted, MEMBER_FACE)
    if place is not None and not place.secure and not _is_here(place.listen):
        raise UsageInvalid(
            f"others in the network would read what you do at {place.listen}; add --tls auto"
        )
    return place


def login_of(home: Home, doorstep: Doorstep) -> Login:
    """Return how one signs in to a home's page: by its token, or once by an invitation."""
    return Login(WebFolder.of(home).token(), invitations=doorstep.invitations)


def build_page_app(home: Home, desk: Desk, events: Events) -> web.Application:
    """Return the page of a home as an application.

    Args:
        home: Keeps the token and the secret.
        desk: The same home's.
        events: Tells open pages that something moved.
    """
    return build_app(
        MEMBER_FACE,
        desk=desk,
        login=login_of(home, desk.doorstep),
        secret=WebFolder.of(home).secret(),
        events=events,
    )


@asynccontextmanager
async def serve_page(
    home: Home,
    seed: bytes,
    place: Place,
    tell: Callable[[str], None],
    *,
    listening: socket.socket | None = None,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[Page]:
    """Serve a home's page while the block runs.

    Args:
        home: The member's, joined.
        seed: The 32 bytes of its key.
        place: Where.
        tell: Gets a line when a certificate cannot be read later.
        listening: A socket that was bound there; None to bind one.
        clock: Gives Unix seconds.

    Raises:
        NetworkUnreachable: No port can be bound.
        CertificateInvalid: The certificate's files do not read.
    """
    desk, events = Desk(home, seed, clock), Events()
    login = login_of(home, desk.doorstep)
    try:
        async with open_face(
            home,
            MEMBER_FACE,
            place,
            desk=desk,
            login=login,
            events=events,
            now=desk.now,
            tell=tell,
            listening=listening,
        ) as opened:
            if opened.digest:
                desk.doorstep.reached = Reached(opened.url, opened.digest)
            telling = asyncio.create_task(_tell_changes(desk, events))
            try:
                yield Page(opened, login.token, events, desk.doorstep)
            finally:
                telling.cancel()
                await asyncio.gather(telling, return_exceptions=True)
    finally:
        desk.close()


async def wait_for_arrival(
    home: Home, seed: bytes, place: Place, listening: socket.socket, tell: Callable[[str], None]
) -> bool:
    """Serve the pages by which one joins; return whether somebody did, or the program is to end.

    The arguments are those of ``serve_page``.
    """

    def say(opened: Opened, doorstep: Doorstep) -> None:
        tell("No community was joined yet. Open your page to swap cards:")
        say_place(opened, doorstep, tell)

    return await wait_at_the_door(home, seed, place, listening, say)


@asynccontextmanager
async def keep_page(
    home: Home, seed: bytes, place: Place, listening: socket.socket, tell: Callable[[str], None]
) -> AsyncIterator[Page]:
    """Serve a home's page while the block runs, and say where; as ``serve_page``."""
    async with serve_page(home, seed, place, tell, listening=listening) as page:
        say_place(page.opened, page.doorstep, tell)
        yield page


def say_place(opened: Opened, doorstep: Doorstep, tell: Callable[[str], None]) -> None:
    """Say where the page is, and draw the telephone's code where telephones reach it."""
    if opened.wanted_port not in {0, opened.port}:
        tell(f"Port {opened.wanted_port} was taken.")
    tell(f"Your page: {opened.link}")
    if doorstep.reached is not None:
        text = invite_text(opened.url, opened.digest, doorstep.invitations.make(doorstep.now()))
        tell("For one telephone in your network, within ten minutes:")
        draw(draw_terminal(text, colour=out.is_terminal))
        tell(f"Its certificate, SHA-256: {opened.digest}")


def _is_here(listen: str) -> bool:
    try:
        return ip_address(listen).is_loopback
    except ValueError:
        return listen == "localhost"


async def _tell_changes(desk: Desk, events: Events) -> None:
    """Tell open pages of every merge, publication and signature, whichever process made it."""
    known = await desk.version()
    while True:
        await asyncio.sleep(LOOK_S)
        version = await desk.version()
        if version != known:
            known = version
            events.tell("books")
