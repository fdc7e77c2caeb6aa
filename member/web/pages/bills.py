"""Bills: the open ones, a new one with its split as one types, one with its story, corrections."""

from typing import Any

from aiohttp import web

from federation.console.terminal import UsageInvalid
from federation.console.views import View
from federation.web.guard import takes_upload
from federation.web.language import _, say_error
from federation.web.once import once
from federation.web.page import page, see_other
from federation.web.session import flash
from ledger.operation import Attach, Operation
from ledger.saying import said
from member.household.attachment import join_files
from member.household.bills import find_bill, view_bills
from member.household.categories import list_categories
from member.household.comment import ask_comment
from member.household.edit import ask_edit, check_editable
from member.household.stories import view_story
from member.membership import Membership
from member.web.bill_form import (
    EVERYBODY_MAX,
    BillForm,
    blank,
    fields_of_bill,
    make_bill,
    people_of,
    view_split,
)
from member.web.consent import Draft, check_foreseen
from member.web.desk import Consented
from member.web.overview import view_parts
from member.web.pages.act import show_consent
from member.web.pages.base import Mistaken, desk_of, fields_of, show, status_of
from member.web.tray import take_files, view_files

routes = web.RouteTableDef()
_ENTRY = r"{entry:[0-9a-f]{32}}"


@routes.get("/bills")
async def bills(request: web.Request) -> web.Response:
    """Show the open bills, the own parts first."""
    desk = desk_of(request)
    held = await desk.read(
        lambda member: {
            "parts": view_parts(member),
            "bills": view_bills(member.state, member.account),
        }
    )
    return await show(request, "bills.html", it=held)


@routes.get("/bill/new")
async def new(request: web.Request) -> web.Response:
    """Show the form of a new bill."""
    return await _show_form(request, None, None)


@routes.get(f"/bill/{_ENTRY}/edit")
async def edit(request: web.Request) -> web.Response:
    """Show the form of a bill's correction, filled in as it is."""
    entry = bytes.fromhex(request.match_info["entry"])

    def look(member: Membership) -> dict[str, str]:
        bill = _find(member, entry)
        check_editable(member, bill)
        return fields_of_bill(member.state, bill)

    return await _show_form(request, entry, await desk_of(request).read(look))


@routes.post("/bill/preview")
async def preview(request: web.Request) -> web.Response:
    """Show what everybody's share would be, while one types."""
    fields, desk = await fields_of(request), desk_of(request)
    try:
        held = await desk.read(
            lambda member: view_split(member, make_bill(member, _form(member, fields), desk.now()))
        )
    except Mistaken as error:
        return page(request, "split.html", split=None, problem=say_error(error), units={})
    units = await desk.read(units_known)
    return page(request, "split.html", split=held, problem=None, units=units)


@routes.post("/bill/new")
@takes_upload
async def review(request: web.Request) -> web.Response:
    """Show the bill as it would be signed."""
    return await _review(request, None)


@routes.post(f"/bill/{_ENTRY}/edit")
@takes_upload
async def review_edit(request: web.Request) -> web.Response:
    """Show a correction as it would be signed: what goes back, and the new bill."""
    return await _review(request, bytes.fromhex(request.match_info["entry"]))


@routes.get(f"/bill/{_ENTRY}")
async def bill(request: web.Request) -> web.Response:
    """Show one bill with its story."""
    entry = bytes.fromhex(request.match_info["entry"])

    def look(member: Membership) -> View:
        story = view_story(member, _find(member, entry))
        mine = [one for one in view_parts(member) if one["id"] == story["id"]]
        files = [one["attachment"] for one in story["story"] if one["kind"] == "attached"]
        return story | {"part": mine[0] if mine else None, "attachments": files}

    held = await desk_of(request).read(look)
    return await show(request, "bill.html", it=held)


@routes.post(f"/comment/{_ENTRY}")
@takes_upload
async def comment(request: web.Request) -> web.Response:
    """Sign a comment on an entry, what it is filed under or attached to it, and go back to it."""
    desk, fields = desk_of(request), await fields_of(request)
    entry, submission = request.match_info["entry"], fields.get("submission", "")
    where = "/bill/" if fields.get("kind") == "bill" else "/entry/"
    about = bytes.fromhex(entry)
    files = await take_files(desk, request)
    text, category = fields.get("text", ""), fields.get("category", "")
    noted = [] if files and not text and not category else [ask_comment(about, text, category)]
    operations = join_files(noted, files, about)

    async def act() -> str:
        await desk.read(lambda member: check_foreseen(member, operations, desk.now()))
        await desk.sign(Consented(operations, submission))
        return where + entry

    found = await once(request, submission, act)
    flash(request, _("Said. Others see it once it is merged."))
    return see_other(found)


def units_known(member: Membership) -> dict[str, Any]:
    """Return the community's units by code."""
    community = member.state.community
    return {unit.code: unit for unit in community.units} if community else {}


async def _review(request: web.Request, replaces: bytes | None) -> web.Response:
    desk, fields = desk_of(request), await fields_of(request)
    files: tuple[Attach, ...] = ()

    def look(member: Membership) -> Draft:
        made = make_bill(member, _form(member, fields), desk.now(), replaces)
        operations: tuple[Operation, ...] = (made,)
        if replaces is not None:
            operations = ask_edit(member, _find(member, replaces), made)
        return Draft(join_files(operations, files), sealing=False)

    try:
        files = await take_files(desk, request)
        return await show_consent(request, await desk.read(look))
    except Mistaken as error:
        return await _show_form(request, replaces, fields, error, files)


async def _show_form(
    request: web.Request,
    replaces: bytes | None,
    fields: dict[str, str] | None,
    error: Exception | None = None,
    files: tuple[Attach, ...] = (),
) -> web.Response:
    desk = desk_of(request)

    def look(member: Membership) -> View:
        people = people_of(member, desk.reader(member))
        known = fields or blank(people, everybody=len(people) <= EVERYBODY_MAX)
        return {"people": people, "fields": known, "categories": list_categories(member)}

    held = await desk.read(look)
    status = 200 if error is None else status_of(error)
    at = f"/bill/{replaces.hex()}/edit" if replaces else "/bill/new"
    return await show(
        request,
        "bill_form.html",
        status=status,
        it=held,
        at=at,
        files=view_files(files),
        problem=error and say_error(error),
    )


def _form(member: Membership, fields: dict[str, str]) -> BillForm:
    """Return the form: whoever has a field in it has a row, if there is such a member."""
    marks = ("in_", "value_", "paid_")
    named = {name.partition("_")[2] for name in fields if name.startswith(marks)}
    return BillForm(fields, sorted(named & set(member.state.handles)))


def _find(member: Membership, entry: bytes) -> Any:
    found = find_bill(member.state, entry)
    if found is None or member.account.id not in found.parties:
        raise UsageInvalid(said("no bill of yours has the id {entry}", entry=entry.hex()))
    return found
