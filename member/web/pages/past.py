"""The past and what becomes of changes: history, one entry, the outbox, one change."""

from datetime import UTC, date, datetime

from aiohttp import web

from federation.console.terminal import UsageInvalid
from federation.console.views import View
from ledger.saying import said
from member.membership import Membership
from member.standing import mark_standing
from member.views import view_outbox
from member.web.course import view_course
from member.web.entries import receipt, view_whole
from member.web.pages.base import desk_of, show
from member.web.timeline import KINDS, STATES, Search, search

routes = web.RouteTableDef()
ENTRIES_SHOWN = 25
OUTBOX_SHOWN = 50
YEAR_S = 366 * 86_400
DAY_S = 86_400
_ENTRY = r"{entry:[0-9a-f]{32}}"
_HASH = r"{hash:[0-9a-f]{64}}"


@routes.get("/history")
async def history(request: web.Request) -> web.Response:
    """Show what happened on the account, as far as it fits what is looked for."""
    desk = desk_of(request)
    wanted = read_search(request)
    found = await desk.read(
        lambda member: search(member, desk.reader(member), wanted, ENTRIES_SHOWN)
    )
    query = {name: text for name, text in request.query.items() if text and name != "before"}
    return await show(
        request, "history.html", found=found, wanted=wanted, typed=query, kinds=KINDS, states=STATES
    )


@routes.get("/charts")
async def charts(request: web.Request) -> web.Response:
    """Show the course of the balances."""
    desk = desk_of(request)
    since = desk.now() - YEAR_S
    held = await desk.read(
        lambda member: [view_course(member, books.unit, since) for books in member.account.balances]
    )
    return await show(request, "charts.html", courses=[_with_rows(one) for one in held])


@routes.get(f"/entry/{_ENTRY}")
async def entry(request: web.Request) -> web.Response:
    """Show one transaction whole."""
    desk, wanted = desk_of(request), request.match_info["entry"]
    held = await desk.read(lambda member: view_whole(member, desk.reader(member), wanted))
    return await show(request, "entry.html", it=held)


@routes.get(f"/entry/{_ENTRY}/receipt.txt")
async def entry_receipt(request: web.Request) -> web.Response:
    """Give a receipt of a transaction as a file."""
    wanted = request.match_info["entry"]
    made = await desk_of(request).read(lambda member: receipt(member, wanted))
    return attached(made, f"receipt-{wanted[:8]}.txt")


@routes.get("/outbox")
async def outbox(request: web.Request) -> web.Response:
    """Show what became of each change that was signed here."""
    held = await desk_of(request).read(_view_changes)
    return await show(request, "outbox.html", changes=held)


@routes.get(f"/change/{_HASH}")
async def change(request: web.Request) -> web.Response:
    """Show what becomes of one change, newer by itself as the program hears of it.

    Raises:
        UsageInvalid: This home has signed no such change.
    """
    wanted = bytes.fromhex(request.match_info["hash"])
    held = await desk_of(request).read(lambda member: view_change(member, wanted))
    return await show(request, "change.html", it=held)


def view_change(member: Membership, wanted: bytes) -> View:
    """Return what became of one change.

    Raises:
        UsageInvalid: This home has signed no such change.
    """
    found = member.outgoing.find(wanted)
    if found is None:
        raise UsageInvalid(said("this home has signed no change {wanted}", wanted=wanted.hex()[:8]))
    (held,) = view_outbox(member.state, [found], member.name_of)
    mark_standing(member, [held])
    return held


def read_search(request: web.Request) -> Search:
    """Return what a history's form looks for.

    Raises:
        UsageInvalid: A date or a place that does not read.
    """
    query = request.query
    texts = ("text", "who", "kind", "state", "unit", "category")
    asked = {name: query.get(name, "").strip() for name in texts}
    before = query.get("before", "0")
    if not before.isascii() or not before.isdigit():
        raise UsageInvalid(
            said("got {before!r}, where a search goes on; begin it again", before=before)
        )
    until = _day(query.get("until", ""))
    return Search(
        **asked,
        since=_day(query.get("since", "")),
        until=until + DAY_S if until else 0,
        before=min(int(before), 1 << 53),
    )


def attached(data: bytes, name: str) -> web.Response:
    """Return a file to keep."""
    disposition = f'attachment; filename="{name}"'
    return web.Response(
        body=data,
        content_type="text/plain",
        charset="utf-8",
        headers={"Content-Disposition": disposition},
    )


def _day(text: str) -> int:
    """Return when a typed day begins in UTC, 0 for none.

    Raises:
        UsageInvalid: Not a day.
    """
    if not text.strip():
        return 0
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise UsageInvalid(
            said("got {text!r}; a day is written like 2027-03-31", text=text)
        ) from None
    return max(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()), 0)


def _view_changes(member: Membership) -> list[View]:
    held = view_outbox(member.state, member.outgoing.newest(OUTBOX_SHOWN), member.name_of)
    mark_standing(member, held)
    return held


def _with_rows(course: View) -> View:
    pairs = zip(course["times"], course["balances_minor"], strict=True)
    return course | {"rows": [list(pair) for pair in pairs]}
