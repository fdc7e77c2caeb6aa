"""The formats that a ledger is exported in, by name."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from federation.console.terminal import UsageInvalid
from federation.export.to_beancount import export_beancount
from federation.export.to_csv import export_postings, export_transactions
from federation.export.to_hledger import export_hledger
from federation.export.to_lines import export_lines
from federation.export.walk import Source, Window
from ledger.saying import said

Export = Callable[[Source], Iterator[str]]
EXPORTS: dict[str, Export] = {
    "postings": export_postings,
    "transactions": export_transactions,
    "hledger": export_hledger,
    "beancount": export_beancount,
    "lines": export_lines,
}
"""What writes each format, piece by piece."""
_SUFFIXES = {
    ".csv": "postings",
    ".journal": "hledger",
    ".hledger": "hledger",
    ".beancount": "beancount",
    ".bean": "beancount",
    ".jsonl": "lines",
}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def find_export(wanted: str | None, target: Path) -> Export:
    """Return what writes a format; without a name, the one that the file's suffix stands for.

    Raises:
        UsageInvalid: There is none of that name, or the suffix tells none.
    """
    name = wanted or _SUFFIXES.get(target.suffix.lower(), "")
    if name not in EXPORTS:
        untold = said("{target} does not tell which format", target=target)
        got = said("got --format {name}", name=name) if name else untold
        raise UsageInvalid(
            said("{got}; add --format with one of {listed}", got=got, listed=", ".join(EXPORTS))
        )
    return EXPORTS[name]


def parse_window(since: str | None, until: str | None) -> Window:
    """Return the days that are wanted of everybody's, both included.

    Args:
        since: As ``2026-01-31``, or None for the beginning.
        until: The same, or None for the end.

    Raises:
        UsageInvalid: No day of the calendar after 1970, or the first comes after the last.
    """
    first, end = parse_day(since), parse_day(until, after=True)
    if first is not None and end is not None and first >= end:
        raise UsageInvalid(
            said(
                "got --since {since} and --until {until}; the first comes before",
                since=since,
                until=until,
            )
        )
    return Window(first, end)


def parse_day(text: str | None, *, after: bool = False) -> int | None:
    """Return the Unix time at which a day begins, UTC, or None without one.

    Args:
        text: As ``2026-01-31``.
        after: Return where the day ends instead.

    Raises:
        UsageInvalid: No day of the calendar after 1970.
    """
    if text is None:
        return None
    try:
        day = date.fromisoformat(text if _DAY.fullmatch(text) else "")
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=after)
    except (ValueError, OverflowError):
        raise UsageInvalid(
            said("got {text!r}; a day is written as 2026-01-31", text=text)
        ) from None
    if moment.timestamp() < 0:
        raise UsageInvalid(said("got {text!r}; no ledger is older than 1970", text=text))
    return int(moment.timestamp())
