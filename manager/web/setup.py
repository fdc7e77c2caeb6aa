"""Who may come in: the first set-up by the printed token, afterwards the password; settings."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from aiohttp import web

from federation.console.views import View
from federation.web import guard
from federation.web.api import PREFIX
from federation.web.keep import WebFolder
from federation.web.language import _
from federation.web.login import DAY_S, LOGIN, Login
from federation.web.page import page, see_other
from federation.web.session import flash, need_visit
from manager.office import Office
from manager.web.password import PASSWORD_CHARS_MIN, Password, PasswordUnfit
from manager.web.show import desk_of, show, typed_in

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LASTS_S = 7 * DAY_S
"""A manager signs in again after a week: the page signs with the community's key."""
SHARED = ("/static/", "/login", "/logout", "/language", "/setup")
routes = web.RouteTableDef()


class Door(Login):
    """How one signs in: by the home's token until a password is set, then by password alone.

    With a password the token reads the API, as whoever has it can read the home; it signs nothing.
    """

    def __init__(self, folder: WebFolder) -> None:
        # A frozen struct, whose password is a property here: it may be set at any time.
        for name, value in {
            "token": folder.token(),
            "lasts_s": LASTS_S,
            "held": Password(folder.password_file),
        }.items():
            object.__setattr__(self, name, value)

    held: Password

    def lasts(self, since: int, now: int) -> bool:
        """Return whether a sign-in still counts: none from before the password was set does."""
        kept = self.held.kept
        return 0 <= now - since < self.lasts_s and (kept is None or since >= kept.set)

    @property
    def password(self) -> Password | None:
        """The password, None before one was set."""
        return self.held if self.held.kept is not None else None


def door_of(request: web.Request) -> Door:
    """Return how one signs in to this page."""
    door = request.app[LOGIN]
    assert isinstance(door, Door), "the manager's face has its own door"
    return door


@web.middleware
async def only_setup(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let nothing but the first set-up through before there is a password."""
    if request.path.startswith(SHARED):
        return await handler(request)
    if door_of(request).password is None:
        if request.path.startswith(PREFIX) or request.path == "/events":
            raise web.HTTPForbidden(
                text=_("Set a password first: open the page that `run` printed.")
            )
        return see_other("/setup")
    bearer = request.path.startswith(PREFIX) and "Authorization" in request.headers
    if bearer and request.method not in guard.SAFE:
        raise web.HTTPForbidden(
            text=_("The token only reads; sign in by password to change things.")
        )
    return await handler(request)


@routes.get("/setup")
async def show_setup(request: web.Request) -> web.StreamResponse:
    """Answer with the form of the first set-up; once it is done, with the first page."""
    if door_of(request).password is not None:
        return see_other("/")
    return _form(request, "", 200)


@routes.post("/setup")
async def set_up(request: web.Request) -> web.StreamResponse:
    """Answer the form of the first set-up."""
    door, visit = door_of(request), need_visit(request)
    if door.password is not None:
        return see_other("/")
    typed = await typed_in(request)
    password = typed.get("password", "")
    if not hmac.compare_digest(password.encode(), typed.get("again", "").encode()):
        return _form(request, _("The two passwords differ."), 400)
    try:
        door.held.set(password, visit.now)
    except PasswordUnfit:
        return _form(request, _unfit(), 400)
    visit.begin()
    flash(request, _("The password is set. From now on it opens this page."))
    return see_other("/")


@routes.get("/settings")
async def show_settings(request: web.Request) -> web.StreamResponse:
    """Answer with how the program runs."""
    held = await desk_of(request).read(settings)
    return await show(request, "settings.html", **held, codes=door_of(request).held.wants_code)


def settings(office: Office) -> View:
    """Return how the home's program runs, as plain values."""
    held = office.home.settings()
    return {
        "home": str(office.home.path),
        "settings": asdict(held),
        "interval_s": held.interval_s,
        "link_interval_s": held.link_interval_s,
        "locked": office.home.read_key().needs_passphrase,
    }


def _form(request: web.Request, error: str, status: int) -> web.Response:
    return page(request, "setup.html", status=status, error=error, chars_min=PASSWORD_CHARS_MIN)


def _unfit() -> str:
    return _("A password has at least %(count)s characters.") % {"count": PASSWORD_CHARS_MIN}
