"""Parts: a line's people and amounts as accounts and minor units of this community."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from math import gcd
from typing import NamedTuple

from federation.console.people import find_unit
from ledger.errors import SplitInvalid
from ledger.field import AMOUNT_MAX
from ledger.operation import EQUAL, EXACT, SHARES, Part
from ledger.saying import message_of, said
from ledger.split import WEIGHT_MAX, split_shares
from ledger.state import State
from ledger.unit import Unit, format_amount
from member.exchange.item import Item, Misfit
from member.exchange.who import Person

Amounts = list[tuple[str, int]]
"""Amounts in minor units by the names of a file."""
_SIGNS = {"\u20ac": "EUR", "$": "USD", "\u00a3": "GBP", "\u00a5": "JPY"}
"""Signs that Spliit writes where a group has no code of a currency."""


class Sides(NamedTuple):
    """Who laid out how much, whose share is how much, and how the shares came about."""

    paid: tuple[Part, ...]
    shares: tuple[Part, ...]
    method: int


class Units:
    """Which unit each line is in."""

    def __init__(self, state: State, items: Iterable[Item], chosen: str | None) -> None:
        """Choose a unit for lines that name none of the community's.

        Raises:
            UsageInvalid: The chosen unit is none of the community's.
        """
        self._units = {} if state.community is None else {u.code: u for u in state.community.units}
        self._currencies = {item.currency for item in items if item.currency}
        self._chosen = find_unit(state, chosen) if chosen is not None else None
        self._only = next(iter(self._units.values())) if len(self._units) == 1 else None

    def of(self, item: Item) -> Unit:
        """Return the unit that a line is in.

        Raises:
            Misfit: It names another, or none where there are several.
        """
        named = item.currency
        found = self._units.get(named.upper()) or self._units.get(_SIGNS.get(named, ""))
        if found is not None:
            return found
        if self._chosen is not None and (not named or len(self._currencies) == 1):
            return self._chosen
        if not named and self._only is not None:
            return self._only
        codes = ", ".join(self._units)
        its = said("it is in {named}, and", named=named) if named else said("it names no unit, and")
        raise Misfit(
            said(
                "{its} this community has {codes}; add --unit where it is one of these",
                its=its,
                codes=codes,
            )
        )


def minor_of(amount: Decimal, unit: Unit) -> int:
    """Return an amount of a file, 0 and more, in minor units.

    Raises:
        Misfit: It has more decimals than the unit, or is too large.
    """
    scaled = amount.scaleb(unit.scale)
    if scaled != scaled.to_integral_value():
        raise Misfit(
            said(
                "{amount} has more decimals than {code}, which has {scale}",
                amount=amount,
                code=unit.code,
                scale=unit.scale,
            )
        )
    if not 0 <= scaled <= AMOUNT_MAX:
        raise Misfit(
            said(
                "{amount} is not from 0 to {most}",
                amount=amount,
                most=format_amount(AMOUNT_MAX, unit),
            )
        )
    return int(scaled)


def amounts_of(item: Item, unit: Unit) -> tuple[Amounts, Amounts, int]:
    """Return what was paid and whose share is how much, by the file's names, and the method.

    Raises:
        Misfit: The amounts do not fit the unit, or do not add up.
    """
    paid = [(one.name, minor_of(one.amount, unit)) for one in item.paid]
    total = sum(amount for _, amount in paid)
    if not total:
        raise Misfit("nothing was paid")
    if not item.weighted:
        owed = [(one.name, minor_of(one.amount, unit)) for one in item.owed]
        if sum(amount for _, amount in owed) != total:
            raise Misfit(
                said("the shares do not add up to {amount}", amount=format_amount(total, unit))
            )
        return paid, owed, EXACT
    weights = _whole([one.amount for one in item.owed])
    try:
        shares = split_shares(total, weights, unit)
    except SplitInvalid as error:
        raise Misfit(message_of(error)) from None
    method = EQUAL if len(set(weights)) == 1 else SHARES
    return paid, [(one.name, share) for one, share in zip(item.owed, shares, strict=True)], method


def sides_of(state: State, people: Mapping[str, Person], item: Item, unit: Unit) -> Sides:
    """Return what a line says with the accounts of this community.

    Raises:
        Misfit: Somebody is nobody here, or the amounts do not fit.
    """
    paid, owed, method = amounts_of(item, unit)
    payers, debtors = (_parts(state, people, each) for each in (paid, owed))
    merged = len(debtors) < len([amount for _, amount in owed if amount])
    return Sides(payers, debtors, EXACT if merged else method)


def account_of(state: State, people: Mapping[str, Person], name: str) -> bytes:
    """Return the account of one of a file's people.

    Raises:
        Misfit: It is not known whose it is.
    """
    person = people.get(name)
    if person is not None and person.handle is not None:
        return state.handles[person.handle]
    near = " / ".join(person.candidates) if person else ""
    meant = said(", perhaps {near}", near=near) if near else ""
    raise Misfit(
        said(
            'nobody here is called {name!r}{meant}; say who with --who "{name}=HANDLE"',
            name=name,
            meant=meant,
        )
    )


def _parts(state: State, people: Mapping[str, Person], amounts: Amounts) -> tuple[Part, ...]:
    sums: dict[bytes, int] = {}
    for name, amount in amounts:
        if amount:
            account = account_of(state, people, name)
            sums[account] = sums.get(account, 0) + amount
    return tuple(Part(account, amount) for account, amount in sums.items())


def _whole(weights: Sequence[Decimal]) -> list[int]:
    """Return weights as the smallest whole numbers in their proportion.

    Raises:
        Misfit: One is nothing or less, or they are too fine.
    """
    fractions = [weight.as_integer_ratio() for weight in weights]
    whole = 1
    for _, below in fractions:
        whole = whole * below // gcd(whole, below)
    found = [above * whole // below for above, below in fractions]
    least = gcd(*found) or 1
    if not all(0 < one // least <= WEIGHT_MAX for one in found):
        raise Misfit("somebody's weight is nothing or less, or the weights are too fine")
    return [one // least for one in found]
