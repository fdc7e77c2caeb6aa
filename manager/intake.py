"""Taking in: poll the slots of all members' keys and open them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from federation.collector import uncollected
from federation.errors import NetworkUnreachable, SlotInvalid
from federation.item import MutableItem
from federation.kept import put_item
from federation.outbox import Inline, Listed, join_outbox, open_outbox
from federation.poll import Poller
from federation.port import Dht, Got
from federation.slot import SealedSlot, changes_slot
from federation.tier import join_items
from ledger.changeset import CHANGE_SET_BYTES_MAX, ChangeSet, Verified, claim_of
from ledger.checking.checker import Checker
from ledger.codec import decode
from ledger.merge_chain import lot
from ledger.record import ChangeSetRecord, RefusalRecord
from ledger.state import KeyState
from ledger.store.door import Arrivals, DoorStore, Poll
from ledger.store.journal import JournalStore
from ledger.store.lookup import Lookup
from ledger.store.slot import PutItem
from manager.delivery import Delivery
from manager.demand import OnDemand
from manager.door import Admitted, Asked, admit, read_outbox


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A slot's new item, with the immutable items of tier 2 once they are fetched."""

    known: KeyState
    slot: SealedSlot
    item: MutableItem
    chunks: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class _Opened:
    """What an item held.

    Attributes:
        asked: What its author asks for; None where the item does not open, or immutable ones
            are missing.
        listed: Tier 2: where its change-sets lie, until they are here.
    """

    arrival: _Arrival
    asked: Asked | None = None
    listed: Listed | None = None


_UNREADABLE = Admitted(dropped=("unreadable",), whole=False)


class Intake:
    """Reads members' slots for one community. Close it when done."""

    def __init__(self, *, seed: bytes, store: JournalStore, dht: Dht, poller: Poller) -> None:
        self._seed = seed
        self._store = store
        self._door = DoorStore(store.database)
        self._lookup = Lookup(store.database)
        self._dht = dht
        self._poller = poller
        self._checker = Checker()
        self._slots: dict[bytes, SealedSlot] = {}

    async def take(self, keys: Mapping[bytes, KeyState], root: bytes, now: int) -> Delivery:
        """Poll every active key and return what its slot brings, opened.

        Its signatures are checked from now on, and the merge verifies what it takes; it must
        have done so before the next round.

        Args:
            keys: Where each key's chain stands.
            root: The tree's: keys come in the order in which the merge takes them.
            now: Unix seconds.
        """
        polls = await asyncio.to_thread(self._door.polls)
        slots = [self._slot(known.key) for known in keys.values() if self._is_polled(known)]
        asked = {slot.name: polls.get(slot.sender, Poll(slot.sender)).seq for slot in slots}
        answers = await self._poller.poll(asked)
        arrivals: list[_Arrival] = []
        heard: dict[bytes, Poll] = {}
        for slot in slots:
            before = polls.get(slot.sender, Poll(slot.sender))
            got = answers[slot.name]
            if not isinstance(got, Got):
                continue
            seen = now if got.item or got.unchanged else before.seen
            heard[slot.sender] = replace(before, polled=now, seen=seen)
            if got.item is not None:
                arrivals.append(_Arrival(keys[slot.sender], slot, got.item))
        arrivals.sort(key=lambda arrival: lot(root, arrival.slot.sender))
        return self._deliver(heard, await self._open_all(arrivals))

    def close(self) -> None:
        """End what checks signatures."""
        self._checker.close()

    def _is_polled(self, known: KeyState) -> bool:
        """The community's own key has an account, the commons, and asks for nothing."""
        return known.active and known.key != self._store.community_key

    def _slot(self, key: bytes) -> SealedSlot:
        """Return a key's slot; computing it costs a key exchange, so once a key."""
        slot = self._slots.get(key)
        if slot is None:
            slot = changes_slot(self._seed, self._store.community_key, key)
            self._slots[key] = slot
        return slot

    async def _open_all(self, arrivals: Sequence[_Arrival]) -> list[_Opened]:
        """Open everything; what lies in immutable items is fetched in between."""
        opened = await asyncio.to_thread(self._open_each, arrivals)
        fetched = [await self._fetch(one) for one in opened if one.listed is not None]
        here = [one for one in opened if one.listed is None]
        return here + await asyncio.to_thread(self._join_each, fetched)

    def _open_each(self, arrivals: Iterable[_Arrival]) -> list[_Opened]:
        self._checker.forget()
        with uncollected():
            return [self._open(arrival) for arrival in arrivals]

    def _open(self, arrival: _Arrival) -> _Opened:
        try:
            content = open_outbox(arrival.slot, arrival.item.value)
        except SlotInvalid:
            return _Opened(arrival)
        if isinstance(content, Listed):
            return _Opened(arrival, listed=content)
        return self._read(arrival, content)

    async def _fetch(self, opened: _Opened) -> _Opened:
        """Return a tier 2 outbox with its items, as far as anybody has them."""
        assert opened.listed is not None
        asked = (self._dht.get_immutable(target) for target in opened.listed.targets)
        try:
            found = await asyncio.gather(*asked)
        except NetworkUnreachable:
            return opened
        chunks = tuple(chunk for chunk in found if chunk is not None)
        return replace(opened, arrival=replace(opened.arrival, chunks=chunks))

    def _join_each(self, fetched: Iterable[_Opened]) -> list[_Opened]:
        with uncollected():
            return [self._join(opened) for opened in fetched]

    def _join(self, opened: _Opened) -> _Opened:
        arrival, listed = opened.arrival, opened.listed
        assert listed is not None
        try:
            return self._read(arrival, join_outbox(arrival.slot, listed, arrival.chunks))
        except SlotInvalid:
            return opened

    def _read(self, arrival: _Arrival, inline: Inline) -> _Opened:
        """Return what an outbox asks for; its signatures are checked from now on."""
        asked = read_outbox(arrival.known, inline)
        community = self._store.community_key
        self._checker.expect(claim_of(community, one) for one in asked.change_sets)
        return _Opened(arrival, asked)

    def _deliver(self, heard: dict[bytes, Poll], opened: Sequence[_Opened]) -> Delivery:
        asked = {one.arrival.slot.sender: one.asked for one in opened if one.asked is not None}
        admitted = OnDemand(asked, lambda key: self._admit(asked[key]))
        items = OnDemand(asked, lambda key: admitted[key].change_sets)
        return Delivery(items, lambda: _sum_up(heard, opened, admitted))

    def _admit(self, asked: Asked) -> Admitted:
        community = self._store.community_key
        return admit(community, asked, self._journalled, self._checker.verify)

    def _journalled(self, change_set_hash: bytes) -> Verified | None:
        stored = self._lookup.find_record(change_set_hash)
        record = None if stored is None else stored.record
        if not isinstance(record, ChangeSetRecord | RefusalRecord) or not record.body:
            return None
        change_set = decode(record.body, ChangeSet, CHANGE_SET_BYTES_MAX)
        return Verified(record.key, record.body, record.signature, change_set, change_set_hash)


def _sum_up(
    heard: Mapping[bytes, Poll], opened: Sequence[_Opened], admitted: Mapping[bytes, Admitted]
) -> Arrivals:
    polls = dict(heard)
    slots: list[PutItem] = []
    parts: list[Admitted] = []
    for one in opened:
        arrival, key = one.arrival, one.arrival.slot.sender
        part = admitted.get(key, _UNREADABLE)
        parts.append(part)
        if part.whole:
            # Otherwise the next cycle reads the same item again.
            polls[key] = replace(polls[key], seq=arrival.item.seq)
        if key in admitted:
            slots.append(put_item(arrival.item, join_items(arrival.chunks)))
    return Arrivals(
        tuple(polls.values()),
        {key: part.change_sets for key, part in admitted.items()},
        tuple(slots),
        tuple(conflict for part in parts for conflict in part.conflicts),
        tuple(reason for part in parts for reason in part.dropped),
    )
