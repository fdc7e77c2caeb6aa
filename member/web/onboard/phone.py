"""The telephone as a screen of this computer: one code that it scans."""

from aiohttp import web

from federation.web.invite import LASTS_S
from federation.web.page import page
from federation.web.phone import invite_text
from federation.web.scan import view_card
from member.web.onboard.doorstep import doorstep_of

routes = web.RouteTableDef()
SECONDS_PER_MINUTE = 60


@routes.get("/phone")
async def show_phone(request: web.Request) -> web.Response:
    """Show the code by which a telephone opens this page, or how to allow it."""
    doorstep = doorstep_of(request)
    it = None
    if doorstep.reached is not None:
        token = doorstep.invitations.make(doorstep.now())
        text = invite_text(doorstep.reached.url, doorstep.reached.fingerprint, token)
        it = view_card(text, None, "Commontab", "")
    return page(
        request,
        "onboard_phone.html",
        it=it,
        reached=doorstep.reached,
        minutes=LASTS_S // SECONDS_PER_MINUTE,
    )
