"""Comparing the rows about links with what the records say."""

from collections.abc import MutableMapping

from sqlalchemy import Connection, select

from ledger.errors import HistoryMismatch
from ledger.replay import Replayed
from ledger.state import State
from ledger.store.link_rows import (
    begun_transits,
    link_record_rows,
    link_row,
    linked_request_row,
    transit_row,
)
from ledger.store.tables import LinkedRequestRow, LinkRecordRow, LinkRow, TransitRow, table_of

Begun = MutableMapping[bytes, int]
"""Payments that are under way -> the record at which each is held."""
_link = table_of(LinkRow)
_link_record = table_of(LinkRecordRow)
_transit = table_of(TransitRow)
_request = table_of(LinkedRequestRow)


def compare_link_records(connection: Connection, again: Replayed) -> int:
    """Accept the rows of a merge's link entries; return how many there are.

    Raises:
        HistoryMismatch: They are not those of the records.
    """
    merged, first = again.merged, again.first
    wanted = list(link_record_rows(first, merged.records, merged.changes))
    bounds = (_link_record.c.record >= first, _link_record.c.record < first + len(merged.records))
    query = select(_link_record).where(*bounds).order_by(_link_record.c.record)
    found = [tuple(row) for row in connection.execute(query)]
    if found != wanted:
        places = (row[0] for row in {*found} ^ {*wanted})
        strange = min(place for place in places if isinstance(place, int))
        raise HistoryMismatch(f"record {strange}: its link entry is filed otherwise than it is")
    return len(wanted)


def compare_finished(connection: Connection, again: Replayed, begun: Begun) -> int:
    """Accept the rows of the payments that a merge finished; return how many there are.

    Args:
        connection: Reading.
        again: The merge.
        begun: Payments under way before it; changed to those after it.

    Raises:
        HistoryMismatch: One of them is not what the records say.
    """
    merged, first = again.merged, again.first
    changes, size = merged.changes, first + len(merged.records)
    begun.update(begun_transits(first, merged.records, changes))
    for payment, transit in changes.finished.items():
        wanted = transit_row(transit, begun.pop(payment), size)
        query = select(_transit).where(_transit.c.payment == payment)
        row = connection.execute(query).first()
        if row is None or tuple(row) != wanted:
            raise HistoryMismatch(
                f"payment {payment.hex()} is filed otherwise than record {wanted[1]} and those "
                "after it say"
            )
    return len(changes.finished)


def find_different_link(connection: Connection, state: State, begun: Begun) -> str | None:
    """Return which row about what is under way is stored otherwise than the records say, or None.

    Args:
        connection: Reading.
        state: The present, worked out from the records; it agrees with the rows' bodies.
        begun: Payments under way, likewise.
    """
    for row in connection.execute(select(_link)):
        if tuple(row) != link_row(state.links[row.key]):
            return f"link {row.key.hex()} is filed otherwise than it stands"
    for row in connection.execute(select(_transit).where(_transit.c.finished.is_(None))):
        transit = state.transits[row.payment]
        if tuple(row) != transit_row(transit, begun[row.payment], None):
            return f"payment {row.payment.hex()} is filed otherwise than it stands"
    for row in connection.execute(select(_request)):
        if tuple(row) != linked_request_row(state.linked_requests[row.id]):
            return f"request {row.id.hex()} across links is filed otherwise than it stands"
    return None
