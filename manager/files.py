"""Fetching the files that change-sets at the door name; they are kept before those are merged."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from federation.blob_transfer import fetch_blob
from federation.dht.pace import Buckets
from federation.port import Clock, Dht
from ledger.attachment import SEAL_BYTES, is_file_of
from ledger.operation import Attach
from ledger.store.attachment import AttachmentStore
from manager.awaited import Awaited, files_of

KEYS_AT_ONCE = 4
"""Members whose files are fetched at one time, one file each: 32 items in flight."""
FILES_MAX = 64
"""Files that are looked for at one time; what came of them, at most 17 MB, stays in memory."""
KEY_BYTES_MAX = 2 * 2**20
"""Of one key in one round of polls: what one change-set can name."""
KEYS_MAX = 1_024
"""Members whose shares are kept in mind."""
FILE_S = 30.0
"""How long one try may take, so that nobody keeps others' files waiting; the next goes on where it
ended."""
RETRY_S = 2.0
RETRY_S_MAX = 300.0
"""A file that does not come is tried again after so long, twice as long each time."""
UNNAMED_S = 600
"""A file that nothing names any more is let go of after so long: its change-set was refused."""


@dataclass(slots=True)
class _Try:
    """A file that is looked for: items of it by target, and when to go on."""

    items: dict[bytes, bytes] = field(default_factory=dict)
    after_s: float = 0.0
    pause_s: float = RETRY_S


class Files:
    """Fetches one community's files; one round at a time.

    Args:
        store: Where they are kept.
        dht: Where they come from.
        clock: For pauses.
        round_s: Between two polls; the share of a key is for so long.
    """

    def __init__(self, *, store: AttachmentStore, dht: Dht, clock: Clock, round_s: float) -> None:
        self._store = store
        self._dht = dht
        self._clock = clock
        self._gate = asyncio.Semaphore(KEYS_AT_ONCE)
        self._tries: dict[bytes, _Try] = {}
        self._shares = Buckets(KEY_BYTES_MAX / round_s, KEY_BYTES_MAX, KEYS_MAX)

    async def fetch(self, awaited: Sequence[Awaited]) -> int:
        """Fetch and keep what is due; return how many files came.

        Args:
            awaited: What waits for them, each key's oldest first.

        Raises:
            StoreFull: The disk has no room; what came before is kept.
        """
        by_key: dict[bytes, list[Attach]] = {}
        room = FILES_MAX
        for one in awaited:
            held = by_key.setdefault(one.change_set.key, [])
            held += one.files[:room]
            room -= len(one.files[:room])
        wanted = {file.hash for files in by_key.values() for file in files}
        self._tries = {named: self._tries.get(named) or _Try() for named in wanted}
        asked = (self._fetch_of(key, files) for key, files in by_key.items())
        return sum(await asyncio.gather(*asked))

    async def tidy(self, awaited: Iterable[Awaited]) -> None:
        """Let go of files whose change-sets were refused or are gone."""
        before = self._clock.now() - UNNAMED_S
        unnamed = await asyncio.to_thread(self._store.unattached, before)
        named = {file.hash for file in files_of(one.change_set for one in awaited)}
        if gone := [one for one in unnamed if one not in named]:
            await asyncio.to_thread(self._store.forget, gone)

    async def _fetch_of(self, key: bytes, files: Iterable[Attach]) -> int:
        """Fetch a key's files in order, up to its share or the first that does not come."""
        came = 0
        async with self._gate:
            for file in files:
                now_s, sealed_bytes = self._clock.monotonic(), file.length + SEAL_BYTES
                if self._tries[file.hash].after_s > now_s:
                    break
                if self._shares.wait_s(key.hex(), now_s, sealed_bytes):
                    break
                self._shares.take(key.hex(), now_s, sealed_bytes)
                if not await self._fetch_one(file):
                    break
                came += 1
        return came

    async def _fetch_one(self, file: Attach) -> bool:
        under_way = self._tries[file.hash]
        sealed = None
        with suppress(TimeoutError):  # what came until then stays for the next try
            async with asyncio.timeout(FILE_S):
                sealed = await fetch_blob(
                    self._dht, file.target, file.length + SEAL_BYTES, under_way.items
                )
        if sealed is not None and is_file_of(sealed, file):
            await asyncio.to_thread(self._store.keep, sealed, self._clock.now())
            return True
        if sealed is not None:
            under_way.items.clear()  # the root leads to another file: its author was wrong
        under_way.after_s = self._clock.monotonic() + under_way.pause_s
        under_way.pause_s = min(RETRY_S_MAX, under_way.pause_s * 2)
        return False
