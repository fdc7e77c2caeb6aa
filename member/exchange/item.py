"""Items: what a line of somebody's file says, before it is known who and what is meant here."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from ledger.saying import said

_AMOUNT = re.compile(r"([+-]?)([0-9]{1,15})(?:[.,]([0-9]{1,9}))?")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ].{0,40})?")
_DOTTED_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_SLASHED_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_MONTHS = 12
NAME_PARTS_MAX = 4
"""Parts that commas divide a name into; one with more is taken for several."""
ALIKE_MAX = 16
"""Names with commas that begin alike; more of them are not told apart."""


class Kind(Enum):
    """What a line is about."""

    BILL = "bill"
    SETTLEMENT = "settlement"
    PAYMENT = "payment"


class Share(NamedTuple):
    """Somebody, as the file calls him, and an amount or a weight, 0 and more."""

    name: str
    amount: Decimal


class Misfit(Exception):
    """A line that does not fit; the message says why."""


@dataclass(frozen=True, slots=True)
class Item:
    """What one line says.

    Attributes:
        number: Of the line, from 1.
        kind: A bill, a settlement between two of an earlier debt, or a payment of a ledger.
        day: When, or None where the file does not say.
        currency: As the file says, or empty.
        paid: Who laid out how much; of a settlement or payment, who gets it.
        owed: Whose share is how much; of a settlement or payment, who gives it.
        weighted: ``owed`` are weights of what was paid, not amounts.
        name: What tells it from others in all files of its shape, or empty for all that it says.
        entry: Id of the transaction in the ledger that it was exported from, or empty.
        problem: Why it does not fit, else empty.
        left_out: Why nothing has to be made of it, else empty.
        notes: What is said of it beside.
    """

    number: int
    kind: Kind = Kind.BILL
    day: date | None = None
    what: str = ""
    category: str = ""
    currency: str = ""
    paid: tuple[Share, ...] = ()
    owed: tuple[Share, ...] = ()
    weighted: bool = False
    name: str = ""
    entry: bytes = b""
    problem: str = ""
    left_out: str = ""
    notes: tuple[str, ...] = ()

    def names(self) -> list[str]:
        """Return everybody whom the line names, once."""
        return list(dict.fromkeys(one.name for one in (*self.paid, *self.owed)))

    def key(self) -> bytes:
        """Return what makes it the same line in a later export of the same file."""
        if self.name:
            return self.name.encode()
        shares = [sorted((one.name, str(_plain(one.amount))) for one in each if one.amount)
                  for each in (self.paid, self.owed)]  # fmt: skip
        day = self.day.isoformat() if self.day else ""
        return json.dumps([self.kind.value, day, self.what, self.currency, *shares]).encode()


@lru_cache(maxsize=1_024)
def parse_decimal(text: str) -> Decimal:
    """Return an amount as files write it: digits, with a point or a comma before decimals.

    Raises:
        Misfit: It is none, for example with separators of thousands.
    """
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise Misfit(said("{text} is no amount such as 12.50 or 12,50", text=_short(text)))
    sign, whole, decimals = match.groups()
    return Decimal(f"{sign}{whole}.{decimals or 0}")


def parse_day(text: str) -> date:
    """Return a day: 2026-01-31, 31.1.2026, or one with slashes whose order is certain.

    Raises:
        Misfit: It is none, or may be two.
    """
    if match := _ISO_DAY.fullmatch(text):
        return _day(text, *match.groups())
    if match := _DOTTED_DAY.fullmatch(text):
        return _day(text, *reversed(match.groups()))
    if match := _SLASHED_DAY.fullmatch(text):
        one, two, year = match.groups()
        if int(one) > _MONTHS >= int(two) or one == two:
            return _day(text, year, two, one)
        if int(two) > _MONTHS >= int(one):
            return _day(text, year, one, two)
        raise Misfit(
            said("{text} may be two different days; write it as 2026-01-31", text=_short(text))
        )
    raise Misfit(said("{text} is no day such as 2026-01-31", text=_short(text)))


def index_names(names: Iterable[str]) -> dict[str, list[str]]:
    """Return names that have commas, by what they have before the first one, the longest first."""
    found: dict[str, list[str]] = {}
    for name in sorted(names, key=lambda one: -one.count(",")):
        if 0 < name.count(",") < NAME_PARTS_MAX:
            found.setdefault(name.partition(",")[0].strip(), []).append(name)
    return {first: listed[:ALIKE_MAX] for first, listed in found.items()}


def split_names(text: str, with_commas: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names of a list with commas between.

    Args:
        text: The list.
        with_commas: As ``index_names`` gives them.
    """
    parts, found, at = text.split(","), [], 0
    while at < len(parts):
        end = at + 1
        for name in with_commas.get(parts[at].strip(), ()):
            until = at + name.count(",") + 1
            if ",".join(parts[at:until]).strip() == name:
                end = until
                break
        found.append(",".join(parts[at:end]).strip())
        at = end
    return list(dict.fromkeys(name for name in found if name))


def _day(text: str, year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise Misfit(said("{text} is no day of the calendar", text=_short(text))) from None


def _plain(amount: Decimal) -> Decimal:
    """Return an amount without zeros behind it: 1.50 and 1.5 are one."""
    return amount.normalize() + 0


def _short(text: str) -> str:
    shown = text if len(text) <= 30 else text[:30] + "\u2026"  # noqa: PLR2004 -- what a line holds
    return repr(shown)
