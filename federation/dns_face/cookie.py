"""DNS cookies: who returns ours gets what is sent to his address, so it is no forged one."""

import hmac

from ledger import crypto

CLIENT_BYTES = 8
SERVER_BYTES = 16
SERVER_BYTES_MAX = 32
_VERSION = b"\x01\0\0\0"
_HASH_BYTES = 8
_OLDEST_S, _AHEAD_S = 3_600, 300
"""RFC 9018, section 4.3."""


def fits(cookie: bytes) -> bool:
    """Return whether a COOKIE option has a length of RFC 7873, section 4."""
    return len(cookie) == CLIENT_BYTES or (
        CLIENT_BYTES * 2 <= len(cookie) <= CLIENT_BYTES + SERVER_BYTES_MAX
    )


def make_cookie(secret: bytes, client: bytes, address: str, now: int) -> bytes:
    """Return the 24 bytes of an answer's COOKIE option.

    Args:
        secret: 32 random bytes of this process.
        client: The asker's 8 bytes.
        address: His address.
        now: Unix time.

    Source:
        RFC 9018, section 4, with BLAKE2b for SipHash: nobody else checks ours.
    """
    fixed = client + _VERSION + (now % 2**32).to_bytes(4, "big")
    return fixed + crypto.keyed_hash(secret, fixed + address.encode(), _HASH_BYTES)


def is_ours(secret: bytes, cookie: bytes, address: str, now: int) -> bool:
    """Return whether a COOKIE option's server part was made for this address an hour ago at most.

    Args:
        secret: As above.
        cookie: Untrusted.
        address: Where it came from.
        now: Unix time.
    """
    if len(cookie) != CLIENT_BYTES + SERVER_BYTES:
        return False
    made = int.from_bytes(cookie[12:16], "big")
    if not now - _OLDEST_S <= made <= now + _AHEAD_S:
        return False
    return hmac.compare_digest(make_cookie(secret, cookie[:CLIENT_BYTES], address, made), cookie)
