"""The page about names: who has which, disputes, and what names cost."""

from collections.abc import Mapping

from aiohttp import web

from federation.console.terminal import UsageInvalid
from federation.console.views import View
from ledger.name.operation import Dispute, Reserve, RevokeName
from ledger.name.state import DAY_S
from ledger.operation import ManagerOperation
from ledger.saying import said
from manager.names import TypedNameRules, ask_name_rules, find_word, view_names
from manager.office import Office
from manager.web.members import need_reason
from manager.web.show import Ask, carry_out, desk_of, optional, show, typed_in

NAMES_SHOWN = 200
"""Names on one page; a search finds the others."""
MOST_DIGITS_MAX = 9
routes = web.RouteTableDef()


@routes.get("/names")
async def show_names(request: web.Request) -> web.StreamResponse:
    """Answer with the names, those that a search finds, and the rules."""
    return await _draw(request, {}, "", 200)


@routes.post("/names/rules")
async def set_rules(request: web.Request) -> web.StreamResponse:
    """Answer a form that sets prices and terms."""
    typed = await typed_in(request)

    def ask(office: Office) -> list[ManagerOperation]:
        rules = TypedNameRules(
            optional(typed, "unit"),
            optional(typed, "claim"),
            optional(typed, "renew"),
            optional(typed, "term"),
            optional(typed, "grace"),
            _most(typed),
        )
        return [ask_name_rules(office.state, rules)]

    return await _carry_out(request, typed, ask)


@routes.post("/names/{verb:reserve|free|dispute|settle|revoke}")
async def rule(request: web.Request) -> web.StreamResponse:
    """Answer a form that reserves, freezes or revokes one name, or lets it go on."""
    typed = await typed_in(request)
    verb = request.match_info["verb"]

    def ask(_office: Office) -> list[ManagerOperation]:
        name, reason = find_word(typed.get("name", "")), need_reason(typed)
        match verb:
            case "reserve" | "free":
                return [Reserve(name, verb == "reserve", reason)]
            case "dispute" | "settle":
                return [Dispute(name, verb == "dispute", reason)]
            case _:
                kept = typed.get("reserve") == "1"
                revoked: list[ManagerOperation] = [RevokeName(name, reason)]
                return revoked + [Reserve(name, held=True, reason=reason)] * kept

    return await _carry_out(request, typed, ask)


def registry(office: Office, search: str, now: int) -> View:
    """Return the names and the rules as a page shows them.

    Args:
        office: The manager's home.
        search: Part of a name; empty for all.
        now: Unix seconds.
    """
    held = view_names(office.state, search, now)
    units = office.state.community.units if office.state.community else ()
    return {
        "opened": office.state.community is not None,
        "codes": [(unit.code, unit.code) for unit in units],
        "rules": held["rules"]
        | {
            "term_days": held["rules"]["term_s"] // DAY_S,
            "grace_days": held["rules"]["grace_s"] // DAY_S,
        },
        "names": held["names"][:NAMES_SHOWN],
        "more": max(len(held["names"]) - NAMES_SHOWN, 0),
    }


def _most(typed: Mapping[str, str]) -> int | None:
    text = optional(typed, "most")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > MOST_DIGITS_MAX:
        raise UsageInvalid(said("got {text!r} names; type a whole number", text=text[:40]))
    return int(text)


async def _draw(
    request: web.Request, typed: Mapping[str, str], error: str, status: int
) -> web.Response:
    desk, text = desk_of(request), request.query.get("text", "").strip().lower()
    held = await desk.read(registry, text, desk.now())
    return await show(
        request, "names.html", **held, text=text, typed=typed, error=error, status=status
    )


async def _carry_out(
    request: web.Request, typed: Mapping[str, str], ask: Ask
) -> web.StreamResponse:
    async def again(typed: Mapping[str, str], error: str, status: int) -> web.Response:
        return await _draw(request, typed, error, status)

    return await carry_out(request, typed, ask, back="/names", again=again)
