"""Entry ids: how transactions, holds and requests are named by what caused them."""

from hashlib import sha256

ENTRY_ID_BYTES = 16
CAUSE_BYTES = 32
_ENTRY_PREFIX = b"commontab/entry/v1\n"
_EXPIRY_PREFIX = b"commontab/expiry/v1\n"
_TRANSIT_END_PREFIX = b"commontab/transit-end/v1\n"
_LATE_PREFIX = b"commontab/transit-late/v1\n"
_PART_PREFIX = b"commontab/bill-part/v1\n"
_MANDATE_PREFIX = b"commontab/mandate-payment/v1\n"
_NAME_PREFIX = b"commontab/name-payment/v1\n"
_CARD_PREFIX = b"commontab/card-payment/v1\n"


def entry_id(cause: bytes, operation: int) -> bytes:
    """Return the 16-byte id of what an operation creates.

    Args:
        cause: Hash of the change-set or of the manager's statement, 32 bytes.
        operation: Index of the operation in it, 0 to 63.

    Source:
        docs/protocol.md, "Entry ids".
    """
    return sha256(_ENTRY_PREFIX + cause + bytes((operation,))).digest()[:ENTRY_ID_BYTES]


def unsigned_cause(entry: bytes) -> bytes:
    """Return the 32-byte cause of a record that follows from an entry (16-byte id) by itself.

    No change-set or statement asked for it: a hold or a payment across links has ended, or a
    mandate paid.
    """
    return entry.ljust(CAUSE_BYTES, b"\x00")


def expiry_id(hold: bytes) -> bytes:
    """Return the 16-byte id of the record that ends an expired hold (16-byte id)."""
    return sha256(_EXPIRY_PREFIX + hold).digest()[:ENTRY_ID_BYTES]


def transit_end_id(payment: bytes) -> bytes:
    """Return the 16-byte id of the record that ends a payment across links (16-byte id) here."""
    return sha256(_TRANSIT_END_PREFIX + payment).digest()[:ENTRY_ID_BYTES]


def late_id(payment: bytes) -> bytes:
    """Return the 16-byte id of the record that books what was let go of before it was decided."""
    return sha256(_LATE_PREFIX + payment).digest()[:ENTRY_ID_BYTES]


def card_payment_id(payee: bytes, card: bytes) -> bytes:
    """Return the 16-byte id of the one payment that a request card can have.

    It does not depend on the payer, so whoever pays a card second finds the id taken.
    """
    return sha256(_CARD_PREFIX + payee + card).digest()[:ENTRY_ID_BYTES]


def part_payment_id(bill: bytes, debtor: bytes) -> bytes:
    """Return the 16-byte id of the one payment that a debtor's part of a bill can have.

    It is the same whether he accepts the part or a mandate of his does.
    """
    return sha256(_PART_PREFIX + bill + debtor).digest()[:ENTRY_ID_BYTES]


def mandate_payment_id(request: bytes) -> bytes:
    """Return the 16-byte id of a request's (16-byte id) payment by a mandate."""
    return sha256(_MANDATE_PREFIX + request).digest()[:ENTRY_ID_BYTES]


def name_payment_id(entry: bytes) -> bytes:
    """Return the 16-byte id of what pays for a name.

    Args:
        entry: Id of the claim or the renewal, 16 bytes.
    """
    return sha256(_NAME_PREFIX + entry).digest()[:ENTRY_ID_BYTES]
