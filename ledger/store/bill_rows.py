"""Between bills and mandates and their tables' rows.

A row's body is the whole of it; the other columns, by which it is found, follow from the body.
"""

from typing import Any

from sqlalchemy import Row

from ledger.codec import decode, encode
from ledger.record import RECORD_BYTES_MAX
from ledger.state import OpenBill, OpenMandate
from ledger.store.rows import Values


def bill_row(bill: OpenBill, finished: int | None) -> Values:
    """Return a bill's row.

    Args:
        bill: As it stands.
        finished: Size of the journal after the merge that ended its last open part; None before.
    """
    return (bill.id, bill.author, bill.replaces, finished, encode(bill))


def mandate_row(mandate: OpenMandate) -> Values:
    """Return a mandate's row."""
    return (mandate.id, mandate.debtor, encode(mandate))


def bill_from(row: Row[Any]) -> OpenBill:
    """Return a bill from its row.

    Raises:
        CodecError: Its body is not canonical.
    """
    return decode(row.body, OpenBill, RECORD_BYTES_MAX)


def mandate_from(row: Row[Any]) -> OpenMandate:
    """Return a mandate from its row.

    Raises:
        CodecError: Its body is not canonical.
    """
    return decode(row.body, OpenMandate, RECORD_BYTES_MAX)
