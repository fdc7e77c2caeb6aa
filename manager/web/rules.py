"""The page about the community's rules and units."""

from collections.abc import Mapping

from aiohttp import web

from federation.console.people import own_units
from federation.console.terminal import UsageInvalid
from federation.console.views import View
from ledger.operation import ManagerOperation
from ledger.saying import said
from manager.ask import DAY_S, TypedUnit, ask_rules, ask_unit
from manager.office import Office
from manager.web.show import Ask, carry_out, desk_of, optional, show, typed_in

routes = web.RouteTableDef()
TIMES = ("hold", "request", "objection")


@routes.get("/rules")
async def show_rules(request: web.Request) -> web.StreamResponse:
    """Answer with the rules and units, and forms to change them."""
    return await _draw(request, {}, "", 200)


@routes.post("/rules")
async def set_rules(request: web.Request) -> web.StreamResponse:
    """Answer a form that changes how long things last."""
    typed = await typed_in(request)

    def ask(office: Office) -> list[ManagerOperation]:
        days = [_days(typed, name) for name in TIMES]
        return [ask_rules(office.community.rules, *days)]

    return await _carry_out(request, typed, ask)


@routes.post("/units")
async def set_unit(request: web.Request) -> web.StreamResponse:
    """Answer a form that begins a unit, or changes one."""
    typed = await typed_in(request)

    def ask(office: Office) -> list[ManagerOperation]:
        code = typed.get("code", "").upper()
        scale = optional(typed, "scale")
        if scale is not None and not scale.isdecimal():
            raise UsageInvalid(said("got {scale!r} decimals; a unit has 0 to 6", scale=scale))
        unit = TypedUnit(
            code,
            int(scale[:3]) if scale else None,
            optional(typed, "name"),
            optional(typed, "credit_limit"),
            optional(typed, "maximum_balance"),
        )
        return [ask_unit(office.community.unit(code), unit)]

    return await _carry_out(request, typed, ask)


def rules(office: Office) -> View:
    """Return the community's rules and units as plain values; None before it was opened."""
    community = office.state.community
    return {
        "opened": community is not None,
        "closed": community is not None and community.closed,
        "name": office.name,
        "days": {
            "hold": community.rules.hold_s_max // DAY_S,
            "request": community.rules.request_s_max // DAY_S,
            "objection": community.rules.objection_s // DAY_S,
        }
        if community
        else None,
        "own_units": [
            {
                "code": unit.code,
                "name": unit.name,
                "scale": unit.scale,
                "credit_limit_minor": unit.credit_limit,
                "maximum_balance_minor": unit.maximum_balance,
            }
            for unit in own_units(office.state)
        ],
    }


def _days(typed: Mapping[str, str], name: str) -> int | None:
    text = optional(typed, f"{name}_days")
    if text is not None and not (text.isascii() and text.isdecimal()):
        raise UsageInvalid(said("got {text!r} days; type a whole number", text=text))
    return int(text[:9]) if text else None


async def _draw(
    request: web.Request, typed: Mapping[str, str], error: str, status: int
) -> web.Response:
    held = await desk_of(request).read(rules)
    return await show(request, "rules.html", **held, typed=typed, error=error, status=status)


async def _carry_out(
    request: web.Request, typed: Mapping[str, str], ask: Ask
) -> web.StreamResponse:
    async def again(typed: Mapping[str, str], error: str, status: int) -> web.Response:
        return await _draw(request, typed, error, status)

    return await carry_out(request, typed, ask, back="/rules", again=again)
