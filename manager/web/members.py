"""Pages about members: when each slot was read, limits, and who takes part."""

from collections.abc import Mapping

from aiohttp import web

from federation.console.people import find_account
from federation.console.terminal import UsageInvalid
from federation.console.typed import check_reason
from federation.console.views import View, view_members
from federation.web.language import _, say_error
from ledger.operation import Close, ManagerOperation, Reinstate, Suspend
from manager.ask import ask_limit, member_of
from manager.office import Office
from manager.past import view_account_records
from manager.views import view_account
from manager.web.show import Ask, carry_out, desk_of, optional, show, typed_in
from manager.web.words import kind_words, lateness, status_words

RECORDS_SHOWN = 20
routes = web.RouteTableDef()


@routes.get("/members")
async def show_members(request: web.Request) -> web.StreamResponse:
    """Answer with everybody: balance, limits, and how their slots are attended to."""
    desk = desk_of(request)
    status, now = await desk.status(), desk.now()
    attention: dict[str, View] = {}
    for one in status["members"]:
        known = attention.get(one["handle"])
        if known is None or (one["late"], one["pending"]) > (known["late"], known["pending"]):
            attention[one["handle"]] = one
    rows = [
        one
        | {
            "attention": attention.get(one["handle"]),
            "lateness": lateness(attention[one["handle"]], now)
            if one["handle"] in attention
            else None,
            "status_words": status_words(one["status"]),
            "kind_words": kind_words(one["kind"]),
        }
        for one in await desk.read(everybody)
    ]
    return await show(request, "members.html", members=rows, books=status)


@routes.get("/members/{who}")
async def show_member(request: web.Request) -> web.StreamResponse:
    """Answer with one member."""
    return await _draw(request, {}, "", 200)


@routes.post("/members/{who}/limits")
async def set_limits(request: web.Request) -> web.StreamResponse:
    """Answer a form that sets a member's limits."""
    typed = await typed_in(request)
    who = request.match_info["who"]

    def ask(office: Office) -> list[ManagerOperation]:
        handle = member_of(office.state, who).handle
        unit, credit = optional(typed, "unit"), optional(typed, "credit_limit")
        return [ask_limit(office.state, handle, unit, credit, optional(typed, "maximum_balance"))]

    return await _carry_out(request, typed, ask)


@routes.post("/members/{who}/suspend")
async def suspend(request: web.Request) -> web.StreamResponse:
    """Answer a form that stops a member from taking part."""
    typed = await typed_in(request)
    who = request.match_info["who"]

    def ask(office: Office) -> list[ManagerOperation]:
        return [Suspend(member_of(office.state, who).id, need_reason(typed))]

    return await _carry_out(request, typed, ask)


@routes.post("/members/{who}/reinstate")
async def reinstate(request: web.Request) -> web.StreamResponse:
    """Answer a form that lets a member take part again."""
    typed = await typed_in(request)
    who = request.match_info["who"]

    def ask(office: Office) -> list[ManagerOperation]:
        return [Reinstate(member_of(office.state, who).id)]

    return await _carry_out(request, typed, ask)


@routes.post("/members/{who}/close")
async def close(request: web.Request) -> web.StreamResponse:
    """Answer a form that closes an account for good."""
    typed = await typed_in(request)
    who = request.match_info["who"]

    def ask(office: Office) -> list[ManagerOperation]:
        account = member_of(office.state, who)
        if typed.get("sure") != account.handle:
            raise UsageInvalid(
                _("Type the handle %(handle)s to close the account for good.")
                % {"handle": account.handle}
            )
        return [Close(account.id, need_reason(typed), typed.get("write_off") == "1")]

    return await _carry_out(request, typed, ask)


def need_reason(typed: Mapping[str, str]) -> str:
    """Return the reason that was typed.

    Raises:
        UsageInvalid: None was, or it does not fit.
    """
    reason = check_reason(typed.get("reason", ""))
    if not reason:
        raise UsageInvalid(_("Say why: everybody who reads the ledger can read the reason."))
    return reason


def everybody(office: Office) -> list[View]:
    """Return every account, members first."""
    held = view_members(office.state, office.state.accounts.values())
    return sorted(held, key=lambda one: (one["kind"] != "member", one["handle"]))


def one_member(office: Office, who: str, now: int) -> View:
    """Return all that is known of one account.

    Raises:
        UsageInvalid: Nobody is called that.
    """
    account = find_account(office.state, who)
    (seen,) = view_members(office.state, [account])
    return {
        "member": seen | view_account(office, account, now),
        "records": view_account_records(office, account.id, RECORDS_SHOWN),
    }


async def _draw(
    request: web.Request, typed: Mapping[str, str], error: str, status: int
) -> web.Response:
    desk = desk_of(request)
    try:
        held = await desk.read(one_member, request.match_info["who"], desk.now())
    except UsageInvalid as unknown:
        raise web.HTTPNotFound(text=say_error(unknown)) from unknown
    member = held["member"]
    extra = {
        "lateness": [lateness(one, desk.now()) for one in member["attention"]],
        "status_words": status_words(member["status"]),
        "kind_words": kind_words(member["kind"]),
        "form": request.path.rpartition("/")[2] if typed else "",
    }
    return await show(
        request, "member.html", **held, **extra, typed=typed, error=error, status=status
    )


async def _carry_out(
    request: web.Request, typed: Mapping[str, str], ask: Ask
) -> web.StreamResponse:
    async def again(typed: Mapping[str, str], error: str, status: int) -> web.Response:
        return await _draw(request, typed, error, status)

    back = f"/members/{request.match_info['who']}"
    return await carry_out(request, typed, ask, back=back, again=again)
