"""Names: who claims first has one for a term, and says what stands under it."""

from types import MappingProxyType

from ledger.book import check, move
from ledger.draft import Act, Draft
from ledger.entry import name_payment_id
from ledger.errors import NameInvalid
from ledger.field import TIME_MAX
from ledger.name.operation import Claim, Delegate, Offer, Release, Renew, SetRecords, Take
from ledger.name.records import fault
from ledger.name.skeleton import skeleton
from ledger.name.state import DAY_S, NameState
from ledger.names import RESERVED, check_handle
from ledger.record import Transfer
from ledger.refusal import Code, Fact, Moment, Money, Refusal
from ledger.rule.key import key_usable
from ledger.rule.name_book import mark, put_name, remove_name
from ledger.rule.pay import post
from ledger.state import replace

RENEW_AHEAD_S = 90 * DAY_S
"""A name is renewed in the last 90 days of its term, so that nobody keeps one for ever at once."""
_RESERVED_FORMS = MappingProxyType({skeleton(word): word for word in sorted(RESERVED)})


def claim(draft: Draft, act: Act, operation: Claim) -> Refusal | None:
    """Give the author a free name for a term; its price goes to the commons with it."""
    refusal = (
        _free(draft, act.account, operation.name)
        or _room(draft, act.account)
        or _charge(draft, act, operation, draft.name_rules.claim)
    )
    if refusal is not None:
        return refusal
    name, index, now = operation.name, mark(draft), draft.now
    end = min(now + draft.name_rules.term_s, TIME_MAX)
    key = draft.held(act.account).keys[0]
    made = NameState(name, act.account, now, index, end, key, (), None, None, False, index)
    put_name(draft, made)
    return None


def set_records(draft: Draft, act: Act, operation: SetRecords) -> Refusal | None:
    """Replace what stands under a name, by its owner or whom he lets do so."""
    held = _find(draft, operation.name)
    if isinstance(held, Refusal):
        return held
    key = operation.key
    if held.owner == act.account:
        key = key or draft.held(act.account).keys[0]
    elif held.delegate == act.account and key in {None, held.key}:
        key = held.key
    else:
        return _not_owner(draft, held)
    why = fault(operation.records)
    if why:
        return Refusal(Code.RECORDS_INVALID, {"why": why})
    refusal = _changeable(draft, held)
    if refusal is None and operation.key is not None:
        refusal = _still_used(draft, operation.key)
    if refusal is None:
        put_name(draft, replace(held, records=operation.records, key=key))
    return refusal


def renew(draft: Draft, act: Act, operation: Renew) -> Refusal | None:
    """Add a term to the author's name, from 90 days before its end until its grace is over."""
    held = _own(draft, act.account, operation.name)
    if isinstance(held, Refusal):
        return held
    if held.frozen:
        return Refusal(Code.NAME_FROZEN, {"name": held.name})
    opens = held.expires - RENEW_AHEAD_S
    if draft.now < opens:
        return Refusal(Code.RENEWAL_TOO_EARLY, {"name": held.name, "opens": Moment(opens)})
    refusal = _charge(draft, act, operation, draft.name_rules.renew)
    if refusal is None:
        end = min(held.expires + draft.name_rules.term_s, TIME_MAX)
        put_name(draft, replace(held, expires=end))
    return refusal


def offer(draft: Draft, act: Act, operation: Offer) -> Refusal | None:
    """Let an account take the author's name, in place of any other, or none any more.

    His own handle is nobody else's name: people would pay one and mean the other.
    """
    held = _own(draft, act.account, operation.name)
    if isinstance(held, Refusal):
        return held
    refusal = _changeable(draft, held) or _other(draft, act.account, operation.to)
    if operation.to is not None and draft.handles.get(held.name) is not None:
        refusal = refusal or Refusal(Code.NAME_TAKEN, {"handle": held.name})
    if refusal is None:
        put_name(draft, replace(held, offered=operation.to))
    return refusal


def take(draft: Draft, act: Act, operation: Take) -> Refusal | None:
    """Make the author the owner of what was offered to him: records and end stay."""
    held = _find(draft, operation.name)
    if isinstance(held, Refusal):
        return held
    if held.offered != act.account:
        return Refusal(Code.NOT_OFFERED, {"name": held.name})
    refusal = _changeable(draft, held) or _room(draft, act.account)
    if refusal is None:
        key = draft.held(act.account).keys[0]
        put_name(draft, replace(held, owner=act.account, key=key, delegate=None, offered=None))
    return refusal


def release(draft: Draft, act: Act, operation: Release) -> Refusal | None:
    """Give the author's name up."""
    held = _own(draft, act.account, operation.name)
    if isinstance(held, Refusal):
        return held
    refusal = _changeable(draft, held)
    if refusal is None:
        remove_name(draft, held)
    return refusal


def delegate(draft: Draft, act: Act, operation: Delegate) -> Refusal | None:
    """Let an account set the records of the author's name, in place of any other, or none."""
    held = _own(draft, act.account, operation.name)
    if isinstance(held, Refusal):
        return held
    refusal = _changeable(draft, held) or _other(draft, act.account, operation.to)
    if refusal is None:
        put_name(draft, replace(held, delegate=operation.to))
    return refusal


def name_taken(draft: Draft, name: str) -> Refusal | None:
    """Refuse a word that is owned as a name, or is somebody's handle."""
    held, holder = draft.names.get(name), draft.handles.get(name)
    if held is not None and held.owner is not None:
        facts: dict[str, Fact] = {
            "handle": name,
            "owner": draft.held(held.owner).handle,
            "record": held.record - 1,
        }
        return Refusal(Code.NAME_TAKEN, facts)
    return None if holder is None else Refusal(Code.NAME_TAKEN, {"handle": name})


def _free(draft: Draft, account: bytes, name: str) -> Refusal | None:
    """Refuse a name that the author cannot have; his own handle is kept for him."""
    held = draft.names.get(name)
    if name in RESERVED or (held is not None and held.owner is None):
        return Refusal(Code.NAME_RESERVED, {"name": name})
    try:
        check_handle(name)
    except NameInvalid as error:
        return Refusal(Code.NAME_INVALID, {"why": f"{error}."})
    own_handle = draft.handles.get(name) == account
    if held is not None or not own_handle:
        return name_taken(draft, name) or _confused(draft, account, name)
    return None


def _confused(draft: Draft, account: bytes, name: str) -> Refusal | None:
    """Refuse a name that people would take for somebody else's."""
    form = skeleton(name)
    for other in sorted(draft.alike.get(form) or ()):
        held, holder = draft.names.get(other), draft.handles.get(other)
        owners = {None if held is None else held.owner, holder}
        reserved = held is not None and held.owner is None
        if other != name and (reserved or owners - {None, account}):
            return Refusal(Code.NAME_CONFUSABLE, {"name": name, "other": other})
    word = _RESERVED_FORMS.get(form)
    return Refusal(Code.NAME_CONFUSABLE, {"name": name, "other": word}) if word else None


def _room(draft: Draft, account: bytes) -> Refusal | None:
    count, most = draft.owned.get(account) or 0, draft.name_rules.most
    if count < most:
        return None
    return Refusal(Code.TOO_MANY_NAMES, {"names": count, "most": most})


def _charge(draft: Draft, act: Act, operation: Claim | Renew, price: int) -> Refusal | None:
    """Pay the commons what a claim or a renewal costs, where the author agreed to that much."""
    unit = draft.name_rules.unit
    if unit is None or not price:
        return None
    if operation.unit is not None and draft.unit(operation.unit) is None:
        return Refusal(Code.UNKNOWN_UNIT, {"unit": operation.unit})
    if operation.unit != unit or price > operation.pays:
        agreed = Money(operation.pays, operation.unit) if operation.unit else Money(0, unit)
        return Refusal(Code.PRICE_CHANGED, {"price": Money(price, unit), "agreed": agreed})
    transfer = Transfer(act.account, draft.commons, price, unit)
    refusal = check(draft, transfer) or move(draft, transfer)
    if refusal is None:
        entry = act.entry_id
        post(draft, act, name_payment_id(entry), (transfer,), refers=entry, memo=operation.name)
    return refusal


def _find(draft: Draft, name: str) -> NameState | Refusal:
    """Return a name that is owned."""
    held = draft.names.get(name)
    if held is None:
        return Refusal(Code.UNKNOWN_NAME, {"name": name})
    if held.owner is None:
        return Refusal(Code.NAME_RESERVED, {"name": name})
    return held


def _own(draft: Draft, account: bytes, name: str) -> NameState | Refusal:
    held = _find(draft, name)
    if isinstance(held, Refusal) or held.owner == account:
        return held
    return _not_owner(draft, held)


def _not_owner(draft: Draft, held: NameState) -> Refusal:
    assert held.owner is not None, "a name that was found is owned"
    facts = {"name": held.name, "owner": draft.held(held.owner).handle}
    return Refusal(Code.NOT_NAME_OWNER, facts)


def _changeable(draft: Draft, held: NameState) -> Refusal | None:
    """Refuse what the manager has frozen, and what only a renewal brings back."""
    if held.frozen:
        return Refusal(Code.NAME_FROZEN, {"name": held.name})
    if held.resolves(draft.now):
        return None
    return Refusal(Code.NAME_EXPIRED, {"name": held.name, "expired": Moment(held.expires)})


def _still_used(draft: Draft, key: bytes) -> Refusal | None:
    """Refuse a key that a member has revoked, or to which nothing can be sealed."""
    known = draft.keys.get(key)
    revoked = known is not None and not known.active
    return Refusal(Code.KEY_UNUSABLE) if revoked else key_usable(key)


def _other(draft: Draft, account: bytes, other: bytes | None) -> Refusal | None:
    if other is None:
        return None
    return Refusal(Code.SAME_ACCOUNT) if other == account else draft.taking_part(other)
