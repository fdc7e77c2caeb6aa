"""Taking people in: scan a member's card, compare, set limits, admit, show the community's card."""

from collections.abc import Container, Mapping
from dataclasses import dataclass

from aiohttp import web

from federation.card import CommunityCard, MemberCard, RequestCard, read_any_card
from federation.console.people import own_units
from federation.console.terminal import UsageInvalid
from federation.errors import CardInvalid, ImageInvalid
from federation.home import meet
from federation.link.card import LinkCard
from federation.sheet import card_sheet
from federation.web.guard import scans, takes_upload
from federation.web.language import _
from federation.web.page import page
from federation.web.paper import send_pdf, show_sheet
from federation.web.scan import check_length, explain_scan, read_scan, send_picture, view_card
from federation.words import fingerprint
from ledger.operation import ManagerOperation
from ledger.state import State
from ledger.unit import Unit, format_amount
from manager.ask import propose_handle, taken_words
from manager.introduce import TypedAdmission, ask_admission, sheet_words
from manager.office import Office
from manager.web.reception import reception_of
from manager.web.show import carry_out, desk_of

routes = web.RouteTableDef()
PICTURE = "/community-card.png"
SHEET = "/community-card/print"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a manager has scanned.

    Attributes:
        card: A member's, who can be admitted; else None.
        text: The same as it was signed.
        why: What else it is, in a sentence, and what to do.
        path: A page that goes on from here, or empty.
        label: What the link to it says.
    """

    card: MemberCard | None = None
    text: str = ""
    why: str = ""
    path: str = ""
    label: str = ""


@routes.get("/admit")
@scans
async def scan_form(request: web.Request) -> web.Response:
    """Show the scanner."""
    return _show_scanner(request, Scanned())


@routes.post("/admit")
@scans
@takes_upload
async def take_scan(request: web.Request) -> web.Response:
    """Look at what was scanned; show who it is and what to set."""
    try:
        text = await read_scan(request)
    except (CardInvalid, ImageInvalid) as error:
        return _show_scanner(request, Scanned(why=explain_scan(error)))
    found = await desk_of(request).read(judge, text)
    if found.card is None:
        return _show_scanner(request, found)
    return await _show_person(request, found, {}, "", web.HTTPOk.status_code)


@routes.post("/admit/confirm")
async def admit(request: web.Request) -> web.StreamResponse:
    """Admit the person whose words were compared, then show the community's card."""
    form = await request.post()
    typed = {name: str(value).strip() for name, value in form.items()}
    found = await desk_of(request).read(judge, typed.get("card", ""))
    card = found.card
    if card is None:
        return _show_scanner(request, found)

    def ask(office: Office) -> list[ManagerOperation]:
        chosen = _chosen(office.state, typed)
        return ask_admission(office.state, card, chosen, taken_words(office.state))

    async def again(typed: Mapping[str, str], error: str, status: int) -> web.Response:
        return await _show_person(request, found, typed, error, status)

    answer = await carry_out(request, typed, ask, back="/community-card?new=1", again=again)
    if answer.status == web.HTTPSeeOther.status_code:
        meet(reception_of(request).home, card.hints)
    return answer


@routes.get("/community-card")
async def show_card(request: web.Request) -> web.Response:
    """Show the community's card for members to join."""
    card, text = await reception_of(request).card()
    return page(
        request,
        "onboard_card.html",
        it=view_card(text, card.key, card.name, "community-card.png"),
        name=card.name,
        network=card.network,
        picture=PICTURE,
        sheet=SHEET,
        new=request.query.get("new") == "1",
    )


@routes.get(PICTURE)
async def save_card(request: web.Request) -> web.Response:
    """Send the community's card as a picture."""
    _card, text = await reception_of(request).card()
    return await send_picture(text)


@routes.get(SHEET)
async def print_card(request: web.Request) -> web.Response:
    """Show the community's card as a page for the printer."""
    card, text = await reception_of(request).card()
    return show_sheet(
        request,
        card_sheet(text, sheet_words(card, _)),
        heading=_("The community's card on paper"),
        hint=_("One page of A4, for the notice board. Whoever scans it can join, not take part."),
        pdf="/community-card.pdf",
        back="/community-card",
    )


@routes.get("/community-card.pdf")
async def send_card(request: web.Request) -> web.Response:
    """Send the same page as a PDF."""
    card, text = await reception_of(request).card()
    return await send_pdf(card_sheet(text, sheet_words(card, _)))


def judge(office: Office, text: str) -> Scanned:
    """Return what a scanned text means to the manager of a community.

    Args:
        office: His home's.
        text: Untrusted.

    Raises:
        Refused: The ledger is not open yet.
    """
    assert office.community, "an unopened ledger is refused here"
    try:
        whole = check_length(text)
        card = read_any_card(whole)
    except CardInvalid as error:
        return Scanned(why=explain_scan(error, text.strip()))
    match card:
        case MemberCard():
            return _judge_member(office, card, whole)
        case CommunityCard() if card.key == office.key:
            why = _("This is your own community's card. New members scan it; scan theirs here.")
            return Scanned(why=why, path="/community-card", label=_("Show the community's card"))
        case CommunityCard():
            why = _("This is the card of another community, %(name)s.") % {"name": card.name}
            return Scanned(why=why + " " + _("Communities are linked by their link cards."))
        case RequestCard():
            why = _("This is a request by %(name)s to be paid. Members pay it on their own page.")
            return Scanned(why=why % {"name": card.name})
        case LinkCard():
            why = _("This is the link card of %(name)s. It links two communities.")
            return Scanned(why=why % {"name": card.name}, path="/links", label=_("Links"))


def _judge_member(office: Office, card: MemberCard, text: str) -> Scanned:
    known = office.state.keys.get(card.key)
    if known is None:
        return Scanned(card, text)
    handle = office.state.accounts[known.account].handle
    why = _("%(name)s is a member already, as %(handle)s. Show the community's card to join.") % {
        "name": card.name,
        "handle": handle,
    }
    return Scanned(why=why, path="/community-card", label=_("Show the community's card"))


def _show_scanner(request: web.Request, found: Scanned) -> web.Response:
    status = web.HTTPBadRequest.status_code if found.why else web.HTTPOk.status_code
    return page(request, "onboard_admit.html", status=status, found=found)


async def _show_person(
    request: web.Request, found: Scanned, typed: Mapping[str, str], error: str, status: int
) -> web.Response:
    card = found.card
    assert card is not None, "only a member's card has a page of its own"

    def suggest(office: Office) -> tuple[str, list[Unit]]:
        taken = taken_words(office.state)
        return _propose(card.name, taken), list(own_units(office.state))

    handle, units = await desk_of(request).read(suggest)
    return page(
        request,
        "onboard_person.html",
        status=status,
        card=card,
        text=found.text,
        words=fingerprint(card.key),
        handle=typed.get("handle", handle),
        units=[_view_unit(unit) for unit in units],
        choices=[("", _("as each unit says")), *((unit.code, unit.name) for unit in units)],
        typed=typed,
        error=error,
    )


def _propose(name: str, taken: Container[str]) -> str:
    """Return a handle, or nothing where none can be made of the name."""
    try:
        return propose_handle(name, taken)
    except UsageInvalid:
        return ""


def _view_unit(unit: Unit) -> dict[str, str]:
    return {
        "code": unit.code,
        "name": unit.name,
        "credit_limit": _plain(unit.credit_limit, unit),
        "maximum_balance": _plain(unit.maximum_balance, unit),
    }


def _plain(amount_minor: int, unit: Unit) -> str:
    return format_amount(amount_minor, unit).removesuffix(f" {unit.code}")


def _chosen(state: State, typed: Mapping[str, str]) -> TypedAdmission:
    """Return what was chosen; limits that are the unit's own need no statement."""
    code = typed.get("unit", "")
    unit = next((one for one in own_units(state) if one.code == code), None)
    usual = _view_unit(unit) if unit is not None else {}
    credit, most = (
        None if typed.get(name, "") in {"", usual.get(name)} else typed[name]
        for name in ("credit_limit", "maximum_balance")
    )
    return TypedAdmission(typed.get("handle") or None, code or None, credit, most)
