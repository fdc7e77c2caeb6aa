"""Between names and their tables' rows.

A row's body is the whole of it; the other columns, by which it is found, follow from the body.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Row

from ledger.codec import decode, encode
from ledger.name.state import NameState, name_values
from ledger.record import RECORD_BYTES_MAX
from ledger.state import Changes
from ledger.store.rows import Values


class NameChange(NamedTuple):
    """One change of the names map, the first of the journal having number 0.

    Attributes:
        size: Of the journal after the merge that made it.
        key: Of the map: a name in UTF-8, or that of the rules.
        value: Canonical bytes of what the map holds there after the merge; None for nothing.
    """

    number: int
    size: int
    key: bytes
    value: bytes | None


def name_row(name: NameState) -> Values:
    """Return a name's row."""
    return (name.name, name.owner, name.expires, encode(name))


def name_from(row: Row[Any]) -> NameState:
    """Return a name from its row.

    Raises:
        CodecError: Its body is not canonical.
    """
    return decode(row.body, NameState, RECORD_BYTES_MAX)


def name_changes(changes: Changes, number: int, size: int) -> Iterator[NameChange]:
    """Give what a merge changes in the names map, sorted by key.

    Args:
        changes: What it makes different.
        number: Of its first change: how many there were before.
        size: Of the journal after it.
    """
    values = name_values(changes.names, changes.name_rules)
    for place, key in enumerate(sorted(values), number):
        yield NameChange(place, size, key, values[key])
