"""Pages to undo a transaction: look it up, see what balances would be, say why."""

from collections.abc import Mapping

from aiohttp import web

from federation.console.terminal import UsageInvalid
from federation.console.views import View
from ledger.errors import AmountInvalid
from ledger.operation import ManagerOperation
from ledger.saying import said
from ledger.store.lookup import ID_DIGITS
from manager.ask import ask_reverse
from manager.office import Office
from manager.report.undo import Forecast, find_transactions, view_transaction
from manager.web.members import need_reason
from manager.web.show import carry_out, desk_of, optional, show, typed_in

FOUND_MAX = 30
WORDS_CHARS_MAX = 100
UNSAID = "-"
"""The reason of a forecast, which nobody reads."""
routes = web.RouteTableDef()


@routes.get("/undo")
async def search(request: web.Request) -> web.StreamResponse:
    """Answer with transactions that fit what was typed, newest first."""
    typed = request.query.get("q", "")[:WORDS_CHARS_MAX]
    found = await desk_of(request).read(find_transactions, typed, FOUND_MAX)
    return await show(request, "undo.html", query=typed, found=found)


@routes.get("/undo/{id}")
async def show_one(request: web.Request) -> web.StreamResponse:
    """Answer with one transaction, and what undoing it would do."""
    return await _draw(request, dict(request.query), "", 200)


@routes.post("/undo/{id}")
async def undo(request: web.Request) -> web.StreamResponse:
    """Answer a form that undoes a transaction."""
    typed = await typed_in(request)
    entry = request.match_info["id"]

    def ask(office: Office) -> list[ManagerOperation]:
        return [reversal(office, entry, optional(typed, "amount"), need_reason(typed))]

    async def again(typed: Mapping[str, str], error: str, status: int) -> web.Response:
        return await _draw(request, typed, error, status)

    return await carry_out(request, typed, ask, back=f"/undo/{entry}", again=again)


def reversal(office: Office, entry: str, amount: str | None, reason: str) -> ManagerOperation:
    """Return the statement that undoes a transaction, whole or in part.

    Raises:
        UsageInvalid: There is none with this id.
        AmountInvalid: Not an amount of its unit.
    """
    found = office.lookup.find_transaction(entry) if len(entry) == ID_DIGITS else []
    if len(found) != 1:
        raise UsageInvalid(
            said("no transaction has the id {entry!r}; look it up again", entry=entry[:ID_DIGITS])
        )
    return ask_reverse(office.state, office.state.transactions[found[0]], amount, reason)


def one_transaction(office: Office, entry: str) -> View | None:
    """Return a transaction by its whole id, or None."""
    found = office.lookup.find_transaction(entry) if len(entry) == ID_DIGITS else []
    moved = office.lookup.transaction(found[0]) if found else None
    stored = office.lookup.record(moved.index) if moved else None
    return None if stored is None else view_transaction(office, stored)


async def _draw(
    request: web.Request, typed: Mapping[str, str], error: str, status: int
) -> web.Response:
    desk, entry = desk_of(request), request.match_info["id"]
    found = await desk.read(one_transaction, entry)
    if found is None:
        raise web.HTTPNotFound
    amount = optional(typed, "amount")
    told = Forecast("", "", [])
    if found["reversible"]:
        try:
            told = await desk.foresee(lambda office: reversal(office, entry, amount, UNSAID))
        except (UsageInvalid, AmountInvalid) as unfit:
            error = error or str(unfit)
    return await show(
        request, "undo_one.html", one=found, told=told, typed=typed, error=error, status=status
    )
