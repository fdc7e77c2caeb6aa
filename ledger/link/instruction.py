"""A payment's instruction: what its payer's ledger tells every ledger on its way."""

from hashlib import sha256
from typing import Annotated

from msgspec import Meta

from ledger.codec import Shape, encode
from ledger.field import Amount, EntryId, Handle, Memo, PublicKey, SealedMemo, Time, UnitCode

HOPS_MAX = 8
"""Ledgers that one payment may enter."""
PAYEE_CARD, LINK_REQUEST, GIVEN_BACK, NETTING = range(4)
"""What a payment is about (About.kind)."""
_PREFIX = b"commontab/instruction/v1\n"


class Hop(Shape):
    """A ledger on the way, and what enters it by the link from the one before.

    Attributes:
        community: Its public key, 32 bytes.
        unit: The link's unit.
        amount: Minor units of it.
    """

    community: PublicKey
    unit: UnitCode
    amount: Amount


class About(Shape):
    """What a payment settles.

    Attributes:
        kind: PAYEE_CARD a payment request card, LINK_REQUEST a request that came by a link,
            GIVEN_BACK a payment that its payee sends back, NETTING a clearing round.
        id: Of the card, the request or the payment; zeros for a clearing round.
    """

    kind: Annotated[int, Meta(ge=0, le=3)]
    id: EntryId


Hops = Annotated[tuple[Hop, ...], Meta(min_length=1, max_length=HOPS_MAX)]


class Instruction(Shape):
    """Who pays whom what, by which ledgers; the same bytes in each of them.

    Attributes:
        payment: Names the payment in every ledger.
        origin: Key of the payer's community, whose journal alone decides.
        decisions: Key of the slots in which it says what it decided.
        deadline: Unix seconds by the origin's clock; after it the origin lets the payment expire.
        hops: The ledgers after the origin, in order; the last one is the payee's.
        payee: Handle there.
        unit: In which the payee is paid.
        amount: What the payee gets.
        payer: Handle at the origin.
        memo: What all on the way can read.
        sealed: What only the payee can, or nothing.
        about: What it settles, or nothing.
    """

    payment: EntryId
    origin: PublicKey
    decisions: PublicKey
    deadline: Time
    hops: Hops
    payee: Handle
    unit: UnitCode
    amount: Amount
    payer: Handle
    memo: Memo
    sealed: SealedMemo
    about: About | None

    def place(self, community: bytes) -> int | None:
        """Return the index of a community's hop, or None where it is not on the way."""
        for index, hop in enumerate(self.hops):
            if hop.community == community:
                return index
        return None

    @property
    def nets(self) -> bool:
        """Whether this is a clearing round, which ends where it begins."""
        return self.about is not None and self.about.kind == NETTING


def instruction_hash(instruction: Instruction) -> bytes:
    """Return the SHA-256 by which a decision says what it decides.

    A payment's id alone would let a ledger on the way pass on other amounts under it.

    Source:
        docs/protocol.md, "Links".
    """
    return sha256(_PREFIX + encode(instruction)).digest()
