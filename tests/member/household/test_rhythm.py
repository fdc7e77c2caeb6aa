"""Rhythms: every date from the first one, so that the 31st comes back after a short month."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.console.terminal import UsageInvalid
from ledger.store.recurring import Rhythm
from member.household.rhythm import (
    DAY_S,
    RHYTHMS,
    day_of,
    due_date,
    due_time,
    noon_of,
    parse_date,
    parse_rhythm,
    start_of,
)


@pytest.mark.parametrize(
    ("first", "rhythm", "dates"),
    [
        ("2026-12-30", "daily", ["2026-12-30", "2026-12-31", "2027-01-01"]),
        ("2026-02-25", "weekly", ["2026-02-25", "2026-03-04", "2026-03-11"]),
        ("2027-01-31", "monthly", ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
        ("2028-01-30", "monthly", ["2028-01-30", "2028-02-29", "2028-03-30"]),
        ("2026-11-15", "monthly", ["2026-11-15", "2026-12-15", "2027-01-15"]),
        ("2028-02-29", "yearly", ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28",
                                  "2032-02-29"]),
    ],
)  # fmt: skip
def test_dates_follow_from_the_first_one(first: str, rhythm: Rhythm, dates: list[str]) -> None:
    found = [due_date(date.fromisoformat(first), rhythm, place) for place in range(len(dates))]
    assert [one.isoformat() for one in found] == dates


@given(st.dates(date(1970, 1, 1), date(2200, 1, 1)), st.sampled_from(RHYTHMS), st.integers(0, 400))
def test_dates_only_rise(first: date, rhythm: Rhythm, place: int) -> None:
    one, next_one = (due_time(start_of(first), rhythm, at) for at in (place, place + 1))
    assert one < next_one
    assert one % DAY_S == 0


@given(st.dates(date(1970, 1, 1), date(8_000, 1, 1)))
def test_a_day_has_a_beginning_and_a_noon(day: date) -> None:
    assert day_of(start_of(day)) == day_of(noon_of(day)) == day
    assert noon_of(day) - start_of(day) == DAY_S / 2
    assert parse_date(f" {day.isoformat()} ") == day


@pytest.mark.parametrize("text", ["", "2026-02-30", "30.11.2026", "1969-12-31", "9999-01-01", "x"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(UsageInvalid, match=r"2026-11-30|out of reach"):
        parse_date(text)


def test_a_rhythm_is_a_word() -> None:
    assert parse_rhythm(" Monthly ") == "monthly"
    with pytest.raises(UsageInvalid, match="daily, weekly, monthly, yearly"):
        parse_rhythm("hourly")
