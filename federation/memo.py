"""Memos that only the payer and the payee of a transaction can read."""

from federation.errors import MemoInvalid
from ledger import crypto
from ledger.errors import KeyRefused, SealInvalid
from ledger.field import MEMO_CHARS_MAX, SEALED_MEMO_BYTES_MAX


def seal_memo(own_seed: bytes, other: bytes, nonce: bytes, text: str) -> bytes:
    """Return a memo sealed between two parties; either opens it with his own seed.

    Args:
        own_seed: The payer's 32-byte seed.
        other: The payee's public key.
        nonce: 24 random bytes.
        text: 1 to 200 characters, so the result has at most 840 bytes.

    Raises:
        KeyRefused: The other key is not one that can be sealed to.
    """
    assert 1 <= len(text) <= MEMO_CHARS_MAX, f"a memo of {len(text)} characters does not fit"
    return nonce + crypto.box(crypto.shared_key(own_seed, other), nonce, text.encode())


def open_memo(own_seed: bytes, other: bytes, sealed: bytes) -> str:
    """Return a sealed memo's text.

    Args:
        own_seed: The seed of one of the two parties.
        other: The other party's public key.
        sealed: From a record; untrusted.

    Raises:
        MemoInvalid: It is not sealed between these two, or not a text of 1 to 200 characters.
    """
    if len(sealed) > SEALED_MEMO_BYTES_MAX:
        raise MemoInvalid(f"got a sealed memo of {len(sealed)} bytes; at most 900 fit")
    nonce, box = sealed[: crypto.BOX_NONCE_BYTES], sealed[crypto.BOX_NONCE_BYTES :]
    try:
        text = crypto.open_box(crypto.shared_key(own_seed, other), nonce, box).decode()
    except (KeyRefused, SealInvalid, UnicodeDecodeError) as error:
        raise MemoInvalid(f"got a memo that is not sealed between these two: {error}") from error
    if not 1 <= len(text) <= MEMO_CHARS_MAX:
        raise MemoInvalid(f"got a memo of {len(text)} characters; 1 to {MEMO_CHARS_MAX} fit")
    return text
