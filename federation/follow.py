"""Following a community: read its checkpoint, fetch what changed, check all of it, keep it."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from federation.errors import FetchTimeout, ItemInvalid, SplitView, TorrentRefused
from federation.item import MutableItem, verify_item
from federation.port import Clock, Dht, FileEntry, Swarm, Torrent
from federation.proof.rollback import format_rollback, rollback_of
from federation.replica import Replica
from federation.slot import CheckpointValue, checkpoint_slot, decode_checkpoint_value
from federation.window import Window
from federation.witness.doubt import prove_rewrite
from ledger.checkpoint import (
    VerifiedCheckpoint,
    verify_checkpoint,
    verify_snapshot_checkpoint,
)
from ledger.errors import GrantMissing, HistoryMismatch, NoteError, SegmentInvalid
from ledger.snapshot import SnapshotFiles, check_snapshot_files
from ledger.store.journal import KeptCheckpoint

FETCH_S = 60.0
"""Deadline for the newest torrent, seconds; what came stays for the next try."""
FALLBACK_S = 20.0
"""Deadline for each of the four before it."""

Step = Literal["unchanged", "missing", "followed", "unreadable", "older"]
"""What one look brought: nothing new; no item in the DHT; new records; a checkpoint whose records
no grant opens; or an item that goes back behind what is known."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What one look at a community brought.

    Attributes:
        step: What happened.
        size: Records in the newest checkpoint that was verified, 0 for none.
        new_records: How many came.
        moved_bytes: Payload that the torrent moved.
        tried: How many infohashes were tried.
        rollback: A proof, where the manager himself went back behind what he had published.
        unread: The snapshot that no grant opens; its leaf hashes were verified.
    """

    step: Step
    size: int
    new_records: int = 0
    moved_bytes: int = 0
    tried: int = 0
    rollback: bytes = b""
    unread: SnapshotFiles | None = None


Anchor = Callable[[], KeptCheckpoint | None]
"""Gives the largest checkpoint that this party has ever cosigned: what it follows must continue it,
even where the replica was lost or nothing of it can be read."""


class Follower:
    """Brings one replica up to what its community publishes.

    Attributes:
        newest: The newest checkpoint that was verified.
        item: That which brought it.
        refused: The last checkpoint whose records break the rules.
    """

    def __init__(
        self, *, replica: Replica, dht: Dht, swarm: Swarm, clock: Clock, anchor: Anchor
    ) -> None:
        self.replica = replica
        self.window = Window(replica.publications, replica.folder, swarm)
        self.newest: VerifiedCheckpoint | None = None
        self.item: MutableItem | None = None
        self.refused: VerifiedCheckpoint | None = None
        self._community = replica.store.community_key
        self._dht = dht
        self._swarm = swarm
        self._clock = clock
        self._anchor = anchor

    async def follow(self) -> Followed:
        """Look at the community's slot once and bring the replica up to it.

        Raises:
            NetworkUnreachable: No DHT node answered.
            ItemInvalid: The slot's item is signed, but holds no checkpoint of the community.
            FetchTimeout: None of the snapshots came.
            TorrentRefused: None of them was a snapshot.
            SplitView: The community's key signed two histories; it carries both notes.
            HistoryMismatch: What came is not what the rules make of it.
            StoreFull: The disk has no room; nothing of the last group was kept.
        """
        known = self.item.seq if self.item else None
        got = await self._dht.get(checkpoint_slot(self._community), known)
        if got.item is None:
            step: Step = "unchanged" if got.unchanged else "missing"
            return Followed(step, self.newest.size if self.newest else self.replica.size)
        value, checkpoint = self._read(got.item)
        await asyncio.to_thread(self._check_history, checkpoint)
        if self.newest is not None and checkpoint.size < self.newest.size:
            return Followed("older", self.newest.size, rollback=self._rollback(got.item))
        if checkpoint.size > self.replica.size:
            return await self._fetch(got.item, value, checkpoint)
        self.item, self.newest = got.item, checkpoint
        now = self._clock.now()
        await asyncio.to_thread(self.replica.take_note, checkpoint, now)
        await self.window.move()
        return Followed("unchanged", checkpoint.size)

    async def put_again(self) -> None:
        """Put the community's newest item again, unchanged, as anybody may.

        Raises:
            NetworkUnreachable: No DHT node answered.
        """
        if self.item is not None:
            await self._dht.put(self.item)

    def _read(self, item: MutableItem) -> tuple[CheckpointValue, VerifiedCheckpoint]:
        verify_item(item)
        value = decode_checkpoint_value(item.value)
        try:
            return value, verify_checkpoint(self._community, value.note)
        except NoteError as error:
            raise ItemInvalid(f"the community's slot holds no checkpoint: {error}") from error

    def _check_history(self, checkpoint: VerifiedCheckpoint) -> None:
        """Compare with every root that was verified here: one size has one root for ever."""
        known = [one for one in (self.newest, self._anchor()) if one is not None]
        for one in known:
            if one.size == checkpoint.size and one.root != checkpoint.root:
                raise SplitView(one.note, checkpoint.note)
        self.replica.compare(checkpoint)

    async def _fetch(
        self, item: MutableItem, value: CheckpointValue, newest: VerifiedCheckpoint
    ) -> Followed:
        """Take the newest of the five snapshots that comes and is newer than the replica."""
        refused: list[bytes] = []
        last: Exception = FetchTimeout("no snapshot of the checkpoint is newer than the replica")
        for tried, infohash in enumerate(value.infohashes, 1):
            try:
                torrent, files = await self._fetch_one(infohash, newest.size, tried)
            except (FetchTimeout, TorrentRefused) as error:
                last = error
                refused += [infohash] if isinstance(error, TorrentRefused) else []
                continue
            checkpoint = await asyncio.to_thread(self._read_checkpoint, files, newest)
            if checkpoint.size > self.replica.size:
                taken = await self._take(checkpoint, files, torrent, tried)
                # After a fallback the next look tries the newest again.
                self.item = item if checkpoint.size == newest.size else self.item
                return taken
        if refused[:1] == [value.infohashes[0]]:
            await self._doubt(refused[0], newest)
        raise last

    async def _fetch_one(
        self, infohash: bytes, size_max: int, tried: int
    ) -> tuple[Torrent, SnapshotFiles]:
        def judge(entries: Sequence[FileEntry]) -> Collection[str]:
            files = _check_files(entries, size_max)
            self.replica.write_known(files.segments)
            return {files.accounts, *files.of_names}

        folder = self.replica.folder
        deadline_s = FETCH_S if tried == 1 else FALLBACK_S
        torrent = await self._swarm.fetch(
            infohash, folder.directory, folder.name, judge, deadline_s
        )
        return torrent, _check_files(torrent.files, size_max)

    def _read_checkpoint(
        self, files: SnapshotFiles, newest: VerifiedCheckpoint
    ) -> VerifiedCheckpoint:
        """Return the checkpoint of a snapshot: the newest one, or an older one's own."""
        if files.size == newest.size:
            return newest
        note = self.replica.folder.read(files.checkpoint)
        return verify_snapshot_checkpoint(self._community, files.size, note)

    async def _take(
        self,
        checkpoint: VerifiedCheckpoint,
        files: SnapshotFiles,
        torrent: Torrent,
        tried: int,
    ) -> Followed:
        before = self.replica.size
        step: Step = "followed"
        try:
            await asyncio.to_thread(self._check_tree, files, checkpoint)
            await asyncio.to_thread(self.replica.take, files)
            await asyncio.to_thread(self.replica.write_accounts, files)
            await asyncio.to_thread(self.replica.write_names, files)
        except GrantMissing:
            step = "unreadable"
        except SegmentInvalid as error:
            raise HistoryMismatch(f"the snapshot of {files.size} records: {error}") from error
        except HistoryMismatch:
            self.refused = checkpoint
            await self._doubt(torrent.infohash, checkpoint)
            raise
        if step == "followed":
            now = self._clock.now()
            await asyncio.to_thread(self.replica.keep, checkpoint, torrent, files, now)
            await self.window.move()
        else:
            await self._fetch_rest(torrent.infohash)
        await self._swarm.keep(torrent.infohash)
        self.newest = checkpoint
        new = self.replica.size - before
        unread = files if step == "unreadable" else None
        moved = torrent.moved_bytes
        return Followed(step, checkpoint.size, new, moved, tried, unread=unread)

    async def _fetch_rest(self, infohash: bytes) -> None:
        """Fetch the rest too: who cannot read the records seeds it all the same."""
        folder = self.replica.folder
        await self._swarm.fetch(infohash, folder.directory, folder.name, lambda _: None, FALLBACK_S)

    async def _doubt(self, infohash: bytes, theirs: VerifiedCheckpoint) -> None:
        """Look whether a torrent that cannot be taken is of a rewritten journal.

        Raises:
            SplitView: It is; the proof comes with it.
        """
        ours = await asyncio.to_thread(self.replica.store.newest_checkpoint)
        if ours is None or ours.size > theirs.size:
            return
        split = await prove_rewrite(self._swarm, self.replica.folder, infohash, theirs, ours)
        if split is not None:
            raise split

    def _rollback(self, item: MutableItem) -> bytes:
        """Return the proof that an item and the one before it make; empty where they make none.

        Anybody can put an older item again. Only the manager can sign a newer one.
        """
        if self.item is None or item.seq <= self.item.seq:
            return b""
        return format_rollback(rollback_of(self.item, item))

    def _check_tree(self, files: SnapshotFiles, checkpoint: VerifiedCheckpoint) -> None:
        self.replica.check_tree(files, checkpoint, self._anchor())


def _check_files(entries: Sequence[FileEntry], size_max: int) -> SnapshotFiles:
    try:
        return check_snapshot_files([(entry.name, entry.length) for entry in entries], size_max)
    except SegmentInvalid as error:
        raise TorrentRefused(str(error)) from error
