"""Out to other programs and in from their files: downloads, and imports with a look first."""

from pathlib import Path

from aiohttp import web

from federation.console.views import View
from federation.errors import FederationError
from federation.export.formats import EXPORTS, find_export
from federation.export.walk import Source, Window
from federation.web.guard import takes_upload
from federation.web.language import _, say_error
from federation.web.once import once
from federation.web.page import see_other
from federation.web.session import flash
from ledger.errors import LedgerError
from ledger.store.imported import ImportedStore
from member.exchange.carry import Carried, carry_out_plan, check_whole
from member.exchange.make import Author
from member.exchange.plan import Choices, Plan, make_plan
from member.exchange.shape import read_items
from member.exchange.sheet import FILE_BYTES_MAX, read_sheet
from member.exchange.views import FATES, view_plan
from member.exchange.who import parse_pairs, parse_payers
from member.membership import Membership
from member.web.pages.base import desk_of, show, status_of

routes = web.RouteTableDef()
SUFFIXES = {
    "postings": "csv",
    "transactions": "csv",
    "hledger": "journal",
    "beancount": "beancount",
    "lines": "jsonl",
}
LINES_SHOWN = 500


@routes.get("/exchange")
async def exchange(request: web.Request) -> web.Response:
    """Show the downloads, and the form that takes a file."""
    return await _show(request, None, {}, "")


@routes.get("/exchange/commontab.{wanted}")
async def download(request: web.Request) -> web.Response:
    """Give the ledger in a format of other programs.

    Raises:
        HTTPNotFound: There is no such format.
    """
    wanted = request.match_info["wanted"].partition(".")[0]
    if wanted not in EXPORTS:
        raise web.HTTPNotFound(text=_("There is no such format."))
    mine = "mine" in request.query

    def write(member: Membership) -> bytes:
        window = Window(None, None, member.account.id if mine else None)
        size = member.state.tree.size
        source = Source(
            member.state, lambda: member.store.records(0, size), window, lambda *_: None
        )
        return "".join(find_export(wanted, Path())(source)).encode()

    text = await desk_of(request).read(write)
    disposition = f'attachment; filename="commontab-{wanted}.{SUFFIXES[wanted]}"'
    headers = {"Content-Disposition": disposition}
    return web.Response(body=text, content_type="text/plain", charset="utf-8", headers=headers)


@routes.post("/exchange")
@takes_upload
async def preview(request: web.Request) -> web.Response:
    """Show what a file would make, line by line, or sign it once it was looked at."""
    fields, text = await _read(request)
    desk = desk_of(request)
    try:
        plan = await desk.read(lambda member: _plan(member, fields, text, desk.now()))
        if "sign" not in fields:
            held = await desk.read(lambda member: view_plan(member.state, plan))
            return await _show(request, held, fields, text)
        check_whole(plan, skip="skip" in fields)
        carried = await once(
            request,
            fields.get("submission", ""),
            lambda: desk.sign_by(lambda member, seed: _carry(member, seed, plan, desk.now())),
        )
    except (FederationError, LedgerError) as error:
        return await _show(request, None, fields, text, error)
    flash(
        request,
        _("%(signed)s change-sets were signed, %(left)s lines were left out.")
        % {"signed": len(carried.signed), "left": len(carried.foreseen)},
        "warn" if carried.foreseen else "good",
    )
    return see_other("/outbox")


def _plan(member: Membership, fields: dict[str, str], text: str, now: int) -> Plan:
    author = Author(member.state, member.account, now)
    pairs = [line for line in fields.get("who", "").splitlines() if line.strip()]
    payers = [line for line in fields.get("paid", "").splitlines() if line.strip()]
    who = parse_pairs(pairs, "--who", '"Anna M=anna"')
    choices = Choices(who, fields.get("unit") or None, "opening" in fields)
    known = ImportedStore(member.outgoing.database).known()
    items = read_items(read_sheet(text.encode()), parse_payers(payers))
    return make_plan(author, items, choices, known)


def _carry(member: Membership, seed: bytes, plan: Plan, now: int) -> Carried:
    return carry_out_plan(member, seed, plan, now)


async def _read(request: web.Request) -> tuple[dict[str, str], str]:
    """Return a form's fields and the file's text: uploaded, or carried from the look before.

    Raises:
        HTTPRequestEntityTooLarge: The file is larger than an import may be.
    """
    posted = await request.post()
    fields = {name: value for name, value in posted.items() if isinstance(value, str)}
    text = fields.pop("text", "").replace("\r\n", "\n")
    uploaded = posted.get("file")
    if isinstance(uploaded, web.FileField) and uploaded.filename:
        with uploaded.file:
            data = uploaded.file.read(FILE_BYTES_MAX + 1)
        if len(data) > FILE_BYTES_MAX:
            raise web.HTTPRequestEntityTooLarge(FILE_BYTES_MAX, actual_size=len(data))
        text = _decode(data)
    return fields, text


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


async def _show(
    request: web.Request,
    plan: View | None,
    fields: dict[str, str],
    text: str,
    error: Exception | None = None,
) -> web.Response:
    return await show(
        request,
        "exchange.html",
        status=200 if error is None else status_of(error),
        plan=plan,
        fields=fields,
        text=text,
        fates=FATES,
        lines_shown=LINES_SHOWN,
        formats=list(EXPORTS),
        problem=error and say_error(error),
    )
