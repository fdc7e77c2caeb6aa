"""Writing what a merge makes different about bills and mandates, and what is about entries."""

from sqlalchemy import Connection, bindparam, delete

from ledger.state import Changes
from ledger.store.bill_rows import bill_row, mandate_row
from ledger.store.bulk import insert_rows, plain, run, upsert_rows
from ledger.store.link_rows import present
from ledger.store.tables import BillRow, MandateRow, MentionRow, table_of

_mandate = table_of(MandateRow)
_END_MANDATE = plain(delete(_mandate).where(_mandate.c.id == bindparam("gone")))


def write_bills(connection: Connection, changes: Changes, size: int) -> None:
    """Write bills, mandates and mentions.

    Args:
        connection: In the merge's transaction, after its records and accounts.
        changes: What it makes different.
        size: Of the journal after it.
    """
    rows = [bill_row(bill, None) for bill in present(changes.bills)]
    rows += [bill_row(bill, size) for bill in present(changes.past_bills)]
    upsert_rows(connection, BillRow, rows)
    gone = [(entry,) for entry, value in changes.mandates.items() if value is None]
    run(connection, _END_MANDATE, gone)
    given = [mandate_row(one) for one in present(changes.mandates)]
    upsert_rows(connection, MandateRow, given)
    insert_rows(connection, MentionRow, sorted(tuple(one) for one in changes.mentions))
