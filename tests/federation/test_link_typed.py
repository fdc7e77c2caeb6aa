"""Terms and fees of a link, as people write them and read them back."""

from math import gcd

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.link.typed import format_fee, format_terms, parse_fee, parse_terms
from ledger.errors import AmountInvalid, TermsInvalid
from ledger.field import AMOUNT_MAX
from ledger.link.terms import NO_FEE, PPM, RATE_MAX, Fee, Terms, check_terms

SCALES = {"EUR": 2, "HOUR": 2, "KG": 0, "GAS": 6}


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("EUR", Terms("EUR", 2, "", 0, 1, 1)),
        ("1 HOUR = 15 EUR", Terms("HOUR", 2, "EUR", 2, 1, 15)),
        ("1 HOUR = 15.50 EUR", Terms("HOUR", 2, "EUR", 2, 2, 31)),
        ("3 HOUR = 1 EUR", Terms("HOUR", 2, "EUR", 2, 3, 1)),
        ("1 KG = 0.99 EUR", Terms("KG", 0, "EUR", 2, 1, 99)),
        ("1 EUR = 0.000001 GAS", Terms("EUR", 2, "GAS", 6, 100, 1)),
        ("7 KG = 3 HOUR", Terms("KG", 0, "HOUR", 2, 7, 300)),
    ],
)
def test_terms_read_back_as_they_were_written(text: str, terms: Terms) -> None:
    assert parse_terms(text, SCALES) == terms
    assert format_terms(terms) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  EUR ", "EUR"),
        ("1HOUR=15,5EUR", "1 HOUR = 15.50 EUR"),
        ("2 HOUR = 31.00 EUR", "1 HOUR = 15.50 EUR"),
        ("0.20 HOUR = 3 EUR", "1 HOUR = 15 EUR"),
    ],
)
def test_terms_are_read_however_they_are_spaced_and_shown_one_way(text: str, shown: str) -> None:
    assert format_terms(parse_terms(text, SCALES)) == shown


@given(
    st.integers(0, 6), st.integers(0, 6), st.integers(1, RATE_MAX) | st.integers(1, 50),
    st.integers(1, RATE_MAX) | st.integers(1, 50),
)  # fmt: skip
def test_all_terms_read_back(scale: int, other_scale: int, n: int, d: int) -> None:
    terms = Terms("LONGUNIT", scale, "OTHERONE", other_scale, n // gcd(n, d), d // gcd(n, d))
    check_terms(terms)
    scales = {"LONGUNIT": scale, "OTHERONE": other_scale}
    assert parse_terms(format_terms(terms), scales) == terms


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("", TermsInvalid, "terms are a unit such as EUR"),
        ("eur", TermsInvalid, "terms are a unit such as EUR"),
        ("1 HOUR", TermsInvalid, "a rate such as 1 HOUR = 15 EUR"),
        ("HOUR = 15 EUR", TermsInvalid, "a rate such as"),
        ("1 HOUR = 15 EUR = 3 KG", TermsInvalid, "a rate such as"),
        ("1 HOUR = 15 EUR" + " " * 80 + "x", TermsInvalid, "a rate such as"),
        ("SUN", TermsInvalid, "got unit SUN, whose decimals are not known here; known: EUR, GAS"),
        ("1 HOUR = 2 SUN", TermsInvalid, "got unit SUN"),
        ("1 EUR = 1 EUR", TermsInvalid, "got EUR twice"),
        ("1 HOUR = 0 EUR", AmountInvalid, "more than zero"),
        ("1 HOUR = 1.555 EUR", AmountInvalid, "3 decimals; EUR has 2"),
        ("1 HOUR = 1.2.3 EUR", AmountInvalid, "positive number"),
        ("1 GAS = 42949672.97 EUR", TermsInvalid, "round it"),
    ],
)
def test_terms_that_do_not_fit_are_refused(text: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        parse_terms(text, SCALES)


@pytest.mark.parametrize(
    ("text", "fee"),
    [
        ("none", NO_FEE),
        ("0.20", Fee(20, 0)),
        ("1 %", Fee(0, 10_000)),
        ("0.20 + 1.5 %", Fee(20, 15_000)),
        ("0.01 + 0.0001 %", Fee(1, 1)),
        ("100 %", Fee(0, PPM)),
        ("90071992547409.91 + 10 %", Fee(AMOUNT_MAX, 100_000)),
    ],
)
def test_a_fee_reads_back_as_it_was_written(text: str, fee: Fee) -> None:
    assert parse_fee(text, "EUR", 2) == fee
    assert format_fee(fee, "EUR", 2) == text


@pytest.mark.parametrize("text", ["0.2+1,5%", "  0.20 +1.5 % ", "0.20+ 1.5000%"])
def test_a_fee_is_read_however_it_is_spaced(text: str) -> None:
    assert parse_fee(text, "EUR", 2) == Fee(20, 15_000)


@given(st.integers(0, AMOUNT_MAX), st.integers(0, PPM), st.integers(0, 6))
def test_all_fees_read_back(flat: int, ppm: int, scale: int) -> None:
    fee = Fee(flat, ppm)
    assert parse_fee(format_fee(fee, "EUR", scale), "EUR", scale) == fee


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("", TermsInvalid, "a fee is such as 0.20, 1.5 %"),
        ("%", TermsInvalid, "a fee is such as"),
        ("0.20 +", TermsInvalid, "a fee is such as"),
        ("0.20 1.5 %", TermsInvalid, "a fee is such as"),
        ("0.20 EUR", TermsInvalid, "a fee is such as"),
        ("-1 %", TermsInvalid, "a fee is such as"),
        ("100.0001 %", TermsInvalid, "at most 100 % fit"),
        ("0.00001 %", AmountInvalid, "5 decimals"),
        ("0.201", AmountInvalid, "3 decimals; EUR has 2"),
        ("0 %", AmountInvalid, "more than zero"),
    ],
)
def test_a_fee_that_does_not_fit_is_refused(text: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        parse_fee(text, "EUR", 2)
