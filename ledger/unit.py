"""Units and amounts: whole minor units inside, decimal text at the human edge."""

import re
from typing import Annotated

from msgspec import Meta

from ledger.codec import Shape
from ledger.errors import AmountInvalid
from ledger.field import AMOUNT_MAX, DisplayName, Limit, UnitCode
from ledger.saying import said

SCALE_MAX = 6
_AMOUNT = re.compile(r"([0-9]{1,16})(?:[.,]([0-9]{1,16}))?")


class Unit(Shape):
    """A unit of account and the limits that new accounts start with.

    Attributes:
        code: For example ``EUR`` or ``HOUR``.
        scale: Digits after the decimal point, 0 to 6: 1 EUR of scale 2 is 100 minor units.
        name: What people read.
        credit_limit: How far below zero a new account may go, in minor units.
        maximum_balance: How far above zero it may go, in minor units.
    """

    code: UnitCode
    scale: Annotated[int, Meta(ge=0, le=SCALE_MAX)]
    name: DisplayName
    credit_limit: Limit
    maximum_balance: Limit


class SaidAmount(str):
    """An amount as commands print it, which knows what it is.

    Attributes:
        amount_minor: In minor units of ``unit``.
        unit: Gives the scale and the code.
    """

    __slots__ = ("amount_minor", "unit")
    amount_minor: int
    unit: Unit


def parse_amount(text: str, unit: Unit) -> int:
    """Return the amount that a person typed, in minor units.

    Raises:
        AmountInvalid: Not a plain positive decimal, more decimals than the unit has, zero,
            or 2**53 minor units and more.
    """
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise AmountInvalid(
            said("got {text!r}; an amount is a positive number such as 12.50", text=text)
        )
    whole, decimals = match.group(1), match.group(2) or ""
    if len(decimals) > unit.scale:
        raise AmountInvalid(
            said(
                "got {text!r} with {count} decimals; {code} has {scale}",
                text=text,
                count=len(decimals),
                code=unit.code,
                scale=unit.scale,
            )
        )
    amount = int(whole + decimals.ljust(unit.scale, "0"))
    if amount == 0:
        raise AmountInvalid(said("got {text!r}; an amount is more than zero", text=text))
    if amount > AMOUNT_MAX:
        largest = format_amount(AMOUNT_MAX, unit)
        raise AmountInvalid(
            said("got {text!r}; the largest amount is {largest}", text=text, largest=largest)
        )
    return amount


def format_amount(amount_minor: int, unit: Unit) -> SaidAmount:
    """Return an amount as people read it, with its unit: ``-12.50 EUR``."""
    sign = "-" if amount_minor < 0 else ""
    digits = str(abs(amount_minor)).rjust(unit.scale + 1, "0")
    cut = len(digits) - unit.scale
    text = digits[:cut] + ("." + digits[cut:] if unit.scale else "")
    words = SaidAmount(f"{sign}{text} {unit.code}")
    words.amount_minor, words.unit = amount_minor, unit
    return words
