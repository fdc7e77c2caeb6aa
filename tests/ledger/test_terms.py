"""Terms of a link: amounts cross it exactly, and nobody is paid less than was asked."""

from fractions import Fraction
from math import gcd

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.codec import decode, encode
from ledger.errors import AmountTooLarge, CodecError, TermsInvalid
from ledger.field import AMOUNT_MAX
from ledger.link.terms import (
    NO_FEE,
    PPM,
    RATE_MAX,
    Fee,
    Side,
    Terms,
    across,
    check_terms,
    converted,
    fee_on,
    inward,
    least_input,
    outward,
)

EUR = Terms("EUR", 2, "", 0, 1, 1)
HOUR = Terms("HOUR", 2, "EUR", 2, 2, 31)
"""1 HOUR = 15.50 EUR."""

AMOUNTS = st.integers(0, AMOUNT_MAX) | st.integers(0, 10_000)


@st.composite
def rates(draw: st.DrawFn) -> Fraction:
    terms = st.integers(1, RATE_MAX) | st.integers(1, 100)
    n, d = draw(terms), draw(terms)
    side = Side(Terms("HOUR", 2, "EUR", 2, n // gcd(n, d), d // gcd(n, d)), converts=True)
    return draw(st.sampled_from([inward, outward]))(side)


@given(AMOUNTS, rates())
def test_what_is_worked_out_backwards_is_enough_and_one_less_is_not(
    amount: int, factor: Fraction
) -> None:
    try:
        needed = least_input(amount, factor)
    except AmountTooLarge:
        assert AMOUNT_MAX * factor < amount, "the largest amount would have done"
        return
    assert needed * factor >= amount
    assert needed == 0 or (needed - 1) * factor < amount


@given(AMOUNTS, rates())
def test_forwards_at_most_one_minor_unit_is_lost(amount: int, factor: Fraction) -> None:
    exact = amount * factor
    try:
        got = converted(amount, factor)
    except AmountTooLarge:
        assert exact >= AMOUNT_MAX + 1
        return
    assert type(got) is int
    assert exact - 1 < got <= exact


@given(AMOUNTS, st.integers(0, PPM), AMOUNTS)
def test_a_fee_is_rounded_up_by_less_than_one_minor_unit(amount: int, ppm: int, flat: int) -> None:
    exact = flat + Fraction(amount * ppm, PPM)
    try:
        fee = fee_on(Fee(flat, ppm), amount)
    except AmountTooLarge:
        assert exact > AMOUNT_MAX
        return
    assert type(fee) is int
    assert exact <= fee < exact + 1


@pytest.mark.parametrize(
    ("fee", "amount", "expected"),
    [
        (NO_FEE, 1_000, 0),
        (Fee(20, 0), 1_000, 20),
        (Fee(0, 15_000), 1_000, 15),
        (Fee(0, 15_000), 1_001, 16),
        (Fee(20, 15_000), 1, 21),
        (Fee(0, PPM), 7, 7),
        (Fee(0, 1), AMOUNT_MAX, 9_007_199_255),
    ],
)
def test_a_fee_is_a_flat_part_and_parts_per_million(fee: Fee, amount: int, expected: int) -> None:
    assert fee_on(fee, amount) == expected


def test_an_hour_that_is_worth_15_50_is_converted_both_ways() -> None:
    lacks_hours = Side(HOUR, converts=True)
    assert lacks_hours.local == ("EUR", 2)
    assert converted(100, inward(lacks_hours)) == 1_550
    assert least_input(1_551, inward(lacks_hours)) == 101
    assert converted(1_550, outward(lacks_hours)) == 100
    assert least_input(100, outward(lacks_hours)) == 1_550
    has_hours = Side(HOUR, converts=False)
    assert has_hours.local == ("HOUR", 2)
    assert inward(has_hours) == outward(has_hours) == 1


@pytest.mark.parametrize(
    ("came", "goes", "factor"),
    [
        (Side(EUR, converts=False), Side(EUR, converts=False), Fraction(1)),
        (Side(HOUR, converts=True), Side(EUR, converts=False), Fraction(31, 2)),
        (Side(EUR, converts=False), Side(HOUR, converts=True), Fraction(2, 31)),
        (Side(HOUR, converts=True), Side(HOUR, converts=True), Fraction(1)),
        (
            Side(HOUR, converts=True),
            Side(Terms("KG", 0, "EUR", 2, 1, 62), converts=True),
            Fraction(1, 4),
        ),
    ],
    ids=["one unit", "hours to euros", "euros to hours", "hours on", "hours to kilograms"],
)
def test_a_hop_converts_once_between_its_two_links(
    came: Side, goes: Side, factor: Fraction
) -> None:
    assert across(came, goes) == factor


@pytest.mark.parametrize(
    ("came", "goes"),
    [
        (Side(HOUR, converts=False), Side(EUR, converts=False)),
        (Side(EUR, converts=False), Side(Terms("EUR", 3, "", 0, 1, 1), converts=False)),
        (Side(HOUR, converts=True), Side(Terms("KG", 0, "EUR", 3, 1, 62), converts=True)),
    ],
    ids=["two units", "one unit with two scales", "members' unit with two scales"],
)
def test_a_hop_without_one_unit_of_its_members_is_refused(came: Side, goes: Side) -> None:
    with pytest.raises(TermsInvalid, match="passes through one unit of its members"):
        across(came, goes)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (Terms("EUR", 2, "EUR", 2, 1, 1), "got EUR twice"),
        (Terms("HOUR", 2, "EUR", 2, 100, 1_550), "without a common factor"),
        (Terms("EUR", 2, "", 2, 1, 1), "without another unit"),
        (Terms("EUR", 2, "", 0, 2, 1), "without another unit"),
        (Terms("EUR", 2, "", 0, 1, 2), "without another unit"),
    ],
)
def test_terms_that_contradict_themselves_are_refused(terms: Terms, said: str) -> None:
    with pytest.raises(TermsInvalid, match=said):
        check_terms(terms)
    with pytest.raises(TermsInvalid, match=said):
        Side(terms, converts=False)


def test_a_ledger_converts_only_at_a_rate() -> None:
    with pytest.raises(TermsInvalid, match="a link in EUR without a rate"):
        Side(EUR, converts=True)


@pytest.mark.parametrize(
    "fields",
    [
        ["eur", 2, "", 0, 1, 1],
        ["EUR", 7, "", 0, 1, 1],
        ["EUR", 2, "e", 0, 1, 1],
        ["EUR", 2, "HOUR", -1, 1, 1],
        ["EUR", 2, "HOUR", 2, 0, 1],
        ["EUR", 2, "HOUR", 2, 1, RATE_MAX + 1],
        ["EUR", 2, "HOUR", 2, 1.0, 1],
        ["EUR", 2, None, 0, 1, 1],
    ],
)
def test_terms_out_of_their_bounds_are_not_decoded(fields: list[object]) -> None:
    with pytest.raises(CodecError):
        decode(encode(fields), Terms, 100)


def test_a_fee_over_the_whole_is_not_decoded() -> None:
    assert decode(encode([0, PPM]), Fee, 100) == Fee(0, PPM)
    with pytest.raises(CodecError):
        decode(encode([0, PPM + 1]), Fee, 100)
