"""Scanning: whatever card is held into the camera, sent as a picture, or pasted."""

from aiohttp import web

from federation.errors import CardInvalid, ImageInvalid
from federation.web.guard import scans, takes_upload
from federation.web.language import _
from federation.web.once import once
from federation.web.page import page, see_other
from federation.web.scan import explain_scan, read_scan
from federation.words import fingerprint
from member.web.onboard.doorstep import doorstep_of
from member.web.onboard.scanned import Scanned

routes = web.RouteTableDef()
NOTHING = Scanned("no")


@routes.get("/join")
@scans
async def join_form(request: web.Request) -> web.Response:
    """Show the scanner to somebody who joins."""
    return await _show_scanner(request, NOTHING)


@routes.get("/scan")
@scans
async def scan_form(request: web.Request) -> web.Response:
    """Show the scanner, or what a link's card means."""
    text = request.query.get("card", "")
    return await _answer(request, text) if text else await _show_scanner(request, NOTHING)


@routes.post("/scan")
@routes.post("/join")
@scans
@takes_upload
async def take_scan(request: web.Request) -> web.Response:
    """Look at what was scanned, and lead on."""
    try:
        text = await read_scan(request)
    except (CardInvalid, ImageInvalid) as error:
        return await _show_scanner(request, Scanned("no", explain_scan(error)))
    return await _answer(request, text)


@routes.post("/join/confirm")
async def join_community(request: web.Request) -> web.Response:
    """Join the community whose words were compared."""
    form = await request.post()
    doorstep = doorstep_of(request)
    found = await doorstep.judge(str(form.get("card", "")))
    card, text = found.card, found.text
    if found.what != "join" or card is None:
        return await _show_scanner(request, found)

    async def act() -> None:
        await doorstep.join(card, text)

    await once(request, str(form.get("submission", "")), act)
    return see_other("/welcome")


@routes.get("/welcome")
async def welcome(request: web.Request) -> web.Response:
    """Show how far somebody who joined has come in."""
    return page(request, "onboard_welcome.html", arrival=await doorstep_of(request).arrival())


async def _answer(request: web.Request, text: str) -> web.Response:
    found = await doorstep_of(request).judge(text)
    if found.what == "pay":
        return see_other(found.path)
    if found.card is None:
        return await _show_scanner(request, found)
    card = found.card
    return page(
        request,
        "onboard_join.html",
        card=card,
        text=found.text,
        words=fingerprint(card.key),
        nodes=", ".join(f"{host}:{port}" for host, port in card.hints),
    )


async def _show_scanner(request: web.Request, found: Scanned) -> web.Response:
    arrival = await doorstep_of(request).arrival()
    status = web.HTTPBadRequest.status_code if found.why else web.HTTPOk.status_code
    joining = arrival.community is None
    return page(
        request,
        "onboard_scan.html",
        status=status,
        found=found,
        action="/join" if joining else "/scan",
        heading=_("Join a community") if joining else _("Scan a card"),
        aim=_("The community's card, from the manager's screen or from paper.")
        if joining
        else _("A request to be paid, or the card of somebody in your community."),
    )
