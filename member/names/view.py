"""Showing names: one's own, what a search finds, and who stands behind one."""

from federation.console.people import handle_of
from federation.console.sentence import money, units_of
from federation.console.views import View
from federation.names.sentence import view_name
from ledger.errors import NameInvalid
from ledger.name.operation import NameRules
from ledger.name.skeleton import skeleton
from ledger.name.state import DAY_S, NameState
from ledger.names import RESERVED, parse_handle
from ledger.rule.name import RENEW_AHEAD_S
from ledger.saying import said
from ledger.state import Account, State
from member.names.ask import owned_by

REMIND_S = 30 * DAY_S
"""How long before its end a name's owner is reminded, seconds."""
FOUND_MAX = 200
"""Names that one search shows."""


def view_names(state: State, own: Account, now: int) -> View:
    """Return what an account has to do with names: its own, those offered, those it may set."""
    names = state.names.values()
    offered = [one for one in names if one.offered == own.id]
    let = [one for one in names if one.delegate == own.id]
    return {
        "own": [view_one(state, one, now) for one in owned_by(state, own)],
        "offered": [view_one(state, one, now) for one in _sorted(offered)],
        "let": [view_one(state, one, now) for one in _sorted(let)],
        "rules": view_rules(state),
    }


def view_one(state: State, name: NameState, now: int) -> View:
    """Return a name as its community knows it, with handles and what can be done with it.

    Args:
        state: The present.
        name: Of this community.
        now: Unix seconds.
    """
    grace_s = state.name_rules.grace_s
    opens = max(name.expires - RENEW_AHEAD_S, 0)
    return view_name(name, state.key, now) | {
        "owner_handle": _handle(state, name.owner),
        "owner_name": None if name.owner is None else state.accounts[name.owner].name,
        "delegate_handle": _handle(state, name.delegate),
        "offered_handle": _handle(state, name.offered),
        "record": name.record - 1,
        "changed": name.changed - 1,
        "renewable_from": opens,
        "renewable": name.owner is not None and not name.frozen and now >= opens,
        "ends_soon": name.owner is not None and not name.frozen and name.expires - now < REMIND_S,
        "gone_at": name.expires + grace_s if name.expires else None,
    }


def view_rules(state: State) -> View:
    """Return the community's rules for names, with prices in words."""
    rules: NameRules = state.name_rules
    units = units_of(state)

    def price(minor: int) -> str:
        return money(units, minor, rules.unit) if rules.unit and minor else said("free")

    return {
        "unit": rules.unit,
        "claim": price(rules.claim),
        "claim_minor": rules.claim,
        "renew": price(rules.renew),
        "renew_minor": rules.renew,
        "term_days": rules.term_s // DAY_S,
        "grace_days": rules.grace_s // DAY_S,
        "most": rules.most,
    }


def reminders(state: State, own: Account, now: int) -> list[View]:
    """Return the own names that end within 30 days or have ended, the next to end first."""
    mine = sorted(owned_by(state, own), key=lambda one: (one.expires, one.name))
    return [one for one in (view_one(state, name, now) for name in mine) if one["ends_soon"]]


def search(state: State, own: Account, typed: str, now: int) -> View:
    """Return the names that contain a text, and whether the text itself can be had.

    Args:
        state: The present.
        own: Who searches.
        typed: Empty for all.
        now: Unix seconds.
    """
    text = typed.strip().lower()
    found = _sorted([one for one in state.names.values() if text in one.name])
    return {
        "text": text,
        "found": [view_one(state, one, now) for one in found[:FOUND_MAX]],
        "more": max(len(found) - FOUND_MAX, 0),
        "wanted": availability(state, own, text) if text else None,
    }


def availability(state: State, own: Account, typed: str) -> View:
    """Return whether an account could claim a name: free, or why not.

    It looks as far as the rules of names go; what a claim costs may still be more than the account
    has, which the preview says.
    """
    try:
        name = parse_handle(typed)
    except NameInvalid as error:
        return {"name": typed, "free": False, "why": str(error)}
    held, holder = state.names.get(name), state.handles.get(name)
    why = ""
    if name in RESERVED or (held is not None and held.owner is None):
        why = said("it is reserved")
    elif held is not None:
        why = said("{who} has it", who=_handle(state, held.owner))
    elif holder is not None and holder != own.id:
        why = said("it is the handle of {who}", who=handle_of(state.accounts, holder))
    elif holder is None:
        other = _alike(state, own, name)
        why = said("it looks like {other}", other=other) if other else ""
    return {"name": name, "free": not why, "why": why}


def _alike(state: State, own: Account, name: str) -> str:
    """Return a name or a handle of somebody else that looks the same."""
    for other in state.name_index.alike.get(skeleton(name), ()):
        held, holder = state.names.get(other), state.handles.get(other)
        owner = held.owner if held is not None else holder
        if owner != own.id and other != name:
            return other
    return ""


def _sorted(names: list[NameState]) -> list[NameState]:
    return sorted(names, key=lambda one: one.name)


def _handle(state: State, account: bytes | None) -> str | None:
    return None if account is None else handle_of(state.accounts, account)
