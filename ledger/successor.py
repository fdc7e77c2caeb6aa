"""Successors: members say under which key their community goes on, and from which record."""

from typing import Annotated

from msgspec import Meta

from ledger import crypto
from ledger.codec import Shape, encode
from ledger.field import Hash, PublicKey, Reason, Signature, Time

SIGNERS_MAX = 630
"""Signatures that a record of 65,535 bytes holds beside the longest reason: 101 bytes each."""
ACCOUNTS_MAX = 2 * SIGNERS_MAX - 1
"""Active accounts of the largest community of which a majority fits."""
_PREFIX = b"commontab/successor/v1\n"


class Successor(Shape):
    """What is signed: whose journal goes on, under which key, from where, and why.

    Attributes:
        old: The community's key until now.
        new: The key under which it goes on.
        size: How many records stay; the next one is this statement's own.
        root: Root of their tree: the last that is good.
        time: When it was proposed, by the proposer's clock.
        reason: For everybody to read.
    """

    old: PublicKey
    new: PublicKey
    size: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    root: Hash
    time: Time
    reason: Reason


class Signer(Shape):
    """A member's key and its signature."""

    key: PublicKey
    signature: Signature


Signers = Annotated[tuple[Signer, ...], Meta(max_length=SIGNERS_MAX)]
"""Sorted by key, one of an account."""


class SignedSuccessor(Shape):
    """A proposal, with the new key's consent and the members who have signed so far.

    Nothing about it is verified: ledger.rule.successor does that.
    """

    statement: Successor
    consent: Signature
    signers: Signers


def successor_signable(statement: Successor) -> bytes:
    """Return what the new key and every member sign."""
    return _PREFIX + encode(statement)


def propose_successor(seed: bytes, statement: Successor) -> SignedSuccessor:
    """Return a proposal that nobody but the new key has signed.

    Args:
        seed: The new key's 32-byte seed.
        statement: What it says.
    """
    assert crypto.public_key(seed) == statement.new, "the new key consents to its own succession"
    return SignedSuccessor(statement, crypto.sign(seed, successor_signable(statement)), ())


def sign_successor(seed: bytes, proposed: SignedSuccessor) -> SignedSuccessor:
    """Return a proposal with one member's signature alone, for whoever gathers them.

    Args:
        seed: The member's 32-byte seed.
        proposed: Checked by the member before.
    """
    signature = crypto.sign(seed, successor_signable(proposed.statement))
    signer = Signer(crypto.public_key(seed), signature)
    return SignedSuccessor(proposed.statement, proposed.consent, (signer,))


def verify_consent(signed: SignedSuccessor) -> None:
    """Accept a proposal to which the new key has agreed.

    Raises:
        SignatureInvalid: It has not.
    """
    crypto.verify(signed.statement.new, successor_signable(signed.statement), signed.consent)
