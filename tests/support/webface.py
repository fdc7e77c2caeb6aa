"""A small face with a page of every piece, for the tests of what both faces share."""

from pathlib import Path
from typing import Annotated

from aiohttp import web
from jinja2 import ChoiceLoader, FileSystemLoader
from msgspec import Meta

from federation.web.api import Api, Shape
from federation.web.app import DEFAULT_LIMITS, build_app
from federation.web.events import Events
from federation.web.face import Face, NavItem
from federation.web.failure import Declined
from federation.web.gate import Limits
from federation.web.guard import public, scans
from federation.web.login import Login
from federation.web.once import once
from federation.web.page import LOOKS, page, see_other
from federation.web.session import flash
from ledger.unit import Unit

TOKEN = "a-token-for-tests"  # noqa: S105 -- of the sample face
SECRET = bytes(range(32))
EUR = Unit("EUR", 2, "Euro", 10_000, 50_000)
PAID: web.AppKey[list[str]] = web.AppKey("paid")
SHOWN: web.AppKey[list[str]] = web.AppKey("shown")
routes = web.RouteTableDef()
api = Api()


class Asked(Shape):
    """What the sample adds."""

    name: Annotated[str, Meta(min_length=1, max_length=20)]
    count: Annotated[int, Meta(ge=0, le=9)] = 1


class Found(Shape):
    """What the sample gives."""

    name: str
    count: int


class Named(Shape):
    """Which sample is meant."""

    number: Annotated[int, Meta(ge=0, le=99)]
    more: bool = False


@routes.get("/")
async def home(request: web.Request) -> web.Response:
    return page(request, "sample.html", unit=EUR, shown=request.app[SHOWN][0])


@routes.post("/pay")
async def pay(request: web.Request) -> web.Response:
    form = await request.post()

    async def act() -> str:
        request.app[PAID].append(str(form["to"]))
        return "/"

    where = await once(request, str(form.get("submission", "")), act)
    flash(request, "Paid.")
    return see_other(where)


@routes.get("/wrong")
async def wrong(_request: web.Request) -> web.Response:
    raise RuntimeError("a secret of the inside")


@routes.get("/open")
@public
async def open_to_all(_request: web.Request) -> web.Response:
    return web.Response(text="open")


@routes.get("/scan")
@scans
async def scan(request: web.Request) -> web.Response:
    return page(request, "sample.html", unit=EUR, shown="")


@api.get("/things/{number}", takes=Named, gives=Found, summary="One thing")
async def thing(_request: web.Request, asked: Named) -> Found:
    if asked.number > 50:
        raise Declined("unknown_account", "there is no such thing", "Ask for another.")
    return Found(name="more" if asked.more else "thing", count=asked.number)


@api.post("/things", takes=Asked, gives=Found, summary="Add a thing")
async def add(_request: web.Request, asked: Asked) -> Found:
    return Found(name=asked.name, count=asked.count)


FACE = Face(
    name="member",
    title="Sample",
    package="federation.web",
    nav=(
        NavItem("/", "Home", "home"),
        NavItem("/pay", "Pay", "pay"),
        NavItem("/open", "Open", "people"),
        NavItem("/scan", "Scan", "camera", main=False),
    ),
    routes=(routes,),
    apis=(api,),
)


def sample_app(
    login: Login | None = None,
    *,
    events: Events | None = None,
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost"),
    secure: bool = False,
    proxies: tuple[str, ...] = (),
    secret: bytes = SECRET,
    limits: Limits = DEFAULT_LIMITS,
) -> web.Application:
    """Return the sample face's application."""
    app = build_app(
        FACE,
        desk=None,
        login=login or Login(TOKEN),
        hosts=hosts,
        secret=secret,
        secure=secure,
        events=events or Events(),
        proxies=proxies,
        limits=limits,
    )
    app[PAID], app[SHOWN] = [], ["as it began"]
    own = FileSystemLoader(Path(__file__).with_name("webface_templates"))
    app[LOOKS].loader = ChoiceLoader([own, app[LOOKS].loader or own])
    return app
