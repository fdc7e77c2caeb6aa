"""The rule of succession: a majority of the active accounts names the key that goes on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger import crypto
from ledger.draft import Draft
from ledger.errors import SignatureInvalid, SuccessionInvalid
from ledger.record import SuccessorRecord
from ledger.state import State, Succession, replace
from ledger.successor import (
    ACCOUNTS_MAX,
    SignedSuccessor,
    Signer,
    Successor,
    successor_signable,
    verify_consent,
)


@dataclass(frozen=True, slots=True)
class VerifiedSuccessor:
    """A succession that holds at the size it names. Made by verify_successor.

    Attributes:
        signed: The statement and its signatures.
        accounts: How many active accounts there were, each with one vote.
    """

    signed: SignedSuccessor
    accounts: int


def voters(state: State) -> Mapping[bytes, bytes]:
    """Return the keys that may sign -> their accounts: those of active members.

    The commons has no vote, nor has who is suspended or closed.
    """
    return {
        key: account.id
        for account in state.accounts.values()
        if account.status == "active" and account.id != state.commons
        for key in account.keys
    }


def count_accounts(state: State) -> int:
    """Return how many accounts have a vote."""
    return len(set(voters(state).values()))


def needed(accounts: int) -> int:
    """Return how many of so many accounts are a majority: more than half."""
    return accounts // 2 + 1


def gather(state: State, statement: Successor, signers: Iterable[Signer]) -> tuple[Signer, ...]:
    """Return the signatures that count, one an account, sorted by key: as a record has them.

    Args:
        state: The present at the statement's size.
        statement: What they signed.
        signers: Untrusted, in any order, of anybody.
    """
    may, signable = voters(state), successor_signable(statement)
    counted: dict[bytes, Signer] = {}
    for one in sorted(set(signers), key=lambda signer: (signer.key, signer.signature)):
        account = may.get(one.key)
        if account is not None and account not in counted and _holds(one, signable):
            counted[account] = one
    return tuple(sorted(counted.values(), key=lambda signer: signer.key))


def check_proposal(state: State, signed: SignedSuccessor) -> None:
    """Accept a proposal that members of this present may sign.

    Raises:
        SuccessionInvalid: It is about another key, size or root, its new key cannot be one, or
            the community is too large for a record to hold a majority.
    """
    statement = signed.statement
    if statement.old != state.key:
        raise SuccessionInvalid(
            f"it succeeds key {statement.old.hex()[:16]}…; the key after {state.tree.size} "
            f"records is {state.key.hex()[:16]}…"
        )
    if (statement.size, statement.root) != (state.tree.size, state.tree.root):
        raise SuccessionInvalid(
            f"it names root {statement.root.hex()} for {statement.size} records; this history "
            f"has {state.tree.root.hex()} for {state.tree.size}"
        )
    _check_new(state, statement.new)
    try:
        verify_consent(signed)
    except SignatureInvalid as error:
        raise SuccessionInvalid(f"the new key has not agreed: {error}") from error
    accounts = count_accounts(state)
    if not 1 <= accounts <= ACCOUNTS_MAX:
        raise SuccessionInvalid(
            f"{accounts} active accounts would have to vote; a record holds a majority of "
            f"1 to {ACCOUNTS_MAX}"
        )


def verify_successor(state: State, signed: SignedSuccessor) -> VerifiedSuccessor:
    """Return a succession that takes effect right after this present.

    Args:
        state: The present at the size that it names.
        signed: Untrusted.

    Raises:
        SuccessionInvalid: As ``check_proposal``, or its signatures are not those of a majority,
            one an account, sorted by key.
    """
    check_proposal(state, signed)
    counted, accounts = gather(state, signed.statement, signed.signers), count_accounts(state)
    if counted != signed.signers:
        raise SuccessionInvalid(
            f"of its {len(signed.signers)} signatures {len(counted)} count: one of each active "
            "account, sorted by key"
        )
    if len(counted) < needed(accounts):
        raise SuccessionInvalid(
            f"{len(counted)} of {accounts} active accounts have signed; "
            f"{needed(accounts)} are a majority"
        )
    return VerifiedSuccessor(signed, accounts)


def succeed(draft: Draft, verified: VerifiedSuccessor) -> None:
    """Let the community go on under its new key; who has the old one reads no new record."""
    signed = verified.signed
    statement, commons = signed.statement, draft.held(draft.commons)
    draft.begin()
    concerns = draft.touch({commons.id})
    index = draft.write(SuccessorRecord(concerns, statement, signed.consent, signed.signers))
    draft.accounts.set(commons.id, replace(commons, keys=(statement.new,)))
    draft.succession = Succession(
        index,
        statement.old,
        statement.new,
        statement.size,
        statement.time,
        statement.reason,
        len(signed.signers),
        verified.accounts,
    )
    draft.end_epoch()


def _check_new(state: State, new: bytes) -> None:
    if new == state.key or new in state.former or new in state.keys:
        raise SuccessionInvalid(
            f"key {new.hex()[:16]}… is the community's or a member's already; make a new one"
        )
    if not crypto.can_seal(new):
        raise SuccessionInvalid(f"nothing can be sealed to key {new.hex()[:16]}…; make a new one")


def _holds(one: Signer, signable: bytes) -> bool:
    try:
        crypto.verify(one.key, signable, one.signature)
    except SignatureInvalid:
        return False
    return True
