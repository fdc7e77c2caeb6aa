"""Asking for something: the form, the page that shows what would be signed, and signing it."""

import re

from aiohttp import web

from federation.console.terminal import UsageInvalid
from federation.console.views import View
from federation.link.quote import NameOf, Quote
from federation.web.guard import takes_upload
from federation.web.language import _, say_error
from federation.web.once import once
from federation.web.page import see_other
from ledger.operation import Attach
from member.household.attachment import join_files
from member.link_ask import UnitWanted
from member.web.consent import Draft, check_foreseen, pack, unpack, view_consent, view_named
from member.web.desk import Consented
from member.web.entries import view_whole
from member.web.overview import view_open
from member.web.pages.base import Away, Mistaken, desk_of, fields_of, show, status_of
from member.web.timeline import recent
from member.web.tray import take_files, view_files
from member.web.wish import Wish, ask, ask_across, crosses

routes = web.RouteTableDef()
PEOPLE_SHOWN = 8
_ENTRY = r"{entry:[0-9a-f]{32}}"
_TYPED = ("who", "amount", "unit", "memo", "entry", "reason", "lasts")


@routes.get("/{verb:pay|request|hold}")
async def form(request: web.Request) -> web.Response:
    """Show the form of something that is asked for anew, filled in from the link that led here."""
    query = dict(request.query)
    wish = read_wish(
        request.match_info["verb"], query | {"who": query.get("card") or query.get("who", "")}
    )
    return await _show_form(request, wish)


@routes.get("/{verb:accept|cancel}/" + _ENTRY)
async def answer_at_once(request: web.Request) -> web.Response:
    """Show what accepting or taking back would sign: there is nothing to fill in."""
    return await _consent(request, _answer(request, {}))


@routes.get("/{verb:decline|post|void|reverse}/" + _ENTRY)
async def answer_form(request: web.Request) -> web.Response:
    """Show the form of an answer that may have a reason or a part."""
    return await _show_form(request, _answer(request, {}))


@routes.post("/{verb:pay|request|hold|profile}")
@takes_upload
async def review(request: web.Request) -> web.Response:
    """Show what a filled-in form would sign."""
    wish = read_wish(request.match_info["verb"], await fields_of(request))
    try:
        files = await take_files(desk_of(request), request)
    except UsageInvalid as error:
        return await _show_form(request, wish, error)
    return await _consent(request, wish, files)


@routes.post("/{verb:accept|cancel|decline|post|void|reverse}/" + _ENTRY)
async def review_answer(request: web.Request) -> web.Response:
    """Show what an answer would sign."""
    return await _consent(request, _answer(request, await fields_of(request)))


@routes.get("/profile")
async def profile(request: web.Request) -> web.Response:
    """Show how others see this member, and the form that changes the name."""
    desk = desk_of(request)
    name = await desk.read(lambda member: member.account.name)
    return await _show_form(request, Wish("profile", who=name))


@routes.post("/sign")
async def sign(request: web.Request) -> web.Response:
    """Sign what was shown, once, and go to where one sees what becomes of it.

    Raises:
        HTTPBadRequest: The form has no submission number.
    """
    desk, fields = desk_of(request), await fields_of(request)
    draft = unpack(fields.get("draft", ""))
    submission = fields.get("submission", "")

    async def act() -> str:
        if "anyway" not in fields:
            await desk.read(lambda member: check_foreseen(member, draft.operations, desk.now()))
        made = await desk.sign(Consented(draft.operations, submission, draft.sealing))
        return made.hash.hex()

    try:
        made = await once(request, submission, act)
    except Mistaken as error:
        return await show_consent(request, draft, error)
    return see_other(f"/change/{made}")


async def _consent(
    request: web.Request, wish: Wish, files: tuple[Attach, ...] = ()
) -> web.Response:
    desk = desk_of(request)
    quoted = None
    try:
        if await desk.read(lambda member: crosses(member, wish)):
            reach = await desk.reach()
            operation, found = await desk.read(
                lambda member: ask_across(member, reach, wish, desk.now())
            )
            quoted = (found.quote, reach.name_of) if found else None
        else:
            operation = await desk.read(lambda member: ask(member, wish, desk.now()))
        draft = Draft(join_files((operation,), files), wish.sealing)
        return await show_consent(request, draft, quoted=quoted, who=wish.who)
    except (*Mistaken, *Away) as error:
        return await _show_form(request, wish, error, files)


async def show_consent(
    request: web.Request,
    draft: Draft,
    error: Exception | None = None,
    *,
    quoted: tuple[Quote, NameOf] | None = None,
    who: str = "",
) -> web.Response:
    """Return the page that shows what would be signed.

    Args:
        request: Whose page it is.
        draft: What would be signed.
        error: Why it was not signed just now, if so.
        quoted: What it costs across links, and what communities are called.
        who: As typed; of a name the page says whose it is.

    Raises:
        Refused: The home has no account, or was restored and may not sign yet.
    """
    desk = desk_of(request)
    held = await desk.read(lambda member: view_consent(member, draft, desk.now(), quoted))
    return await show(
        request,
        "consent.html",
        status=200 if error is None else status_of(error),
        it=held,
        named=await desk.read(lambda member: view_named(member, who)),
        draft=pack(draft),
        problem=None if error is None else say_error(error),
    )


async def _show_form(
    request: web.Request,
    wish: Wish,
    error: Exception | None = None,
    files: tuple[Attach, ...] = (),
) -> web.Response:
    desk = desk_of(request)
    about = await desk.read(lambda member: view_open(member, wish.entry)) if wish.entry else None
    if about is None and wish.verb == "reverse":
        about = await desk.read(lambda member: view_whole(member, desk.reader(member), wish.entry))
    people: list[View] = []
    if not wish.entry:
        _, people = await desk.read(
            lambda member: recent(member, desk.reader(member), 0, PEOPLE_SHOWN)
        )
    return await show(
        request,
        "ask.html",
        status=200 if error is None else status_of(error),
        wish=wish,
        about=about,
        people=people,
        files=view_files(files),
        units_there=_units_there(error),
        problem=None if error is None else _tell_problem(error),
    )


def _units_there(error: Exception | None) -> list[tuple[str, str]]:
    """Return the units to choose from where another community's had to be said."""
    codes = error.codes if isinstance(error, UnitWanted) else ()
    return [(code, code) for code in codes]


def _tell_problem(error: Exception) -> str:
    """Return what is wrong with a form, without the words that are for the command line."""
    if isinstance(error, UnitWanted):
        return _(
            "%(place)s pays its members in %(units)s. Choose the unit that the amount is in."
        ) % {"place": error.called, "units": ", ".join(error.codes)}
    return say_error(error)


def _answer(request: web.Request, fields: dict[str, str]) -> Wish:
    named = fields | {"entry": request.match_info["entry"]}
    return read_wish(request.match_info["verb"], named)


def read_wish(verb: str, fields: dict[str, str]) -> Wish:
    """Return what a form's fields ask for; white space in them counts once."""
    given = {name: text for name, text in fields.items() if name in _TYPED}
    plain = {name: re.sub(r"\s+", " ", text).strip() for name, text in given.items()}
    return Wish(verb, **plain, sealing="sealing" in fields)
