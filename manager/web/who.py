"""Who is: what anybody may look up about a name here, without signing in.

It shows what the files of names show to everybody, also of a closed ledger: whose account it is in
such a one is no more than an id there, and here nothing.
"""

from aiohttp import web

from federation.console.views import View
from federation.names.code import format_code
from federation.names.sentence import tell_records
from federation.proof.proving import Own, prove_typed
from federation.qr import draw_svg
from federation.web.guard import public
from federation.web.page import see_other
from federation.words import fingerprint
from ledger.errors import NameInvalid
from ledger.names import parse_handle
from ledger.saying import said
from ledger.state import ACCOUNT_ID_BYTES
from ledger.store.cosignature import CosignatureStore
from manager.office import Office
from manager.web.show import desk_of, show

routes = web.RouteTableDef()
_NAME = "/who/{name:[^/]{1,255}}"


@routes.get("/who")
@public
async def ask(request: web.Request) -> web.StreamResponse:
    """Answer with a form, or lead to the name that was typed into it."""
    typed = request.query.get("name", "")
    try:
        return see_other(f"/who/{parse_handle(typed)}")
    except NameInvalid as error:
        problem = error.args[0] if typed else ""
        return await show(request, "who.html", name="", held=None, error=problem)


@routes.get(_NAME)
@public
async def who(request: web.Request) -> web.StreamResponse:
    """Answer with what stands at a name, also where nothing does."""
    name = _name_of(request)
    desk = desk_of(request)
    held = await desk.read(look_up, name, desk.now())
    status = 200 if held["resolves"] or held["reserved"] else 404
    return await show(request, "who.html", name=name, held=held, status=status)


@routes.get(_NAME + "/proof.txt")
@public
async def proof(request: web.Request) -> web.StreamResponse:
    """Answer with the proof of what stands at a name, or that nothing does."""
    made = await desk_of(request).read(_prove, _name_of(request))
    return web.Response(
        body=made,
        content_type="text/plain",
        charset="utf-8",
        headers={"Content-Disposition": 'attachment; filename="proof-of-name.txt"'},
    )


def look_up(office: Office, name: str, now: int) -> View:
    """Return what anybody may know of a name.

    Args:
        office: The manager's home.
        name: Canonical.
        now: Unix seconds.
    """
    state = office.state
    held = state.names.get(name)
    shown = held if held is not None and held.resolves(now) else None
    opened = state.community is not None and not state.community.closed
    owner = state.accounts[shown.owner] if shown and shown.owner and opened else None
    sizes = CosignatureStore(office.store.database).sizes()
    found: View = {
        "community": office.name,
        "resolves": shown is not None,
        "reserved": held is not None and held.owner is None,
        "size": state.tree.size,
        "time": state.time,
        "witnesses": sum(size >= state.tree.size for size in sizes.values()),
    }
    if shown is None:
        return found
    code = format_code(name, state.key)
    return found | {
        "owner": None if owner is None else {"handle": owner.handle, "name": owner.name},
        "fingerprint": fingerprint(shown.key) if shown.key else "",
        "claimed": shown.claimed,
        "expires": shown.expires,
        "frozen": shown.frozen,
        "records": list(tell_records(name, state.key, shown.records)),
        "address": code.lower(),
        "svg": draw_svg(code, said("The name {name}", name=name)),
    }


def _prove(office: Office, name: str) -> bytes:
    own = Own(office.key[:ACCOUNT_ID_BYTES], office.key)
    return prove_typed(office, own, name, ("name",))


def _name_of(request: web.Request) -> str:
    return parse_handle(request.match_info["name"])
