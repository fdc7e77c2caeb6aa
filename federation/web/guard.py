"""What every request passes before a handler sees it, and what every answer carries."""

import time
from typing import TypeVar
from urllib.parse import quote, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from federation.dht.pace import Buckets
from federation.web import language
from federation.web.api import PREFIX, Endpoint
from federation.web.language import _, speak
from federation.web.login import ENDED, LOGIN, TRIES, Tries, own_path
from federation.web.page import page
from federation.web.session import CSRF_HEADER, Visit, need_visit
from federation.web.static import PREFIX as FILES

LANGUAGE_COOKIE = "language"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BODY_BYTES_MAX = 262_144
"""Of any request but an upload: the largest form has 64 parts with a memo."""
UPLOAD_BYTES_MAX = 16 * 2**20
REQUESTS_PER_S = 20.0
REQUESTS_BURST = 200.0
"""A page with its files is some eight requests; nobody opens three pages a second for long."""
SOURCES_MAX = 1_024
CSP = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FEATURES = "camera=({camera}), microphone=(), geolocation=(), payment=(), usb=()"
HSTS = "max-age=31536000"
H = TypeVar("H")
_OPEN: set[Handler] = set()
_UPLOADS: set[object] = set()
_SCANS: set[Handler] = set()


def public(handler: Handler) -> Handler:
    """Mark a handler that needs no sign-in, such as ``/healthz``."""
    _OPEN.add(handler)
    return handler


def takes_upload(handler: H) -> H:
    """Mark a handler, or an endpoint's, that takes a file of up to 16 MiB."""
    _UPLOADS.add(handler)
    return handler


def scans(handler: Handler) -> Handler:
    """Mark a page that uses the camera and a decoder in wasm; no other page may."""
    _SCANS.add(handler)
    return handler


def secure_headers(*, secure: bool) -> Middleware:
    """Return what puts the security headers on every answer.

    Source:
        W3C Content Security Policy Level 3; Permissions Policy; RFC 6797.
    """

    @web.middleware
    async def dress(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            _dress(error, scan=False, secure=secure)
            raise
        if not response.prepared:
            _dress(response, scan=request.match_info.handler in _SCANS, secure=secure)
        return response

    return dress


def _dress(response: web.StreamResponse, *, scan: bool, secure: bool) -> None:
    held = response.headers
    held.update(HEADERS)
    policy = CSP.format(wasm=" 'wasm-unsafe-eval'" if scan else "")
    held.setdefault("Content-Security-Policy", policy)  # files of others bring a stricter one
    held["Permissions-Policy"] = FEATURES.format(camera="self" if scan else "")
    held.setdefault("Cache-Control", "no-store")
    if secure:
        held["Strict-Transport-Security"] = HSTS


def believe_proxies(proxies: frozenset[str]) -> Middleware:
    """Return what takes a request's source and name from a proxy of ours, and from nobody else.

    Args:
        proxies: Addresses from which ``X-Forwarded-For`` and ``X-Forwarded-Host`` count. Of the
            first only the last entry does: it is the one that our own proxy wrote.
    """

    @web.middleware
    async def believe(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.remote not in proxies:
            return await handler(request)
        source = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        host = request.headers.get("X-Forwarded-Host", "")
        return await handler(
            request.clone(
                scheme="https", remote=source or request.remote, host=host or request.host
            )
        )

    return believe


@web.middleware
async def choose_language(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Speak the language that the person chose, else one that the browser asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    header = request.headers.get("Accept-Language", "")
    speak(chosen if chosen in language.LANGUAGES else language.negotiate(header))
    return await handler(request)


def check_host(hosts: frozenset[str]) -> Middleware:
    """Return what turns away requests that were sent to another name.

    A page of somebody else whose name leads to this computer (DNS rebinding) still says its own
    name in ``Host``.

    Args:
        hosts: Names and addresses without ports, in lower case.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if host_name(request.host) not in hosts:
            raise web.HTTPMisdirectedRequest(
                text=_("This address is not one of this program's; open the one that it printed.")
            )
        return await handler(request)

    return check


def host_name(host: str) -> str:
    """Return a Host header without its port, in lower case: ``[::1]:80`` is ``::1``."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return name.strip("[]").lower()


def limit_rate() -> Middleware:
    """Return what answers each source only so often."""
    buckets = Buckets(REQUESTS_PER_S, REQUESTS_BURST, SOURCES_MAX)

    @web.middleware
    async def limit(request: web.Request, handler: Handler) -> web.StreamResponse:
        source, now = request.remote or "", time.monotonic()
        if (wait_s := buckets.wait_s(source, now)) > 0:
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(int(wait_s) + 1)})
        buckets.take(source, now)
        return await handler(request)

    return limit


@web.middleware
async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through who is signed in and asks from our own pages; everybody to what is public."""
    visit = need_visit(request)
    target = request.match_info.handler
    is_open = target in _OPEN or request.path.startswith(FILES)
    uploads = target in _UPLOADS or _endpoint_of(target) in _UPLOADS
    if request.path.startswith(PREFIX) and "Authorization" in request.headers:
        _check_bearer(request, visit)
        if uploads:
            request = request.clone(client_max_size=UPLOAD_BYTES_MAX)
        return await handler(request)
    visit.signed_in = _signed_in(request, visit)
    if not is_open and not visit.signed_in:
        return _to_login(request)
    if request.method not in SAFE:
        _check_origin(request)
        if uploads:
            request = request.clone(client_max_size=UPLOAD_BYTES_MAX)
        await _check_csrf(request, visit)
    return await handler(request)


def _endpoint_of(target: Handler) -> object:
    """Return the handler behind an endpoint of the API; None for anything else."""
    endpoint = getattr(target, "__self__", None)
    return endpoint.handler if isinstance(endpoint, Endpoint) else None


def _signed_in(request: web.Request, visit: Visit) -> bool:
    if not visit.id or request.app[ENDED].has(visit.id):
        return False
    return request.app[LOGIN].lasts(visit.sitting.since, visit.now)


def _check_bearer(request: web.Request, visit: Visit) -> None:
    """Let a program through that knows the home's token; no cookie counts, so none is forged.

    Raises:
        HTTPUnauthorized: It does not.
    """
    tries: Tries = request.app[TRIES]
    source = request.remote or ""
    tries.check(source, visit.now)
    scheme, _space, token = request.headers["Authorization"].partition(" ")
    if scheme.lower() != "bearer" or not request.app[LOGIN].knows(token.strip()):
        tries.note(source, visit.now)
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})


def _to_login(request: web.Request) -> web.StreamResponse:
    """Send a person to the login page and back; say 401 to a program.

    Raises:
        HTTPUnauthorized: For the API and for live events.
    """
    if request.path.startswith(PREFIX) or request.path == "/events":
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and request.method in SAFE:
        # Browsers keep a strict cookie back when another site's link led here. Asking again from
        # a page of ours brings it along; if there is none, the login follows.
        return page(request, "again.html", target=request.path_qs)
    where = f"/login?back={quote(_back(request), safe='/')}"
    if request.method not in SAFE:
        where += "&unsent=1"
    if request.headers.get("HX-Request") == "true":
        return web.Response(status=401, headers={"HX-Redirect": where})
    return web.Response(status=303, headers={"Location": where})


def _back(request: web.Request) -> str:
    """Return where to go after signing in: here, or to the page whose form was not taken."""
    if request.method in SAFE:
        return request.path_qs
    try:
        page_of_form = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return "/"  # no address at all
    if page_of_form.netloc != request.host:
        return "/"
    query = f"?{page_of_form.query}" if page_of_form.query else ""
    return own_path(page_of_form.path + query)


def _check_origin(request: web.Request) -> None:
    """Refuse what another site's page sends.

    Raises:
        HTTPForbidden: The browser says that another origin asks.

    Source:
        Fetch Standard, "Origin header"; W3C Fetch Metadata, Sec-Fetch-Site.
    """
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site not in {"same-origin", "none"}:
        raise web.HTTPForbidden
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        raise web.HTTPForbidden


async def _check_csrf(request: web.Request, visit: Visit) -> None:
    """Refuse a form that is not of this session.

    Raises:
        HTTPForbidden: It brings no token, or another's.
    """
    token = request.headers.get(CSRF_HEADER, "")
    if not token and request.content_type in {
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    }:
        token = str((await request.post()).get("csrf", ""))
    if not visit.trusts(token):
        raise web.HTTPForbidden(
            text=_(
                "This form is from an earlier sitting; open the page again and send it once more."
            )
        )
