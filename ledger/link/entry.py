"""Link entries: what one ledger tells the next one, numbered and chained like change-sets."""

from hashlib import sha256
from typing import Annotated, Literal

from msgspec import Meta

from ledger.codec import Shape, encode
from ledger.field import (
    Amount,
    Balance,
    EntryId,
    Handle,
    Hash,
    Limit,
    Memo,
    OptionalHash,
    PublicKey,
    Reason,
    Time,
    UnitCode,
)
from ledger.link.instruction import HOPS_MAX, Instruction
from ledger.link.terms import Fee, Terms

POSTED_OUTCOME, EXPIRED_OUTCOME, VOIDED_OUTCOME = range(3)
"""What a payer's ledger can decide (Decided.outcome)."""
DECLINED, CANCELLED = range(2)
"""How a request across links ends but by being paid or by its time (Answered.how)."""
_PREFIX = b"commontab/link-entry/v1\n"

LinkStatus = Literal["active", "suspended", "closed"]
Outcome = Annotated[int, Meta(ge=0, le=2)]


class Told(Shape, tag=1):
    """How a side of the link stands: its status, terms, fee and limits.

    Attributes:
        status: Whether it takes new payments.
        terms: The unit and rate that it agrees to.
        converts: Its members have the other unit.
        fee: What it takes on payments that leave it by this link.
        credit_limit: How much the reader may owe it.
        maximum_balance: How much it lets itself owe the reader.
    """

    status: LinkStatus
    terms: Terms
    converts: bool
    fee: Fee
    credit_limit: Limit
    maximum_balance: Limit


class Prepared(Shape, tag=2):
    """The amount is held for the reader, who may hold it on."""

    instruction: Instruction


class Rejected(Shape, tag=3):
    """The sender does not take a payment.

    Attributes:
        code: The refusal's (ledger.refusal_code).
        whole: Whether nobody behind the sender holds anything for it either.
    """

    payment: EntryId
    code: Annotated[str, Meta(pattern=r"^[a-z_]{1,40}\Z")]
    whole: bool


class Accepted(Shape, tag=4):
    """The amount is held from here to the payee, until the payer's ledger decides."""

    payment: EntryId


class Decided(Shape, tag=5):
    """What the payer's ledger decided; from another ledger: what it copied.

    Attributes:
        instruction: Hash of the instruction it is about (ledger.link.instruction).
    """

    payment: EntryId
    outcome: Outcome
    instruction: Hash


class Settled(Shape, tag=6):
    """The sender has posted the payment. ``whole``: and so has everybody behind it."""

    payment: EntryId
    whole: bool


class Released(Shape, tag=7):
    """The sender has let the amount go. ``whole``: and so has everybody behind it."""

    payment: EntryId
    whole: bool


class Done(Shape, tag=8):
    """Everybody behind the sender has copied the decision too."""

    payment: EntryId


class Requested(Shape, tag=9):
    """A member of the first ledger asks somebody in the last one for an amount.

    Attributes:
        request: Names it in every ledger.
        origin: Key of the community of the one who asks.
        path: Keys of the ledgers after it, in order; the debtor's is the last.
        debtor: Handle there.
        creditor: Handle of the one who asks.
        unit: In which the creditor wants to be paid.
        amount: What the creditor wants to get.
        expires: Unix seconds.
    """

    request: EntryId
    origin: PublicKey
    path: Annotated[tuple[PublicKey, ...], Meta(min_length=1, max_length=HOPS_MAX)]
    debtor: Handle
    creditor: Handle
    unit: UnitCode
    amount: Amount
    memo: Memo
    expires: Time


class Answered(Shape, tag=10):
    """A request across links was declined by its debtor or taken back by its creditor."""

    request: EntryId
    how: Annotated[int, Meta(ge=0, le=1)]
    reason: Reason


Content = (
    Told
    | Prepared
    | Rejected
    | Accepted
    | Decided
    | Settled
    | Released
    | Done
    | Requested
    | Answered
)


class LinkEntry(Shape):
    """One thing told over a link.

    Attributes:
        number: 1, 2, 3 … for this link and direction, without holes.
        previous: Hash of the entry before, empty for number 1.
        balance: Of the reader's clearing account in the sender's ledger, after it.
    """

    number: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    previous: OptionalHash
    time: Time
    balance: Balance
    content: Content


def link_entry_hash(sender: bytes, reader: bytes, entry: LinkEntry) -> bytes:
    """Return the SHA-256 that the next entry names.

    Args:
        sender: Key of the community whose entry it is, 32 bytes.
        reader: Key of the community it is for, 32 bytes.
        entry: The entry before the next one.

    Source:
        docs/protocol.md, "Links".
    """
    return sha256(_PREFIX + sender + reader + encode(entry)).digest()
