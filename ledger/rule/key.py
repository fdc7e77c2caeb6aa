"""A member's own account: its display name and its keys."""

from ledger import crypto
from ledger.draft import Act, Draft
from ledger.errors import SignatureInvalid
from ledger.operation import AddKey, Profile, RevokeKey
from ledger.refusal import Code, Refusal
from ledger.rule.name_book import replace_key
from ledger.state import KeyState, replace

KEYS_MAX = 16
"""Active keys of one account: a person's devices."""
_ADD_KEY_PREFIX = b"commontab/add-key/v1\n"


def add_key_signable(community: bytes, account: bytes) -> bytes:
    """Return what a key signs to join an account, so that nobody can attach another's key.

    Args:
        community: Public key, 32 bytes.
        account: The account's id, 16 bytes.
    """
    return _ADD_KEY_PREFIX + community + account


def profile(draft: Draft, act: Act, operation: Profile) -> Refusal | None:
    """Change the author's display name."""
    draft.accounts.set(act.account, replace(draft.held(act.account), name=operation.name))
    return None


def add_key(draft: Draft, act: Act, operation: AddKey) -> Refusal | None:
    """Attach a key that nobody has to the author's account."""
    account = draft.held(act.account)
    if len(account.keys) >= KEYS_MAX:
        return Refusal(Code.TOO_MANY_KEYS, {"keys": len(account.keys)})
    refusal = key_free(draft, operation.key)
    if refusal is not None:
        return refusal
    try:
        crypto.verify(operation.key, add_key_signable(draft.key, act.account), operation.proof)
    except SignatureInvalid:
        return Refusal(Code.KEY_PROOF_INVALID)
    draft.keys.set(operation.key, KeyState(operation.key, act.account, True, 0, 0, b""))
    draft.accounts.set(act.account, replace(account, keys=(*account.keys, operation.key)))
    return None


def revoke_key(draft: Draft, act: Act, operation: RevokeKey) -> Refusal | None:
    """Detach one of the account's keys for good; one stays. It opens no record after this batch."""
    account = draft.held(act.account)
    if operation.key not in account.keys:
        return Refusal(Code.KEY_NOT_YOURS)
    if len(account.keys) == 1:
        return Refusal(Code.LAST_KEY)
    known = draft.keys.get(operation.key)
    assert known is not None
    keys = tuple(key for key in account.keys if key != operation.key)
    draft.keys.set(operation.key, replace(known, active=False))
    draft.accounts.set(act.account, replace(account, keys=keys))
    draft.end_epoch()
    replace_key(draft, act.account, operation.key)
    return None


def key_free(draft: Draft, key: bytes) -> Refusal | None:
    """Refuse a key that has or had an account, or to which nothing can be sealed."""
    if key == draft.key or key in draft.former or draft.keys.get(key) is not None:
        return Refusal(Code.KEY_KNOWN)
    return key_usable(key)


def key_usable(key: bytes) -> Refusal | None:
    """Refuse a key to which nothing can be sealed."""
    return None if crypto.can_seal(key) else Refusal(Code.KEY_UNUSABLE)
