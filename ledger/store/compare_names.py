"""Comparing the log of the names map, and the names that stand, with what the records say."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, select

from ledger.codec import encode
from ledger.errors import HistoryMismatch
from ledger.name.state import FREE_RULES, NameState
from ledger.replay import Replayed
from ledger.state import State
from ledger.store.meta import NAME_RULES, read_meta
from ledger.store.name_rows import name_changes, name_row
from ledger.store.tables import NameChangeRow, NameRow, table_of

NAMES_A_TURN = 2_048
"""About 20 ms: a registry that is no larger is looked at whole each time."""
NAMES_A_QUERY = 500
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


class NamePatrol:
    """Looks at the rows of names: all at the first turn, then some at each, and what has changed.

    There may be many, and they are compared before each signature.

    Args:
        names_a_turn: How many to look at in a turn after the first.
    """

    def __init__(self, names_a_turn: int = NAMES_A_TURN) -> None:
        self._names_a_turn = names_a_turn
        self._all = True
        self._next = ""
        self._changed: set[str] = set()

    def note(self, names: Iterable[str]) -> None:
        """Remember to look at names that a merge has changed."""
        self._changed.update(names)

    def find_different(self, connection: Connection, state: State) -> str | None:
        """Return what is stored otherwise than the records say, of what is looked at, or None.

        Args:
            connection: Reading.
            state: The present, worked out from the records.
        """
        return (
            _find_other_rules(connection, state)
            or self._look_at_changed(connection, state.names)
            or self._look_further(connection, state.names)
        )

    def _look_at_changed(
        self, connection: Connection, names: Mapping[str, NameState]
    ) -> str | None:
        changed = sorted(self._changed)
        for at in range(0, len(changed), NAMES_A_QUERY):
            some = changed[at : at + NAMES_A_QUERY]
            rows = connection.execute(select(_name).where(_name.c.name.in_(some))).all()
            lost = names.keys() & (set(some) - {row.name for row in rows})
            different = _find_other(rows, names) or next(map(_told, sorted(lost)), None)
            if different is not None:
                return different
        self._changed.clear()
        return None

    def _look_further(self, connection: Connection, names: Mapping[str, NameState]) -> str | None:
        count = connection.execute(select(func.count()).select_from(_name)).scalar_one()
        if count != len(names):
            return f"{count} names are stored; by the records there are {len(names)}"
        while True:
            later = select(_name).where(_name.c.name > self._next).order_by(_name.c.name)
            rows = connection.execute(later.limit(self._names_a_turn)).all()
            different = _find_other(rows, names)
            if different is not None:
                return different
            self._next = rows[-1].name if len(rows) == self._names_a_turn else ""
            if not (self._all and self._next):
                break
        self._all = False
        return None


def _find_other(rows: Iterable[Row[Any]], names: Mapping[str, NameState]) -> str | None:
    for row in rows:
        name = names.get(row.name)
        if name is None or tuple(row) != name_row(name):
            return _told(row.name)
    return None


def _told(name: str) -> str:
    return f"name {name!r} is stored otherwise than the records say"


def _find_other_rules(connection: Connection, state: State) -> str | None:
    data = read_meta(connection, NAME_RULES)
    if data == (None if state.name_rules is FREE_RULES else encode(state.name_rules)):
        return None
    return "the rules for names are stored otherwise than the records say"
