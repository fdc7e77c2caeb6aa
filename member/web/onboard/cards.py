"""The own card: on the screen, as a picture, and on paper."""

from aiohttp import web

from federation.sheet import card_sheet
from federation.web.language import _
from federation.web.page import page
from federation.web.paper import send_pdf, show_sheet
from federation.web.scan import send_picture, view_card
from member.introduce import sheet_words
from member.web.onboard.doorstep import doorstep_of

routes = web.RouteTableDef()
PICTURE = "/card.png"
SHEET = "/card/print"


@routes.get("/card")
async def show_card(request: web.Request) -> web.Response:
    """Show the own card, and what comes next."""
    doorstep = doorstep_of(request)
    card, text = await doorstep.my_card()
    return page(
        request,
        "onboard_card.html",
        it=view_card(text, card.key, card.name, "commontab-card.png"),
        name=card.name,
        arrival=await doorstep.arrival(),
        picture=PICTURE,
        sheet=SHEET,
    )


@routes.get(PICTURE)
async def save_card(request: web.Request) -> web.Response:
    """Send the own card as a picture."""
    _card, text = await doorstep_of(request).my_card()
    return await send_picture(text)


@routes.get(SHEET)
async def print_card(request: web.Request) -> web.Response:
    """Show the own card as a page for the printer."""
    card, text = await doorstep_of(request).my_card()
    return show_sheet(
        request,
        card_sheet(text, sheet_words(card, _)),
        heading=_("Your card on paper"),
        hint=_("One page of A4. The code stays sharp at any size down to a playing card's."),
        pdf="/card.pdf",
        back="/card",
    )


@routes.get("/card.pdf")
async def send_card(request: web.Request) -> web.Response:
    """Send the same page as a PDF."""
    card, text = await doorstep_of(request).my_card()
    return await send_pdf(card_sheet(text, sheet_words(card, _)))
