"""The members' part of a merge: each key's change-sets in order, each whole or refused."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple

from ledger.changeset import ChangeSet, Verified
from ledger.concern import CONCERNED_MAX, FOLLOWING, concerned
from ledger.draft import Act, Draft
from ledger.name.operation import Claim, Delegate, Offer, Release, Renew, SetRecords, Take
from ledger.operation import (
    Accept,
    AddKey,
    Annotate,
    Attach,
    Bill,
    Cancel,
    Decline,
    EndMandate,
    Hold,
    LinkCancel,
    LinkPay,
    LinkRequest,
    Mandate,
    Pay,
    Post,
    Profile,
    Request,
    Reverse,
    RevokeKey,
    Void,
)
from ledger.outcome import Fate, Outcome
from ledger.record import REFUSED_BODY_BYTES_MAX, ChangeSetRecord, RefusalRecord
from ledger.refusal import Code, Refusal
from ledger.rule.annotate import annotate
from ledger.rule.answer import accept_any, cancel_any, decline_any
from ledger.rule.attach import attach, too_many_attached
from ledger.rule.bill import propose
from ledger.rule.hold import hold, post_hold, void
from ledger.rule.key import add_key, profile, revoke_key
from ledger.rule.link_pay import link_cancel, link_pay
from ledger.rule.link_request import link_request
from ledger.rule.mandate import end_mandate, give_mandate
from ledger.rule.name import claim, delegate, offer, release, renew, set_records, take
from ledger.rule.pay import give_back, pay
from ledger.rule.request import request
from ledger.state import KeyState, State

RULES: Mapping[type, Callable[[Draft, Act, Any], Refusal | None]] = MappingProxyType(
    {
        Pay: pay,
        Request: request,
        Accept: accept_any,
        Decline: decline_any,
        Cancel: cancel_any,
        Hold: hold,
        Post: post_hold,
        Void: void,
        Reverse: give_back,
        Profile: profile,
        AddKey: add_key,
        RevokeKey: revoke_key,
        Bill: propose,
        Mandate: give_mandate,
        EndMandate: end_mandate,
        Annotate: annotate,
        Attach: attach,
        Claim: claim,
        SetRecords: set_records,
        Renew: renew,
        Offer: offer,
        Take: take,
        Release: release,
        Delegate: delegate,
        LinkPay: link_pay,
        LinkCancel: link_cancel,
        LinkRequest: link_request,
    }
)
"""What each operation does; a rule returns None, or why it refuses."""


class _Arrival(NamedTuple):
    """A change-set, or on replay a refusal whose body the journal does not keep."""

    generation: int
    number: int
    hash: bytes
    signature: bytes
    previous: bytes | None
    came: Verified | RefusalRecord


def merge_chains(
    draft: Draft,
    state: State,
    change_sets: Mapping[bytes, Sequence[Verified]],
    stated: Iterable[RefusalRecord] = (),
) -> Iterator[list[Outcome]]:
    """Apply every key's change-sets by generation and number, keys by lot.

    Yields what became of a key's before it takes the next key.
    """
    refused: dict[bytes, list[_Arrival]] = {}
    for one in stated:
        refused.setdefault(one.key, []).append(_stated(one))
    root = state.tree.root
    for key in sorted(change_sets.keys() | refused, key=lambda key: lot(root, key)):
        arrivals = [_arrival(verified) for verified in change_sets.get(key, ())]
        arrivals += refused.get(key, ())
        yield list(_merge_chain(draft, state, key, sorted(arrivals, key=_order)))


def lot(root: bytes, key: bytes) -> bytes:
    """Return what places a key among the others of a batch, 32 bytes.

    It follows from the tree's root before the batch, so that neither the manager nor a member
    can place one key before another.
    """
    return sha256(root + key).digest()


def _arrival(verified: Verified) -> _Arrival:
    asked = verified.change_set
    return _Arrival(
        asked.generation, asked.number, verified.hash, verified.signature, asked.previous, verified
    )


def _stated(refused: RefusalRecord) -> _Arrival:
    return _Arrival(
        refused.generation, refused.number, refused.hash, refused.signature, None, refused
    )


def _order(arrival: _Arrival) -> tuple[int, int, bytes, bytes]:
    return arrival[:4]


def _merge_chain(
    draft: Draft, state: State, key: bytes, arrivals: list[_Arrival]
) -> Iterator[Outcome]:
    settled = _settled(draft.keys.get(key), arrivals)
    taken = b""
    for arrival in arrivals:
        if arrival.hash == taken:
            continue
        taken = arrival.hash
        known = draft.keys.get(key)
        fate = _fate(known, arrival, settled)
        if known is None or fate is not None:
            stands = fate or Fate.UNKNOWN_KEY
            yield Outcome(stands, key, arrival.generation, arrival.number, arrival.hash)
        else:
            settled[arrival.generation, arrival.number] = arrival.hash
            yield _merge_arrival(draft, state, known, arrival)


def _settled(known: KeyState | None, arrivals: list[_Arrival]) -> dict[tuple[int, int], bytes]:
    """Return the hashes of merged change-sets, as far as the newest one leads back here."""
    if known is None:
        return {}
    settled = {(known.generation, known.number): known.hash}
    for arrival in reversed(arrivals):
        place = arrival.generation, arrival.number
        if arrival.previous and settled.get(place) == arrival.hash:
            settled[arrival.generation, arrival.number - 1] = arrival.previous
    return settled


def _fate(
    known: KeyState | None, arrival: _Arrival, settled: dict[tuple[int, int], bytes]
) -> Fate | None:
    """Return why a change-set is not the next of its key, or None if it is."""
    generation, number = arrival.generation, arrival.number
    if known is None or not known.active:
        return Fate.UNKNOWN_KEY
    if generation < known.generation:
        return Fate.SUPERSEDED
    if generation > known.generation:
        return None if number == 1 and not arrival.previous else Fate.WAITING
    if number <= known.number:
        same = settled.get((generation, number), arrival.hash) == arrival.hash
        return Fate.DUPLICATE if same else Fate.CONFLICT
    if number > known.number + 1:
        return Fate.WAITING
    return None if arrival.previous in {None, known.hash} else Fate.BROKEN_CHAIN


def _merge_arrival(draft: Draft, state: State, known: KeyState, arrival: _Arrival) -> Outcome:
    """Apply a change-set whole, or write down why not; either uses up its number."""
    generation, number, named = arrival.generation, arrival.number, arrival.hash
    draft.begin()
    index = draft.size
    if isinstance(arrival.came, RefusalRecord):
        refusal: Refusal | None = Refusal(Code(arrival.came.code), operation=arrival.came.operation)
    else:
        refusal = _apply(draft, state, known.account, arrival.came)
    if refusal is not None:
        draft.roll_back()
        _refuse(draft, known.account, arrival, refusal)
    present = draft.keys.get(known.key)
    assert present is not None
    account, active = present.account, present.active
    draft.keys.set(known.key, KeyState(known.key, account, active, generation, number, named))
    fate = Fate.MERGED if refusal is None else Fate.REFUSED
    return Outcome(fate, known.key, generation, number, named, index, refusal)


def _apply(draft: Draft, state: State, account: bytes, verified: Verified) -> Refusal | None:
    asked = verified.change_set
    refusal = draft.taking_part(account) or _seen(state, asked)
    refusal = refusal or too_many_attached(asked.operations)
    if refusal is not None:
        return refusal
    accounts = concerned(draft, account, asked.operations)
    if len(accounts) > CONCERNED_MAX:
        facts = {"accounts": len(accounts), "most": CONCERNED_MAX}
        return Refusal(Code.TOO_MANY_CONCERNED, facts)
    concerns = draft.touch(accounts)
    draft.change_set = draft.write(
        ChangeSetRecord(concerns, verified.key, verified.body, verified.signature)
    )
    draft.made = None
    for position, operation in enumerate(asked.operations):
        if not isinstance(operation, FOLLOWING):
            draft.made = None
        refusal = RULES[type(operation)](draft, Act(account, verified.hash, position), operation)
        if refusal is not None:
            return refusal._replace(operation=position)
    return None


def _refuse(draft: Draft, account: bytes, arrival: _Arrival, refusal: Refusal) -> None:
    body = b"" if isinstance(arrival.came, RefusalRecord) else arrival.came.body
    draft.write(
        RefusalRecord(
            draft.touch((account,)),
            arrival.came.key,
            arrival.generation,
            arrival.number,
            arrival.hash,
            refusal.code.value,
            refusal.operation,
            body if len(body) <= REFUSED_BODY_BYTES_MAX else b"",
            arrival.signature,
        )
    )


def _seen(state: State, asked: ChangeSet) -> Refusal | None:
    """Refuse a change-set whose author says that he verified a version we never had."""
    size, root = asked.seen.size, asked.seen.root
    known = b"" if size == 0 else state.history.get(size)
    return None if known == root else Refusal(Code.SEEN_MISMATCH, {"size": size})
