"""Serving a face of a home, as its settings and the person at the command line want it."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web

from federation.errors import FederationError
from federation.home import Home
from federation.settings import Settings, SettingsInvalid
from federation.web.app import LOCAL_HOSTS, build_app
from federation.web.events import Events
from federation.web.face import Face
from federation.web.keep import WebFolder
from federation.web.login import Ended, Login
from federation.web.server import Served, serve_on, serve_web

LOOPBACK = "127.0.0.1"
RENEW_S = 86_400
PORTS = {"member": 8_417, "manager": 8_418}
ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- compared with, not bound
TEST_NET = ("192.0.2.1", 9)
"""Nothing is sent there (RFC 5737): asking the way shows which of our addresses leads outside."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where pages are served.

    Attributes:
        listen: The address to bind.
        port: The first port to try; 0 for a free one.
        hosts: Names and addresses that they are opened by.
        tls: As ``Settings.web_tls``.
        proxies: Whose X-Forwarded headers are believed; none but behind a proxy.
    """

    listen: str
    port: int
    hosts: tuple[str, ...]
    tls: str = ""
    proxies: tuple[str, ...] = ()

    @property
    def secure(self) -> bool:
        """Whether browsers reach the pages over TLS."""
        return bool(self.tls)


@dataclass(frozen=True, slots=True)
class Opened:
    """A face that is served.

    Attributes:
        url: What to type or scan, without a path.
        link: The same with the login token; empty where a password is asked for.
        wanted_port: The port that was asked for, to be said where another one was free.
        port: The port.
        words: Six words for the self-made certificate; empty without one.
        digest: The same as browsers show it.
        app: The application, whose ``DESK`` and ``EVENTS`` are the caller's.
    """

    url: str
    link: str
    wanted_port: int
    port: int
    words: str
    digest: str
    app: web.Application


def place_of(settings: Settings, face: Face) -> Place | None:
    """Return where a home's pages are served, or None where it wants none."""
    port = PORTS[face.name] if settings.web_port is None else settings.web_port
    if port < 0:
        return None
    listen = settings.web_listen or LOOPBACK
    hosts = [*sorted(LOCAL_HOSTS), *_names(listen), *settings.web_hosts]
    proxies = settings.web_proxies if settings.web_tls == "proxy" else ()
    return Place(listen, port, tuple(dict.fromkeys(hosts)), settings.web_tls, proxies)


@asynccontextmanager
async def open_face(
    home: Home,
    face: Face,
    place: Place,
    *,
    desk: object,
    login: Login,
    events: Events,
    now: Callable[[], int],
    tell: Callable[[str], None],
    listening: socket.socket | None = None,
    prepare: Callable[[web.Application], None] | None = None,
) -> AsyncIterator[Opened]:
    """Serve a face while the block runs.

    Args:
        home: Keeps the token, the cookies' secret and a self-made certificate.
        face: What is shown.
        place: Where.
        desk: What its handlers work with.
        login: How one signs in.
        events: What the program tells open pages.
        now: Gives Unix time.
        tell: Gets a line when a certificate's files cannot be read later.
        listening: A socket that was bound at the place and that its owner closes; None to bind one.
        prepare: Adds what only this face has to the application, before it is served.

    Raises:
        NetworkUnreachable: No port can be bound.
        CertificateInvalid: The certificate's files do not read.
        StorageFailed: The list of ended sittings does not read.
        SettingsInvalid: Others than this computer would be served without TLS.
    """
    if not place.secure and not _is_local(place.listen):
        raise SettingsInvalid(
            f"others in the network would read what is done at {place.listen}; "
            "set web_tls to auto, to CERT.pem,KEY.pem, or to proxy"
        )
    folder = WebFolder.of(home)
    app = build_app(
        face,
        desk=desk,
        login=login,
        hosts=place.hosts,
        secret=folder.secret(),
        secure=place.secure,
        events=events,
        proxies=place.proxies,
        ended=Ended(folder.ended_file),
    )
    if prepare is not None:
        prepare(app)
    pair, context = await asyncio.to_thread(_certify, folder, place, now())
    serving = (
        serve_web(app, place.listen, place.port, context)
        if listening is None
        else serve_on(app, listening, context)
    )
    async with serving as served:
        renewal = asyncio.create_task(_renew(folder, place, context, now, tell))
        try:
            yield _say(app, place, served, login, pair)
        finally:
            renewal.cancel()
            with suppress(asyncio.CancelledError):
                await renewal


def _say(
    app: web.Application, place: Place, served: Served, login: Login, pair: tuple[Path, Path] | None
) -> Opened:
    shown = replace(served, host=_shown(place))
    link = "" if login.password is not None else f"{shown.url}/login?token={login.token}"
    opened = Opened(shown.url, link, place.port, served.port, "", "", app)
    if place.tls != "auto" or pair is None:
        return opened
    from federation.web.tls import read_certificate  # noqa: PLC0415 -- takes long to import

    certificate = read_certificate(pair[0])
    return replace(opened, words=certificate.words, digest=certificate.hex)


def _certify(
    folder: WebFolder, place: Place, now: int
) -> tuple[tuple[Path, Path] | None, ssl.SSLContext | None]:
    """Return the certificate's files and what speaks TLS with them, where the pages do."""
    if place.tls in {"", "proxy"}:
        return None, None
    from federation.web.tls import certify  # noqa: PLC0415 -- as above

    return certify(place.tls, folder.path, place.hosts, now)


async def _renew(
    folder: WebFolder,
    place: Place,
    context: ssl.SSLContext | None,
    now: Callable[[], int],
    tell: Callable[[str], None],
) -> None:
    """Look daily whether a newer certificate is to be used; connections from then on have it."""
    while context is not None:
        await asyncio.sleep(RENEW_S)
        try:
            pair, _fresh = await asyncio.to_thread(_certify, folder, place, now())
        except FederationError as error:
            tell(f"the pages keep their certificate: {error}")
            continue
        assert pair is not None, "a place with TLS has its files"
        context.load_cert_chain(*pair)


def _names(listen: str) -> list[str]:
    """Return what a computer is called that serves others than itself."""
    if _is_local(listen):
        return [listen]
    name = socket.gethostname().lower()
    own = [_way_out()] if listen in ANY else [listen]
    return [*own, name, f"{name}.local"]


def _is_local(listen: str) -> bool:
    try:
        return ipaddress.ip_address(listen).is_loopback
    except ValueError:
        return listen == "localhost"


def _shown(place: Place) -> str:
    """Return the host that stands in the printed address."""
    return _way_out() if place.listen in ANY else place.listen


def _way_out() -> str:
    """Return the address of this computer that others of its network know."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(TEST_NET)
        except OSError:
            return LOOPBACK
        return str(asking.getsockname()[0])
