"""The only module that names libsodium: signatures, boxes, keyed hashes, passphrases."""

import hashlib
from collections.abc import Callable

from nacl import bindings, exceptions

from ledger.errors import KeyRefused, SealInvalid, SignatureInvalid
from ledger.saying import said

SEED_BYTES = 32
SIGNATURE_BYTES = 64
BOX_NONCE_BYTES = 24
BOX_MAC_BYTES = 16
SEAL_BYTES = 48
"""What a sealed box is longer than its plaintext: a 32-byte one-time key and the MAC."""
PASSPHRASE_SALT_BYTES = 16
STRETCH_OPERATIONS_MAX = 16
STRETCH_MEMORY_BYTES_MIN = 8_192
STRETCH_MEMORY_BYTES_MAX = 2**30
"""Bounds of Argon2id's work that a file may ask for, so that a hostile one cannot stall us."""

Claim = tuple[bytes, bytes, bytes]
"""A public key, a message, and what is said to be that key's signature over it."""
Check = Callable[[bytes, bytes, bytes], None]
"""Accepts the three parts of a claim, or raises what ``verify`` does."""


def public_key(seed: bytes) -> bytes:
    """Return the Ed25519 public key of a 32-byte seed."""
    return bindings.crypto_sign_seed_keypair(seed)[0]


def sign(seed: bytes, message: bytes) -> bytes:
    """Return the 64-byte Ed25519 signature of a message under a 32-byte seed (RFC 8032)."""
    _, secret = bindings.crypto_sign_seed_keypair(seed)
    return bindings.crypto_sign(message, secret)[:SIGNATURE_BYTES]


def signer(seed: bytes) -> Callable[[bytes], bytes]:
    """Return ``sign`` for one seed, at twice the pace: the key is worked out once."""
    _, secret = bindings.crypto_sign_seed_keypair(seed)
    return lambda message: bindings.crypto_sign(message, secret)[:SIGNATURE_BYTES]


def verify(key: bytes, message: bytes, signature: bytes) -> None:
    """Accept an Ed25519 signature by libsodium's rules, which are normative here.

    Raises:
        SignatureInvalid: The signature is not this key's over this message.
    """
    if len(signature) != SIGNATURE_BYTES:
        raise SignatureInvalid(
            f"got a signature of {len(signature)} bytes; an Ed25519 signature has 64"
        )
    try:
        bindings.crypto_sign_open(signature + message, key)
    except (exceptions.BadSignatureError, exceptions.ValueError) as error:
        raise SignatureInvalid(
            f"got a signature that is not by key {key.hex()[:16]}… over these bytes"
        ) from error


def holds(claim: Claim) -> bool:
    """Return whether ``verify`` accepts a claim."""
    try:
        verify(*claim)
    except SignatureInvalid:
        return False
    return True


def can_seal(key: bytes) -> bool:
    """Return whether an Ed25519 key converts to the X25519 key that boxes are sealed to."""
    try:
        bindings.crypto_sign_ed25519_pk_to_curve25519(key)
    except (exceptions.RuntimeError, exceptions.ValueError):
        return False
    return True


def keyed_hash(key: bytes, data: bytes, digest_bytes: int) -> bytes:
    """Return BLAKE2b of ``data`` under a key of at most 64 bytes (RFC 7693)."""
    return hashlib.blake2b(data, key=key, digest_size=digest_bytes).digest()


def exchange_key(key: bytes) -> bytes:
    """Return the X25519 public key that messages to an Ed25519 key are sealed with.

    Raises:
        KeyRefused: Not a point of the prime-order group, so nothing can be sealed to it safely.

    Source:
        libsodium, ``crypto_sign_ed25519_pk_to_curve25519``.
    """
    try:
        return bindings.crypto_sign_ed25519_pk_to_curve25519(key)
    except (exceptions.RuntimeError, exceptions.ValueError) as error:
        raise KeyRefused(
            said(
                "got {key}…, which is no Ed25519 public key to seal to; ask for a new card",
                key=key.hex()[:16],
            )
        ) from error


def shared_key(seed: bytes, other: bytes) -> bytes:
    """Return the 32-byte key that two parties share: the same for either's seed.

    Args:
        seed: One party's 32-byte Ed25519 seed.
        other: The other party's Ed25519 public key.

    Raises:
        KeyRefused: The other key fails the conversion to X25519.

    Source:
        libsodium, ``crypto_box_beforenm`` of the converted keys.
    """
    return bindings.crypto_box_beforenm(exchange_key(other), _exchange_secret(seed))


def box(shared: bytes, nonce: bytes, plaintext: bytes) -> bytes:
    """Return a box under a shared key: 16 bytes longer than its plaintext.

    Args:
        shared: From ``shared_key``.
        nonce: 24 random bytes, never used twice under this key.
        plaintext: Any bytes.
    """
    return bindings.crypto_box_easy_afternm(plaintext, nonce, shared)


def open_box(shared: bytes, nonce: bytes, sealed: bytes) -> bytes:
    """Return a box's plaintext.

    Raises:
        SealInvalid: The box was made under another key or nonce, or changed.
    """
    if len(sealed) < BOX_MAC_BYTES:
        raise SealInvalid(f"got a box of {len(sealed)} bytes; it has at least {BOX_MAC_BYTES}")
    try:
        return bindings.crypto_box_open_easy_afternm(sealed, nonce, shared)
    except (exceptions.CryptoError, exceptions.ValueError) as error:
        raise SealInvalid("got a box that does not open with this shared key") from error


def secret_box(key: bytes, nonce: bytes, plaintext: bytes) -> bytes:
    """Return a box under a 32-byte secret key and a 24-byte nonce: 16 bytes longer."""
    return bindings.crypto_secretbox_easy(plaintext, nonce, key)


def open_secret_box(key: bytes, nonce: bytes, sealed: bytes) -> bytes:
    """Return a secret box's plaintext.

    Raises:
        SealInvalid: The box was made under another key or nonce, or changed.
    """
    try:
        return bindings.crypto_secretbox_open_easy(sealed, nonce, key)
    except (exceptions.CryptoError, exceptions.ValueError) as error:
        raise SealInvalid("got a box that does not open with this key") from error


def seal_to(key: bytes, plaintext: bytes, one_time: bytes) -> bytes:
    """Return a sealed box: only the key's owner opens it, and it does not say whose it is.

    Args:
        key: The reader's Ed25519 public key.
        plaintext: Any bytes.
        one_time: 32 secret bytes for this reader and plaintext only.

    Raises:
        KeyRefused: The key fails the conversion to X25519.

    Source:
        libsodium, ``crypto_box_seal``, whose one-time secret is an argument here.
    """
    reader = exchange_key(key)
    sender = bindings.crypto_scalarmult_base(one_time)
    shared = bindings.crypto_box_beforenm(reader, one_time)
    nonce = hashlib.blake2b(sender + reader, digest_size=BOX_NONCE_BYTES).digest()
    return sender + bindings.crypto_box_easy_afternm(plaintext, nonce, shared)


def open_seal(seed: bytes, sealed: bytes) -> bytes:
    """Return the plaintext of a sealed box made for this seed's key.

    Raises:
        SealInvalid: It is another's, or changed.
    """
    secret = _exchange_secret(seed)
    try:
        return bindings.crypto_box_seal_open(
            sealed, bindings.crypto_scalarmult_base(secret), secret
        )
    except (exceptions.CryptoError, exceptions.TypeError, exceptions.ValueError) as error:
        raise SealInvalid("got a sealed box that is not for this key") from error


def stretch(passphrase: str, salt: bytes, operations: int, memory_bytes: int) -> bytes:
    """Return the 32-byte key that a passphrase stands for.

    Args:
        passphrase: As typed; the bytes that the terminal sent count, UTF-8 as a rule.
        salt: 16 random bytes.
        operations: Passes over the memory, 1 to 16.
        memory_bytes: 8 KiB to 1 GiB.

    Source:
        RFC 9106, Argon2id version 1.3, one lane.
    """
    return bindings.crypto_pwhash_alg(
        32, passphrase.encode("utf-8", "surrogateescape"), salt, operations, memory_bytes,
        bindings.crypto_pwhash_ALG_ARGON2ID13,
    )  # fmt: skip


def _exchange_secret(seed: bytes) -> bytes:
    _, secret = bindings.crypto_sign_seed_keypair(seed)
    return bindings.crypto_sign_ed25519_sk_to_curve25519(secret)
