"""Cells of CSV files: written so that no spreadsheet takes a text for a formula, and read back."""

from collections.abc import Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with that a spreadsheet works out; the last four are full-width forms."""
_QUOTE = "'"


def write_row(cells: Sequence[str]) -> str:
    """Return a row of a CSV file, every cell in quotes.

    With quotes around all, a cell stays whole where a program splits at semicolons.

    Source:
        RFC 4180, section 2.
    """
    return '"' + '","'.join([cell.replace('"', '""') for cell in cells]) + '"\r\n'


def defuse(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula; ``restore`` undoes it.

    Source:
        OWASP, "CSV Injection": a single quote in front.
    """
    return _QUOTE + text if text.lstrip().startswith((*_FORMULA, _QUOTE)) else text


def restore(cell: str) -> str:
    """Return the text of a cell that may have been defused."""
    text = cell.removeprefix(_QUOTE)
    return text if text != cell and defuse(text) == cell else cell
