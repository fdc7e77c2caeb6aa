"""Shapes: whose export a file is, by its columns."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ledger.saying import said
from member.exchange import from_cospend, from_own, from_spliit, from_splitwise
from member.exchange.found import Found
from member.exchange.item import Item
from member.exchange.sheet import ImportInvalid, Row, Sheet

PEOPLE_MAX = 2_000
HEADER_ROWS_MAX = 2_000
"""Rows in which the columns are looked for: Cospend has its members before."""


class Shape(NamedTuple):
    """Whose export it is, the columns that it must have, and what reads it."""

    name: str
    columns: tuple[str, ...]
    read: Callable[[Found], Iterator[Item]]


SHAPES = (
    Shape(from_own.POSTINGS, from_own.POSTING_COLUMNS, from_own.read_postings),
    Shape(from_own.TRANSACTIONS, from_own.TRANSACTION_COLUMNS, from_own.read_transactions),
    # Before Splitwise, whose columns Spliit has too.
    Shape(from_spliit.NAME, from_spliit.COLUMNS, from_spliit.read),
    Shape(from_splitwise.NAME, from_splitwise.COLUMNS, from_splitwise.read),
    Shape(from_cospend.NAME, from_cospend.COLUMNS, from_cospend.read),
)


class Read(NamedTuple):
    """What a file says: its shape, its items, and what was taken for granted."""

    shape: str
    items: tuple[Item, ...]
    said: tuple[str, ...]


def read_items(sheet: Sheet, payers: Mapping[int, str] | None = None) -> Read:
    """Return what the lines of a sheet say.

    Args:
        sheet: As read from a file.
        payers: Who paid, by the number of a line, where the file does not say.

    Raises:
        ImportInvalid: It has the columns of no known shape, one of them twice, or too many people.
    """
    head = sheet.rows[:HEADER_ROWS_MAX]
    for shape in SHAPES:
        wanted = set(shape.columns)
        for place, row in enumerate(head):
            if wanted <= set(row.cells):
                _check_columns(row)
                found = Found(sheet.rows[:place], row.cells, sheet.rows[place + 1 :], payers or {})
                items = tuple(shape.read(found))
                _check_people(items)
                return Read(shape.name, items, sheet.said)
    raise ImportInvalid(_nearest(head))


def _check_columns(row: Row) -> None:
    named = [cell for cell in row.cells if cell]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise ImportInvalid(
            said(
                "line {number} has the column {column!r} twice; give the columns, or the two "
                "people, different names",
                number=row.number,
                column=twice[0],
            )
        )


def _check_people(items: tuple[Item, ...]) -> None:
    people: set[str] = set()
    for item in items:
        people.update(item.names())
        if len(people) > PEOPLE_MAX:
            raise ImportInvalid(
                said(
                    "line {number} is where the file has over {most:,} people; bring a part of it",
                    number=item.number,
                    most=PEOPLE_MAX,
                )
            )


def _nearest(head: tuple[Row, ...]) -> str:
    """Return which shape a file is nearest to, and what it lacks of it."""
    best = max(
        ((_have(shape, row), shape, row) for shape in SHAPES for row in head),
        key=lambda one: (one[0], -len(one[1].columns)),
        default=None,
    )
    known = "Splitwise, Spliit, Cospend, IHateMoney, and `commontab export`"
    if best is None:
        return said("the file is empty; bring a CSV export of {known}", known=known)
    have, shape, row = best
    if have == 0:
        return said(
            "no line has columns that are known; bring a CSV export of {known}", known=known
        )
    missing = ", ".join(name for name in shape.columns if name not in row.cells)
    return said(
        "line {number} is nearest to {shape}, which also has the columns {missing}; "
        "export the file again, in English, or bring one of {known}",
        number=row.number,
        shape=shape.name,
        missing=missing,
        known=known,
    )


def _have(shape: Shape, row: Row) -> int:
    return len(set(shape.columns) & set(row.cells))
