"""Journal records: what the tree's leaves hold, in the order it happened."""

from typing import Annotated

from msgspec import Meta

from ledger.changeset import CHANGE_SET_BYTES_MAX, ManagerStatement
from ledger.codec import Shape, decode
from ledger.field import (
    AccountId,
    Amount,
    Count,
    EntryId,
    Hash,
    Memo,
    OptionalHash,
    PublicKey,
    SealedMemo,
    Signature,
    Time,
    UnitCode,
)
from ledger.link.entry import LinkEntry
from ledger.link.reading import Reading
from ledger.successor import Signers, Successor

RECORD_BYTES_MAX = 65_535
NONCE_BYTES = 16
REFUSED_BODY_BYTES_MAX = 4_096
"""A longer refused change-set stays out of the journal; its hash and signature go in."""
TRANSFERS_MAX = 256

POSTED, PENDING, POSTED_PENDING, VOIDED, EXPIRED, REVERSAL, WRITE_OFF = range(7)
"""What a transaction record says of its transfers (TransactionRecord.state)."""


class Concern(Shape):
    """An account a record concerns, and its previous record: index + 1, or 0 for none.

    The account's leaf in the state map names its newest record the same way, so an account's
    records are a chain that can be shown to be whole.
    """

    account: AccountId
    previous: Count


class Transfer(Shape):
    """An amount that leaves one account and enters another: it sums to zero by its shape."""

    debit: AccountId
    credit: AccountId
    amount: Amount
    unit: UnitCode


Concerns = tuple[Concern, ...]
Transfers = Annotated[tuple[Transfer, ...], Meta(min_length=1, max_length=TRANSFERS_MAX)]


class ManagerRecord(Shape, tag=1):
    """A manager's signed statement that took effect."""

    concerns: Concerns
    statement: ManagerStatement
    signature: Signature


class ChangeSetRecord(Shape, tag=2):
    """A member's change-set that took effect, with his signature."""

    concerns: Concerns
    key: PublicKey
    body: Annotated[bytes, Meta(max_length=CHANGE_SET_BYTES_MAX)]
    signature: Signature


class TransactionRecord(Shape, tag=3):
    """One transaction; it names its cause by hash so that it can be shown alone.

    Attributes:
        id: Names it; docs/protocol.md, "Entry ids".
        cause: Hash of the change-set or manager's statement, or the hold's id for an expiry,
            padded with zeros to 32 bytes.
        state: One of POSTED, PENDING, POSTED_PENDING, VOIDED, EXPIRED, REVERSAL, WRITE_OFF.
        time: The batch's ``now``.
        refers: The hold it ends or the transaction it reverts.
        transfers: VOIDED and EXPIRED show the transfer that was released and move nothing.
    """

    concerns: Concerns
    id: EntryId
    cause: Hash
    state: Annotated[int, Meta(ge=0, le=6)]
    time: Time
    refers: EntryId | None
    transfers: Transfers
    memo: Memo
    sealed: SealedMemo


class RefusalRecord(Shape, tag=4):
    """A change-set that was refused whole and used up its number.

    Attributes:
        operation: Index of the operation that broke the rule.
        body: The signed bytes, or empty where they are over 4,096 bytes.
    """

    concerns: Concerns
    key: PublicKey
    generation: Count
    number: Count
    hash: Hash
    code: Annotated[str, Meta(min_length=1, max_length=40)]
    operation: Count
    body: Annotated[bytes, Meta(max_length=REFUSED_BODY_BYTES_MAX)]
    signature: Signature


class StateRecord(Shape, tag=6):
    """Ends every merge: the time and the roots of all present values."""

    time: Time
    epoch: Count
    manager_number: Count
    accounts_root: Hash
    keys_root: Hash
    names_root: Hash
    links_root: Hash
    community_hash: Hash


class EpochRecord(Shape, tag=7):
    """First record of a key epoch in a closed ledger: one key opens the whole past.

    Attributes:
        epoch: From 1.
        previous_first: Index of the previous epoch's first record.
        previous_key: That epoch's 32-byte key, empty in epoch 1.
    """

    epoch: Count
    previous_first: Count
    previous_key: OptionalHash


class SuccessorRecord(Shape, tag=8):
    """The community goes on under a new key, by the word of a majority of its members.

    Attributes:
        consent: The new key's signature.
        signers: Members' signatures, sorted by key, one of an account.
    """

    concerns: Concerns
    statement: Successor
    consent: Signature
    signers: Signers


class LinkRecord(Shape, tag=5):
    """What this ledger tells a linked one.

    Attributes:
        link: Key of the community it is for.
        entry: What is told, numbered for that link.
    """

    concerns: Concerns
    link: PublicKey
    entry: LinkEntry


class ReadingRecord(Shape, tag=9):
    """What was read of another community's journal, with the proof that it stands there.

    Its records are link entries: those for this community that follow the ones it took before, or
    what a payer's community decided of payments that wait here.
    """

    concerns: Concerns
    reading: Reading


Record = (
    ManagerRecord
    | ChangeSetRecord
    | TransactionRecord
    | RefusalRecord
    | StateRecord
    | EpochRecord
    | SuccessorRecord
    | LinkRecord
    | ReadingRecord
)


def decode_record(record: bytes) -> Record:
    """Return what a plain record, nonce and body, holds.

    Args:
        record: Untrusted; 16 bytes of nonce, then the canonical body; at most 65,535 in all.

    Raises:
        CodecError: The record is too long or its body is not canonical or out of bounds.
    """
    body_bytes_max = RECORD_BYTES_MAX - NONCE_BYTES
    return decode(record[NONCE_BYTES:], Record, body_bytes_max)  # type: ignore[arg-type]  # a union
