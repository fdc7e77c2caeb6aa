"""Names: one's own, searching, and who stands behind one."""

from aiohttp import web

from federation.console.terminal import UsageInvalid
from federation.console.views import View
from federation.errors import RecordInvalid
from federation.names.code import format_code
from federation.proof.proving import Own, prove_typed
from federation.web.language import say_error
from federation.web.scan import send_picture
from ledger.errors import NameInvalid
from ledger.saying import said
from member.membership import Membership
from member.names.ask import find_name
from member.web.consent import Draft
from member.web.names import VERBS, ask_name, view_registry, view_who
from member.web.pages.act import show_consent
from member.web.pages.base import Mistaken, desk_of, fields_of, show, status_of
from member.web.pages.past import attached

routes = web.RouteTableDef()
NameMistaken = (*Mistaken, NameInvalid, RecordInvalid)
_NAME = "/names/{name:[^/]{1,255}}"
_VERB = "{verb:" + "|".join(VERBS) + "}"


@routes.get("/names")
async def names(request: web.Request) -> web.Response:
    """Show the own names, what is offered, and what a search finds."""
    return await _show_names(request, request.query.get("text", ""))


@routes.post("/names/claim")
async def claim(request: web.Request) -> web.Response:
    """Show what claiming a name would sign."""
    desk, fields = desk_of(request), await fields_of(request)
    name = fields.get("name", "")
    try:
        operation = await desk.read(lambda member: ask_name(member, "claim", name, fields))
        return await show_consent(request, Draft((operation,), sealing=False))
    except NameMistaken as error:
        return await _show_names(request, name, error)


@routes.get(_NAME)
async def who(request: web.Request) -> web.Response:
    """Show whose a name is, until when, and what stands under it."""
    return await _show_name(request, {})


@routes.post(_NAME + "/" + _VERB)
async def change(request: web.Request) -> web.Response:
    """Show what a change of a name would sign."""
    desk, fields = desk_of(request), await fields_of(request)
    verb, name = request.match_info["verb"], request.match_info["name"]
    try:
        operation = await desk.read(lambda member: ask_name(member, verb, name, fields))
        return await show_consent(request, Draft((operation,), sealing=False))
    except NameMistaken as error:
        return await _show_name(request, fields, error)


@routes.get(_NAME + "/picture")
async def picture(request: web.Request) -> web.Response:
    """Give a name's code as a picture."""
    name = request.match_info["name"]

    def look(member: Membership) -> str:
        held = find_name(member.state, name)
        if held is None:
            raise _unknown(name)
        return format_code(held.name, member.state.key)

    return await send_picture(await desk_of(request).read(look))


@routes.get(_NAME + "/proof.txt")
async def proof(request: web.Request) -> web.Response:
    """Give the proof of what the registry holds at a name, or that it holds nothing there."""
    name = request.match_info["name"]

    def prove(member: Membership) -> bytes:
        return prove_typed(member, Own(member.account.id, member.key), name, ("name",))

    return attached(await desk_of(request).read(prove), "proof-of-name.txt")


async def _show_names(
    request: web.Request, text: str, error: Exception | None = None
) -> web.Response:
    desk = desk_of(request)
    held = await desk.read(lambda member: view_registry(member, text, desk.now()))
    return await show(
        request,
        "names.html",
        status=200 if error is None else _status_of(error),
        it=held,
        text=text,
        problem=None if error is None else say_error(error),
    )


async def _show_name(
    request: web.Request, fields: dict[str, str], error: Exception | None = None
) -> web.Response:
    desk, name = desk_of(request), request.match_info["name"]

    def look(member: Membership) -> View:
        held = view_who(member, name, desk.now())
        if held is None:
            raise _unknown(name)
        return held

    held = await desk.read(look)
    return await show(
        request,
        "name.html",
        status=200 if error is None else _status_of(error),
        it=held,
        fields=fields,
        problem=None if error is None else say_error(error),
    )


def _unknown(name: str) -> UsageInvalid:
    return UsageInvalid(said("nobody here has the name {name!r}", name=name[:64]))


def _status_of(error: Exception) -> int:
    kinds = (NameInvalid, RecordInvalid)
    return web.HTTPBadRequest.status_code if isinstance(error, kinds) else status_of(error)
