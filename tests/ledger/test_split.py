"""Splits: whole minor units, nothing lost, and a message that says what does not add up."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import SplitInvalid
from ledger.field import AMOUNT_MAX
from ledger.split import (
    PERCENT_WHOLE,
    WEIGHT_MAX,
    check_sum,
    split_equal,
    split_exact,
    split_percent,
    split_shares,
)
from ledger.unit import Unit

EUR = Unit("EUR", 2, "Euro", 0, 0)
TOTALS = st.integers(64, AMOUNT_MAX)
WEIGHTS = st.lists(st.integers(1, WEIGHT_MAX), min_size=1, max_size=64)


@pytest.mark.parametrize(
    ("total", "people", "shares"),
    [
        (1_000, 3, (334, 333, 333)),
        (1_001, 3, (334, 334, 333)),
        (900, 3, (300, 300, 300)),
        (3, 3, (1, 1, 1)),
        (1, 1, (1,)),
        (AMOUNT_MAX, 2, (AMOUNT_MAX // 2 + 1, AMOUNT_MAX // 2)),
    ],
)
def test_the_first_who_are_listed_bear_what_does_not_divide(
    total: int, people: int, shares: tuple[int, ...]
) -> None:
    assert split_equal(total, people, EUR) == shares


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (1_000, (2, 1), (667, 333)),
        (1_000, (1, 2), (333, 667)),
        (100, (3, 3, 1), (43, 43, 14)),
        # 14.285…, 14.285…, 71.428…: the largest remainder is the last one's.
        (100, (1, 1, 5), (14, 14, 72)),
        (10, (1, 1, 1, 1), (3, 3, 2, 2)),
    ],
)
def test_what_is_left_goes_to_who_lost_most_by_rounding(
    total: int, weights: tuple[int, ...], shares: tuple[int, ...]
) -> None:
    assert split_shares(total, weights, EUR) == shares


@given(TOTALS, WEIGHTS)
def test_shares_add_up_and_are_a_minor_unit_from_their_proportion(
    total: int, weights: Sequence[int]
) -> None:
    whole = sum(weights)
    try:
        shares = split_shares(total, weights, EUR)
    except SplitInvalid:
        assert any(total * weight < whole for weight in weights)
        return
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * whole - total * weight) < whole


@given(TOTALS, st.integers(1, 64))
def test_equal_shares_fall_and_differ_by_one_at_most(total: int, people: int) -> None:
    shares = split_equal(total, people, EUR)
    assert list(shares) == sorted(shares, reverse=True)
    assert shares[0] - shares[-1] <= 1
    assert sum(shares) == total


@given(TOTALS, st.lists(st.integers(1, 200), min_size=1, max_size=40))
def test_percentages_that_are_a_hundred_are_shares(total: int, parts: list[int]) -> None:
    hundredths = [*parts, PERCENT_WHOLE - sum(parts)]
    if hundredths[-1] <= 0 or total < PERCENT_WHOLE:
        return
    assert split_percent(total, hundredths, EUR) == split_shares(total, hundredths, EUR)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=64))
def test_exact_shares_stay_what_they_are(shares: list[int]) -> None:
    assert split_exact(sum(shares), shares, EUR) == tuple(shares)


@pytest.mark.parametrize(
    ("total", "weights", "said"),
    [
        (1_000, (), "nobody shares this"),
        (1_000, (1, 0), "got 0 shares"),
        (1_000, (1, -1), "got -1 shares"),
        (1_000, (1, WEIGHT_MAX + 1), "1 to 1,000,000 fit"),
        (2, (1, 1, 1), "0.02 EUR is too little for 3 shares"),
        (100, (1, WEIGHT_MAX), "somebody's would be nothing"),
    ],
)
def test_weights_that_split_nothing_are_refused(
    total: int, weights: tuple[int, ...], said: str
) -> None:
    with pytest.raises(SplitInvalid, match=said):
        split_shares(total, weights, EUR)


@pytest.mark.parametrize(
    ("hundredths", "said"),
    [
        ((5_000, 4_950), "add up to 99.5 %, not to 100: 0.5 % is missing"),
        ((5_000, 5_001), "add up to 100.01 %, not to 100: 0.01 % is too much"),
        ((), "add up to 0 %"),
        ((10_000, 0), "0 % or less"),
        ((11_000, -1_000), "0 % or less"),
    ],
)
def test_percentages_that_are_not_a_hundred_are_refused(
    hundredths: tuple[int, ...], said: str
) -> None:
    with pytest.raises(SplitInvalid, match=said):
        split_percent(1_000, hundredths, EUR)


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ((500, 400), "add up to 9.00 EUR, the bill is 10.00 EUR: 1.00 EUR is missing"),
        ((500, 600), "1.00 EUR is too much"),
        ((1_000, 0), "share is nothing"),
        ((1_001, -1), "share is nothing"),
    ],
)
def test_exact_shares_that_do_not_add_up_are_refused(shares: tuple[int, ...], said: str) -> None:
    with pytest.raises(SplitInvalid, match=said):
        split_exact(1_000, shares, EUR)


def test_what_payers_paid_is_checked_in_the_same_words() -> None:
    check_sum("what was paid", (400, 600), 1_000, EUR)
    with pytest.raises(SplitInvalid, match=r"what was paid add up to 4\.00 EUR"):
        check_sum("what was paid", (400,), 1_000, EUR)
