"""The page about audits and backups."""

from aiohttp import web

from federation.console.views import View
from federation.web.language import _
from federation.web.once import once
from federation.web.page import see_other
from federation.web.session import flash
from manager.audited import last_audit
from manager.office import Office
from manager.report.backups import view_backups
from manager.web.show import desk_of, show, typed_in

routes = web.RouteTableDef()


@routes.get("/care")
async def show_care(request: web.Request) -> web.StreamResponse:
    """Answer with the last audit and the last backups."""
    desk = desk_of(request)
    held = await desk.read(care, desk.now())
    return await show(
        request,
        "care.html",
        **held,
        trouble=desk.running.audit_trouble,
        auditing=desk.auditing,
        disk=desk.disk(),
    )


@routes.post("/care/audit")
async def audit(request: web.Request) -> web.StreamResponse:
    """Answer a form that asks for an audit; it goes on while pages are read."""
    desk_of(request).begin_audit()
    flash(request, _("The audit runs. This page shows what it finds."))
    return see_other("/care")


@routes.post("/care/backup")
async def back_up(request: web.Request) -> web.StreamResponse:
    """Answer a form that asks for a backup."""
    typed = await typed_in(request)

    async def act() -> str:
        made = await desk_of(request).back_up()
        return _("Backed up to %(path)s.") % {"path": made.path}

    flash(request, await once(request, typed.get("submission", ""), act))
    return see_other("/care")


def care(office: Office, now: int) -> View:
    """Return the last audit and the backups as plain values."""
    audited = last_audit(office.values)
    return {
        "audit": {"time": audited.time, "records": audited.records} if audited else None,
        "backups": view_backups(office.home, office.values, now),
        "size": office.store.tip().tree.size,
    }
