"""Taking in: poll the slots of all members' keys, open them, verify what they hold."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

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

SLOTS_PER_JOB = 64
"""Slots that one thread opens and verifies in a row: enough to outweigh handing them over."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    known: KeyState
    slot: SealedSlot
    item: MutableItem
    inline: Inline | None
    chunks: tuple[bytes, ...] = ()


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
                arrivals.append(await self._open(keys[slot.sender], slot, got.item))
        return _sum_up(heard, arrivals, await self._admit_all(arrivals))

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

    async def _open(self, known: KeyState, slot: SealedSlot, item: MutableItem) -> _Arrival:
        try:
            content = open_outbox(slot, item.value)
            if isinstance(content, Inline):
                return _Arrival(known, slot, item, content)
            chunks = await self._fetch(content)
            return _Arrival(known, slot, item, join_outbox(slot, content, chunks), chunks)
        except (SlotInvalid, NetworkUnreachable):
            return _Arrival(known, slot, item, None)

    async def _fetch(self, listed: Listed) -> tuple[bytes, ...]:
        asked = (self._dht.get_immutable(target) for target in listed.targets)
        found = await asyncio.gather(*asked)
        return tuple(chunk for chunk in found if chunk is not None)

    async def _admit_all(self, arrivals: Sequence[_Arrival]) -> list[Admitted]:
        loop = asyncio.get_running_loop()
        jobs = [
            loop.run_in_executor(
                self._threads, self._admit, arrivals[start : start + SLOTS_PER_JOB]
            )
            for start in range(0, len(arrivals), SLOTS_PER_JOB)
        ]
        return [one for job in await asyncio.gather(*jobs) for one in job]

    def _admit(self, arrivals: Sequence[_Arrival]) -> list[Admitted]:
        community, journalled = self._store.community_key, self._journalled
        return [
            Admitted(dropped=("unreadable",), whole=False)
            if arrival.inline is None
            else admit(community, arrival.known, arrival.inline, journalled)
            for arrival in arrivals
        ]

    def _journalled(self, change_set_hash: bytes) -> Verified | None:
        stored = self._lookup.find_record(change_set_hash)
        record = None if stored is None else stored.record
        if not isinstance(record, ChangeSetRecord | RefusalRecord) or not record.body:
            return None
        change_set = decode(record.body, ChangeSet, CHANGE_SET_BYTES_MAX)
        return Verified(record.key, record.body, record.signature, change_set, change_set_hash)


def _sum_up(
    heard: dict[bytes, Poll], arrivals: Sequence[_Arrival], admitted: Sequence[Admitted]
) -> Arrivals:
    items: dict[bytes, tuple[Verified, ...]] = {}
    slots: list[PutItem] = []
    for arrival, one in zip(arrivals, admitted, strict=True):
        key = arrival.slot.sender
        if one.whole:
            # Otherwise the next cycle reads the same item again.
            heard[key] = replace(heard[key], seq=arrival.item.seq)
        if arrival.inline is not None:
            items[key] = one.change_sets
            slots.append(put_item(arrival.item, join_items(arrival.chunks)))
    return Arrivals(
        tuple(heard.values()),
        items,
        tuple(slots),
        tuple(conflict for one in admitted for conflict in one.conflicts),
        tuple(reason for one in admitted for reason in one.dropped),
    )
