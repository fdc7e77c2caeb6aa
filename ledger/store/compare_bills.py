"""Comparing the rows of bills, mandates and mentions with what the records say."""

from sqlalchemy import Connection, select

from ledger.errors import HistoryMismatch
from ledger.replay import Replayed
from ledger.state import Mention, State
from ledger.store.bill_rows import bill_row, mandate_row
from ledger.store.tables import BillRow, MandateRow, MentionRow, table_of

_bill = table_of(BillRow)
_mandate = table_of(MandateRow)
_mention = table_of(MentionRow)


def compare_mentions(connection: Connection, again: Replayed) -> int:
    """Accept the rows of what a merge's records are about; return how many there are.

    Raises:
        HistoryMismatch: They are not those of the records.
    """
    wanted = again.merged.changes.mentions
    first, end = again.first, again.first + len(again.records)
    query = select(_mention).where(_mention.c.record >= first, _mention.c.record < end)
    found = {Mention(row.about, row.record, row.operation) for row in connection.execute(query)}
    if found != wanted:
        strange = min(one.record for one in found ^ wanted)
        raise HistoryMismatch(f"record {strange}: it is filed under another entry than it is about")
    return len(wanted)


def compare_finished_bills(connection: Connection, again: Replayed) -> int:
    """Accept the rows of the bills whose last part a merge ended; return how many there are.

    Raises:
        HistoryMismatch: One of them is not what the records say.
    """
    finished = again.merged.changes.past_bills
    size = again.first + len(again.records)
    for entry, bill in finished.items():
        row = connection.execute(select(_bill).where(_bill.c.id == entry)).first()
        if row is None or tuple(row) != bill_row(bill, size):
            raise HistoryMismatch(
                f"bill {entry.hex()}, which ended with record {size - 1}, is filed otherwise than "
                "the records say"
            )
    return len(finished)


def find_different_bill(connection: Connection, state: State) -> str | None:
    """Return which open bill or mandate is stored otherwise than the records say, or None.

    Args:
        connection: Reading.
        state: The present, worked out from the records; it agrees with the rows' bodies.
    """
    for row in connection.execute(select(_bill).where(_bill.c.finished.is_(None))):
        if tuple(row) != bill_row(state.bills[row.id], None):
            return f"bill {row.id.hex()} is filed otherwise than it stands"
    for row in connection.execute(select(_mandate)):
        if tuple(row) != mandate_row(state.mandates[row.id]):
            return f"mandate {row.id.hex()} is filed otherwise than it stands"
    return None
