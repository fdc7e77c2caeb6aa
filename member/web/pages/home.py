"""The first page, and what one sees before one has an account."""

from aiohttp import web

from federation.console.terminal import Refused
from member.web.overview import view_overview
from member.web.pages.base import desk_of, show

routes = web.RouteTableDef()


@routes.get("/")
async def home(request: web.Request) -> web.Response:
    """Show balances, what waits and what happened last."""
    desk = desk_of(request)
    try:
        held = await desk.read(
            lambda member: view_overview(member, desk.reader(member), desk.now())
        )
    except Refused as error:
        return await show(request, "before.html", why=str(error))
    return await show(request, "home.html", it=held)
