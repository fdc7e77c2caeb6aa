"""The manager's operations on names: prices, reserving, and what follows a dispute."""

from ledger.draft import Act, Draft
from ledger.errors import NameInvalid
from ledger.name.operation import Dispute, NameRules, Reserve, RevokeName
from ledger.name.state import DAY_S, NameState
from ledger.names import check_handle
from ledger.refusal import Code, Refusal
from ledger.rule.name import name_taken
from ledger.rule.name_book import mark, put_name, remove_name
from ledger.saying import said
from ledger.state import replace

TERM_S_MAX = 36_525 * DAY_S
"""A hundred years."""


def set_name_rules(draft: Draft, _act: Act, operation: NameRules) -> Refusal | None:
    """Set rules and prices for what is claimed and renewed from now on."""
    unit = operation.unit
    if unit is not None and draft.unit(unit) is None:
        return Refusal(Code.UNKNOWN_UNIT, {"unit": unit})
    why = _fault(operation)
    if why:
        return Refusal(Code.NAME_RULES_INVALID, {"why": why})
    draft.name_rules = operation
    return None


def reserve(draft: Draft, _act: Act, operation: Reserve) -> Refusal | None:
    """Keep a word from being claimed, or let it be claimed again."""
    name, held = operation.name, draft.names.get(operation.name)
    reserved = held is not None and held.owner is None
    if operation.held and reserved:
        return Refusal(Code.NAME_UNCHANGED, {"name": name})
    if not operation.held:
        if held is None or not reserved:
            return Refusal(Code.UNKNOWN_NAME, {"name": name})
        remove_name(draft, held)
        return None
    try:
        check_handle(name)
    except NameInvalid as error:
        return Refusal(Code.NAME_INVALID, {"why": f"{error}."})
    refusal = name_taken(draft, name)
    if refusal is None:
        index, now = mark(draft), draft.now
        put_name(draft, NameState(name, None, now, index, 0, None, (), None, None, False, index))
    return refusal


def dispute(draft: Draft, _act: Act, operation: Dispute) -> Refusal | None:
    """Freeze a name, or let it go on; one that has ended meanwhile has its grace from now."""
    held = _owned(draft, operation.name)
    if isinstance(held, Refusal):
        return held
    if held.frozen == operation.frozen:
        return Refusal(Code.NAME_UNCHANGED, {"name": held.name})
    end = held.expires if operation.frozen else max(held.expires, draft.now)
    put_name(draft, replace(held, frozen=operation.frozen, expires=end))
    return None


def revoke_name(draft: Draft, _act: Act, operation: RevokeName) -> Refusal | None:
    """Take a name from its owner."""
    held = _owned(draft, operation.name)
    if isinstance(held, Refusal):
        return held
    remove_name(draft, held)
    return None


def owner_of(draft: Draft, name: str) -> set[bytes]:
    """Return whom a statement about a name concerns: its owner, if it has one."""
    held = draft.names.get(name)
    return set() if held is None or held.owner is None else {held.owner}


def _owned(draft: Draft, name: str) -> NameState | Refusal:
    held = draft.names.get(name)
    if held is None or held.owner is None:
        return Refusal(Code.UNKNOWN_NAME, {"name": name})
    return held


def _fault(rules: NameRules) -> str:
    if rules.unit is None and (rules.claim or rules.renew):
        return said("A price needs a unit.")
    if not 0 < rules.term_s <= TERM_S_MAX:
        return said(
            "A term has 1 to {most} seconds, not {term}.", most=TERM_S_MAX, term=rules.term_s
        )
    if rules.grace_s > rules.term_s:
        return said("The grace after a name's end is no longer than its term.")
    return ""
