"""What both command lines say of the DNS face: its options, and its trust anchor."""

from typing import TYPE_CHECKING

from federation.console.terminal import out, show
from federation.home import Home

if TYPE_CHECKING:
    from federation.dns_face.run import Wish


def make_wish(
    *,
    listen: str | None,
    port: int | None,
    tls: str | None,
    ports: tuple[int | None, int | None],
    forward: str | None,
    networks: tuple[list[str] | None, list[str] | None],
    serve_stale: bool,
) -> "Wish":
    """Return what was typed about the face.

    Args:
        listen: ``--listen``.
        port: ``--port``.
        tls: ``--tls``.
        ports: ``--tls-port`` and ``--https-port``.
        forward: ``--forward``.
        networks: ``--forward-for`` and ``--transfer-to``.
        serve_stale: ``--serve-stale``.

    Raises:
        SettingsInvalid: An address or a network is none.
    """
    from federation.dns_face.run import (  # noqa: PLC0415 -- takes long to import
        HTTPS_PORT,
        PORT,
        TLS_PORT,
        Wish,
        parse_listen,
        parse_networks,
        parse_resolver,
    )

    tls_port, https_port = ports
    forward_for, transfer_to = networks
    return Wish(
        listen=parse_listen(listen or "127.0.0.1"),
        port=PORT if port is None else port,
        tls=tls or "",
        tls_port=TLS_PORT if tls_port is None else tls_port,
        https_port=HTTPS_PORT if https_port is None else https_port,
        forward=parse_resolver(forward) if forward else None,
        forward_for=parse_networks(forward_for or ()),
        transfer_to=parse_networks(transfer_to or ()),
        serve_stale=serve_stale,
    )


def show_anchor(home: Home, seed: bytes, *, as_json: bool) -> None:
    """Print what a validating resolver is to trust of a home's face."""
    from federation.dns_face.anchor import (  # noqa: PLC0415 -- takes long to import
        format_bind,
        format_dnskey,
        format_ds,
        format_zone,
    )
    from federation.dns_face.run import suffix_of, zone_key  # noqa: PLC0415 -- as above

    suffix = suffix_of(home)
    key, zone = zone_key(seed, suffix), format_zone(suffix)
    held = {
        "zone": zone,
        "ds": format_ds(zone, key),
        "dnskey": format_dnskey(zone, key),
        "bind": format_bind(zone, key),
    }

    def tell() -> None:
        # Zone-file lines, so that the whole can go into Unbound's trust-anchor-file as it is.
        out.print(held["ds"], markup=False)
        out.print(held["dnskey"], markup=False)
        out.print(f"; BIND and delv: {held['bind']}", markup=False)

    show(held, as_json, tell)
