"""Signing in: a member by the token that his program prints, a manager by password."""

import asyncio
import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec
from aiohttp import web

from federation.dht.pace import Buckets
from federation.errors import StorageFailed
from federation.home import write_whole
from federation.web.events import EVENTS
from federation.web.invite import Invitations
from federation.web.language import _
from federation.web.page import page, see_other
from federation.web.session import need_visit

TRIES_BURST = 8
TRIES_PER_S = 1 / 15
"""Wrong tries that one source may make: eight at once, then four a minute."""
ALL_TRIES_BURST = 64
ALL_TRIES_PER_S = 1 / 2
SOURCES_MAX = 1_024
ENDED_MAX = 1_024
"""Signed-out sittings that are remembered; nobody signs out more often within 30 days."""
DAY_S = 86_400


class PasswordCheck(Protocol):
    """What opens a face that is signed in to by password."""

    @property
    def wants_code(self) -> bool:
        """Whether a code of the second device is asked for."""

    async def holds(self, password: str, code: str, now: int) -> bool:
        """Return whether password and code are right; slow on purpose."""


@dataclass(frozen=True, slots=True)
class Login:
    """How one signs in to a face.

    Attributes:
        token: The secret of the home; the API takes it as ``Authorization: Bearer`` too.
        password: Where signing in is by password; None where the token itself does.
        lasts_s: Seconds until a sign-in ends.
        invitations: Tokens that each sign one telephone in, where there are any.
    """

    token: str
    password: PasswordCheck | None = None
    lasts_s: int = 30 * DAY_S
    invitations: Invitations | None = None

    def lasts(self, since: int, now: int) -> bool:
        """Return whether a sign-in of some time still counts."""
        return 0 <= now - since < self.lasts_s

    def knows(self, token: str) -> bool:
        """Return whether a token is the home's."""
        return bool(token) and hmac.compare_digest(
            token.encode("utf-8", "replace"), self.token.encode()
        )

    def lets_in(self, token: str, now: float) -> bool:
        """Return whether a token signs in: the home's own, or an invitation, which ends with it."""
        if self.knows(token):
            return True
        return self.invitations is not None and self.invitations.redeem(token, now)


LOGIN: web.AppKey[Login] = web.AppKey("login", Login)
TRIES: web.AppKey["Tries"] = web.AppKey("tries")


class Tries:
    """How many wrong tries are left, to each source and to all together."""

    def __init__(self) -> None:
        self._of_source = Buckets(TRIES_PER_S, TRIES_BURST, SOURCES_MAX)
        self._of_all = Buckets(ALL_TRIES_PER_S, ALL_TRIES_BURST, 1)

    def check(self, source: str, now: float) -> None:
        """Let a try through.

        Raises:
            HTTPTooManyRequests: This source, or all together, tried too often.
        """
        wait_s = max(self._of_source.wait_s(source, now), self._of_all.wait_s("", now))
        if wait_s > 0:
            raise web.HTTPTooManyRequests(
                text=_("Too many wrong tries to sign in."),
                headers={"Retry-After": str(int(wait_s) + 1)},
            )

    def note(self, source: str, now: float) -> None:
        """Note a wrong try."""
        self._of_source.take(source, now)
        self._of_all.take("", now)


def own_path(text: str) -> str:
    """Return where to go after signing in: a path of ours, else the first page."""
    plain = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if plain and text.isprintable() and "\\" not in text else "/"


async def show(request: web.Request) -> web.StreamResponse:
    """Answer ``GET /login``: the form, or a sign-in by ``?token=``."""
    back = own_path(request.query.get("back", "/"))
    token = request.query.get("token", "")
    login = request.app[LOGIN]
    if token and login.password is None:
        return await _try(request, token, "", back)
    return _form(request, back, wrong=False, unsent="unsent" in request.query)


async def send(request: web.Request) -> web.StreamResponse:
    """Answer ``POST /login``."""
    form = await request.post()
    secret, code = str(form.get("secret", "")), str(form.get("code", ""))
    return await _try(request, secret.strip(), code.strip(), own_path(str(form.get("back", "/"))))


async def leave(request: web.Request) -> web.StreamResponse:
    """Answer ``POST /logout``."""
    visit = need_visit(request)
    await asyncio.to_thread(request.app[ENDED].end, visit.id, visit.now)
    request.app[EVENTS].leave(visit.id)
    visit.end()
    return see_other("/login")


async def _try(request: web.Request, secret: str, code: str, back: str) -> web.StreamResponse:
    visit = need_visit(request)
    tries, login = request.app[TRIES], request.app[LOGIN]
    source = request.remote or ""
    tries.check(source, visit.now)
    if (password := login.password) is None:
        right = login.lets_in(secret, visit.now)
    else:
        # Taken before the slow look, so that many at once are no way around it.
        tries.note(source, visit.now)
        right = await password.holds(secret, code, visit.now)
    if not right:
        if password is None:
            tries.note(source, visit.now)
        return _form(request, back, wrong=True)
    visit.begin()
    return see_other(back)


def _form(request: web.Request, back: str, *, wrong: bool, unsent: bool = False) -> web.Response:
    password = request.app[LOGIN].password
    return page(
        request,
        "login.html",
        status=401 if wrong else 200,
        back=back,
        wrong=wrong,
        unsent=unsent,
        by_password=password is not None,
        wants_code=password is not None and password.wants_code,
    )


class Ended:
    """Sittings that were signed out of, so that a copied cookie is worth nothing afterwards.

    Args:
        path: Where they are kept for the next start; None for as long as the program runs.
        kept_max: How many are remembered.

    Raises:
        StorageFailed: The file does not read.
    """

    def __init__(self, path: Path | None = None, kept_max: int = ENDED_MAX) -> None:
        self._path = path
        self._kept_max = kept_max
        self._at: dict[str, int] = {}
        if path is not None and path.exists():
            try:
                self._at = msgspec.json.decode(path.read_bytes(), type=dict[str, int])
            except msgspec.DecodeError as error:
                raise StorageFailed(
                    f"{path} does not read ({error}); remove it and {path.parent}/secret, which "
                    "ends every sign-in"
                ) from error

    def end(self, sitting: str, now: int) -> None:
        """Note a sitting's end, on the disk first."""
        if not sitting:
            return
        kept = {**self._at, sitting: now}
        while len(kept) > self._kept_max:
            del kept[next(iter(kept))]
        if self._path is not None:
            write_whole(self._path, msgspec.json.encode(kept))
        self._at = kept

    def has(self, sitting: str) -> bool:
        """Return whether a sitting was ended."""
        return sitting in self._at


ENDED: web.AppKey[Ended] = web.AppKey("ended", Ended)
