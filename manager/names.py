"""The registry as its manager sees it: what he typed about names, and what stands."""

import re
from dataclasses import dataclass

from federation.console.name_statement import describe_name_rules
from federation.console.people import find_unit, handle_of
from federation.console.terminal import UsageInvalid
from federation.console.views import View
from ledger.errors import NameInvalid
from ledger.name.operation import NameRules
from ledger.name.state import DAY_S, NameState
from ledger.names import parse_handle
from ledger.saying import said
from ledger.state import State
from manager.ask import parse_limit

_SPAN = re.compile(r"\s*([0-9]{1,9})\s*([smhd]?)\s*")
_LENGTH_S = {"s": 1, "m": 60, "h": 3_600, "d": DAY_S, "": DAY_S}


@dataclass(frozen=True, slots=True)
class TypedNameRules:
    """What a manager typed about names; None where it was left out.

    Attributes:
        unit: Code of the unit in which prices are.
        claim: Price of a claim.
        renew: Price of a renewal.
        term: For how long: a number of days, or with s, m, h or d behind it.
        grace: Likewise.
        most: How many names an account may own.
    """

    unit: str | None = None
    claim: str | None = None
    renew: str | None = None
    term: str | None = None
    grace: str | None = None
    most: int | None = None


NOTHING_TYPED = TypedNameRules()


def ask_name_rules(state: State, typed: TypedNameRules) -> NameRules:
    """Return the rules with those changed that were typed.

    Raises:
        UsageInvalid: No such unit, a span that is none, or a price in no unit.
        AmountInvalid: A price is not an amount.
    """
    before = state.name_rules
    claim, renew, unit = before.claim, before.renew, before.unit
    prices = (typed.unit, typed.claim, typed.renew)
    if any(one is not None for one in prices):
        of = find_unit(state, typed.unit or before.unit)
        if before.unit not in {None, of.code} and None in {typed.claim, typed.renew}:
            raise UsageInvalid(
                said("type both prices in {unit}: --claim A --renew A", unit=of.code)
            )
        unit = of.code
        claim = claim if typed.claim is None else parse_limit(typed.claim, of)
        renew = renew if typed.renew is None else parse_limit(typed.renew, of)
    return NameRules(
        unit,
        claim,
        renew,
        before.term_s if typed.term is None else parse_span(typed.term),
        before.grace_s if typed.grace is None else parse_span(typed.grace),
        before.most if typed.most is None else typed.most,
    )


def parse_span(text: str) -> int:
    """Return the seconds of a typed span: ``365``, ``365d``, ``12h``, ``30m`` or ``90s``.

    Raises:
        UsageInvalid: It is none.
    """
    match = _SPAN.fullmatch(text)
    if match is None:
        raise UsageInvalid(
            said("got the span {text!r}; type days, or a number with s, m, h or d", text=text)
        )
    return int(match[1]) * _LENGTH_S[match[2]]


def find_word(typed: str) -> str:
    """Return the name that was typed, in the form in which it is claimed.

    Raises:
        UsageInvalid: No name can be spelled so.
    """
    try:
        return parse_handle(typed)
    except NameInvalid as error:
        raise UsageInvalid(str(error)) from error


def view_names(state: State, search: str, now: int) -> View:
    """Return the rules and the names that contain a text, sorted, as JSON can hold it."""
    rules = state.name_rules
    return {
        "rules": {
            "unit": rules.unit,
            "claim_minor": rules.claim,
            "renew_minor": rules.renew,
            "term_s": rules.term_s,
            "grace_s": rules.grace_s,
            "most": rules.most,
            "in_words": describe_name_rules(state, rules),
        },
        "names": [
            _view(state, state.names[name], now) for name in sorted(state.names) if search in name
        ],
    }


def stage_of(name: NameState, now: int) -> str:
    """Return how a name stands: reserved, frozen, expired or active."""
    if name.owner is None:
        return "reserved"
    if name.frozen:
        return "frozen"
    return "active" if name.resolves(now) else "expired"


def _view(state: State, name: NameState, now: int) -> View:
    def who(account: bytes | None) -> str | None:
        return None if account is None else handle_of(state.accounts, account)

    return {
        "name": name.name,
        "stage": stage_of(name, now),
        "owner": who(name.owner),
        "claimed": name.claimed,
        "expires": name.expires or None,
        "records": len(name.records),
        "delegate": who(name.delegate),
        "offered": who(name.offered),
        "record": name.record - 1,
        "changed": name.changed - 1,
    }
