"""Visits: who is signed in, for how long, and the token that only our own forms know."""

import base64
import binascii
import hmac
import secrets
import time
from dataclasses import dataclass

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from ledger.crypto import BOX_NONCE_BYTES, keyed_hash, open_secret_box, secret_box
from ledger.errors import SealInvalid

CSRF_BYTES = 16
SITTING_ID_BYTES = 16
SUBMISSION_BYTES = 16
FLASHES_MAX = 4
FLASH_BYTES_MAX = 600
"""With four of these a cookie stays below the 4,096 bytes that browsers keep (RFC 6265, 6.1)."""
COOKIE_CHARS_MAX = 4_000
COOKIE_HASH_BYTES = 4
CSRF_HEADER = "X-CSRF-Token"


class Sitting(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What a browser's cookie holds, sealed.

    Attributes:
        csrf: The token of its forms, in hex.
        id: Whose sitting it is, in hex; empty before the login.
        since: Unix time of the login, or 0.
        said: Lines for the next page: their kind and text.
    """

    csrf: str
    id: str = ""
    since: int = 0
    said: list[tuple[str, str]] = []


@dataclass(slots=True)
class Visit:
    """One request's place in a sitting.

    Attributes:
        sitting: From the cookie, or a new one.
        now: Unix time of the request.
        changed: Whether the cookie is to be written again.
        signed_in: Whether the guard found that the sign-in counts.
    """

    sitting: Sitting
    now: int
    changed: bool = False
    signed_in: bool = False

    @property
    def csrf(self) -> str:
        """The token that every form of this sitting carries."""
        return self.sitting.csrf

    @property
    def id(self) -> str:
        """Whose sitting it is, in hex; empty before the login."""
        return self.sitting.id

    def trusts(self, token: str) -> bool:
        """Return whether a form brought this sitting's token."""
        return hmac.compare_digest(self.csrf.encode(), token.encode("utf-8", "replace"))

    def age_s(self) -> int | None:
        """Return the seconds since the login, or None where nobody is signed in."""
        return self.now - self.sitting.since if self.sitting.id else None

    def begin(self) -> None:
        """Sign in: nothing of the sitting before is kept, its form token neither."""
        self.sitting = new_sitting()
        self.sitting.id = secrets.token_hex(SITTING_ID_BYTES)
        self.sitting.since = self.now
        self.changed = True

    def end(self) -> None:
        """Sign out."""
        self.sitting, self.changed = new_sitting(), True

    def say(self, text: str, kind: str) -> None:
        """Keep a line for the next page."""
        short = text.encode("utf-8", "replace")[:FLASH_BYTES_MAX].decode("utf-8", "ignore")
        held = [*self.sitting.said, (kind, short)]
        self.sitting.said, self.changed = held[-FLASHES_MAX:], True

    def said(self) -> list[tuple[str, str]]:
        """Return the kept lines and forget them."""
        held = self.sitting.said
        if held:
            self.sitting.said, self.changed = [], True
        return held


_VISIT: web.RequestKey[Visit] = web.RequestKey("visit", Visit)
_decoder = msgspec.json.Decoder(Sitting)


def new_sitting() -> Sitting:
    """Return the sitting of somebody who is not known yet."""
    return Sitting(csrf=secrets.token_hex(CSRF_BYTES))


def keep_visits(name: str, secret: bytes, *, secure: bool) -> Middleware:
    """Return what reads a visit from its cookie, and writes it back where it changed.

    Args:
        name: What the cookie's name begins with. Browsers keep one set of cookies for all ports of
            a computer, so that its end tells two programs apart.
        secret: 32 bytes; another secret ends every sitting.
        secure: The cookie is sent over TLS only.

    Source:
        RFC 6265bis, 4.1.2 and 4.1.3.2: ``SameSite=Strict``, ``HttpOnly``, ``__Host-``.
    """
    own = keyed_hash(secret, b"cookie", COOKIE_HASH_BYTES).hex()
    whole = f"{'__Host-' if secure else ''}{name}-{own}"

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        sitting = _open(secret, request.cookies.get(whole, ""))
        visit = Visit(sitting or new_sitting(), int(time.time()), changed=sitting is None)
        request[_VISIT] = visit
        response = await handler(request)
        if visit.changed and not response.prepared:
            sealed = _seal(secret, visit.sitting)
            response.set_cookie(
                whole, sealed, path="/", httponly=True, secure=secure, samesite="Strict"
            )
        return response

    return keep


def visit_of(request: web.Request) -> Visit | None:
    """Return a request's visit, or None for one that was turned away before."""
    return request.get(_VISIT)


def need_visit(request: web.Request) -> Visit:
    """Return the visit of a request that a handler got."""
    visit = visit_of(request)
    assert visit is not None, "every handler stands behind keep_visits"
    return visit


def flash(request: web.Request, text: str, kind: str = "good") -> None:
    """Show a line on the next page that this browser opens.

    Args:
        request: Of a person who is here.
        text: In the language of the request.
        kind: ``good``, ``warn`` or ``bad``.
    """
    need_visit(request).say(text, kind)


def new_submission() -> str:
    """Return the number of a form that is drawn now: 32 hex digits."""
    return secrets.token_hex(SUBMISSION_BYTES)


def _seal(secret: bytes, sitting: Sitting) -> str:
    nonce = secrets.token_bytes(BOX_NONCE_BYTES)
    sealed = nonce + secret_box(secret, nonce, msgspec.json.encode(sitting))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _open(secret: bytes, cookie: str) -> Sitting | None:
    """Return the sitting of a cookie, or None where there is none of ours."""
    if not cookie or len(cookie) > COOKIE_CHARS_MAX:
        return None
    try:
        sealed = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
        nonce, box = sealed[:BOX_NONCE_BYTES], sealed[BOX_NONCE_BYTES:]
        if len(nonce) != BOX_NONCE_BYTES:
            return None
        return _decoder.decode(open_secret_box(secret, nonce, box))
    except (binascii.Error, SealInvalid, msgspec.DecodeError, ValueError):
        # Of another secret or of nobody: its owner signs in again.
        return None
