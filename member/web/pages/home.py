"""The first page, and what one sees before one has an account."""

from aiohttp import web

from federation.console.terminal import Refused
from federation.console.views import View
from federation.web.language import say_error
from member.membership import Membership
from member.web.overview import view_lately, view_overview
from member.web.pages.base import desk_of, show

routes = web.RouteTableDef()


@routes.get("/")
async def home(request: web.Request) -> web.Response:
    """Show balances, what waits and what happened last."""
    desk = desk_of(request)

    def look(member: Membership) -> View:
        reader = desk.reader(member)
        lately = desk.keep(member, "lately", lambda: view_lately(member, reader))
        return view_overview(member, lately, desk.now())

    try:
        held = await desk.read(look)
    except Refused as error:
        return await show(request, "before.html", why=say_error(error))
    return await show(request, "home.html", it=held)
