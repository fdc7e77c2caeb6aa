"""The face of a home, from its names to its sockets, until it is told to end."""

import asyncio
import ipaddress
import secrets
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from federation.dns_face.anchor import format_ds, format_zone
from federation.dns_face.answer import LOOPBACK, Answerer, Network, Policy
from federation.dns_face.dnssec import ZoneKey
from federation.dns_face.forward import Forwarder
from federation.dns_face.registries import RegistrySource
from federation.dns_face.respond import Responder
from federation.dns_face.serve import Opened, Place, open_face
from federation.dns_face.wire import Labels
from federation.dns_face.zone import Zone
from federation.errors import FederationError
from federation.home import Home
from federation.keys import derive_seed
from federation.names.open import open_names
from federation.schedule import Schedule
from federation.settings import SettingsInvalid
from ledger.errors import StoreBusy
from ledger.store.database import Role

LOOK_S = 1.0
"""How often it is looked whether names have changed: what somebody waits for who sets records."""
RENEW_S = 86_400.0
"""How often it is looked whether a newer certificate is to be used."""
SECRET_BYTES = 32
PORT, TLS_PORT, HTTPS_PORT = 8_053, 8_853, 8_443


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed about the face.

    Attributes:
        listen: The address to bind.
        port: Of DNS over UDP and TCP.
        tls: Empty for none, ``auto`` for a self-made certificate, ``CERT.pem,KEY.pem``, or
            ``proxy`` for DNS over HTTPS behind a proxy that speaks TLS.
        tls_port: Of DNS over TLS.
        https_port: Of DNS over HTTPS.
        forward: Host and port of the resolver for other names; None refuses them.
        forward_for: Who may have that, beside this computer.
        transfer_to: Who may have the whole zone.
        serve_stale: Whether to answer from a checkpoint that nobody has seen for a day.
    """

    listen: str = "127.0.0.1"
    port: int = PORT
    tls: str = ""
    tls_port: int = TLS_PORT
    https_port: int = HTTPS_PORT
    forward: tuple[str, int] | None = None
    forward_for: tuple[Network, ...] = ()
    transfer_to: tuple[Network, ...] = field(default=())
    serve_stale: bool = False


def suffix_of(home: Home) -> Labels:
    """Return the labels of the suffix that a home's names are served under."""
    return tuple(home.settings().name_suffix.encode().split(b"."))


def zone_key(seed: bytes, suffix: Labels) -> ZoneKey:
    """Return the key that a party's face signs a suffix with.

    Args:
        seed: The party's 32-byte seed.
        suffix: The zone's labels.
    """
    return ZoneKey(derive_seed(seed, "dns", b".".join(suffix)), suffix)


async def serve_names(
    home: Home, role: Role, seed: bytes, wish: Wish, tell: Callable[[str], None]
) -> None:
    """Answer until SIGTERM or Ctrl-C.

    Args:
        home: A member's or a manager's.
        role: What its ledger is.
        seed: The party's.
        wish: What was typed.
        tell: Gets lines for the person.

    Raises:
        StoreMissing: There is no ledger here yet.
        NetworkUnreachable: A port cannot be bound.
        SettingsInvalid: Others than this computer would be served in a way that fits nobody.
        CertificateInvalid: The certificate's files do not read.
    """
    suffix = suffix_of(home)
    key = zone_key(seed, suffix)
    with open_names(home, role) as names:
        source = RegistrySource(names, suffix, always_fresh=role is Role.MANAGER)
        source.update(int(time.time()))
        zone = Zone(source, suffix, key, serve_stale=wish.serve_stale)
        forward_for = (*LOOPBACK, *wish.forward_for) if wish.forward else ()
        policy = Policy(wish.transfer_to, forward_for)
        answerer = Answerer(zone, secrets.token_bytes(SECRET_BYTES), policy)
        forwarder = Forwarder(*wish.forward) if wish.forward else None
        responder = Responder(answerer, forwarder, time.time)
        schedule = Schedule()
        schedule.every("look", LOOK_S, lambda: _look(source))
        tls = _tls(home, wish)
        if tls is not None:
            renewed = tls
            schedule.every(
                "renew", RENEW_S, lambda: _renew(home, wish, renewed, tell), after_s=RENEW_S
            )
        async with open_face(responder, _place(wish), tls) as opened:
            _say(wish, opened, format_zone(suffix), key, tell)
            await schedule.run()


async def _look(source: RegistrySource) -> None:
    """Take changes in."""
    try:
        source.update(int(time.time()))
    except StoreBusy:
        # Somebody writes for long: the next look takes it in.
        return


async def _renew(
    home: Home, wish: Wish, context: ssl.SSLContext, tell: Callable[[str], None]
) -> None:
    """Use a newer certificate where there is one; connections from then on have it."""
    try:
        pair, _fresh = await asyncio.to_thread(_certify, home, wish)
    except FederationError as error:
        tell(f"The certificate of before is kept: {error}")
        return
    context.load_cert_chain(*pair)


def parse_listen(typed: str) -> str:
    """Return the address to bind; raises as ``parse_networks``."""
    return str(parse_networks([typed])[0].network_address)


def parse_networks(typed: Sequence[str]) -> tuple[Network, ...]:
    """Return networks that were typed, such as 192.0.2.7 or 192.0.2.0/24.

    Raises:
        SettingsInvalid: One is none.
    """
    try:
        return tuple(ipaddress.ip_network(one) for one in typed)
    except ValueError as error:
        raise SettingsInvalid(
            f"{error}; type an address or a network, such as 192.0.2.7 or 192.0.2.0/24"
        ) from error


def parse_resolver(typed: str) -> tuple[str, int]:
    """Return the address and port of a resolver: ``9.9.9.9``, ``[2620:fe::fe]:53``.

    Raises:
        SettingsInvalid: No address, or no port; a name would have to be resolved by itself.
    """
    host, colon, port = typed.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host, port = typed, "53"
    host = host.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(host)
        number = int(port)
    except ValueError:
        number = 0
    if not 0 < number < 2**16:
        raise SettingsInvalid(
            f"got {typed!r} as a resolver; type its address, such as 9.9.9.9 or 192.0.2.1:5353"
        )
    return host, number


def _place(wish: Wish) -> Place:
    over_tls = wish.tls_port if wish.tls not in {"", "proxy"} else None
    return Place(wish.listen, wish.port, over_tls, wish.https_port if wish.tls else None)


def _tls(home: Home, wish: Wish) -> ssl.SSLContext | None:
    """Return what speaks TLS with the certificate that was wished for."""
    if wish.tls in {"", "proxy"}:
        if wish.tls and not ipaddress.ip_address(wish.listen).is_loopback:
            raise SettingsInvalid(
                f"a proxy speaks to this computer itself: got --listen {wish.listen} with --tls "
                "proxy; leave --listen out, or give --tls auto"
            )
        return None
    return _certify(home, wish)[1]


def _certify(home: Home, wish: Wish) -> tuple[tuple[Path, Path], ssl.SSLContext]:
    from federation.web.tls import certify  # noqa: PLC0415 -- takes long to import

    folder = home.path / "dns"
    if wish.tls == "auto":
        folder.mkdir(mode=0o700, exist_ok=True)
    return certify(wish.tls, folder, [wish.listen, "localhost"], int(time.time()))


def _say(wish: Wish, opened: Opened, zone: str, key: ZoneKey, tell: Callable[[str], None]) -> None:
    host = f"[{wish.listen}]" if ":" in wish.listen else wish.listen
    tell(f"Names below {zone} are answered at {wish.listen} port {opened.port}, UDP and TCP.")
    if opened.tls_port is not None:
        tell(f"DNS over TLS: {wish.listen} port {opened.tls_port}.")
    if opened.https_port is not None:
        scheme = "http" if wish.tls == "proxy" else "https"
        tell(f"DNS over HTTPS: {scheme}://{host}:{opened.https_port}/dns-query")
    tell(f"Trust anchor: {format_ds(zone, key)}")
