"""Between attachments and their table's rows."""

from typing import Any

from msgspec.structs import astuple
from sqlalchemy import Connection, Row, func, select

from ledger.rule.mandate import month_number
from ledger.state import Attachment, Filed
from ledger.store.rows import Values
from ledger.store.tables import AttachmentRow, table_of

_attachment = table_of(AttachmentRow)
_TIME = 4
"""Fields of an Attachment up to its time; the month follows in the row."""


def attachment_row(number: int, attached: Attachment) -> Values:
    """Return an attachment's row.

    Args:
        number: How many were attached before it.
        attached: As it stands.
    """
    fields = astuple(attached)
    return (number, *fields[:_TIME], month_number(attached.time), *fields[_TIME:])


def attachment_from(row: Row[Any]) -> Attachment:
    """Return an attachment from its row."""
    return Attachment(
        row.id,
        row.record,
        row.operation,
        row.time,
        row.about,
        row.author,
        row.name,
        row.kind,
        row.length,
        row.hash,
        row.target,
        row.key,
        row.withdrawn,
        row.reason,
    )


def read_filed(connection: Connection) -> dict[bytes, Filed]:
    """Return how much each account has attached in the newest month in which it did."""
    columns = (_attachment.c.author, _attachment.c.month)
    query = select(*columns, func.sum(_attachment.c.length).label("total")).group_by(*columns)
    rows = connection.execute(query.order_by(*columns))
    return {row.author: Filed(row.month, row.total) for row in rows}
