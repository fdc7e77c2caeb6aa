"""What a validating resolver is told, so that it trusts a face's signatures."""

import base64

from federation.dns_face.dnssec import ED25519 as ALGORITHM
from federation.dns_face.dnssec import FLAGS, KEY_TTL_S, PROTOCOL, ZoneKey, read_ds
from federation.dns_face.wire import Labels


def format_zone(labels: Labels) -> str:
    """Return a zone's name as text, with the dot at its end."""
    return ".".join(label.decode() for label in labels) + "."


def format_ds(zone: str, key: ZoneKey) -> str:
    """Return the DS record as a zone file has it (RFC 4034, section 5.3)."""
    tag, algorithm, kind, digest = read_ds(key.ds)
    return f"{zone} {KEY_TTL_S} IN DS {tag} {algorithm} {kind} {digest.hex().upper()}"


def format_dnskey(zone: str, key: ZoneKey) -> str:
    """Return the DNSKEY record as a zone file has it (RFC 4034, section 2.2)."""
    text = base64.b64encode(key.dnskey[4:]).decode()
    return f"{zone} {KEY_TTL_S} IN DNSKEY {FLAGS} {PROTOCOL} {ALGORITHM} {text}"


def format_bind(zone: str, key: ZoneKey) -> str:
    """Return the clause that BIND and delv read (BIND 9's manual, ``trust-anchors``)."""
    tag, algorithm, kind, digest = read_ds(key.ds)
    held = f'{tag} {algorithm} {kind} "{digest.hex().upper()}"'
    return f"trust-anchors {{ {zone} static-ds {held}; }};"
