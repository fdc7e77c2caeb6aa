"""Taking in: poll the slots of all members' keys, open them, verify what they hold."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TypeVar

from federation.errors import NetworkUnreachable, SlotInvalid
from federation.item import MutableItem
from federation.kept import put_item
from federation.outbox import Inline, Listed, join_outbox, open_outbox
from federation.poll import Poller
from federation.port import Dht, Got
from federation.slot import SealedSlot, changes_slot
from federation.tier import join_items
from ledger.changeset import CHANGE_SET_BYTES_MAX, ChangeSet, Verified
from ledger.codec import decode
from ledger.record import ChangeSetRecord, RefusalRecord
from ledger.state import KeyState
from ledger.store.door import Arrivals, DoorStore, Poll
from ledger.store.journal import JournalStore
from ledger.store.lookup import Lookup
from ledger.store.slot import PutItem
from manager.door import Admitted, admit

_T = TypeVar("_T")

SLOTS_PER_JOB = 64
"""Slots that one thread opens and verifies in a row: enough to outweigh handing them over."""


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
        admitted: What of it may reach merge.
        readable: Whether it could be opened, its immutable items too.
        listed: Tier 2: where its change-sets lie.
    """

    arrival: _Arrival
    admitted: Admitted
    readable: bool = True
    listed: Listed | None = None


_UNREADABLE = Admitted(dropped=("unreadable",), whole=False)


class Intake:
    """Reads members' slots for one community."""

    def __init__(
        self,
        *,
        seed: bytes,
        store: JournalStore,
        dht: Dht,
        poller: Poller,
        threads: Executor,
    ) -> None:
        self._seed = seed
        self._store = store
        self._door = DoorStore(store.database)
        self._lookup = Lookup(store.database)
        self._dht = dht
        self._poller = poller
        self._threads = threads
        self._slots: dict[bytes, SealedSlot] = {}

    async def take(self, keys: Mapping[bytes, KeyState], now: int) -> Arrivals:
        """Poll every active key and return what its slot brings, opened and verified.

        Args:
            keys: Where each key's chain stands.
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
        return _sum_up(heard, await self._open_all(arrivals))

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
        """Open and admit in threads; what lies in immutable items is fetched in between."""
        opened = await self._in_threads(self._open, arrivals)
        listing = [place for place, one in enumerate(opened) if one.listed is not None]
        fetched = [await self._fetch(opened[place]) for place in listing]
        joined = await self._in_threads(self._join, fetched)
        for place, one in zip(listing, joined, strict=True):
            opened[place] = one
        return opened

    async def _in_threads(self, work: Callable[[_T], _Opened], ones: Sequence[_T]) -> list[_Opened]:
        loop = asyncio.get_running_loop()
        jobs = [
            loop.run_in_executor(self._threads, _do_all, work, ones[start : start + SLOTS_PER_JOB])
            for start in range(0, len(ones), SLOTS_PER_JOB)
        ]
        return [one for job in await asyncio.gather(*jobs) for one in job]

    def _open(self, arrival: _Arrival) -> _Opened:
        try:
            content = open_outbox(arrival.slot, arrival.item.value)
        except SlotInvalid:
            return _Opened(arrival, _UNREADABLE, readable=False)
        if isinstance(content, Listed):
            return _Opened(arrival, _UNREADABLE, readable=False, listed=content)
        return self._admit(arrival, content)

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

    def _join(self, opened: _Opened) -> _Opened:
        arrival, listed = opened.arrival, opened.listed
        assert listed is not None
        try:
            return self._admit(arrival, join_outbox(arrival.slot, listed, arrival.chunks))
        except SlotInvalid:
            return opened

    def _admit(self, arrival: _Arrival, inline: Inline) -> _Opened:
        community, journalled = self._store.community_key, self._journalled
        return _Opened(arrival, admit(community, arrival.known, inline, journalled))

    def _journalled(self, change_set_hash: bytes) -> Verified | None:
        stored = self._lookup.find_record(change_set_hash)
        record = None if stored is None else stored.record
        if not isinstance(record, ChangeSetRecord | RefusalRecord) or not record.body:
            return None
        change_set = decode(record.body, ChangeSet, CHANGE_SET_BYTES_MAX)
        return Verified(record.key, record.body, record.signature, change_set, change_set_hash)


def _do_all(work: Callable[[_T], _Opened], ones: Sequence[_T]) -> list[_Opened]:
    return [work(one) for one in ones]


def _sum_up(heard: dict[bytes, Poll], opened: Sequence[_Opened]) -> Arrivals:
    items: dict[bytes, tuple[Verified, ...]] = {}
    slots: list[PutItem] = []
    for one in opened:
        arrival, admitted = one.arrival, one.admitted
        key = arrival.slot.sender
        if admitted.whole:
            # Otherwise the next cycle reads the same item again.
            heard[key] = replace(heard[key], seq=arrival.item.seq)
        if one.readable:
            items[key] = admitted.change_sets
            slots.append(put_item(arrival.item, join_items(arrival.chunks)))
    return Arrivals(
        tuple(heard.values()),
        items,
        tuple(slots),
        tuple(conflict for one in opened for conflict in one.admitted.conflicts),
        tuple(reason for one in opened for reason in one.admitted.dropped),
    )
