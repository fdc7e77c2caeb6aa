"""Pages about the money: debts by age, and that all balances add up to zero."""

from aiohttp import web

from federation.console.views import View
from ledger.store.debt import read_debts
from manager.office import Office
from manager.report.ageing import view_ageing
from manager.report.trial import view_trial
from manager.web.show import desk_of, show

routes = web.RouteTableDef()


@routes.get("/debts")
async def show_debts(request: web.Request) -> web.StreamResponse:
    """Answer with who has been below zero, and how long."""
    desk = desk_of(request)
    return await show(request, "debts.html", **await desk.read(ageing, desk.now()))


@routes.get("/trial")
async def show_trial(request: web.Request) -> web.StreamResponse:
    """Answer with every balance of every unit, and their sums."""
    return await show(request, "trial.html", trial=await desk_of(request).read(trial))


def ageing(office: Office, now: int) -> View:
    """Return debts by age as plain values."""
    return view_ageing(office.state, read_debts(office.store.database), now)


def trial(office: Office) -> list[View]:
    """Return the trial balance as plain values."""
    return view_trial(office.state)
