"""Merge: from the present and a batch of requests to the next present, or to reasons why not.

Pure: the state is read and never changed, the time comes in, and the result does not depend on
the order or duplication in which the batch arrived.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from ledger.changeset import Verified, VerifiedStatement
from ledger.codec import encode
from ledger.draft import Draft
from ledger.field import TIME_MAX
from ledger.link.evidence import VerifiedReading
from ledger.map import SparseMap
from ledger.merge_chain import merge_chains
from ledger.merge_manager import merge_statements
from ledger.merge_page import EpochDue, Page, Pages
from ledger.merge_reading import merge_readings
from ledger.name.state import name_values
from ledger.outcome import Outcome
from ledger.record import EpochRecord, Record, RefusalRecord, StateRecord
from ledger.rule.bill import expire_bill
from ledger.rule.hold import expire_hold
from ledger.rule.link_request import end_linked
from ledger.rule.mandate import pay_by_mandates, remove_mandate
from ledger.rule.name_book import expire_names
from ledger.rule.request import end_request
from ledger.rule.successor import VerifiedSuccessor, succeed
from ledger.rule.transit import expire_transit
from ledger.state import Changes, Community, State, replace

EPOCH_KEY_BYTES = 32
_COMMUNITY_PREFIX = b"commontab/community/v1\n"


@dataclass(frozen=True, slots=True)
class Batch:
    """What one merge takes in; every signature in it is verified.

    Attributes:
        statements: The manager's, in any order.
        change_sets: The members', by key, each key's in any order, duplicates and all. They are
            asked for by lot, a key when its turn comes, so that a caller may verify them then.
        epoch_key: 32-byte key of the current epoch, for the record that begins the next one;
            empty where the ledger is open.
        stated: On replay only: refusals whose bodies the journal does not keep.
        successor: A new key of the community; then the batch has nothing else.
        readings: What was read of linked communities' journals, in any order.
    """

    statements: tuple[VerifiedStatement, ...] = ()
    change_sets: Mapping[bytes, Sequence[Verified]] = field(default_factory=dict)
    epoch_key: bytes = b""
    stated: tuple[RefusalRecord, ...] = ()
    successor: VerifiedSuccessor | None = None
    readings: tuple[VerifiedReading, ...] = ()


@dataclass(frozen=True, slots=True)
class Merge:
    """What a merge gives: nothing of it has happened until a store has committed it.

    Attributes:
        records: In journal order, ending in a StateRecord; empty when nothing took effect.
        bodies: Their canonical bytes, without the nonce.
        changes: The difference to the state.
        outcomes: What became of each statement and change-set, in the order of the batch.
        accounts_map: The map of all accounts afterwards.
        keys_map: The map of all keys afterwards.
        links_map: The map of all links afterwards.
        names_map: The map of all names afterwards.
        community: The community's key by which the batch's inputs are signed.
    """

    records: tuple[Record, ...]
    bodies: tuple[bytes, ...]
    changes: Changes
    outcomes: tuple[Outcome, ...]
    accounts_map: SparseMap
    keys_map: SparseMap
    links_map: SparseMap
    names_map: SparseMap
    community: bytes


def merge(state: State, batch: Batch, now: int) -> Merge:
    """Return what a batch makes of the state.

    Args:
        state: The present; it stays as it is.
        batch: Verified statements and change-sets.
        now: Unix seconds, UTC; the state's own time where that is later.

    Source:
        docs/protocol.md, "Merge".
    """
    try:
        return merge_in_pages(state, batch, now, _keep)
    except EpochDue:
        return merge_in_pages(state, batch, now, _keep, new_epoch=True)


def merge_in_pages(
    state: State,
    batch: Batch,
    now: int,
    take: Callable[[Page], None],
    *,
    new_epoch: bool = False,
) -> Merge:
    """Return what ``merge`` does, and hand over the records before the last are made.

    So a store can write some while the signatures of others are still checked.

    Args:
        state: The present; it stays as it is.
        batch: Verified statements and change-sets.
        now: Unix seconds, UTC; the state's own time where that is later.
        take: Takes all records, page by page; they are final unless this raises.
        new_epoch: Whether an epoch begins with this merge.

    Raises:
        EpochDue: Something in the batch asks for a new epoch: call again with one.
    """
    now = max(state.time, now)
    assert now <= TIME_MAX, "a clock past the year 36,000 is our own mistake"
    draft = Draft(state, now, state.tree.size)
    pages = Pages(draft, take, new_epoch=new_epoch)
    if new_epoch:
        draft.write(_next_epoch(state, batch.epoch_key))
    outcomes: list[Outcome] = []
    for settled in _run(draft, state, batch, new_epoch=new_epoch):
        outcomes += settled
        pages.fill(settled)
    if not draft.records:
        return _nothing(state, outcomes)
    return _finish(draft, state, pages, outcomes)


def community_hash(community: Community) -> bytes:
    """Return the hash by which a state record commits to the community's settings."""
    return sha256(_COMMUNITY_PREFIX + encode(community)).digest()


def _run(
    draft: Draft, state: State, batch: Batch, *, new_epoch: bool
) -> Iterator[Sequence[Outcome]]:
    """Apply everything; yield the outcomes of the statements, then those of each key."""
    if batch.successor is not None:
        others = (*batch.statements, *batch.change_sets, *batch.stated, *batch.readings)
        assert not others, "a succession stands alone"
        succeed(draft, batch.successor)
    expire_names(draft)
    stated = merge_statements(draft, batch.statements)
    if new_epoch:
        _enter_epoch(draft, state.tree.size)
    _expire(draft)
    merge_readings(draft, state.tree.root, batch.readings)
    yield stated
    yield from merge_chains(draft, state, batch.change_sets, batch.stated)
    if batch.successor is None:
        pay_by_mandates(draft)


def _next_epoch(state: State, epoch_key: bytes) -> EpochRecord:
    if state.community is None:
        return EpochRecord(1, 0, b"")
    assert len(epoch_key) == EPOCH_KEY_BYTES, "a new epoch carries the key of the one before"
    return EpochRecord(state.community.epoch + 1, state.community.epoch_first, epoch_key)


def _enter_epoch(draft: Draft, first: int) -> None:
    assert draft.community is not None
    draft.community = replace(draft.community, epoch=draft.community.epoch + 1, epoch_first=first)


def _expire(draft: Draft) -> None:
    """End what has lived its time."""
    draft.begin()
    due = [hold for hold in draft.holds.values() if hold.expires <= draft.now]
    for hold in sorted(due, key=lambda hold: (hold.expires, hold.id)):
        expire_hold(draft, hold)
    _expire_asked(draft)
    late = [one for one in draft.transits.values() if one.instruction.deadline <= draft.now]
    for transit in sorted(late, key=lambda one: (one.instruction.deadline, one.id)):
        expire_transit(draft, transit)


def _expire_asked(draft: Draft) -> None:
    """End requests, bills and mandates: none of them holds anything, so no record says so."""
    for request in draft.requests.values():
        if request.expires <= draft.now:
            draft.expired[request.id] = request.expires
            end_request(draft, request)
    for bill in draft.bills.values():
        if bill.expires <= draft.now:
            expire_bill(draft, bill)
    for mandate in draft.mandates.values():
        if mandate.ends <= draft.now:
            remove_mandate(draft, mandate)
    for linked in draft.linked_requests.values():
        if linked.asked.expires <= draft.now:
            end_linked(draft, linked)


def _keep(_: Page) -> None:
    """Take a page whose records are in the result too."""


def _nothing(state: State, outcomes: Sequence[Outcome]) -> Merge:
    return Merge(
        (),
        (),
        Changes(),
        tuple(outcomes),
        state.accounts_map,
        state.keys_map,
        state.links_map,
        state.names_map,
        state.key,
    )


def _finish(draft: Draft, state: State, pages: Pages, outcomes: Sequence[Outcome]) -> Merge:
    assert draft.community is not None, "records begin with the ledger's opening"
    changes = _changes(draft, state)
    accounts_map = state.accounts_map.update(
        {key: encode(account) for key, account in changes.accounts.items()}
    )
    keys_map = state.keys_map.update({key: encode(known) for key, known in changes.keys.items()})
    links_map = state.links_map.update({key: encode(link) for key, link in changes.links.items()})
    names_map = state.names_map.update(name_values(changes.names, changes.name_rules))
    draft.write(
        StateRecord(
            draft.now,
            draft.community.epoch,
            draft.community.manager_number,
            accounts_map.root,
            keys_map.root,
            names_map.root,
            links_map.root,
            community_hash(draft.community),
        )
    )
    pages.finish()
    return Merge(
        tuple(draft.records),
        tuple(pages.bodies),
        changes,
        tuple(outcomes),
        accounts_map,
        keys_map,
        links_map,
        names_map,
        state.key,
    )


def _changes(draft: Draft, state: State) -> Changes:
    named = draft.names.changes.items()
    return Changes(
        community=draft.community,
        time=draft.now,
        accounts=draft.changed_accounts(),
        keys=draft.keys.present(),
        holds=draft.holds.changes,
        requests=draft.requests.changes,
        transactions=draft.transactions.present(),
        links=draft.links.present(),
        transits=draft.transits.changes,
        finished=draft.finished.present(),
        linked_requests=draft.linked_requests.changes,
        bills=draft.bills.changes,
        past_bills=draft.past_bills.present(),
        mandates=draft.mandates.changes,
        attachments=draft.attachments.present(),
        filed=draft.filed.present(),
        names={name: value for name, value in named if value != state.names.get(name)},
        name_rules=None if draft.name_rules is state.name_rules else draft.name_rules,
        mentions=frozenset(draft.mentions.present()),
        succession=draft.succession,
    )
