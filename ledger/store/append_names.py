"""Writing what a merge makes different about names."""

from sqlalchemy import Connection, bindparam, delete, func, select

from ledger.codec import encode
from ledger.state import Changes
from ledger.store.bulk import insert_rows, plain, run, upsert_rows
from ledger.store.meta import NAME_RULES, write_meta
from ledger.store.name_rows import name_changes, name_row
from ledger.store.tables import NameChangeRow, NameRow, table_of

_name = table_of(NameRow)
_number = table_of(NameChangeRow).c.number
_LET_GO = plain(delete(_name).where(_name.c.name == bindparam("gone")))


def write_names(connection: Connection, changes: Changes, size: int) -> None:
    """Write names, the rules about them, and the log of the map's changes.

    Args:
        connection: In the merge's transaction, after its records and accounts.
        changes: What it makes different.
        size: Of the journal after it.
    """
    if changes.name_rules is not None:
        write_meta(connection, NAME_RULES, encode(changes.name_rules))
    elif not changes.names:
        return
    ordered = sorted(changes.names.items())
    run(connection, _LET_GO, [(name,) for name, value in ordered if value is None])
    upsert_rows(connection, NameRow, [name_row(value) for _, value in ordered if value])
    newest = connection.execute(select(func.max(_number))).scalar()
    number = 0 if newest is None else newest + 1
    insert_rows(connection, NameChangeRow, list(name_changes(changes, number, size)))
