"""Comparing the rows of attached files, and the files themselves, with what the records say."""

from collections.abc import Sequence
from hashlib import sha256
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select

from ledger.errors import HistoryMismatch
from ledger.replay import Replayed
from ledger.state import Attachment
from ledger.store.attachment_rows import attachment_from, attachment_row
from ledger.store.tables import AttachmentRow, FileRow, table_of

_attachment = table_of(AttachmentRow)
_file = table_of(FileRow)


class Attached(NamedTuple):
    """How many files were attached, and how many of them withdrawn."""

    total: int = 0
    withdrawn: int = 0


def compare_attachments(connection: Connection, again: Replayed, before: Attached) -> Attached:
    """Accept the rows of the files that a merge attached or withdrew; return how many there are.

    Args:
        connection: Reading.
        again: The merge.
        before: How many there were before it.

    Raises:
        HistoryMismatch: They are not those of the records.
    """
    end = again.first + len(again.records)
    changed = again.merged.changes.attachments.values()
    new = sorted(
        (one for one in changed if one.record >= again.first),
        key=attrgetter("record", "operation"),
    )
    within = (_attachment.c.record >= again.first, _attachment.c.record < end)
    query = select(_attachment).where(*within).order_by(_attachment.c.number)
    _compare(connection.execute(query).all(), new, before.total, end)
    withdrawn = [one for one in changed if one.withdrawn is not None]
    for one in withdrawn:
        _compare_withdrawn(connection, one)
    return Attached(before.total + len(new), before.withdrawn + len(withdrawn))


def _compare(found: Sequence[Row[Any]], new: Sequence[Attachment], count: int, end: int) -> None:
    stands = [(*tuple(row)[:-2], *_until(row, end)) for row in found]
    wanted = [attachment_row(number, one) for number, one in enumerate(new, count)]
    if stands != wanted:
        places = [one.record for one in new] + [row.record for row in found]
        raise HistoryMismatch(
            f"records {min(places)} to {max(places)}: an attached file is filed otherwise than "
            "they say"
        )


def _until(row: Row[Any], end: int) -> tuple[int | None, str]:
    """Return what a row's last two columns were after so many records."""
    later = row.withdrawn is not None and row.withdrawn >= end
    return (None, "") if later else (row.withdrawn, row.reason)


def _compare_withdrawn(connection: Connection, one: Attachment) -> None:
    row = connection.execute(select(_attachment).where(_attachment.c.id == one.id)).first()
    if row is None or attachment_from(row) != one:
        raise HistoryMismatch(
            f"record {one.withdrawn}: attachment {one.id.hex()} is not filed as withdrawn by it"
        )


def compare_files(connection: Connection) -> int:
    """Accept kept files that have the hashes under which they are kept; return how many.

    Raises:
        HistoryMismatch: One of them has not.
    """
    count = connection.execute(select(func.count()).select_from(_file)).scalar_one()
    for row in connection.execute(select(_file)).yield_per(1):
        if sha256(row.sealed).digest() != row.hash:
            raise HistoryMismatch(f"file {row.hash.hex()} does not have the hash it is kept under")
    return count
