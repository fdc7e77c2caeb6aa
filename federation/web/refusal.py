"""A refusal in the language of the page: the commands' sentences, translated."""

from collections.abc import Iterable

from federation.web.language import _, amount_words, moment_words
from ledger.refusal import ADVICE, Fact, Moment, Money, Refusal
from ledger.unit import Unit


def refusal_words(refusal: Refusal, units: Iterable[Unit]) -> str:
    """Return why the ledger says no, with figures, and what to do next.

    Args:
        refusal: From a merge, a look ahead, or a record; facts may be missing.
        units: The community's, for the decimals of amounts.
    """
    advice = ADVICE[refusal.code]
    by_code = {unit.code: unit for unit in units}
    words = {name: _word(fact, by_code) for name, fact in refusal.facts.items()}
    said = _(advice.detail).format_map(words) if advice.detail and words else _(advice.sentence)
    return f"{said} {_(advice.step)}"


def _word(fact: Fact, units: dict[str, Unit]) -> str:
    if isinstance(fact, Money):
        unit = units.get(fact.unit)
        return amount_words(fact.amount, unit) if unit else f"{fact.amount} {fact.unit}"
    return moment_words(fact.time) if isinstance(fact, Moment) else str(fact)
