"""What every handler of the member's page uses: its desk, its forms, and how it says no."""

from typing import Any

from aiohttp import web

from federation.console.people import own_units
from federation.console.sentence import units_of
from federation.console.terminal import Refused, UsageInvalid
from federation.errors import (
    AddressInvalid,
    CardInvalid,
    FetchTimeout,
    NetworkUnreachable,
)
from federation.web.app import DESK
from federation.web.page import page
from ledger.errors import AmountInvalid, SplitInvalid
from ledger.unit import Unit
from member.membership import Membership
from member.web.desk import Desk

FIELD_CHARS_MAX = 24_000
"""Longest field of a form that this side looks at; a card or a draft takes the most."""

Mistaken = (UsageInvalid, AmountInvalid, SplitInvalid, CardInvalid, AddressInvalid, Refused)
"""What a person mends in the form that he filled in."""
Away = (NetworkUnreachable, FetchTimeout)


def desk_of(request: web.Request) -> Desk:
    """Return the desk of the program that serves a request."""
    desk = request.app[DESK]
    assert isinstance(desk, Desk), "the member's face was built with one"
    return desk


async def fields_of(request: web.Request) -> dict[str, str]:
    """Return a form's text fields, the last of each name.

    Raises:
        HTTPRequestEntityTooLarge: A field is longer than any that a page has.
    """
    posted = await request.post()
    fields = {name: value for name, value in posted.items() if isinstance(value, str)}
    if any(len(value) > FIELD_CHARS_MAX for value in fields.values()):
        raise web.HTTPRequestEntityTooLarge(FIELD_CHARS_MAX, actual_size=FIELD_CHARS_MAX + 1)
    return fields


def status_of(error: Exception) -> int:
    """Return the status of a form that is shown again with an error."""
    if isinstance(error, Away):
        return web.HTTPServiceUnavailable.status_code
    if isinstance(error, Refused):
        return web.HTTPConflict.status_code
    return web.HTTPBadRequest.status_code


async def show(
    request: web.Request, template: str, *, status: int = 200, **values: Any
) -> web.Response:
    """Return a page with what all pages of this face know: units, the time, and who is here."""
    desk = desk_of(request)
    known = await desk.read(_known)
    return page(request, template, status=status, now=desk.now(), **known, **values)


def _known(member: Membership) -> dict[str, Any]:
    account = member.state.keys.get(member.key)
    units: dict[str, Unit] = units_of(member.state)
    return {
        "units": units,
        "codes": [(unit.code, unit.code) for unit in own_units(member.state)],
        "community_name": member.card.name,
        "admitted": account is not None and member.state.community is not None,
    }
