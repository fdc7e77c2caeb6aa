"""What can be asked for about names: by members, and by the manager."""

from typing import Annotated

from msgspec import Meta

from ledger.codec import Shape
from ledger.field import AccountId, Count, Handle, Limit, PublicKey, Reason, UnitCode

SUB_BYTES_MAX = 127
"""Length of a record's place below its name."""
TTL_S_MAX = 604_800
"""A week: the longest that an answer may be kept."""
DATA_BYTES_MAX = 512
"""Length of one record's data."""
RECORDS_MAX = 32
"""Records of one name."""


class NameRecord(Shape):
    """A resource record of the DNS, at a name or below it.

    Attributes:
        sub: Place relative to the name, lower-case ASCII: empty for the name itself, or labels
            like ``www``, ``_443._tcp`` or ``*``.
        type: As assigned by IANA, or one of private use: ledger.name.records.
        ttl: For how many seconds an answer may be kept.
        data: The wire form of RFC 1035, names in it uncompressed.
    """

    sub: Annotated[str, Meta(max_length=SUB_BYTES_MAX)]
    type: Annotated[int, Meta(ge=1, le=65_535)]
    ttl: Annotated[int, Meta(ge=0, le=TTL_S_MAX)]
    data: Annotated[bytes, Meta(min_length=1, max_length=DATA_BYTES_MAX)]


NameRecords = Annotated[tuple[NameRecord, ...], Meta(max_length=RECORDS_MAX)]


class Claim(Shape, tag=20):
    """Take a free name for a term.

    ``pays`` is the most that the author agrees to pay, in minor units of ``unit``; without a unit
    he agrees to no price.
    """

    name: Handle
    pays: Limit
    unit: UnitCode | None


class SetRecords(Shape, tag=21):
    """Say what stands under a name, in place of what did.

    Attributes:
        records: Sorted by sub, type and data, distinct.
        key: The public key that the name stands for; nothing for the owner's first one.
    """

    name: Handle
    records: NameRecords
    key: PublicKey | None


class Renew(Shape, tag=22):
    """Keep a name for one more term; ``pays`` and ``unit`` are as in a claim."""

    name: Handle
    pays: Limit
    unit: UnitCode | None


class Offer(Shape, tag=23):
    """Let another account take the author's name, or nobody any more."""

    name: Handle
    to: AccountId | None


class Take(Shape, tag=24):
    """Become the owner of a name that was offered to the author."""

    name: Handle


class Release(Shape, tag=25):
    """Give the author's name up at once."""

    name: Handle


class Delegate(Shape, tag=26):
    """Let another account set the records of the author's name too, or nobody any more."""

    name: Handle
    to: AccountId | None


class NameRules(Shape, tag=86):
    """The community's rules and prices for names.

    Attributes:
        unit: In which they are paid to the commons; nothing where they are free.
        claim: Price of a claim, minor units.
        renew: Price of a renewal, minor units.
        term_s: For how long a name is claimed or renewed, seconds.
        grace_s: For how long after its end only its owner can have it again, seconds.
        most: How many names an account may own.
    """

    unit: UnitCode | None
    claim: Limit
    renew: Limit
    term_s: Count
    grace_s: Count
    most: Count


class Reserve(Shape, tag=87):
    """Keep a free name from being claimed, or let it be claimed again."""

    name: Handle
    held: bool
    reason: Reason


class Dispute(Shape, tag=88):
    """Freeze one name, so that only the manager changes anything about it, or let it go on."""

    name: Handle
    frozen: bool
    reason: Reason


class RevokeName(Shape, tag=89):
    """Take a name from its owner at once; it can be claimed again."""

    name: Handle
    reason: Reason
