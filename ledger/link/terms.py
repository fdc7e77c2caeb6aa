"""Terms of a link: its unit, the rate to another, the fee, and how amounts cross it exactly."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd
from typing import Annotated

from msgspec import Meta

from ledger.codec import Shape
from ledger.errors import AmountTooLarge, TermsInvalid
from ledger.field import AMOUNT_MAX, Limit, UnitCode
from ledger.saying import said
from ledger.unit import SCALE_MAX

RATE_MAX = 2**32 - 1
PPM = 1_000_000
"""Parts per million of the whole: a fee of 1,000,000 ppm doubles what is paid."""

OtherCode = Annotated[str, Meta(pattern=r"^([A-Z][A-Z0-9]{1,7})?\Z")]
"""A unit's code, or nothing where the link has one unit only."""
Scale = Annotated[int, Meta(ge=0, le=SCALE_MAX)]
RateTerm = Annotated[int, Meta(ge=1, le=RATE_MAX)]


class Terms(Shape):
    """What both sides of a link agreed on: ``n`` of ``unit`` are worth ``d`` of ``other``.

    Attributes:
        unit: Code of the unit in which the two communities owe each other.
        scale: Its digits after the decimal point, 0 to 6.
        other: Unit of the members of a ledger that does not have ``unit``; empty for none.
        other_scale: Its digits after the decimal point; 0 where there is no other.
        n: Minor units of ``unit``; 1 where there is no other.
        d: Minor units of ``other``, without a common factor with ``n``; 1 where there is none.
    """

    unit: UnitCode
    scale: Scale
    other: OtherCode
    other_scale: Scale
    n: RateTerm
    d: RateTerm


class Fee(Shape):
    """What a ledger's commons gets on top of what leaves it by a link.

    Attributes:
        flat: Minor units of the link's unit, for each payment.
        ppm: Parts per million of the amount that leaves; 0 to 1,000,000.
    """

    flat: Limit
    ppm: Annotated[int, Meta(ge=0, le=PPM)]


NO_FEE = Fee(0, 0)


@dataclass(frozen=True, slots=True)
class Side:
    """A link as one of its two ledgers sees it.

    Attributes:
        terms: What both agreed on.
        converts: The ledger's members do not have ``terms.unit``, but ``terms.other``.

    Raises:
        TermsInvalid: The terms contradict themselves, or there is no unit to convert to.
    """

    terms: Terms
    converts: bool

    def __post_init__(self) -> None:
        check_terms(self.terms)
        if self.converts and not self.terms.other:
            raise TermsInvalid(
                said(
                    "got a link in {unit} without a rate; a ledger that lacks the unit needs one "
                    "to its own",
                    unit=self.terms.unit,
                )
            )

    @property
    def local(self) -> tuple[str, int]:
        """Code and scale of the unit that the ledger's members pay and are paid in."""
        terms = self.terms
        return (terms.other, terms.other_scale) if self.converts else (terms.unit, terms.scale)

    @property
    def worth(self) -> Fraction:
        """What one minor unit of the link is worth in minor units of ``local``."""
        return Fraction(self.terms.d, self.terms.n) if self.converts else Fraction(1)


def check_terms(terms: Terms) -> None:
    """Accept terms that are written the one way they can be.

    Raises:
        TermsInvalid: One unit twice, a rate that is not in lowest terms, or a rate or scale
            without another unit.
    """
    if terms.unit == terms.other:
        raise TermsInvalid(said("got {unit} twice; a rate is between two units", unit=terms.unit))
    if gcd(terms.n, terms.d) != 1:
        raise TermsInvalid(
            said("got a rate of {n} to {d}; write it without a common factor", n=terms.n, d=terms.d)
        )
    if not terms.other and (terms.other_scale, terms.n, terms.d) != (0, 1, 1):
        raise TermsInvalid(
            said(
                "got a rate or a scale without another unit than {unit}; name it or leave it out",
                unit=terms.unit,
            )
        )


def fee_on(fee: Fee, amount: int) -> int:
    """Return the fee on an amount that leaves by a link, in minor units, rounded up.

    Args:
        fee: The ledger's that it leaves.
        amount: Minor units of the link's unit, 0 to 2**53 - 1.

    Raises:
        AmountTooLarge: It is 2**53 minor units or more.
    """
    return _fitting(fee.flat + ceil(Fraction(_fitting(amount) * fee.ppm, PPM)))


def inward(side: Side) -> Fraction:
    """Return the factor from a link's unit to that of the members it enters."""
    return side.worth


def outward(side: Side) -> Fraction:
    """Return the factor from the unit of the members it leaves to a link's unit."""
    return 1 / side.worth


def across(came: Side, goes: Side) -> Fraction:
    """Return the factor from the unit of the link a payment came by to that of the next one.

    Args:
        came: The link it enters the ledger by.
        goes: The link it leaves the same ledger by.

    Raises:
        TermsInvalid: The two have neither the link's unit nor the members' unit in common.
    """
    if came.terms.unit == goes.terms.unit and came.terms.scale == goes.terms.scale:
        return Fraction(1)
    if came.local != goes.local:
        raise TermsInvalid(
            said(
                "got links in {came} and {goes} whose ledger has members with {one} and "
                "{other}; a payment passes through one unit of its members",
                came=came.terms.unit,
                goes=goes.terms.unit,
                one=came.local[0],
                other=goes.local[0],
            )
        )
    return inward(came) * outward(goes)


def converted(amount: int, factor: Fraction) -> int:
    """Return what an amount becomes, rounded down; 0 where it is worth less than a minor unit.

    Args:
        amount: Minor units before, 0 to 2**53 - 1.
        factor: From ``inward``, ``outward`` or ``across``.

    Raises:
        AmountTooLarge: One of the two is 2**53 minor units or more.
    """
    return _fitting(floor(_fitting(amount) * factor))


def least_input(amount: int, factor: Fraction) -> int:
    """Return the least that becomes at least an amount: ``converted`` of one less is too little.

    Args:
        amount: Minor units afterwards, 0 to 2**53 - 1.
        factor: From ``inward``, ``outward`` or ``across``.

    Raises:
        AmountTooLarge: One of the two is 2**53 minor units or more.
    """
    return _fitting(ceil(_fitting(amount) / factor))


def _fitting(amount: int) -> int:
    if amount > AMOUNT_MAX:
        raise AmountTooLarge(
            said(
                "got {amount} minor units on the way; at most {most} fit: pay less at a time",
                amount=amount,
                most=AMOUNT_MAX,
            )
        )
    return amount
