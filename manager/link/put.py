"""Putting: items of one key, kept before they are put, each newer than all that were seen."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from federation.errors import NetworkUnreachable
from federation.item import SlotName, sign_item
from federation.kept import item_of, put_item, put_whole
from federation.port import Dht
from federation.slot import next_seq
from federation.tier import Tiered, join_items
from ledger.store.slot import PutItem, SlotStore

AT_ONCE = 16
"""Slots that are put at the same time."""


class LinkPut:
    """The slots of one key in one home; one process writes them.

    Args:
        seed: The key's 32 bytes.
        store: Keeps what is put.
        dht: Where it goes.
    """

    def __init__(self, seed: bytes, store: SlotStore, dht: Dht) -> None:
        self._seed = seed
        self._store = store
        self._dht = dht
        self._rows: dict[SlotName, PutItem | None] = {}
        self._seen: dict[SlotName, int] = {}
        self._gate = asyncio.Semaphore(AT_ONCE)

    def saw(self, name: SlotName, seq: int) -> None:
        """Note a version that was read back: the next item goes beyond it."""
        self._seen[name] = max(self._seen.get(name, 0), seq)

    def row(self, name: SlotName) -> PutItem | None:
        """Return a slot's newest item as this home kept it, or None. Blocks."""
        if name not in self._rows:
            self._rows[name] = self._store.newest(name.key, name.salt)
        return self._rows[name]

    def is_put(self, name: SlotName) -> bool:
        """Return whether nodes have the newest item, and nothing later was seen. Blocks."""
        row = self.row(name)
        return row is not None and row.put is not None and row.seq >= self._seen.get(name, 0)

    def keep(self, name: SlotName, value: Tiered, now: int) -> None:
        """Sign and keep a slot's next item before it is put. Blocks."""
        self._keep(name, value.value, join_items(value.items), now)

    def forget(self, name: SlotName) -> None:
        """Let go of a slot. Blocks."""
        self._store.forget(name.key, name.salt)
        self._rows.pop(name, None)

    async def send(self, names: Iterable[SlotName], now: int) -> None:
        """Put what is kept of some slots, what they list first.

        Raises:
            NetworkUnreachable: A slot reached nobody; the others were put all the same.
        """
        done = await asyncio.gather(*(self._send(name, now) for name in names))
        for error in done:
            if error is not None:
                raise error

    def _keep(self, name: SlotName, value: bytes, sealed: bytes, now: int) -> None:
        before = self.row(name)
        seq = next_seq((before.seq if before else 0, self._seen.get(name, 0)), now)
        row = put_item(sign_item(self._seed, name.salt, seq, value), sealed)
        self._store.keep(row)
        self._rows[name] = row

    def _renew(self, name: SlotName, now: int) -> PutItem:
        """Return what is to be put, signed anew where a later version was seen. Blocks."""
        row = self.row(name)
        assert row is not None, "what is put was kept before"
        if row.seq < self._seen.get(name, 0):
            self._keep(name, row.value, row.sealed, now)
        return self._rows[name] or row

    async def _send(self, name: SlotName, now: int) -> NetworkUnreachable | None:
        row = await asyncio.to_thread(self._renew, name, now)
        async with self._gate:
            try:
                put = await put_whole(self._dht, item_of(row), row.sealed)
            except NetworkUnreachable as error:
                return error
        self.saw(name, put.newest_seq or 0)
        if put.accepted:
            await asyncio.to_thread(self._store.mark_put, row, now)
            self._rows[name] = replace(row, put=now)
        return None
