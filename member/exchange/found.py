"""Found: a sheet in which the columns of a known shape were found."""

from collections.abc import Mapping
from typing import NamedTuple

from member.exchange.sheet import Row


class Found(NamedTuple):
    """What a shape reads.

    Attributes:
        before: Rows before the one with the columns.
        header: The columns, each once.
        rows: Rows behind.
        payers: Who paid, by the number of a line, where the file does not say.
    """

    before: tuple[Row, ...]
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    payers: Mapping[int, str]

    def cells(self, row: Row) -> dict[str, str]:
        """Return a row's cells by column; those that it lacks are empty."""
        have = len(row.cells)
        return {
            name: row.cells[place] if place < have else ""
            for place, name in enumerate(self.header)
            if name
        }
