"""The manager's operations on the community and on accounts."""

from ledger.draft import Act, Draft
from ledger.errors import NameInvalid
from ledger.names import check_handle
from ledger.operation import AddUnit, Admit, Open, Reinstate, Rules, SetLimit, Suspend
from ledger.refusal import Code, Refusal
from ledger.rule.key import key_free
from ledger.rule.name import name_taken
from ledger.rule.name_book import note_word
from ledger.state import ACCOUNT_ID_BYTES, Account, Community, KeyState, UnitBalance, replace

COMMONS_HANDLE = "commons"
UNITS_MAX = 16
"""Units of one community; every account has books in each."""


def open_ledger(draft: Draft, act: Act, operation: Open) -> Refusal | None:
    """Begin the ledger with the community's own account."""
    if draft.community is not None:
        return Refusal(Code.ALREADY_OPENED)
    draft.community = Community(
        operation.name, operation.closed, draft.now, operation.rules, (), 0, 0, 0
    )
    commons = Account(
        act.account,
        COMMONS_HANDLE,
        operation.name,
        "active",
        draft.now,
        (draft.key,),
        (),
        draft.size,
    )
    draft.accounts.set(act.account, commons)
    draft.handles.set(COMMONS_HANDLE, act.account)
    note_word(draft, COMMONS_HANDLE)
    draft.epoch_due = operation.closed
    return None


def change_rules(draft: Draft, _act: Act, operation: Rules) -> Refusal | None:
    """Change the community's settings for what comes after."""
    assert draft.community is not None
    draft.community = replace(draft.community, rules=operation)
    return None


def add_unit(draft: Draft, _act: Act, operation: AddUnit) -> Refusal | None:
    """Begin a unit, or change its name and the limits of accounts that do not use it yet."""
    assert draft.community is not None
    unit, units = operation.unit, draft.community.units
    known = draft.unit(unit.code)
    if known is not None and known.scale != unit.scale:
        return Refusal(Code.UNIT_MISMATCH, {"unit": unit.code, "scale": known.scale})
    if known is None and len(units) >= UNITS_MAX:
        return Refusal(Code.TOO_MANY_UNITS, {"units": len(units)})
    others = [other for other in units if other.code != unit.code]
    listed = tuple(sorted([*others, unit], key=lambda each: each.code))
    draft.community = replace(draft.community, units=listed)
    return None


def admit(draft: Draft, _act: Act, operation: Admit) -> Refusal | None:
    """Open an account with books in every unit of today."""
    assert draft.community is not None
    key, handle, account_id = operation.key, operation.handle, operation.key[:ACCOUNT_ID_BYTES]
    refusal = handle_free(draft, handle) or key_free(draft, key)
    if refusal is not None:
        return refusal
    if draft.accounts.get(account_id) is not None:
        return Refusal(Code.ACCOUNT_EXISTS)
    balances = tuple(
        UnitBalance(unit.code, 0, 0, 0, unit.credit_limit, unit.maximum_balance)
        for unit in draft.community.units
    )
    account = Account(
        account_id, handle, operation.name, "active", draft.now, (key,), balances, draft.size
    )
    draft.accounts.set(account_id, account)
    draft.handles.set(handle, account_id)
    note_word(draft, handle)
    draft.keys.set(key, KeyState(key, account_id, True, 0, 0, b""))
    return None


def handle_free(draft: Draft, handle: str) -> Refusal | None:
    """Refuse a handle that breaks the rules or is taken, be it by a closed account or as a name."""
    try:
        check_handle(handle)
    except NameInvalid as error:
        return Refusal(Code.NAME_INVALID, {"why": f"{error}."})
    return name_taken(draft, handle)


def suspend(draft: Draft, _act: Act, operation: Suspend) -> Refusal | None:
    """Stop an account from taking part."""
    refusal = members_account(draft, operation.account)
    if refusal is not None:
        return refusal
    account = draft.held(operation.account)
    if account.status == "suspended":
        return Refusal(Code.ALREADY_SUSPENDED)
    draft.accounts.set(account.id, replace(account, status="suspended"))
    draft.end_epoch()
    return None


def reinstate(draft: Draft, _act: Act, operation: Reinstate) -> Refusal | None:
    """Let a suspended account take part again."""
    refusal = members_account(draft, operation.account)
    if refusal is not None:
        return refusal
    account = draft.held(operation.account)
    if account.status != "suspended":
        return Refusal(Code.NOT_SUSPENDED)
    draft.accounts.set(account.id, replace(account, status="active"))
    return None


def set_limit(draft: Draft, _act: Act, operation: SetLimit) -> Refusal | None:
    """Set both limits of an account in a unit; they bind new transfers."""
    refusal = members_account(draft, operation.account)
    if refusal is not None:
        return refusal
    unit = draft.unit(operation.unit)
    if unit is None:
        return Refusal(Code.UNKNOWN_UNIT, {"unit": operation.unit})
    account = draft.held(operation.account)
    limits = replace(
        draft.balance(account, unit),
        credit_limit=operation.credit_limit,
        maximum_balance=operation.maximum_balance,
    )
    draft.put_balance(account, limits)
    return None


def members_account(draft: Draft, account_id: bytes) -> Refusal | None:
    """Refuse what is not a member's account that still can change."""
    account = draft.accounts.get(account_id)
    if account is None:
        return Refusal(Code.UNKNOWN_ACCOUNT)
    if account_id == draft.commons:
        return Refusal(Code.COMMONS_PROTECTED)
    if not account.keys:
        return Refusal(Code.LINK_ACCOUNT, {"handle": account.handle})
    if account.status == "closed":
        return Refusal(Code.ACCOUNT_CLOSED, {"handle": account.handle})
    return None
