"""What a household does beside bills: settling up, what comes again, mandates, statements."""

from datetime import UTC, datetime

from aiohttp import web

from federation.console.people import find_unit, own_units
from federation.console.views import View
from federation.web.language import _, say_error
from federation.web.once import once
from federation.web.page import see_other
from federation.web.session import flash
from ledger.operation import EndMandate
from member.household.bills import find_bill
from member.household.mandate import TypedMandate, ask_mandate, view_mandates
from member.household.recurring import (
    TypedRhythm,
    keep_recurring,
    pause,
    resume,
    stop,
    view_recurring,
)
from member.household.rhythm import RHYTHMS
from member.household.settle import CASH_MEMO, TypedSettlement, ask_settle, view_settle
from member.household.statement import parse_period, view_statement
from member.membership import Membership
from member.web.consent import Draft
from member.web.pages.act import read_wish, show_consent
from member.web.pages.base import Mistaken, desk_of, fields_of, show, status_of
from member.web.repeat import repeated

routes = web.RouteTableDef()
_ENTRY = r"{entry:[0-9a-f]{32}}"
MONTHS_SHOWN = 12


@routes.get("/settle")
async def settle(request: web.Request) -> web.Response:
    """Show few payments in money that would bring everybody to zero."""
    return await _show_settle(request)


@routes.post("/settle")
async def settle_review(request: web.Request) -> web.Response:
    """Show what would be signed for money that changed hands."""
    desk, fields = desk_of(request), await fields_of(request)
    typed = TypedSettlement(
        "got" if fields.get("how") == "got" else "gave",
        fields.get("who", ""),
        fields.get("amount") or None,
        fields.get("unit") or None,
        fields.get("memo") or CASH_MEMO,
    )
    try:
        operation = await desk.read(
            lambda member: ask_settle(member.state, member.account, typed, desk.now())
        )
        return await show_consent(request, Draft((operation,), sealing=False))
    except Mistaken as error:
        return await _show_settle(request, error)


@routes.get("/recurring")
async def recurring(request: web.Request) -> web.Response:
    """Show what comes again, and the form of a payment that does."""
    return await _show_recurring(request)


@routes.post("/recurring")
async def recurring_add(request: web.Request) -> web.Response:
    """Keep a payment, or a bill that there is, to be signed again and again."""
    desk, fields = desk_of(request), await fields_of(request)
    rhythm = TypedRhythm(
        fields.get("every", ""), fields.get("first") or None, fields.get("until") or None
    )

    def keep(member: Membership, seed: bytes) -> int:
        wish = read_wish("pay", fields)
        operation = repeated(member, fields.get("bill", ""), wish, desk.now())
        return keep_recurring(member, seed, operation, rhythm, desk.now()).id

    async def act() -> int:
        return await desk.sign_by(keep)

    try:
        await once(request, fields.get("submission", ""), act)
    except Mistaken as error:
        return await _show_recurring(request, error, fields)
    flash(request, _("Kept. It is signed by itself when it is due, while the program runs."))
    return see_other("/recurring")


@routes.post("/recurring/{number:[0-9]{1,9}}/{verb:pause|resume|stop}")
async def recurring_change(request: web.Request) -> web.Response:
    """Pause, resume or stop what comes again."""
    desk, number = desk_of(request), int(request.match_info["number"])

    def change(member: Membership) -> None:
        own = member.outgoing.database
        match request.match_info["verb"]:
            case "pause":
                pause(own, number)
            case "resume":
                resume(own, number, desk.now())
            case _:
                stop(own, number)

    await desk.read(change)
    return see_other("/recurring")


@routes.get("/mandates")
async def mandates(request: web.Request) -> web.Response:
    """Show what is accepted for somebody unless he objects, and the form of a new mandate."""
    return await _show_mandates(request)


@routes.post("/mandates")
async def mandate_review(request: web.Request) -> web.Response:
    """Show a mandate as it would be signed."""
    desk, fields = desk_of(request), await fields_of(request)
    typed = TypedMandate(
        fields.get("creditor") or None,
        fields.get("each", ""),
        fields.get("month") or None,
        fields.get("unit") or None,
        fields.get("until") or None,
        fields.get("memo", ""),
    )
    try:
        operation = await desk.read(
            lambda member: ask_mandate(member.state, member.account, typed, desk.now())
        )
        return await show_consent(request, Draft((operation,), sealing=False))
    except Mistaken as error:
        return await _show_mandates(request, error, fields)


@routes.get(f"/mandates/{_ENTRY}/end")
async def mandate_end(request: web.Request) -> web.Response:
    """Show what ending a mandate would sign."""
    entry = bytes.fromhex(request.match_info["entry"])
    return await show_consent(request, Draft((EndMandate(entry),), sealing=False))


@routes.get("/statement")
async def statement(request: web.Request) -> web.Response:
    """Show a month, or any period, in a form that prints."""
    desk, query = desk_of(request), request.query
    now = desk.now()
    typed = [query.get(name) or None for name in ("month", "since", "until")]

    def look(member: Membership) -> View:
        code = query.get("unit") or own_units(member.state)[0].code
        unit = find_unit(member.state, code)
        period = parse_period(typed[0], typed[1], typed[2], now)
        return view_statement(member, desk.reader(member), unit, period, now)

    held = await desk.read(look)
    return await show(request, "statement.html", it=held, months=_months(now), typed=dict(query))


def _months(now: int) -> list[str]:
    """Return the newest months as they are typed, this one first."""
    day = datetime.fromtimestamp(now, UTC)
    first = 12 * day.year + day.month - 1
    return [f"{at // 12:04}-{at % 12 + 1:02}" for at in range(first, first - MONTHS_SHOWN, -1)]


def _is_id(text: str) -> bool:
    return len(text) == 32 and set(text) <= set("0123456789abcdef")  # noqa: PLR2004 -- hex digits of 16 bytes


async def _show_settle(request: web.Request, error: Exception | None = None) -> web.Response:
    held = await desk_of(request).read(
        lambda member: [
            view_settle(member.state, member.account, unit) for unit in own_units(member.state)
        ]
    )
    status = 200 if error is None else status_of(error)
    return await show(
        request, "settle.html", status=status, settlements=held, problem=error and say_error(error)
    )


async def _show_recurring(
    request: web.Request, error: Exception | None = None, fields: dict[str, str] | None = None
) -> web.Response:
    def look(member: Membership) -> View:
        entry = request.query.get("bill", "")
        bill = find_bill(member.state, bytes.fromhex(entry)) if _is_id(entry) else None
        return {
            "kept": view_recurring(member.outgoing.database, member.state),
            "bill": None if bill is None else {"id": entry, "memo": bill.memo},
        }

    held = await desk_of(request).read(look)
    return await show(
        request,
        "recurring.html",
        status=200 if error is None else status_of(error),
        it=held,
        fields=fields or dict(request.query),
        rhythms=RHYTHMS,
        problem=error and say_error(error),
    )


async def _show_mandates(
    request: web.Request, error: Exception | None = None, fields: dict[str, str] | None = None
) -> web.Response:
    desk = desk_of(request)
    held = await desk.read(
        lambda member: {
            "mandates": view_mandates(member.state, member.account, desk.now()),
            "objection_s": member.community.rules.objection_s,
        }
    )
    return await show(
        request,
        "mandates.html",
        status=200 if error is None else status_of(error),
        it=held,
        fields=fields or {},
        problem=error and say_error(error),
    )
