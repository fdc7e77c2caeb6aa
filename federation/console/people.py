"""Who is meant: handles, id prefixes and units as people type them."""

from collections.abc import Iterable, Mapping
from unicodedata import normalize

from federation.console.terminal import UsageInvalid
from federation.link.address import format_key
from ledger.link.link import EXCHANGE_HANDLE
from ledger.name.state import NameState
from ledger.names import CANDIDATES_MAX, TYPED_CHARS_MAX, match_handle
from ledger.saying import said
from ledger.state import Account, State
from ledger.unit import Unit

ID_CHARS_MIN = 4
_KEY_CHARS = 10
"""Characters of a community's key that stand for it where nobody here has a name for it."""


def find_account(state: State, typed: str) -> Account:
    """Return the account whose handle was typed, or who owns the name that was.

    Raises:
        UsageInvalid: Nobody has it; the message names those who may be meant.
    """
    return _account_among(state, state.handles, typed)


def find_named(state: State, typed: str) -> NameState | None:
    """Return the name that was typed, where it resolves and is nobody's handle."""
    name = normalize("NFC", typed[:TYPED_CHARS_MAX].strip().removeprefix("@").lower())
    held = state.names.get(name)
    if held is None or name in state.handles or not held.resolves(state.time):
        return None
    return held


def find_member(state: State, typed: str) -> Account:
    """Return the account of somebody who can be paid and asked, by a handle or a name.

    Raises:
        UsageInvalid: Nobody has it, or it is a link's account's; the message names who may be
            meant.
    """
    whose = match_handle(state.handles, typed).handle
    if whose == EXCHANGE_HANDLE:
        raise UsageInvalid("the exchange only converts units; nobody is paid or asked there")
    if whose is not None and not state.accounts[state.handles[whose]].keys:
        raise UsageInvalid(
            said("{whose} is a linked community; type somebody there as NAME@{whose}", whose=whose)
        )
    members = [handle for handle, one in state.handles.items() if state.accounts[one].keys]
    return _account_among(state, members, typed)


def find_unit(state: State, code: str | None) -> Unit:
    """Return the unit with this code; without one, the only unit that members have.

    Raises:
        UsageInvalid: No such unit, or several to choose from.
    """
    units = own_units(state)
    codes = ", ".join(unit.code for unit in units) or "none yet"
    if code is None and len(units) == 1:
        return units[0]
    if code is None:
        raise UsageInvalid(said("this community has the units {codes}; add --unit", codes=codes))
    found = state.community.unit(code.upper()) if state.community else None
    if found is not None:
        return found
    raise UsageInvalid(
        said("got the unit {code!r}; this community has {codes}", code=code, codes=codes)
    )


def own_units(state: State) -> tuple[Unit, ...]:
    """Return the units that the community's members have, without those that only links need."""
    units = state.community.units if state.community else ()
    only_links = {link.terms.unit for link in state.links.values() if link.converts}
    return tuple(unit for unit in units if unit.code not in only_links or _is_used(unit))


def find_id(ids: Iterable[bytes], typed: str, what: str) -> bytes:
    """Return the entry id that begins with the typed hex digits.

    Raises:
        UsageInvalid: Fewer than 4 digits, none, or several that fit.
    """
    prefix = typed.strip().lower()
    if len(prefix) < ID_CHARS_MIN:
        raise UsageInvalid(
            said(
                "got {typed!r}; type at least {least} characters of the id",
                typed=typed,
                least=ID_CHARS_MIN,
            )
        )
    fits = [entry for entry in ids if entry.hex().startswith(prefix)]
    if len(fits) == 1:
        return fits[0]
    if not fits:
        raise UsageInvalid(
            said("no {what} has an id that begins with {typed!r}", what=what, typed=typed)
        )
    shown = ", ".join(entry.hex()[: len(prefix) + 4] for entry in fits[:5])
    raise UsageInvalid(
        said(
            "several {what}s begin with {typed!r}: {shown}; type more of it",
            what=what,
            typed=typed,
            shown=shown,
        )
    )


def handle_of(accounts: Mapping[bytes, Account], account_id: bytes) -> str:
    """Return an account's handle, or the start of its id where it is not known."""
    account = accounts.get(account_id)
    return account.handle if account else account_id.hex()[:8]


def community_of(state: State, key: bytes) -> str:
    """Return what a community is called here: by its link, or by the start of its key."""
    link = state.links.get(key)
    return link.name if link else f"{format_key(key)[:_KEY_CHARS]}…"


def _account_among(state: State, handles: Iterable[str], typed: str) -> Account:
    match, named = match_handle(handles, typed), find_named(state, typed)
    if match.handle is None and named is not None and named.owner is not None:
        return state.accounts[named.owner]
    if match.handle is None:
        near = ", ".join([*match.candidates, *_names_from(state, typed)][:CANDIDATES_MAX])
        lists = said("the command `members` lists everybody")
        hint = said("did you mean {near}?", near=near) if near else lists
        raise UsageInvalid(said("nobody here is called {typed!r}; {hint}", typed=typed, hint=hint))
    return state.accounts[state.handles[match.handle]]


def _names_from(state: State, typed: str) -> list[str]:
    """Return the names that begin with what was typed; there may be too many to compare all."""
    begun = typed.strip().lower()
    if not begun:
        return []
    return sorted(name for name in state.names if name.startswith(begun))[:CANDIDATES_MAX]


def _is_used(unit: Unit) -> bool:
    """Return whether members can have a unit; one that a link began has no limits for them."""
    return bool(unit.credit_limit or unit.maximum_balance)
