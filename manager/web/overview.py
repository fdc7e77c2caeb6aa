"""The first page: what needs the manager now, and how everything stands."""

from aiohttp import web

from federation.console.views import View
from manager.office import Office
from manager.report.refused import view_refusals
from manager.report.trial import view_trial
from manager.web.show import desk_of, show
from manager.web.words import lateness, tell_matter

REFUSALS_SHOWN = 100
routes = web.RouteTableDef()


@routes.get("/")
async def show_overview(request: web.Request) -> web.StreamResponse:
    """Answer with the first page."""
    desk = desk_of(request)
    held = await desk.overview()
    status, now = held["status"], desk.now()
    return await show(
        request,
        "overview.html",
        books=status,
        backups=held["backups"],
        disk=held["disk"],
        swarm=held["swarm"],
        told=[tell_matter(one) for one in held["matters"]],
        members=[one | {"lateness": lateness(one, now)} for one in status["members"]],
        trial=await desk.read(_trial),
        lines=desk.log.view(5),
    )


@routes.get("/cycles")
async def show_cycles(request: web.Request) -> web.StreamResponse:
    """Answer with what the newest cycles did."""
    desk = desk_of(request)
    return await show(request, "cycles.html", lines=desk.log.view(), books=await desk.status())


@routes.get("/refusals")
async def show_refusals(request: web.Request) -> web.StreamResponse:
    """Answer with refusals, their reasons, and what can be done next."""
    held = await desk_of(request).read(view_refusals, REFUSALS_SHOWN)
    return await show(request, "refusals.html", refusals=held)


def _trial(office: Office) -> list[View]:
    return view_trial(office.state)
