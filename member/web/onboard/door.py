"""The door: the pages of a home that has joined no community yet, until it has."""

import socket
from collections.abc import Callable

from aiohttp import web

from federation.home import Home
from federation.schedule import Schedule
from federation.station import SystemClock
from federation.web.events import Events
from federation.web.face import Face, NavItem
from federation.web.keep import WebFolder
from federation.web.language import N_
from federation.web.login import Login
from federation.web.page import see_other
from federation.web.start import Opened, Place, open_face
from member.web.onboard import cards, phone, scan
from member.web.onboard.doorstep import Doorstep, Reached

LOOK_S = 0.2
"""How soon the program goes on after somebody has joined, seconds."""
routes = web.RouteTableDef()


@routes.get("/")
async def first(_request: web.Request) -> web.Response:
    """Lead to the own card: it is the first thing to show."""
    return see_other("/card")


DOOR_FACE = Face(
    name="member",
    title=N_("My tab"),
    package="member.web",
    nav=(
        NavItem("/card", N_("My card"), "qr"),
        NavItem("/join", N_("Join"), "camera"),
        NavItem("/phone", N_("Telephone"), "card"),
    ),
    routes=(routes, cards.routes, scan.routes, phone.routes),
)


async def wait_at_the_door(
    home: Home,
    seed: bytes,
    place: Place,
    listening: socket.socket,
    say: Callable[[Opened, Doorstep], None],
) -> bool:
    """Serve the pages by which people come in; return whether somebody joined.

    Args:
        home: Without a community.
        seed: The 32 bytes of its key.
        place: Where.
        listening: The socket that was bound there; the full page goes on with it.
        say: Hears where the pages are.

    Returns:
        False where the program is to end.

    Raises:
        CertificateInvalid: The certificate's files do not read.
    """
    doorstep = Doorstep(home, seed, SystemClock().now)
    folder = WebFolder.of(home)
    schedule = Schedule()

    async def look() -> None:
        if doorstep.came_in.is_set():
            schedule.stop()

    async with open_face(
        home,
        DOOR_FACE,
        place,
        desk=doorstep,
        login=Login(folder.token(), invitations=doorstep.invitations),
        events=Events(),
        now=doorstep.now,
        tell=lambda _line: None,
        listening=listening,
    ) as opened:
        if opened.digest:
            doorstep.reached = Reached(opened.url, opened.digest)
        say(opened, doorstep)
        schedule.every("look", LOOK_S, look)
        await schedule.run()
    return doorstep.came_in.is_set()
