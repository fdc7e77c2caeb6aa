"""Taking in: poll the slots of all members' keys, open them, keep what is verified."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace

from federation.errors import NetworkUnreachable, SlotInvalid
from federation.item import MutableItem
from federation.kept import put_item
from federation.outbox import Inline, Listed, join_items, join_outbox, open_outbox
from federation.poll import Poller
from federation.port import Dht, Got
from federation.slot import SealedSlot, changes_slot
from ledger.changeset import CHANGE_SET_BYTES_MAX, ChangeSet, Verified
from ledger.codec import decode
from ledger.record import ChangeSetRecord, RefusalRecord
from ledger.state import KeyState
from ledger.store.door import DoorStore, Poll, keep_evidence
from ledger.store.journal import JournalStore
from ledger.store.lookup import Lookup
from ledger.store.slot import PutItem, SlotStore
from manager.door import Admitted, admit

SLOTS_PER_JOB = 64
"""Slots that one thread opens and verifies in a row: enough to outweigh handing them over."""


@dataclass(slots=True)
class Taken:
    """What one round of polling brought.

    Attributes:
        polled: How many slots were asked for.
        answered: How many of them some node answered for.
        change_sets: Verified and new.
        conflicts: Second contents of merged numbers.
        dropped: Reasons of what was left out.
    """

    polled: int = 0
    answered: int = 0
    change_sets: list[Verified] = field(default_factory=list)
    conflicts: list[Verified] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


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
        self._items = SlotStore(store.database)
        self._dht = dht
        self._poller = poller
        self._threads = threads
        self._slots: dict[bytes, SealedSlot] = {}

    async def take(self, keys: Mapping[bytes, KeyState], now: int) -> Taken:
        """Poll every active key and keep what its slot brings, in one transaction.

        Args:
            keys: Where each key's chain stands.
            now: Unix seconds.
        """
        polls = await asyncio.to_thread(self._door.polls)
        slots = [self._slot(known.key) for known in keys.values() if self._is_polled(known)]
        asked = {slot.name: polls.get(slot.sender, Poll(slot.sender)).seq for slot in slots}
        answers = await self._poller.poll(asked)
        taken = Taken(polled=len(slots))
        arrivals: list[_Arrival] = []
        heard: list[Poll] = []
        for slot in slots:
            before = polls.get(slot.sender, Poll(slot.sender))
            got = answers[slot.name]
            if isinstance(got, Got):
                taken.answered += 1
                seen = now if got.item or got.unchanged else before.seen
                heard.append(replace(before, polled=now, seen=seen))
                if got.item is not None:
                    arrivals.append(await self._open(keys[slot.sender], slot, got.item))
        admitted = await self._admit_all(arrivals)
        await asyncio.to_thread(self._keep, taken, heard, arrivals, admitted, now)
        return taken

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

    def _keep(
        self,
        taken: Taken,
        heard: Sequence[Poll],
        arrivals: Sequence[_Arrival],
        admitted: Sequence[Admitted],
        now: int,
    ) -> None:
        polls = {poll.key: poll for poll in heard}
        items: dict[bytes, Sequence[Verified]] = {}
        kept: list[PutItem] = []
        for arrival, one in zip(arrivals, admitted, strict=True):
            key = arrival.slot.sender
            if one.whole:
                # Otherwise the next cycle reads the same item again.
                polls[key] = replace(polls[key], seq=arrival.item.seq)
            if arrival.inline is not None:
                items[key] = one.change_sets
                kept.append(put_item(arrival.item, join_items(arrival.chunks)))
            taken.change_sets += one.change_sets
            taken.conflicts += one.conflicts
            taken.dropped += one.dropped
        if not heard:
            return
        self._items.keep_all(kept)
        self._door.receive(list(polls.values()), items, now)
        self._door.count_dropped(taken.dropped, now)
        if taken.conflicts:
            with self._store.database.writing() as connection:
                keep_evidence(connection, taken.conflicts, now)
