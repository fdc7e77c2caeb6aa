"""Refusals: how the ledger says no. They are values with stable codes, never exceptions."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from string import Formatter
from types import MappingProxyType
from typing import NamedTuple

from ledger.advice import ADVICE
from ledger.refusal_code import Code
from ledger.saying import Saying, said, said_moment
from ledger.unit import Unit, format_amount

__all__ = ["ADVICE", "NO_FACTS", "Code", "Fact", "Facts", "Moment", "Money", "Refusal", "explain"]


class Money(NamedTuple):
    """An amount in minor units of the unit with this code."""

    amount: int
    unit: str


class Moment(NamedTuple):
    """A Unix time in seconds, UTC."""

    time: int


Fact = Money | Moment | int | str
Facts = Mapping[str, Fact]
NO_FACTS: Facts = MappingProxyType({})


class Refusal(NamedTuple):
    """Why a change-set or a manager's statement did not take effect.

    Attributes:
        code: The stable code, which the journal keeps.
        facts: What the rule saw; replay finds them again, the journal does not keep them.
        operation: Index of the operation that broke the rule.
    """

    code: Code
    facts: Facts = NO_FACTS
    operation: int = 0


def explain(refusal: Refusal, units: Iterable[Unit]) -> Saying:
    """Return a refusal in plain words: what is wrong, with figures, and what to do next.

    Args:
        refusal: From a merge or from a journal record; facts may be missing.
        units: The community's units, for the decimals of amounts.
    """
    scales = {unit.code: unit for unit in units}
    words = {name: _word(fact, scales) for name, fact in refusal.facts.items()}
    sentence = said(template_of(refusal), **words)
    return said("{sentence} {step}", sentence=sentence, step=said(ADVICE[refusal.code].step))


def template_of(refusal: Refusal) -> str:
    """Return the fullest sentence that a refusal has the facts for, with their places in it."""
    advice, facts = ADVICE[refusal.code], refusal.facts.keys()
    for text in (advice.fuller, advice.detail):
        places = {place for _, place, _, _ in Formatter().parse(text) if place}
        if places and places <= facts:
            return text
    return advice.sentence


def _word(fact: Fact, units: Mapping[str, Unit]) -> str:
    if isinstance(fact, Money):
        unit = units.get(fact.unit)
        return format_amount(fact.amount, unit) if unit else f"{fact.amount} minor {fact.unit}"
    if isinstance(fact, Moment):
        text = datetime.fromtimestamp(fact.time, UTC).strftime("%Y-%m-%d %H:%M UTC")
        return said_moment(text, fact.time)
    return fact if isinstance(fact, str) else str(fact)
