"""Rhythms: on which dates something comes again. Dates are calendar days in UTC."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args

from federation.console.terminal import UsageInvalid
from ledger.saying import said
from ledger.store.recurring import Rhythm

DAY_S = 86_400
RHYTHMS: tuple[Rhythm, ...] = get_args(Rhythm)
_MONTHS = 12
_YEAR_MAX = 9_000
"""No date after this year is reckoned with."""


def due_date(first: date, rhythm: Rhythm, place: int) -> date:
    """Return when something is due for the so-many-th time, counted from 0.

    What begins on the 31st is due on the last day of shorter months, and on the 31st again after
    them: each date is worked out from the first one. The same for 29 February.

    Args:
        first: When it is due for the first time.
        rhythm: How often.
        place: From 0.
    """
    match rhythm:
        case "daily":
            return first + timedelta(days=place)
        case "weekly":
            return first + timedelta(weeks=place)
        case "monthly":
            return _months_after(first, place)
        case "yearly":
            return _months_after(first, _MONTHS * place)


def due_time(first: int, rhythm: Rhythm, place: int) -> int:
    """Return the same in Unix seconds, at 00:00 UTC of the day."""
    return start_of(due_date(day_of(first), rhythm, place))


def parse_date(text: str) -> date:
    """Return a date that was typed as ``2026-11-30``.

    Raises:
        UsageInvalid: Not a date of that form, before 1970 or too far away.
    """
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise UsageInvalid(said("got {text!r}; a date is typed as 2026-11-30", text=text)) from None
    if not day_of(0).year <= day.year <= _YEAR_MAX:
        raise UsageInvalid(said("got {text!r}; the year is out of reach", text=text))
    return day


def parse_rhythm(text: str) -> Rhythm:
    """Return how often something comes again.

    Raises:
        UsageInvalid: Not one of the rhythms.
    """
    for rhythm in RHYTHMS:
        if text.strip().lower() == rhythm:
            return rhythm
    raise UsageInvalid(
        said("got {text!r}; what comes again is {listed}", text=text, listed=", ".join(RHYTHMS))
    )


def start_of(day: date) -> int:
    """Return the Unix time at which a day begins, UTC."""
    return int(datetime.combine(day, time(), UTC).timestamp())


def noon_of(day: date) -> int:
    """Return the Unix time of a day's noon, UTC: the same day in nearly every time zone."""
    return start_of(day) + DAY_S // 2


def day_of(moment: int) -> date:
    """Return the day of a Unix time, UTC."""
    return datetime.fromtimestamp(moment, UTC).date()


def _months_after(first: date, months: int) -> date:
    year, month = divmod(_MONTHS * first.year + first.month - 1 + months, _MONTHS)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
