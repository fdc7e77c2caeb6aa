"""The web application of a face: pages, API, live events and files behind one guard."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from aiohttp import web

from federation.web import guard, login, once
from federation.web.api import PREFIX, Endpoint
from federation.web.attend import WIRES, attend
from federation.web.events import EVENTS, Events
from federation.web.face import Face
from federation.web.failure import explain
from federation.web.gate import GATE, Gate, Limits
from federation.web.language import LANGUAGES
from federation.web.login import ENDED, LOGIN, TRIES, Ended, Login, Tries
from federation.web.openapi import describe, spell
from federation.web.page import FACE, LOOKS, STATIC, make_environment, see_other
from federation.web.session import keep_visits
from federation.web.static import StaticFiles
from federation.web.wire import Wires

DESK: web.AppKey[object] = web.AppKey("desk", object)
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
YEAR_S = 31_536_000
DEFAULT_LIMITS = Limits()


def build_app(
    face: Face,
    *,
    desk: object,
    login: Login,
    hosts: Iterable[str] = LOCAL_HOSTS,
    secret: bytes,
    secure: bool = False,
    events: Events,
    proxies: Iterable[str] = (),
    ended: Ended | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> web.Application:
    """Return a face's application, ready to be served.

    Args:
        face: Its pages and API.
        desk: What its handlers work with; ``request.app[DESK]`` gives it back.
        login: How one signs in.
        hosts: Names and addresses that it is opened by, without ports.
        secret: 32 bytes that seal the sessions' cookies.
        secure: It is reached over TLS only.
        events: What the program tells open pages.
        proxies: Addresses of proxies of ours, whose X-Forwarded headers are believed.
        ended: Sittings that were signed out of before; None to forget them with the program.
        limits: How many connections it has at once, and how long each may take; proxies of ours
            ask for many.
    """
    trusted = frozenset(proxies)
    gate, wires = Gate(replace(limits, for_many=limits.for_many | trusted)), Wires()
    static = StaticFiles("federation.web", *{face.package} - {"federation.web"})
    app = web.Application(
        middlewares=[
            attend(gate, wires),
            guard.believe_proxies(trusted),
            guard.secure_headers(secure=secure),
            guard.choose_language,
            explain,
            guard.limit_rate(),
            guard.check_host(frozenset(host.lower() for host in hosts)),
            keep_visits(f"commontab-{face.name}", secret, secure=secure),
            explain,
            guard.admit,
        ],
        client_max_size=guard.BODY_BYTES_MAX,
    )
    app[GATE], app[WIRES] = gate, wires
    app[FACE], app[STATIC], app[LOOKS] = face, static, make_environment(face, static)
    app[DESK], app[EVENTS], app[LOGIN] = desk, events, login
    app[TRIES], app[ENDED] = Tries(), ended or Ended()
    once.prepare(app)
    app.on_startup.append(_begin_live)
    app.on_shutdown.append(_end_live)
    app.router.add_routes(_shared(static, events))
    for routes in face.routes:
        app.router.add_routes(routes)
    app.router.add_routes(_api(face))
    return app


def endpoints_of(face: Face) -> list[Endpoint]:
    """Return everything that a face's API answers."""
    return [endpoint for api in face.apis for endpoint in api.endpoints]


def document_of(face: Face) -> str:
    """Return a face's OpenAPI document as text."""
    return spell(describe(face.title, endpoints_of(face)))


def _api(face: Face) -> list[web.RouteDef]:
    document = document_of(face)

    async def show(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=document, content_type="application/json")

    routes = [
        web.route(one.method, one.path, one.answer, allow_head=False)
        if one.method == "GET"
        else web.route(one.method, one.path, one.answer)
        for one in endpoints_of(face)
    ]
    return [*routes, web.get(f"{PREFIX}/openapi.json", show)]


def _shared(static: StaticFiles, events: Events) -> list[web.RouteDef]:
    for handler in (login.show, login.send, set_language):
        guard.public(handler)
    return [
        web.get("/static/{path:.+}", static.serve),
        web.get("/login", login.show),
        web.post("/login", login.send),
        web.post("/logout", login.leave),
        web.post("/language", set_language),
        web.get("/events", events.serve, allow_head=False),
    ]


async def set_language(request: web.Request) -> web.StreamResponse:
    """Answer ``POST /language``: remember the person's choice."""
    form = await request.post()
    response = see_other(login.own_path(str(form.get("back", "/"))))
    chosen = str(form.get("language", ""))
    if chosen in LANGUAGES:
        response.set_cookie(guard.LANGUAGE_COOKIE, chosen, max_age=YEAR_S, samesite="Lax")
    return response


async def _begin_live(app: web.Application) -> None:
    app[EVENTS].bind(asyncio.get_running_loop())


async def _end_live(app: web.Application) -> None:
    """End the streams, which the server would wait for else."""
    app[EVENTS].close()
