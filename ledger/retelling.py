"""Retelling: a refusal's sentence that was kept as text becomes a saying again."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from ledger.advice import ADVICE
from ledger.errors import AmountInvalid
from ledger.refusal_code import Code
from ledger.saying import Saying, said, said_moment
from ledger.unit import Unit, format_amount, parse_amount

_PLACE = re.compile(r"\{(\w+)\}")
_MOMENT = "%Y-%m-%d %H:%M UTC"


def retell(code: Code, text: str, units: Iterable[Unit]) -> Saying:
    """Return what ``refusal.explain`` once said of a code, with the values that it had.

    Args:
        code: Of the refusal.
        text: As it was kept; of an older version it may read otherwise, and stays as it is then.
        units: The community's, for amounts.
    """
    advice = ADVICE[code]
    known = {unit.code: unit for unit in units}
    sentence = text.removesuffix(advice.step).rstrip()
    for template in filter(None, (advice.detail, advice.sentence)):
        found = _read(template, sentence)
        if found is not None:
            values = {name: _value(one, known) for name, one in found.items()}
            return said(
                "{sentence} {step}", sentence=said(template, **values), step=said(advice.step)
            )
    return said(text)


def _read(template: str, text: str) -> Mapping[str, str] | None:
    """Return what stands in a template's places, or None where the text is none of it."""
    seen: set[str] = set()
    pattern = ""
    for number, part in enumerate(_PLACE.split(template)):
        if number % 2 == 0:
            pattern += re.escape(part)
        else:
            pattern += f"(?P={part})" if part in seen else f"(?P<{part}>.+)"
            seen.add(part)
    match = re.fullmatch(pattern, text, re.DOTALL)
    return None if match is None else match.groupdict()


def _value(text: str, units: Mapping[str, Unit]) -> str:
    """Return an amount or a time as what it is, any other value as its text."""
    number, _space, code = text.rpartition(" ")
    if code in units:
        sign = -1 if number.startswith("-") else 1
        try:
            return format_amount(
                sign * parse_amount(number.removeprefix("-"), units[code]), units[code]
            )
        except AmountInvalid:
            return text
    try:
        moment = datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return text
    return said_moment(text, int(moment.timestamp()))
