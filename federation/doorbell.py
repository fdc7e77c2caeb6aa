"""Ringing: tell a manager's program at once that the own slot has something new. It is a hint."""

import asyncio
import ssl
from contextlib import suppress
from urllib.parse import urlsplit

RING_S = 3.0
"""A ring that takes longer is given up: the next round comes anyway."""
PATH = "/doorbell"


class Ringer:
    """Rings for one key at one address, if there is one. Nobody waits for it.

    Args:
        address: The community card's ``http``, or empty; only its origin counts.
        key: Whose slot has something new, 32 bytes.
    """

    def __init__(self, address: str, key: bytes) -> None:
        self._origin = read_origin(address)
        self._key = key
        self._ringing: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """Ring, unless a ring is under way; whatever comes of it is not told."""
        if self._origin is not None and (self._ringing is None or self._ringing.done()):
            self._ringing = asyncio.get_running_loop().create_task(self._ring(*self._origin))

    async def close(self) -> None:
        """End a ring that is under way."""
        if self._ringing is not None:
            self._ringing.cancel()
            await asyncio.wait([self._ringing])

    async def _ring(self, host: str, port: int, secure: bool) -> None:
        # Nothing depends on it: no program there, a wrong certificate, a slow one.
        with suppress(OSError, ssl.SSLError, TimeoutError, UnicodeError):
            async with asyncio.timeout(RING_S):
                await send_ring(host, port, self._key, secure=secure)


async def send_ring(host: str, port: int, key: bytes, *, secure: bool) -> None:
    """Send one ring, and read nothing but that it arrived.

    Args:
        host: Name or address.
        port: Of the manager's page.
        key: 32 bytes.
        secure: Whether over TLS, with a certificate that the machine trusts.

    Raises:
        OSError: Nobody is there, or the certificate is not trusted.
    """
    reader, writer = await asyncio.open_connection(host, port, ssl=secure or None)
    try:
        writer.write(spell_ring(host, port, key, secure=secure))
        await writer.drain()
        await reader.read(1)
    finally:
        writer.close()


def spell_ring(host: str, port: int, key: bytes, *, secure: bool) -> bytes:
    """Return the bytes of a ring: docs/protocol.md, "The doorbell".

    Source:
        RFC 9112, section 3; the Host of RFC 9110, section 7.2, without a default port.
    """
    named = f"[{host}]" if ":" in host else host
    shown = named if port == _default(secure) else f"{named}:{port}"
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {shown}\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Length: {len(key)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + key


def read_origin(address: str) -> tuple[str, int, bool] | None:
    """Return host, port and whether TLS of a card's address; None where it names none.

    Only the origin counts: a card must not lead members' programs to any path of any server.

    Args:
        address: Untrusted, visible ASCII, at most 128 characters.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        return None
    if not host or not _is_plain(host):
        return None
    secure = parts.scheme == "https"
    return host, port if port is not None else _default(secure), secure


def _is_plain(host: str) -> bool:
    return host.isascii() and all(char.isalnum() or char in ".-:" for char in host)


def _default(secure: bool) -> int:
    return 443 if secure else 80
