"""Asking to be paid by a card: a code on the screen, a link, or a tent for the table."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

from aiohttp import web

from federation.card import RequestCard, read_card
from federation.console.people import find_unit, own_units
from federation.console.terminal import Refused, UsageInvalid
from federation.errors import CardInvalid
from federation.sheet import Sheet, tent_sheet
from federation.web.language import _, amount_words, day_words, say_error
from federation.web.page import page, see_other
from federation.web.paper import send_pdf, show_sheet
from federation.web.scan import send_picture, view_card
from ledger.errors import AmountInvalid
from ledger.unit import Unit
from member.introduce import OPEN_AMOUNT, TypedRequest, request_card, tent_words
from member.membership import Membership, open_membership
from member.web.onboard.doorstep import Doorstep, doorstep_of

T = TypeVar("T")
routes = web.RouteTableDef()
PAGE = "/ask/card"
LASTS = ("1d", "7d", "30d", "90d", "365d")


@routes.get(PAGE)
async def request_form(request: web.Request) -> web.Response:
    """Show the form of a request."""
    return await _show_form(request, {"lasts": "30d"}, "")


@routes.post(PAGE)
async def make_request(request: web.Request) -> web.Response:
    """Make a request, and show it under an address of its own."""
    form = await request.post()
    fields = {name: str(value) for name, value in form.items()}
    doorstep = doorstep_of(request)
    try:
        card = await asyncio.to_thread(_make, doorstep, fields)
    except (UsageInvalid, AmountInvalid, Refused) as error:
        return await _show_form(request, fields, say_error(error))
    return see_other(f"{PAGE}/{doorstep.sign(card)}")


@routes.get(PAGE + "/{card:COMMONTAB:R:[A-Z2-7]+}")
async def show_request(request: web.Request) -> web.Response:
    """Show a request to whoever is to pay."""
    text, card = _own_request(request)
    unit: Unit = await asyncio.to_thread(
        _in_home, doorstep_of(request), lambda member: find_unit(member.state, card.unit)
    )
    return page(
        request,
        "onboard_request.html",
        it=view_card(text, None, card.name, "commontab-request.png"),
        card=card,
        unit=unit,
        link=f"{request.url.origin()}/scan?card={text}",
        picture=f"{PAGE}/{text}/picture",
        sheet=f"{PAGE}/{text}/print",
    )


@routes.get(PAGE + "/{card:COMMONTAB:R:[A-Z2-7]+}/picture")
async def save_request(request: web.Request) -> web.Response:
    """Send a request as a picture."""
    text, _card = _own_request(request)
    return await send_picture(text)


@routes.get(PAGE + "/{card:COMMONTAB:R:[A-Z2-7]+}/print")
async def print_request(request: web.Request) -> web.Response:
    """Show a request as a page to fold and to put on a table."""
    text, card = _own_request(request)
    return show_sheet(
        request,
        await _tent(request, text, card),
        heading=_("A tent for the table"),
        hint=_("Print the page and fold it along the dashed line: it reads from both sides.")
        if card.paid_as is None
        else _(
            "This request is paid once. For a table, make one that may be paid again and again."
        ),
        pdf=f"{PAGE}/{text}/tent.pdf",
        back=f"{PAGE}/{text}",
    )


@routes.get(PAGE + "/{card:COMMONTAB:R:[A-Z2-7]+}/tent.pdf")
async def send_tent(request: web.Request) -> web.Response:
    """Send the same page as a PDF."""
    text, card = _own_request(request)
    return await send_pdf(await _tent(request, text, card))


async def _show_form(request: web.Request, typed: Mapping[str, str], error: str) -> web.Response:
    doorstep = doorstep_of(request)
    units = await asyncio.to_thread(_in_home, doorstep, _units)
    status = web.HTTPBadRequest.status_code if error else web.HTTPOk.status_code
    lasts = {
        "1d": _("a day"),
        "7d": _("a week"),
        "30d": _("30 days"),
        "90d": _("90 days"),
        "365d": _("a year"),
    }
    return page(
        request,
        "onboard_ask.html",
        status=status,
        typed=typed,
        error=error,
        units=units,
        lasts=list(lasts.items()),
    )


async def _tent(request: web.Request, text: str, card: RequestCard) -> Sheet:
    until = day_words(card.expires)

    def words(member: Membership) -> Sheet:
        return tent_sheet(text, tent_words(member, card, until, _, amount_words))

    return await asyncio.to_thread(_in_home, doorstep_of(request), words)


def _in_home(doorstep: Doorstep, look: Callable[[Membership], T]) -> T:
    with open_membership(doorstep.home) as member:
        return look(member)


def _units(member: Membership) -> list[tuple[str, str]]:
    assert member.account, "who has no account asks for nothing"
    return [(unit.code, f"{unit.name} ({unit.code})") for unit in own_units(member.state)]


def _make(doorstep: Doorstep, fields: Mapping[str, str]) -> RequestCard:
    lasts = fields.get("lasts", "")
    typed = TypedRequest(
        amount=fields.get("amount", "").strip() or OPEN_AMOUNT,
        unit=fields.get("unit") or None,
        memo=fields.get("memo", "").strip(),
        expires=lasts if lasts in LASTS else None,
        standing=fields.get("standing") == "1",
    )
    with open_membership(doorstep.home) as member:
        return request_card(member, typed, doorstep.now())


def _own_request(request: web.Request) -> tuple[str, RequestCard]:
    """Return the request that an address names, which this home has signed.

    Raises:
        HTTPNotFound: It is damaged, or another's.
    """
    text = request.match_info["card"]
    try:
        card = read_card(text, RequestCard)
    except CardInvalid as error:
        raise web.HTTPNotFound(text=_("There is no such request.")) from error
    if card.key != doorstep_of(request).key:
        raise web.HTTPNotFound(text=_("This request is another's; scan it to pay it."))
    return text, card
