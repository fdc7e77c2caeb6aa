"""Following only a community's names: its checkpoint, what proves them, and what changed.

Nothing of the journal but its last record is read, so a linked community's names can be followed
also where its ledger is closed. That its journal was extended and not rewritten is not shown by
this; two checkpoints of one size with different roots are.
"""

import asyncio
from typing import Literal

from msgspec.structs import replace

from federation.errors import (
    FetchTimeout,
    ItemInvalid,
    SplitView,
    StorageFailed,
    TorrentRefused,
)
from federation.item import MutableItem, verify_item
from federation.names.fetch import NamesFetcher
from federation.names.folder import NOTHING, KeptRegistry, RegistryFolder
from federation.names.grow import grow_registry, read_head
from federation.names.registry import FollowedRegistry
from federation.port import Clock, Dht, Swarm
from federation.slot import CheckpointValue, checkpoint_slot, decode_checkpoint_value
from ledger.checkpoint import (
    VerifiedCheckpoint,
    verify_checkpoint,
    verify_snapshot_checkpoint,
)
from ledger.errors import HistoryMismatch, NoteError
from ledger.name.log import format_changes_name
from ledger.snapshot import SnapshotFiles

FETCH_S = 60.0
"""Deadline for the newest torrent, seconds; what came stays for the next try."""
FALLBACK_S = 20.0
"""Deadline for each of the four before it."""
SEEN_S = 60
"""How often it is written down that a checkpoint is still the newest, seconds."""

Step = Literal["unchanged", "missing", "older", "followed"]
"""What one look brought: nothing new; no item in the DHT; an older one; a newer checkpoint."""


class RegistryFollower:
    """Brings the names of one community up to what it publishes.

    Args:
        community: Its key, 32 bytes.
        folder: Where registries are kept; this process is the only one that writes there.
        bytes_max: Room for its files of changes.

    Attributes:
        kept: What is kept of it.
        registry: Its names, None while there are none or they are in doubt.
    """

    def __init__(
        self,
        *,
        community: bytes,
        folder: RegistryFolder,
        dht: Dht,
        swarm: Swarm,
        clock: Clock,
        bytes_max: int,
    ) -> None:
        self._community = community
        self._folder = folder
        self._fetcher = NamesFetcher(community, folder, swarm, bytes_max)
        self._dht = dht
        self._clock = clock
        self._seq: int | None = None
        self.kept = folder.read(community)
        self.registry: FollowedRegistry | None = None
        self._load()

    @property
    def moved_bytes(self) -> int:
        """Payload that torrents have moved for it."""
        return self._fetcher.moved_bytes

    async def follow(self) -> Step:
        """Look at the community's slot once.

        Raises:
            NetworkUnreachable: No DHT node answered.
            ItemInvalid: The slot's item is signed, but holds no checkpoint of the community.
            FetchTimeout: None of the snapshots came.
            TorrentRefused: None of them was a snapshot, or its names are more than fit here.
            SplitView: The community's key signed two histories; nothing of it is believed again.
            HistoryMismatch: What came is not what its checkpoint says.
            StorageFailed: The disk has no room.
        """
        self._check_one_history()
        got = await self._dht.get(checkpoint_slot(self._community), self._seq)
        if got.item is None:
            if got.unchanged:
                await self._see()
            return "unchanged" if got.unchanged else "missing"
        value, checkpoint = self._read(got.item)
        if checkpoint.size == self.kept.size:
            await self._compare(checkpoint)
        if checkpoint.size < self.kept.size:
            return "older"
        step: Step = "unchanged"
        if checkpoint.size > self.kept.size:
            step = "followed"
            newest = await self._fetch(value, checkpoint)
            if not newest:
                return step
        self._seq = got.item.seq
        await self._see()
        return step

    def _load(self) -> None:
        """Open what is kept; what does not read is fetched again from the start."""
        if self.kept.other_note:
            return
        try:
            self.registry = self._folder.load(self._community, self.kept)
            self._fetcher.verified = set(self.kept.changes_names)
        except StorageFailed:
            self.kept = replace(NOTHING, called=self.kept.called)

    def _check_one_history(self) -> None:
        if self.kept.other_note:
            raise SplitView(self.kept.note, self.kept.other_note)

    def _read(self, item: MutableItem) -> tuple[CheckpointValue, VerifiedCheckpoint]:
        verify_item(item)
        value = decode_checkpoint_value(item.value)
        try:
            return value, verify_checkpoint(self._community, value.note)
        except NoteError as error:
            raise ItemInvalid(f"the community's slot holds no checkpoint: {error}") from error

    async def _compare(self, checkpoint: VerifiedCheckpoint) -> None:
        """Accept a note of a size that is known, and take over the cosignatures that it brings.

        Raises:
            SplitView: It has another root.
        """
        ours = verify_checkpoint(self._community, self.kept.note)
        if ours.root != checkpoint.root:
            self.registry = None
            await asyncio.to_thread(self._folder.keep_fork, ours, checkpoint)
            await self._keep(replace(self.kept, other_note=checkpoint.note))
            self._check_one_history()
        if checkpoint.note != self.kept.note:
            await self._keep(replace(self.kept, note=checkpoint.note))
            self.registry = self.registry and self.registry.confirmed_by(checkpoint)

    async def _see(self) -> None:
        """Note that the newest checkpoint is the one that is kept."""
        now = self._clock.now()
        if self.registry is not None:
            self.registry = self.registry.seen_at(now)
        if not 0 <= now - self.kept.seen < SEEN_S:
            await self._keep(self.kept.seen_at(now))

    async def _keep(self, kept: KeptRegistry) -> None:
        await asyncio.to_thread(self._folder.save, self._community, kept)
        self.kept = kept

    async def _fetch(self, value: CheckpointValue, newest: VerifiedCheckpoint) -> bool:
        """Take the newest of the five snapshots that comes; return whether it is the newest."""
        last: Exception = FetchTimeout("no snapshot of the checkpoint is newer than what is here")
        for tried, infohash in enumerate(value.infohashes):
            try:
                deadline_s = FALLBACK_S if tried else FETCH_S
                files = await self._fetcher.fetch(
                    infohash, newest.size, deadline_s, self.kept.changes_names
                )
            except (FetchTimeout, TorrentRefused) as error:
                last = error
                continue
            checkpoint = await asyncio.to_thread(self._checkpoint_of, files, newest)
            if checkpoint.size > self.kept.size:
                await self._take(checkpoint, files)
                return checkpoint.size == newest.size
        raise last

    def _checkpoint_of(
        self, files: SnapshotFiles, newest: VerifiedCheckpoint
    ) -> VerifiedCheckpoint:
        """Return the checkpoint of a snapshot: the newest one, or an older one's own."""
        if files.size == newest.size:
            return newest
        note = self._folder.content(self._community, files.checkpoint)
        return verify_snapshot_checkpoint(self._community, files.size, note)

    async def _take(self, checkpoint: VerifiedCheckpoint, files: SnapshotFiles) -> None:
        """Verify what came and keep it."""
        now = self._clock.now()
        registry = await asyncio.to_thread(self._grow, checkpoint, files, now)
        kept = KeptRegistry(
            checkpoint.note,
            checkpoint.size,
            files.registry or "",
            tuple(map(format_changes_name, files.changes)),
            now,
            self.kept.called,
            b"",
        )
        await self._keep(kept)
        self.registry = registry
        self._fetcher.verified = set(files.changes)

    def _grow(
        self, checkpoint: VerifiedCheckpoint, files: SnapshotFiles, now: int
    ) -> FollowedRegistry | None:
        before = self.registry
        if files.registry is None:
            if before is not None:
                raise HistoryMismatch(
                    f"the snapshot of {files.size} records has no names; that of {before.size} had"
                )
            return None
        head = read_head(checkpoint, self._folder.content(self._community, files.registry))
        new = [name for name in files.changes if name not in self._fetcher.verified]
        if files.changes[-1].span.end != head.changes:
            raise HistoryMismatch(
                f"the snapshot of {files.size} records has {files.changes[-1].span.end} changes of "
                f"names; what proves them says {head.changes}"
            )
        if before is not None and new and new[0].span.first != before.head.changes:
            # Files that say again what is known here could say it otherwise.
            before, new = None, list(files.changes)
        return grow_registry(before, head, self._folder.contents(self._community, new), now)
