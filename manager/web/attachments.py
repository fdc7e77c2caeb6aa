"""The page about attached files: whose they are, and taking one out."""

from collections.abc import Mapping

from aiohttp import web

from federation.console.views import View
from ledger.operation import ManagerOperation
from manager.office import Office
from manager.report.attachments import ask_withdrawal, view_attachments
from manager.web.members import need_reason
from manager.web.show import carry_out, desk_of, show, typed_in

SHOWN = 100
"""Newest attachments on the page."""
routes = web.RouteTableDef()


@routes.get("/attachments")
async def show_attachments(request: web.Request) -> web.StreamResponse:
    """Answer with the newest attached files."""
    return await _draw(request, {}, "", 200)


@routes.post("/attachments/withdraw")
async def withdraw(request: web.Request) -> web.StreamResponse:
    """Answer a form that takes a file out."""
    typed = await typed_in(request)

    def ask(office: Office) -> list[ManagerOperation]:
        return [ask_withdrawal(office, typed.get("attachment", ""), need_reason(typed))]

    async def again(typed: Mapping[str, str], error: str, status: int) -> web.Response:
        return await _draw(request, typed, error, status)

    return await carry_out(request, typed, ask, back="/attachments", again=again)


async def _draw(
    request: web.Request, typed: Mapping[str, str], error: str, status: int
) -> web.Response:
    found: list[View] = await desk_of(request).read(_newest)
    return await show(
        request, "attachments.html", found=found, typed=typed, error=error, status=status
    )


def _newest(office: Office) -> list[View]:
    return view_attachments(office, SHOWN)
