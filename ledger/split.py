"""Splitting: a whole number of minor units into whole shares that add up to it.

The remainder rule: each share is first rounded down; the minor units that are left go one each to
whoever lost most by that, and among equals to whoever is listed first. So 10.00 among three is
3.34, 3.33 and 3.33, in the order in which they are named.
"""

from collections.abc import Sequence

from ledger.errors import SplitInvalid
from ledger.saying import Saying, said
from ledger.unit import Unit, format_amount

PERCENT_WHOLE = 10_000
"""A hundred percent, in hundredths of one."""
WEIGHT_MAX = 1_000_000
"""Largest weight of a share."""


def split_equal(total_minor: int, people: int, unit: Unit) -> tuple[int, ...]:
    """Return equal shares, of which the first may be a minor unit larger.

    Args:
        total_minor: What is split, more than 0.
        people: How many share it, from 1.
        unit: Whose minor units they are, for the message.

    Raises:
        SplitInvalid: There are more people than minor units.
    """
    return split_shares(total_minor, (1,) * people, unit)


def split_shares(total_minor: int, weights: Sequence[int], unit: Unit) -> tuple[int, ...]:
    """Return shares in the proportion of weights.

    Args:
        total_minor: What is split, more than 0.
        weights: One for each person, 1 to 1,000,000.
        unit: Whose minor units they are, for the message.

    Raises:
        SplitInvalid: Nobody shares it, a weight is out of range, or a share would be nothing.
    """
    if not weights:
        raise SplitInvalid("nobody shares this; name at least one person")
    for weight in weights:
        if not 1 <= weight <= WEIGHT_MAX:
            raise SplitInvalid(
                said(
                    "got {weight} shares for somebody; 1 to {most:,} fit",
                    weight=weight,
                    most=WEIGHT_MAX,
                )
            )
    return _proportional(total_minor, weights, unit)


def split_percent(total_minor: int, hundredths: Sequence[int], unit: Unit) -> tuple[int, ...]:
    """Return shares by percentages.

    Args:
        total_minor: What is split, more than 0.
        hundredths: One for each person, in hundredths of a percent, more than 0.
        unit: Whose minor units they are, for the message.

    Raises:
        SplitInvalid: They are not 100 % together, one is 0 or less, or a share would be nothing.
    """
    if any(one <= 0 for one in hundredths):
        raise SplitInvalid("somebody has 0 % or less; leave them out")
    whole = sum(hundredths)
    if whole != PERCENT_WHOLE:
        missing = PERCENT_WHOLE - whole
        much = _too(f"{_percent(abs(missing))} %", missing)
        raise SplitInvalid(
            said(
                "the percentages add up to {percent} %, not to 100: {much}",
                percent=_percent(whole),
                much=much,
            )
        )
    return _proportional(total_minor, hundredths, unit)


def split_exact(total_minor: int, shares: Sequence[int], unit: Unit) -> tuple[int, ...]:
    """Return shares that were named one by one, if they add up.

    Args:
        total_minor: What is split, more than 0.
        shares: One for each person, more than 0.
        unit: Whose minor units they are, for the message.

    Raises:
        SplitInvalid: They do not add up to the total, or one is 0 or less.
    """
    if any(share <= 0 for share in shares):
        raise SplitInvalid("somebody's share is nothing; leave them out")
    check_sum(said("the shares"), shares, total_minor, unit)
    return tuple(shares)


def check_sum(what: str, amounts: Sequence[int], total_minor: int, unit: Unit) -> None:
    """Refuse amounts that are not a total.

    Args:
        what: What they are, for the message: ``the shares``.
        amounts: Minor units.
        total_minor: What they have to add up to.
        unit: Whose minor units they are.

    Raises:
        SplitInvalid: They are more or less; the message says by how much.
    """
    missing = total_minor - sum(amounts)
    if missing:
        much = _too(format_amount(abs(missing), unit), missing)
        raise SplitInvalid(
            said(
                "{what} add up to {amount}, the bill is {total}: {much}",
                what=what,
                amount=format_amount(sum(amounts), unit),
                total=format_amount(total_minor, unit),
                much=much,
            )
        )


def _proportional(total_minor: int, weights: Sequence[int], unit: Unit) -> tuple[int, ...]:
    """Split by largest remainder, ties to whoever is listed first.

    Source:
        Hamilton's method, with the whole weight as the divisor of every remainder.
    """
    assert total_minor > 0, "a bill is about more than nothing"
    whole = sum(weights)
    shares = [total_minor * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda one: -(total_minor * weights[one] % whole))
    for one in order[: total_minor - sum(shares)]:
        shares[one] += 1
    if 0 in shares:
        total = format_amount(total_minor, unit)
        raise SplitInvalid(
            said(
                "{total} is too little for {count} shares: somebody's would be nothing; name "
                "fewer people, or another split",
                total=total,
                count=len(weights),
            )
        )
    return tuple(shares)


def _too(much: str, missing: int) -> Saying:
    text = "{much} is missing" if missing > 0 else "{much} is too much"
    return said(text, much=much)


def _percent(hundredths: int) -> str:
    """Return a percentage without zeros that say nothing: ``99.5``."""
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")
