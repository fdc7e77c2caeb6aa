"""The registry as its manager sees it: what he typed about names, and what stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from federation.console.name_statement import describe_name_rules
from federation.console.people import find_unit, handle_of
from federation.console.terminal import UsageInvalid
from federation.console.views import View
from ledger.codec import decode
from ledger.errors import NameInvalid
from ledger.name.operation import NameRules
from ledger.name.state import DAY_S, NameState
from ledger.names import parse_handle
from ledger.record import RECORD_BYTES_MAX
from ledger.saying import said
from ledger.state import State
from ledger.store.name_rows import NameChange
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


def view_name(state: State, changes: Sequence[NameChange], word: str, now: int) -> View:
    """Return one name and all that happened to it, oldest first, as JSON can hold it.

    Args:
        state: The present.
        changes: Of this name, oldest first.
        word: The name.
        now: Unix seconds.

    Raises:
        UsageInvalid: Nobody ever had it.
    """
    if not changes:
        raise UsageInvalid(said("nobody ever claimed or reserved the name {name}", name=word))
    held = state.names.get(word)
    steps = [
        decode(one.value, NameState, RECORD_BYTES_MAX) if one.value else None for one in changes
    ]
    return {
        "name": word,
        "present": None if held is None else _view(state, held, now),
        "history": [
            {"size": change.size} | _step(state, before, after)
            for change, before, after in zip(changes, [None, *steps], steps, strict=False)
        ],
    }


def _step(state: State, before: NameState | None, after: NameState | None) -> View:
    """Return what a change made of a name, or that it was free then."""
    named = after or before
    owner = None if named is None or named.owner is None else handle_of(state.accounts, named.owner)
    return {
        "what": _what(before, after),
        "owner": owner,
        "expires": (after.expires or None) if after else None,
        "records": len(after.records) if after else 0,
        "record": after.changed - 1 if after else None,
    }


def _what(before: NameState | None, after: NameState | None) -> str:
    """Return what happened to a name, in a word or two."""
    if after is None:
        return "free again"
    if before is None or before.record != after.record:
        return "reserved" if after.owner is None else "claimed"
    different = (
        (before.owner != after.owner, "taken over"),
        (before.frozen != after.frozen, "frozen" if after.frozen else "dispute ended"),
        (before.expires != after.expires, "renewed"),
        (before.offered != after.offered, "offered"),
        (before.delegate != after.delegate, "delegated"),
    )
    return next((word for differs, word in different if differs), "records set")


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
