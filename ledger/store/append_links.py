"""Writing what a merge makes different about links."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, update

from ledger.record import Record
from ledger.state import Changes
from ledger.store.bulk import insert_rows, plain, run, upsert_rows, upsert_text
from ledger.store.link_rows import (
    begun_transits,
    link_record_rows,
    link_row,
    linked_request_row,
    present,
    transit_row,
)
from ledger.store.rows import Values
from ledger.store.tables import LinkedRequestRow, LinkRecordRow, LinkRow, TransitRow, table_of

_request = table_of(LinkedRequestRow)
_transit = table_of(TransitRow)
_KEEP_LINK = upsert_text(LinkRow, ("sent", "taken", "body"))
_END_REQUEST = plain(delete(_request).where(_request.c.id == bindparam("gone")))
_MOVE_ON = plain(
    update(_transit)
    .where(_transit.c.payment == bindparam("entry"))
    .values(
        stage=bindparam("stage"),
        upstream=bindparam("upstream"),
        finished=bindparam("finished"),
        body=bindparam("body"),
    )
)


def write_links(
    connection: Connection, first: int, records: Sequence[Record], changes: Changes
) -> None:
    """Write links, payments and requests across them, and where our entries stand.

    Args:
        connection: In the merge's transaction, after its records and accounts.
        first: Index of its first record.
        records: All its records.
        changes: What it makes different.
    """
    run(connection, _KEEP_LINK, [link_row(link) for link in present(changes.links)])
    if changes.links:  # whoever is told something has a link that changes
        rows = list(link_record_rows(first, records, changes))
        insert_rows(connection, LinkRecordRow, rows)
    _write_transits(connection, first, records, changes)
    gone = [(entry,) for entry, value in changes.linked_requests.items() if value is None]
    run(connection, _END_REQUEST, gone)
    asked = [linked_request_row(one) for one in present(changes.linked_requests)]
    # Another ledger may take a request back and name the next one like it.
    upsert_rows(connection, LinkedRequestRow, asked)


def _write_transits(
    connection: Connection, first: int, records: Sequence[Record], changes: Changes
) -> None:
    if not changes.transits:
        return
    begun, size = begun_transits(first, records, changes), first + len(records)
    new: list[Values] = []
    later: list[Values] = []
    for payment, value in sorted(changes.transits.items()):
        transit = value or changes.finished[payment]
        finished = None if value else size
        row = transit_row(transit, begun.get(payment, -1), finished)
        if payment in begun:
            new.append(row)
        else:
            (_, _, _, stage, _, upstream, _, _, _, body) = row
            later.append((stage, upstream, finished, body, payment))
    insert_rows(connection, TransitRow, new)
    run(connection, _MOVE_ON, later)
