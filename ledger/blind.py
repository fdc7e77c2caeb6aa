"""Blinding: what keeps a record's leaf hash from telling its content, and a community's secrets."""

from ledger import crypto
from ledger.record import NONCE_BYTES, RECORD_BYTES_MAX

SECRET_BYTES = 32
EPOCH_KEY_BYTES = 32
_SECRET_PREFIX = b"commontab/secret/v1\n"
_EPOCH_PREFIX = b"commontab/epoch/v1\n"


def community_secret(seed: bytes) -> bytes:
    """Return the 32 bytes that a community blinds and encrypts with, from its key's seed.

    Derived, so that the key's paper backup is a backup of it too.
    """
    return crypto.keyed_hash(seed, _SECRET_PREFIX, SECRET_BYTES)


def epoch_key(secret: bytes, epoch: int) -> bytes:
    """Return the 32-byte key of a key epoch of a closed ledger, from 1."""
    return crypto.keyed_hash(secret, _EPOCH_PREFIX + epoch.to_bytes(8), EPOCH_KEY_BYTES)


def blind(secret: bytes, index: int, body: bytes) -> bytes:
    """Return a record: its nonce and its body.

    The nonce is a function of the content, so that writing a batch again after a crash gives
    the same bytes, and two contents never share one.

    Args:
        secret: From ``community_secret``.
        index: Its place in the journal.
        body: Canonical bytes of the record, at most 65,519.

    Source:
        docs/protocol.md, "The journal".
    """
    assert len(body) <= RECORD_BYTES_MAX - NONCE_BYTES, f"a body of {len(body)} bytes is no record"
    return crypto.keyed_hash(secret, index.to_bytes(8) + body, NONCE_BYTES) + body
