"""Writing what a merge makes different about attached files."""

from operator import attrgetter

from sqlalchemy import Connection, bindparam, delete, exists, func, select, update

from ledger.state import Attachment, Changes
from ledger.store.attachment_rows import attachment_row
from ledger.store.bulk import insert_rows, plain, run
from ledger.store.tables import AttachmentRow, FileRow, table_of

_attachment = table_of(AttachmentRow)
_file = table_of(FileRow)
_WITHDRAW = plain(
    update(_attachment)
    .where(_attachment.c.id == bindparam("attachment"))
    .values(withdrawn=bindparam("record"), reason=bindparam("why"))
)
_stands = exists().where(_attachment.c.hash == _file.c.hash, _attachment.c.withdrawn.is_(None))
_FORGET = plain(delete(_file).where(_file.c.hash == bindparam("gone"), ~_stands))


def write_attachments(connection: Connection, changes: Changes, first: int) -> None:
    """Write new attachments, and which were withdrawn; a withdrawn file is forgotten.

    Args:
        connection: In the merge's transaction, after its records and accounts.
        changes: What it makes different.
        first: Journal index of the merge's first record.
    """
    if not changes.attachments:
        return
    ordered = sorted(changes.attachments.values(), key=attrgetter("record", "operation"))
    new = [one for one in ordered if one.record >= first]
    newest = connection.execute(select(func.max(_attachment.c.number))).scalar()
    number = 0 if newest is None else newest + 1
    rows = [attachment_row(place, one) for place, one in enumerate(new, number)]
    insert_rows(connection, AttachmentRow, rows)
    _withdraw(connection, [one for one in ordered if one.withdrawn is not None])


def _withdraw(connection: Connection, withdrawn: list[Attachment]) -> None:
    run(connection, _WITHDRAW, [(one.withdrawn, one.reason, one.id) for one in withdrawn])
    run(connection, _FORGET, [(one.hash,) for one in withdrawn])
