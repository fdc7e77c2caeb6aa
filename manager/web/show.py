"""Showing: what every page of the manager's has in common, and how a form ends."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from federation.console.sentence import units_of
from federation.console.terminal import Refused, UsageInvalid
from federation.web.app import DESK
from federation.web.failure import Declined, status_of
from federation.web.language import _, say_error
from federation.web.once import once
from federation.web.page import page, see_other
from federation.web.session import flash
from ledger.errors import AmountInvalid, NameInvalid
from ledger.operation import ManagerOperation
from ledger.refusal_code import Code
from ledger.retelling import retell
from ledger.store.desk import QueuedStatement
from ledger.store.submission import HandedIn
from ledger.unit import Unit
from manager.office import Office
from manager.web.desk import Desk

FORM_CHARS_MAX = 2_000
"""Of one field: longer than any that fits the ledger."""
NOT_FITTING = (UsageInvalid, AmountInvalid, NameInvalid, Refused, Declined)
"""What a person can mend in the form that he sees."""
Ask = Callable[[Office], list[ManagerOperation]]
"""Makes operations from the present, by the rules of the commands."""
Draw = Callable[[Mapping[str, str], str, int], Awaitable[web.Response]]
"""Draws a form's page again: with what was typed, what is wrong, and a status."""


def desk_of(request: web.Request) -> Desk:
    """Return the desk that a request works with."""
    desk = request.app[DESK]
    assert isinstance(desk, Desk), "the manager's face is built over a desk"
    return desk


async def show(
    request: web.Request, template: str, *, status: int = 200, **values: Any
) -> web.Response:
    """Return a page that knows the units, the time, and how a form is typed again."""
    desk = desk_of(request)
    units = await desk.read(units_here)
    common: dict[str, Any] = {"units": units, "now": desk.now(), "typed": {}, "error": ""}
    return page(request, template, status=status, **{**common, **values})


async def typed_in(request: web.Request) -> dict[str, str]:
    """Return a form's fields as texts.

    Raises:
        HTTPRequestEntityTooLarge: A field is longer than anything that fits.
    """
    form: MultiMapping[Any] = await request.post()
    found = {name: str(value).strip() for name, value in form.items()}
    if any(len(value) > FORM_CHARS_MAX for value in found.values()):
        raise web.HTTPRequestEntityTooLarge(FORM_CHARS_MAX, max(map(len, found.values())))
    return found


async def carry_out(
    request: web.Request,
    typed: Mapping[str, str],
    ask: Ask,
    *,
    back: str,
    again: Draw,
) -> web.StreamResponse:
    """Sign what a form asks for, once, and go back; or show the form again with what is wrong.

    Args:
        request: The form's.
        typed: Its fields.
        ask: Makes the operations.
        back: The page that shows what came of it.
        again: Draws the form's page.
    """
    submission = typed.get("submission", "")

    async def act() -> str:
        settled = await desk_of(request).sign(ask, handed_in(request, submission))
        return tell(settled, (await desk_of(request).read(units_here)).values())

    try:
        said = await once(request, submission, act)
    except NOT_FITTING as error:
        return await again(typed, say_error(error), status_of(error))
    flash(request, said)
    return see_other(back)


def handed_in(request: web.Request, submission: str) -> HandedIn:
    """Return a form as it was handed in, which signs once however often it comes.

    Args:
        request: The form's.
        submission: 32 hex digits, as ``once`` has looked at them.
    """
    return HandedIn(request.path, bytes.fromhex(submission))


def tell(settled: Sequence[QueuedStatement], units: Iterable[Unit]) -> str:
    """Return in words what became of statements.

    Args:
        settled: Or waiting.
        units: The community's, for the amounts of a refusal.

    Raises:
        Declined: The ledger refused one.
    """
    check_settled(settled, units)
    if any(one.state == "waiting" for one in settled):
        return _("Signed. It is merged as soon as the running manager comes to it.")
    return _("Done, and in the books.")


def check_settled(settled: Iterable[QueuedStatement], units: Iterable[Unit]) -> None:
    """Accept statements that took effect or wait.

    Raises:
        Declined: The ledger refused one; the sentence is the one that was kept.
    """
    for one in settled:
        if one.state == "refused":
            known = one.code in set(Code)
            raise Declined(one.code, retell(Code(one.code), one.text, units) if known else one.text)


def optional(typed: Mapping[str, str], name: str) -> str | None:
    """Return a field, or None where it was left empty."""
    return typed.get(name) or None


def units_here(office: Office) -> dict[str, Unit]:
    """Return the community's units by code."""
    return units_of(office.state)
