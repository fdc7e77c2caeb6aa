"""Terms and fees of a link as people write them: ``1 HOUR = 15.50 EUR`` and ``0.20 + 1.5 %``."""

import re
from collections.abc import Mapping
from math import gcd

from ledger.errors import TermsInvalid
from ledger.link.terms import NO_FEE, PPM, RATE_MAX, Fee, Terms, check_terms
from ledger.saying import said
from ledger.unit import Unit, format_amount, parse_amount

NONE = "none"
_CODE = r"([A-Z][A-Z0-9]{1,7})"
_NUMBER = r"([0-9.,]+)"
_UNIT = re.compile(rf"\s*{_CODE}\s*")
_RATE = re.compile(rf"\s*{_NUMBER}\s*{_CODE}\s*=\s*{_NUMBER}\s*{_CODE}\s*")
_FLAT_FEE = re.compile(rf"{_NUMBER}(?:\s*\+\s*{_NUMBER}\s*%)?")
_SHARE_FEE = re.compile(rf"(){_NUMBER}\s*%")
_PERCENT = Unit("PERCENT", 4, "percent", 0, 0)
"""One part per million is 0.0001 percent, so a share is read like an amount of four decimals."""


def parse_terms(text: str, scales: Mapping[str, int]) -> Terms:
    """Return the terms that a person typed: a unit, or what some of it is worth in another.

    Args:
        text: ``EUR``, or ``1 HOUR = 15.50 EUR``: the link's unit first.
        scales: Digits after the point of each unit that may be named, by its code.

    Raises:
        TermsInvalid: Neither of the two, an unknown unit, the same one twice, or a rate whose
            lowest terms are larger than 2**32 - 1.
        AmountInvalid: A side of the rate is not an amount of its unit.
    """
    alone = _UNIT.fullmatch(text)
    if alone is not None:
        return Terms(alone[1], _scale(alone[1], scales), "", 0, 1, 1)
    rate = _RATE.fullmatch(text)
    if rate is None:
        raise TermsInvalid(
            said(
                "got {text!r}; terms are a unit such as EUR, or a rate such as 1 HOUR = 15 EUR",
                text=text[:40],
            )
        )
    unit, other = rate[2], rate[4]
    n = parse_amount(rate[1], _unit(unit, _scale(unit, scales)))
    d = parse_amount(rate[3], _unit(other, _scale(other, scales)))
    n, d = n // gcd(n, d), d // gcd(n, d)
    if max(n, d) > RATE_MAX:
        raise TermsInvalid(
            said(
                "got {text!r}, a rate of {n} to {d} minor units; at most {most} fit on a "
                "side: round it",
                text=text[:40],
                n=n,
                d=d,
                most=RATE_MAX,
            )
        )
    terms = Terms(unit, scales[unit], other, scales[other], n, d)
    check_terms(terms)
    return terms


def format_terms(terms: Terms) -> str:
    """Return terms as ``parse_terms`` reads them, with the least whole number of the link's unit.

    Args:
        terms: Checked.
    """
    if not terms.other:
        return terms.unit
    one = 10**terms.scale
    whole = terms.n // gcd(terms.n, one * terms.d)
    worth = whole * one * terms.d // terms.n
    return f"{whole} {terms.unit} = {_short(worth, _unit(terms.other, terms.other_scale))}"


def parse_fee(text: str, unit: str, scale: int) -> Fee:
    """Return the fee that a person typed.

    Args:
        text: ``none``, ``0.20``, ``1.5 %`` or ``0.20 + 1.5 %``.
        unit: Code of the link's unit.
        scale: Its digits after the point.

    Raises:
        TermsInvalid: None of these, or over 100 %.
        AmountInvalid: The flat part is not an amount of the unit, or the share has more than
            four decimals.
    """
    typed = text.strip()
    if typed.lower() == NONE:
        return NO_FEE
    match = _FLAT_FEE.fullmatch(typed) or _SHARE_FEE.fullmatch(typed)
    if match is None:
        raise TermsInvalid(
            said(
                "got {text!r}; a fee is such as 0.20, 1.5 %, 0.20 + 1.5 %, or {none}",
                text=text[:40],
                none=NONE,
            )
        )
    flat = parse_amount(match[1], _unit(unit, scale)) if match[1] else 0
    ppm = parse_amount(match[2], _PERCENT) if match[2] else 0
    if ppm > PPM:
        raise TermsInvalid(said("got a fee of {fee} %; at most 100 % fit", fee=match[2]))
    return Fee(flat, ppm)


def format_fee(fee: Fee, unit: str, scale: int) -> str:
    """Return a fee as ``parse_fee`` reads it: ``0.20 + 1.5 %``, or ``none``."""
    parts = []
    if fee.flat:
        parts.append(format_amount(fee.flat, _unit(unit, scale)).removesuffix(f" {unit}"))
    if fee.ppm:
        share = format_amount(fee.ppm, _PERCENT).removesuffix(f" {_PERCENT.code}")
        parts.append(f"{share.rstrip('0').rstrip('.')} %")
    return " + ".join(parts) or NONE


def _scale(code: str, scales: Mapping[str, int]) -> int:
    if code not in scales:
        known = ", ".join(sorted(scales)) or "none"
        raise TermsInvalid(
            said(
                "got unit {code}, whose decimals are not known here; known: {known}",
                code=code,
                known=known,
            )
        )
    return scales[code]


def _unit(code: str, scale: int) -> Unit:
    return Unit(code, scale, code, 0, 0)


def _short(amount_minor: int, unit: Unit) -> str:
    """Return an amount without decimals where they are zeros."""
    text = format_amount(amount_minor, unit)
    return text.replace(f".{'0' * unit.scale} ", " ")
