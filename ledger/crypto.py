"""The only module that names libsodium: signatures, boxes, keyed hashes, passphrases."""

import hashlib

from nacl import bindings, exceptions

from ledger.errors import SignatureInvalid

SEED_BYTES = 32
SIGNATURE_BYTES = 64


def public_key(seed: bytes) -> bytes:
    """Return the Ed25519 public key of a 32-byte seed."""
    return bindings.crypto_sign_seed_keypair(seed)[0]


def sign(seed: bytes, message: bytes) -> bytes:
    """Return the 64-byte Ed25519 signature of a message under a 32-byte seed (RFC 8032)."""
    _, secret = bindings.crypto_sign_seed_keypair(seed)
    return bindings.crypto_sign(message, secret)[:SIGNATURE_BYTES]


def verify(key: bytes, message: bytes, signature: bytes) -> None:
    """Accept an Ed25519 signature by libsodium's rules, which are normative here.

    Raises:
        SignatureInvalid: The signature is not this key's over this message.
    """
    try:
        bindings.crypto_sign_open(signature + message, key)
    except (exceptions.BadSignatureError, exceptions.ValueError) as error:
        raise SignatureInvalid(
            f"got a signature that is not by key {key.hex()[:16]}… over these bytes"
        ) from error


def keyed_hash(key: bytes, data: bytes, digest_bytes: int) -> bytes:
    """Return BLAKE2b of ``data`` under a key of at most 64 bytes (RFC 7693)."""
    return hashlib.blake2b(data, key=key, digest_size=digest_bytes).digest()
