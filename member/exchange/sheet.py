"""Sheets: the rows of a CSV file that somebody brought, read within limits."""

import csv
import io
from dataclasses import dataclass
from typing import NamedTuple

from federation.console.terminal import UsageInvalid
from ledger.saying import said

FILE_BYTES_MAX = 4 * 2**20
ROWS_MAX = 20_000
COLUMNS_MAX = 256
CELL_CHARS_MAX = 4_000
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_HEAD_LINES = 50
"""So many lines tell which separator a file has."""


class ImportInvalid(UsageInvalid):
    """A file that cannot be imported at all; the message says why and what fits."""


class Row(NamedTuple):
    """A row of a sheet: the line it begins in, from 1, and its cells without spaces around."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows that are not empty, and what was taken for granted when they were read."""

    rows: tuple[Row, ...]
    said: tuple[str, ...]


def read_sheet(data: bytes) -> Sheet:
    """Return the rows of a CSV file.

    Args:
        data: Untrusted; at most 4 MiB in UTF-8, with a byte order mark or without, or Latin-1;
            cells between commas, semicolons or tabs.

    Raises:
        ImportInvalid: It is larger, no text, or no CSV file.

    Source:
        RFC 4180, section 2.
    """
    if len(data) > FILE_BYTES_MAX:
        raise ImportInvalid(
            said(
                "got {count:,} bytes; a file has at most {most:,}. Export a part of it",
                count=len(data),
                most=FILE_BYTES_MAX,
            )
        )
    text, notes = _decode(data)
    separator = max(_SEPARATORS, key=lambda one: _count(text, one))
    if separator != ",":
        between = said(_SEPARATORS[separator])
        notes = (*notes, said("its cells stand between {between}", between=between))
    return Sheet(tuple(_rows(text, separator)), notes)


def _decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        raise ImportInvalid("this is no CSV file in UTF-8; save it as CSV, encoded in UTF-8")
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return data.decode("latin-1"), (said("it is not in UTF-8 and was read as Latin-1"),)


def _count(text: str, separator: str) -> int:
    return sum(line.count(separator) for line in text.split("\n", _HEAD_LINES)[:_HEAD_LINES])


def _rows(text: str, separator: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found: list[Row] = []
    number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _check(number, cells)
                found.append(Row(number, tuple(cell.strip() for cell in cells)))
            if len(found) > ROWS_MAX:
                raise ImportInvalid(
                    said("got over {most:,} rows; import it in parts", most=ROWS_MAX)
                )
            number = reader.line_num + 1
    except csv.Error as error:
        raise ImportInvalid(
            said("line {number} is not CSV: {error}", number=number, error=error)
        ) from None
    return found


def _check(number: int, cells: list[str]) -> None:
    if len(cells) > COLUMNS_MAX:
        raise ImportInvalid(
            said(
                "line {number} has {count} columns; at most {most} fit",
                number=number,
                count=len(cells),
                most=COLUMNS_MAX,
            )
        )
    longest = max(map(len, cells))
    if longest > CELL_CHARS_MAX:
        raise ImportInvalid(
            said(
                "line {number} has a cell of {longest:,} characters; at most {most:,} fit",
                number=number,
                longest=longest,
                most=CELL_CHARS_MAX,
            )
        )
