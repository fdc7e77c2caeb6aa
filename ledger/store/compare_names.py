"""Comparing the log of the names map, and the names that stand, with what the records say."""

from sqlalchemy import Connection, select

from ledger.codec import encode
from ledger.errors import HistoryMismatch
from ledger.name.state import FREE_RULES
from ledger.replay import Replayed
from ledger.state import State
from ledger.store.meta import NAME_RULES, read_meta
from ledger.store.name_rows import name_changes, name_row
from ledger.store.tables import NameChangeRow, NameRow, table_of

_name = table_of(NameRow)
_change = table_of(NameChangeRow)


def compare_name_changes(connection: Connection, again: Replayed, number: int) -> int:
    """Accept the rows of what a merge changed in the names map; return how many there are.

    Args:
        connection: Reading.
        again: The merge.
        number: Of its first change: how many there were before.

    Raises:
        HistoryMismatch: They are not those of the records.
    """
    size = again.first + len(again.records)
    wanted = [tuple(one) for one in name_changes(again.merged.changes, number, size)]
    query = select(_change).where(_change.c.size > again.first, _change.c.size <= size)
    found = [tuple(row) for row in connection.execute(query.order_by(_change.c.number))]
    if found != wanted:
        raise HistoryMismatch(
            f"the merge ending at size {size}: its changes of names are filed otherwise than the "
            "records say"
        )
    return len(wanted)


def find_different_name(connection: Connection, state: State) -> str | None:
    """Return which name is stored otherwise than the records say, or None.

    There may be many: their rows are compared as bytes, and not read as names.

    Args:
        connection: Reading.
        state: The present, worked out from the records.
    """
    names, count = state.names, 0
    for row in connection.execute(select(_name)):
        name = names.get(row.name)
        if name is None or tuple(row) != name_row(name):
            return f"name {row.name!r} is stored otherwise than the records say"
        count += 1
    if count < len(names):
        return f"{count} names are stored; by the records there are {len(names)}"
    data = read_meta(connection, NAME_RULES)
    if data != (None if state.name_rules is FREE_RULES else encode(state.name_rules)):
        return "the rules for names are stored otherwise than the records say"
    return None
