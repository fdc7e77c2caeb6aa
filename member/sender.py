"""Sending: all own change-sets that no checkpoint settles yet, sealed into the own slot."""

import asyncio
from collections.abc import Callable
from hashlib import sha256

from federation.blob import cut_blob
from federation.blob_transfer import Progress, put_blob, tell_nobody
from federation.errors import ItemInvalid, NetworkUnreachable, SlotInvalid
from federation.item import MutableItem, sign_item
from federation.kept import item_of, keep_item, mark_put, put_whole
from federation.outbox import (
    Inline,
    Listed,
    join_outbox,
    open_outbox,
    seal_outbox,
)
from federation.port import Dht, Put
from federation.slot import changes_slot, next_seq
from federation.tier import Filled, join_items
from ledger import crypto
from ledger.changeset import Verified
from ledger.operation import Attach
from ledger.state import KeyState
from ledger.store.database import Database
from ledger.store.meta import ValueStore
from ledger.store.outgoing import OutgoingStore
from ledger.store.outgoing_file import OutgoingFileStore
from ledger.store.slot import PutItem, SlotStore
from member.membership import RESTORED

_CONTENT = "slot_content"
"""Value of the home: SHA-256 of all change-sets that waited when its newest item was made, and
how many of them the item holds (2 bytes); none right after a restore, when the slot holds what
does not count any more."""

OWN_MAX = 1_024
"""Newest own change-sets that are compared with the slot; it holds at most 512."""

Nonces = Callable[[], bytes]
"""Gives 24 random bytes."""


class Sender:
    """Publishes one home's change-sets and the files that they attach.

    Only one process of a home does, one thing at a time. ``carry`` is told how many of how many
    items of a file have been put.
    """

    def __init__(
        self,
        *,
        seed: bytes,
        community: bytes,
        own: Database,
        dht: Dht,
        nonces: Nonces,
        carry: Progress = tell_nobody,
    ) -> None:
        self._seed = seed
        self._slot = changes_slot(seed, community, crypto.public_key(seed))
        self._outgoing = OutgoingStore(own)
        self._values = ValueStore(own)
        self._slots = SlotStore(own)
        self._files = OutgoingFileStore(own)
        self._tell_carried = carry
        self._dht = dht
        self._nonces = nonces
        self._turn = asyncio.Lock()
        self._seen_seq = 0
        self._read = False
        self._forgotten = False

    async def publish(self, now: int) -> int:
        """Publish what is not settled, if it is not what the slot holds already.

        Args:
            now: Unix seconds.

        Returns:
            How many change-sets nodes have accepted; 0 where nothing had to go out.

        Raises:
            NetworkUnreachable: No DHT node answered; all is kept and goes out next time.
        """
        async with self._turn:
            return await self._publish(now)

    async def put_again(self, now: int) -> None:
        """Put the newest item, its parts and its files again, so that nodes keep them."""
        async with self._turn:
            row = await asyncio.to_thread(self._newest)
            if row is not None:
                waiting = await asyncio.to_thread(self._outgoing.unsettled)
                await self._put(item_of(row), row.sealed, now)
                await self._carry([one.change_set.hash for one in waiting], set(), now)

    async def start_generation(self, known: KeyState | None) -> int:
        """Begin the generation after all that the slot and the ledger know, and return it.

        The next ``publish`` takes what older generations still have in the slot out of it.

        Args:
            known: Where the ledger has this key's chain; None where it has no account.

        Raises:
            NetworkUnreachable: Nobody answered, so nobody can say what was signed before.
        """
        async with self._turn:
            return await self._start_generation(known)

    async def _publish(self, now: int) -> int:
        if not self._read:
            await self._read_back()
        if self._values.get(RESTORED) is not None:
            return 0
        made = await asyncio.to_thread(self._make, now)
        if made is None:
            return 0
        item, sealed, hashes = made
        there = set() if self._forgotten else await asyncio.to_thread(self._files.carried)
        await self._carry(hashes, there, now)
        put = await self._put(item, sealed, now)
        if put.newest_seq is not None and put.newest_seq > item.seq:
            # Somebody with this key wrote later: read it, then go beyond it.
            self._seen_seq, self._read = put.newest_seq, False
            return 0
        if put.accepted:
            await asyncio.to_thread(self._outgoing.mark_published, hashes, now)
        return len(hashes) if put.accepted else 0

    async def _read_back(self) -> None:
        """Read the own slot: a home that is behind it was restored and must not sign."""
        got = await self._dht.get(self._slot.name)
        self._read = True
        kept = await asyncio.to_thread(self._newest)
        # Nodes forget what nobody puts again for two hours, and some keep older versions.
        self._forgotten = kept is not None and (got.item is None or got.item.seq < kept.seq)
        if got.item is None:
            return
        self._seen_seq = max(self._seen_seq, got.item.seq)
        inline = await self._open(got.item)
        if inline is not None and await asyncio.to_thread(self._is_behind, inline):
            self._values.set(RESTORED, b"1")

    async def _start_generation(self, known: KeyState | None) -> int:
        got = await self._dht.get(self._slot.name)
        inline = await self._open(got.item) if got.item is not None else None
        newest = max(
            known.generation if known else 0,
            inline.generation if inline else 0,
            self._outgoing.generation(),
        )
        self._values.remove(_CONTENT)
        self._outgoing.start_generation(newest + 1)
        self._values.remove(RESTORED)
        self._seen_seq = max(self._seen_seq, got.item.seq if got.item else 0)
        self._read = True
        return newest + 1

    def _make(self, now: int) -> tuple[MutableItem, bytes, list[bytes]] | None:
        """Return the item to put, kept first, its parts and what it holds; None for nothing."""
        waiting = [one.change_set for one in self._outgoing.unsettled()]
        kept = self._newest()
        content = sha256(b"".join(one.hash for one in waiting)).digest()
        known = self._values.get(_CONTENT)
        if kept and known and known[:32] == content and kept.seq >= self._seen_seq:
            held = _hashes(waiting)[: int.from_bytes(known[32:])]
            there = kept.put and not (self._forgotten and waiting)
            return None if there else (item_of(kept), kept.sealed, held)
        if not waiting and (known or self._outgoing.generation() == 0):
            # What is settled may stay in the slot; what a restore made void may not.
            return None
        outbox = self._seal(waiting)
        sealed = join_items(outbox.items)
        seq = next_seq((kept.seq if kept else 0, self._seen_seq), now)
        item = sign_item(self._seed, self._slot.name.salt, seq, outbox.value)
        keep_item(self._slots, item, sealed)
        self._values.set(_CONTENT, content + outbox.count.to_bytes(2))
        return item, sealed, _hashes(waiting)[: outbox.count]

    def _newest(self) -> PutItem | None:
        return self._slots.newest(self._slot.name.key, self._slot.name.salt)

    def _seal(self, waiting: list[Verified]) -> Filled:
        generation = self._outgoing.generation()
        return seal_outbox(self._slot, generation, waiting, (self._nonces(), self._nonces()))

    async def _put(self, item: MutableItem, sealed: bytes, now: int) -> Put:
        put = await put_whole(self._dht, item, sealed)
        if put.accepted:
            self._forgotten = False
            await asyncio.to_thread(mark_put, self._slots, item, now)
        return put

    async def _carry(self, hashes: list[bytes], there: set[bytes], now: int) -> None:
        """Put the files that some change-sets attach, but those that are there.

        Raises:
            NetworkUnreachable: A part of one was taken by nobody.
        """
        for file in await asyncio.to_thread(self._files_of, hashes):
            sealed = await asyncio.to_thread(self._files.sealed, file.hash)
            if sealed is None or file.hash in there:
                continue
            if not await put_blob(self._dht, cut_blob(sealed), self._tell_carried):
                raise NetworkUnreachable(
                    f"no DHT node took a part of {file.name}; it is kept and goes out next time"
                )
            await asyncio.to_thread(self._files.mark_carried, file.hash, now)

    def _files_of(self, hashes: list[bytes]) -> list[Attach]:
        found = (self._outgoing.find(one) for one in hashes)
        return [
            operation
            for one in found
            if one is not None
            for operation in one.change_set.change_set.operations
            if isinstance(operation, Attach)
        ]

    async def _open(self, item: MutableItem) -> Inline | None:
        """Return what the own slot holds; None where it cannot be read any more."""
        try:
            content = open_outbox(self._slot, item.value)
            if isinstance(content, Listed):
                parts = [await self._dht.get_immutable(target) for target in content.targets]
                whole = [part for part in parts if part is not None]
                return join_outbox(self._slot, content, whole)
        except (SlotInvalid, ItemInvalid, NetworkUnreachable):
            return None
        return content

    def _is_behind(self, inline: Inline) -> bool:
        """Return whether the slot holds what this home never signed."""
        own = {one.change_set.signature for one in self._outgoing.newest(OWN_MAX)}
        return inline.generation > self._outgoing.generation() or any(
            entry.signature not in own for entry in inline.entries
        )


def _hashes(waiting: list[Verified]) -> list[bytes]:
    return [one.hash for one in waiting]
