"""Asking for names: what a person typed becomes an operation on one."""

import difflib

from federation.console.people import find_member
from federation.console.terminal import UsageInvalid
from ledger.name.operation import Claim, Delegate, Offer, Release, Renew, Take
from ledger.name.state import NameState
from ledger.names import CANDIDATES_MAX, parse_handle
from ledger.saying import said
from ledger.state import Account, State


def ask_claim(state: State, typed: str) -> Claim:
    """Return a claim at the price of this moment.

    Raises:
        NameInvalid: No name may be spelled so.
    """
    rules = state.name_rules
    return Claim(parse_handle(typed), rules.claim, rules.unit)


def ask_renew(state: State, own: Account, typed: str) -> Renew:
    """Return a renewal at the price of this moment.

    Raises:
        UsageInvalid: The account has no such name.
    """
    rules = state.name_rules
    return Renew(find_own(state, own, typed).name, rules.renew, rules.unit)


def ask_offer(state: State, own: Account, typed: str, to: str | None) -> Offer:
    """Return an offer of a name to somebody, or to nobody any more.

    Raises:
        UsageInvalid: The account has no such name, or nobody is called that.
    """
    found = find_own(state, own, typed)
    return Offer(found.name, None if to is None else find_member(state, to).id)


def ask_delegate(state: State, own: Account, typed: str, to: str | None) -> Delegate:
    """Return that somebody may set a name's records too, or nobody any more.

    Raises:
        UsageInvalid: The account has no such name, or nobody is called that.
    """
    found = find_own(state, own, typed)
    return Delegate(found.name, None if to is None else find_member(state, to).id)


def ask_release(state: State, own: Account, typed: str) -> Release:
    """Return that a name is given up.

    Raises:
        UsageInvalid: The account has no such name.
    """
    return Release(find_own(state, own, typed).name)


def ask_take(state: State, own: Account, typed: str) -> Take:
    """Return the taking of a name that was offered.

    Raises:
        UsageInvalid: No such name was offered to the account.
    """
    offered = [one for one in state.names.values() if one.offered == own.id]
    return Take(_among(typed, offered, said("nobody has offered you a name")).name)


def find_own(state: State, own: Account, typed: str) -> NameState:
    """Return a name of an account's own.

    Raises:
        UsageInvalid: It has no such name; the message names those that may be meant.
    """
    return _among(typed, owned_by(state, own), said("you have no name yet; claim one first"))


def find_editable(state: State, own: Account, typed: str) -> NameState:
    """Return a name whose records an account may set: its own, or one that it is let set.

    Raises:
        UsageInvalid: There is no such name; the message names those that may be meant.
    """
    let = [one for one in state.names.values() if own.id in {one.owner, one.delegate}]
    return _among(typed, let, said("you have no name yet; claim one first"))


def find_name(state: State, typed: str) -> NameState | None:
    """Return the name that was typed, if the community has it.

    Raises:
        NameInvalid: No name may be spelled so.
    """
    held = state.names.get(typed.strip().lower())
    return held if held is not None else state.names.get(parse_handle(typed))


def owned_by(state: State, own: Account) -> list[NameState]:
    """Return an account's names, sorted."""
    mine = (one for one in state.names.values() if one.owner == own.id)
    return sorted(mine, key=lambda one: one.name)


def _among(typed: str, names: list[NameState], none: str) -> NameState:
    wanted = typed.strip().lower()
    by_name = {one.name: one for one in names}
    if wanted in by_name:
        return by_name[wanted]
    if not names:
        raise UsageInvalid(none)
    near = difflib.get_close_matches(wanted, by_name, CANDIDATES_MAX, 0.6) or sorted(by_name)
    listed = ", ".join(near[:CANDIDATES_MAX])
    raise UsageInvalid(
        said("got the name {typed!r}; yours here: {listed}", typed=typed[:64], listed=listed)
    )
