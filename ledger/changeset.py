"""Change-sets: one key's numbered, chained, signed and atomic requests."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated

from msgspec import Meta
from msgspec.structs import astuple

from ledger import crypto
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError
from ledger.field import Count, Hash, OptionalHash, PublicKey, Signature, Time
from ledger.operation import ManagerOperation, Operation

CHANGE_SET_BYTES_MAX = 16_384
OPERATIONS_MAX = 64
_PREFIX = b"commontab/change-set/v1\n"
_MANAGER_PREFIX = b"commontab/manager-operation/v1\n"


class Seen(Shape):
    """The newest checkpoint its author has verified; size 0 and no root before the first."""

    size: Count
    root: OptionalHash


NOTHING_SEEN = Seen(0, b"")


class ChangeSet(Shape):
    """What a key asks for, all or none.

    Attributes:
        generation: One more after each restored backup, from 0.
        number: 1, 2, 3 … in its generation, without holes.
        previous: Hash of the change-set before it, empty for number 1.
        time: When its author made it, by his own clock.
        seen: The newest checkpoint he had verified.
        operations: 1 to 64, applied in order.
    """

    generation: Count
    number: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    previous: OptionalHash
    time: Time
    seen: Seen
    operations: Annotated[tuple[Operation, ...], Meta(min_length=1, max_length=OPERATIONS_MAX)]


class SignedChangeSet(Shape):
    """A change-set's bytes as its author signed them; not yet verified."""

    key: PublicKey
    body: bytes
    signature: Signature


class Restored(SignedChangeSet):
    """A signed change-set whose body its reader encoded himself, from fields within bounds.

    So it is canonical, but nobody knows yet whether it is what was signed. Made by
    restore_change_set.
    """

    change_set: ChangeSet
    hash: Hash


class Verified(Shape):
    """A change-set that is canonical and whose signature holds.

    Made by sign_change_set, verify_change_set and verify_restored.
    """

    key: PublicKey
    body: bytes
    signature: Signature
    change_set: ChangeSet
    hash: Hash


class ManagerStatement(Shape):
    """A manager's operation with the number that orders it, from 1, and its time."""

    number: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    time: Time
    operation: ManagerOperation


class SignedStatement(Shape):
    """A manager's statement with the community key's signature over it."""

    statement: ManagerStatement
    signature: Signature


class VerifiedStatement(SignedStatement):
    """A statement whose signature holds. Made by verify_statement."""


def by_key(change_sets: Iterable[Verified]) -> dict[bytes, list[Verified]]:
    """Return change-sets by the keys that signed them, each key's in the order given."""
    chains: dict[bytes, list[Verified]] = {}
    for one in change_sets:
        chains.setdefault(one.key, []).append(one)
    return chains


def change_set_signable(community: bytes, key: bytes, body: bytes) -> bytes:
    """Return the bytes a change-set's signature covers: prefix, community, key, body."""
    return _PREFIX + community + key + body


def change_set_hash(community: bytes, key: bytes, body: bytes) -> bytes:
    """Return the SHA-256 of the signable bytes: the change-set's name everywhere."""
    return sha256(change_set_signable(community, key, body)).digest()


def sign_change_set(community: bytes, seed: bytes, change_set: ChangeSet) -> Verified:
    """Return a change-set signed with a member key's 32-byte seed."""
    key = crypto.public_key(seed)
    body = encode(change_set)
    signable = change_set_signable(community, key, body)
    return Verified(key, body, crypto.sign(seed, signable), change_set, sha256(signable).digest())


def claim_of(community: bytes, signed: SignedChangeSet) -> crypto.Claim:
    """Return what a change-set's signature claims, as it is checked when it is verified."""
    signable = change_set_signable(community, signed.key, signed.body)
    return signed.key, signable, signed.signature


def verify_change_set(
    community: bytes, signed: SignedChangeSet, check: crypto.Check = crypto.verify
) -> Verified:
    """Return the change-set, verified.

    Args:
        community: The community's public key, 32 bytes.
        signed: Untrusted.
        check: Accepts signatures; give one that may have checked them before.

    Raises:
        CodecError: The body is too long, not canonical or out of bounds.
        SignatureInvalid: The signature is not the key's for this community.
    """
    change_set = decode(signed.body, ChangeSet, CHANGE_SET_BYTES_MAX)
    signable = change_set_signable(community, signed.key, signed.body)
    check(signed.key, signable, signed.signature)
    return Verified(
        signed.key, signed.body, signed.signature, change_set, sha256(signable).digest()
    )


def restore_change_set(
    community: bytes, key: bytes, change_set: ChangeSet, signature: bytes
) -> Restored:
    """Return what a key is said to have signed, to be verified.

    Args:
        community: The community's public key, 32 bytes.
        key: The author's public key, 32 bytes.
        change_set: Put together from decoded fields, which keep its bounds.
        signature: 64 untrusted bytes.
    """
    body = encode(change_set)
    named = change_set_hash(community, key, body)
    return Restored(key, body, signature, change_set, named)


def verify_restored(
    community: bytes, restored: Restored, check: crypto.Check = crypto.verify
) -> Verified:
    """Return the change-set, verified; what its reader encoded need not be decoded again.

    Args:
        community: The community's public key, 32 bytes.
        restored: From an untrusted outbox.
        check: Accepts signatures; give one that may have checked them before.

    Raises:
        CodecError: The body is too long.
        SignatureInvalid: The signature is not the key's for this community.
    """
    key, body, signature, change_set, named = astuple(restored)
    if len(body) > CHANGE_SET_BYTES_MAX:
        raise CodecError(f"got {len(body)} bytes where at most {CHANGE_SET_BYTES_MAX} fit")
    check(key, change_set_signable(community, key, body), signature)
    return Verified(key, body, signature, change_set, named)


def statement_signable(community: bytes, statement: ManagerStatement) -> bytes:
    """Return the bytes a manager's signature covers: prefix, community, statement."""
    return _MANAGER_PREFIX + community + encode(statement)


def statement_hash(community: bytes, statement: ManagerStatement) -> bytes:
    """Return the SHA-256 of the signable bytes."""
    return sha256(statement_signable(community, statement)).digest()


def sign_statement(seed: bytes, statement: ManagerStatement) -> VerifiedStatement:
    """Return a statement signed with the community key's 32-byte seed."""
    signable = statement_signable(crypto.public_key(seed), statement)
    return VerifiedStatement(statement, crypto.sign(seed, signable))


def verify_statement(community: bytes, signed: SignedStatement) -> VerifiedStatement:
    """Return the statement, verified.

    Raises:
        SignatureInvalid: The signature is not the community key's.
    """
    crypto.verify(community, statement_signable(community, signed.statement), signed.signature)
    return VerifiedStatement(signed.statement, signed.signature)
