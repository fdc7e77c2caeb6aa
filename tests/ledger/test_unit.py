"""Amounts: whole minor units inside, decimal text outside."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import AmountInvalid
from ledger.field import AMOUNT_MAX
from ledger.unit import SCALE_MAX, Unit, format_amount, parse_amount


def unit(scale: int) -> Unit:
    return Unit("EUR", scale, "Euro", 0, 0)


@pytest.mark.parametrize(
    ("text", "scale", "amount"),
    [
        ("12.50", 2, 1_250),
        ("12,5", 2, 1_250),
        (" 12 ", 2, 1_200),
        ("0.01", 2, 1),
        ("007", 0, 7),
        ("1.000000", 6, 1_000_000),
        ("90071992547409.91", 2, AMOUNT_MAX),
        ("9007199254740991", 0, AMOUNT_MAX),
    ],
)
def test_an_amount_is_read_in_minor_units(text: str, scale: int, amount: int) -> None:
    assert parse_amount(text, unit(scale)) == amount


@pytest.mark.parametrize(
    ("text", "scale", "said"),
    [
        ("0", 2, "more than zero"),
        ("0.00", 2, "more than zero"),
        ("-5", 2, "positive number"),
        ("+5", 2, "positive number"),
        ("1.234", 2, "3 decimals; EUR has 2"),
        ("1.5", 0, "1 decimals; EUR has 0"),
        ("90071992547409.92", 2, "the largest amount is 90071992547409.91 EUR"),
        ("9007199254740992", 0, "the largest amount"),
        ("99999999999999999", 0, "positive number"),
        ("1e3", 2, "positive number"),
        ("1_000", 2, "positive number"),
        ("1.000,50", 2, "positive number"),
        ("١٢", 2, "positive number"),
        ("1.", 2, "positive number"),
        (".5", 2, "positive number"),
        ("", 2, "positive number"),
        ("twelve", 2, "positive number"),
        ("NaN", 2, "positive number"),
        ("1\n2", 2, "positive number"),
    ],
)
def test_what_is_not_an_amount_is_refused_with_what_fits(text: str, scale: int, said: str) -> None:
    with pytest.raises(AmountInvalid, match=said):
        parse_amount(text, unit(scale))


@pytest.mark.parametrize(
    ("amount", "scale", "text"),
    [
        (0, 2, "0.00 EUR"),
        (5, 2, "0.05 EUR"),
        (-5, 2, "-0.05 EUR"),
        (-1_250, 2, "-12.50 EUR"),
        (7, 0, "7 EUR"),
        (1, 6, "0.000001 EUR"),
        (AMOUNT_MAX, 2, "90071992547409.91 EUR"),
    ],
)
def test_an_amount_is_said_with_its_unit(amount: int, scale: int, text: str) -> None:
    assert format_amount(amount, unit(scale)) == text


@settings(max_examples=200)
@given(st.integers(1, AMOUNT_MAX), st.integers(0, SCALE_MAX))
def test_what_is_said_can_be_typed(amount: int, scale: int) -> None:
    said = format_amount(amount, unit(scale)).removesuffix(" EUR")
    assert parse_amount(said, unit(scale)) == amount


@settings(max_examples=200)
@given(st.text(max_size=40), st.integers(0, SCALE_MAX))
def test_any_text_is_an_amount_or_one_documented_error(text: str, scale: int) -> None:
    try:
        amount = parse_amount(text, unit(scale))
    except AmountInvalid:
        return
    assert 0 < amount <= AMOUNT_MAX
