"""Sentences about names: what a manager's statement does."""

from federation.console.sentence import money, printable, units_of
from ledger.name.operation import Dispute, NameRules, Reserve, RevokeName
from ledger.name.state import DAY_S
from ledger.state import State

NameStatement = NameRules | Reserve | Dispute | RevokeName
_SECONDS = (("day", DAY_S), ("hour", 3_600), ("minute", 60), ("second", 1))


def describe_name_statement(state: State, operation: NameStatement) -> str:
    """Return what a manager's statement about names does, in one line."""
    match operation:
        case NameRules():
            return f"names: {describe_name_rules(state, operation)}"
        case Reserve(name=name, held=held, reason=reason):
            return _why(f"{'reserve' if held else 'let go of'} the name {name}", reason)
        case Dispute(name=name, frozen=frozen, reason=reason):
            return _why(
                f"{'freeze' if frozen else 'end the dispute about'} the name {name}", reason
            )
        case RevokeName(name=name, reason=reason):
            return _why(f"take the name {name} from its owner", reason)


def describe_name_rules(state: State, rules: NameRules) -> str:
    """Return what names cost and give, in one line."""
    lasts = f"{describe_span(rules.term_s)}, and {describe_span(rules.grace_s)} of grace"
    return f"{_price(state, rules)}, for {lasts}; at most {rules.most} of an account"


def describe_span(seconds: int) -> str:
    """Return a span of time in the largest unit that it is a multiple of."""
    for word, length_s in _SECONDS:
        count, rest = divmod(seconds, length_s)
        if count and not rest:
            return f"{count} {word}{'' if count == 1 else 's'}"
    return "no time"


def _price(state: State, rules: NameRules) -> str:
    if rules.unit is None or not (rules.claim or rules.renew):
        return "free"
    units = units_of(state)
    claim, renew = (money(units, price, rules.unit) for price in (rules.claim, rules.renew))
    return f"{claim} to claim and {renew} to renew"


def _why(what: str, reason: str) -> str:
    return f"{what}: {printable(reason)}" if reason else what
