"""Following only what concerns oneself: the own records with proofs, on a small device."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from federation.errors import FetchTimeout, ItemInvalid, SplitView, TorrentRefused
from federation.excerpt_reader import ExcerptReader
from federation.item import MutableItem, verify_item
from federation.port import Dht, FileEntry, Pieces, Swarm
from federation.slot import CheckpointValue, checkpoint_slot, decode_checkpoint_value
from ledger import crypto
from ledger.checkpoint import VerifiedCheckpoint, verify_checkpoint
from ledger.errors import HistoryMismatch, NoteError, SegmentInvalid
from ledger.excerpt import Excerpt, VerifiedExcerpt, verify_excerpt
from ledger.segment import format_name
from ledger.snapshot import SnapshotFiles, check_snapshot_files, torrent_name
from ledger.store.journal import KeptCheckpoint

READ_S = 60.0
"""Deadline for the metadata and for each reading of a torrent, seconds."""


@dataclass(frozen=True, slots=True)
class ExcerptSynced:
    """What one look brought.

    Attributes:
        excerpt: All that is here now, proven.
        new_records: How many records came, own and others.
        moved_bytes: Payload that the torrent moved.
        full_bytes: What it moves to those who fetch all that was new.
    """

    excerpt: VerifiedExcerpt
    new_records: int = 0
    moved_bytes: int = 0
    full_bytes: int = 0


class ExcerptFollower:
    """Brings one home's excerpt up to what its community publishes.

    Args:
        community: Its public key, 32 bytes.
        seed: The own one.
        known: Checkpoints that were verified before, by a card or by cosigning: the history must
            lead through them.
        directory: Where pieces lie meanwhile.
    """

    def __init__(
        self,
        *,
        community: bytes,
        seed: bytes,
        known: Sequence[KeptCheckpoint],
        dht: Dht,
        swarm: Swarm,
        directory: Path,
    ) -> None:
        self._community = community
        self._seed = seed
        self._key = crypto.public_key(seed)
        self._known = known
        self._dht = dht
        self._swarm = swarm
        self._directory = directory

    async def sync(self, excerpt: Excerpt, wanted: Collection[int] = ()) -> ExcerptSynced:
        """Return the excerpt as of the newest checkpoint; nothing of it is kept yet.

        Args:
            excerpt: What is here.
            wanted: Indexes of more records to fetch.

        Raises:
            NetworkUnreachable: No DHT node answered.
            ItemInvalid: The slot holds no checkpoint of the community.
            FetchTimeout: None of the snapshots came, or there is no checkpoint in the network.
            TorrentRefused: None of them was a snapshot.
            SplitView: The community's key signed two histories; it carries both notes.
            HistoryMismatch: What came does not hold together: it names what.
            GrantMissing: No grant or no account is there for this home's key.
        """
        got = await self._dht.get(checkpoint_slot(self._community))
        if got.item is None:
            raise FetchTimeout("the community's checkpoint is not in the network; try again later")
        value, newest = self._read(got.item)
        self._compare(excerpt, newest)
        if newest.size == excerpt.size and not set(wanted) - set(excerpt.records):
            return ExcerptSynced(await asyncio.to_thread(self._verify, excerpt))
        last: Exception = FetchTimeout("no snapshot is as new as what is here; try again later")
        for infohash in value.infohashes:
            try:
                async with self._open(infohash, newest.size) as pieces:
                    files = _check_files(pieces.files, newest.size)
                    if files.size >= excerpt.size:
                        reader = ExcerptReader(self._community, self._seed, pieces, files)
                        return await self._take(reader, excerpt, newest, wanted)
            except (FetchTimeout, TorrentRefused) as error:
                last = error
        raise last

    def _open(self, infohash: bytes, size_max: int) -> AbstractAsyncContextManager[Pieces]:
        def judge(entries: Sequence[FileEntry]) -> None:
            _check_files(entries, size_max)

        name = torrent_name(self._community)
        return self._swarm.open_pieces(infohash, self._directory, name, judge, READ_S)

    def _read(self, item: MutableItem) -> tuple[CheckpointValue, VerifiedCheckpoint]:
        verify_item(item)
        value = decode_checkpoint_value(item.value)
        try:
            return value, verify_checkpoint(self._community, value.note)
        except NoteError as error:
            raise ItemInvalid(f"the community's slot holds no checkpoint: {error}") from error

    def _compare(self, excerpt: Excerpt, newest: VerifiedCheckpoint) -> None:
        if newest.size < excerpt.size:
            raise FetchTimeout(
                f"the network holds a checkpoint of {newest.size} records, older than the one "
                f"here of {excerpt.size}; nothing was changed, try again later"
            )
        if newest.size == excerpt.size and newest.root != excerpt.root_at(excerpt.size):
            raise SplitView(excerpt.note, newest.note)

    async def _take(
        self,
        reader: ExcerptReader,
        excerpt: Excerpt,
        newest: VerifiedCheckpoint,
        wanted: Collection[int],
    ) -> ExcerptSynced:
        try:
            checkpoint = await reader.checkpoint(newest)
            new = await reader.fetch(excerpt, checkpoint, wanted)
            verified = await asyncio.to_thread(self._verify, new)
        except SegmentInvalid as error:
            raise HistoryMismatch(
                f"the snapshot of {reader.files.size} records: {error}"
            ) from error
        moved_bytes, full_bytes = reader.pieces.moved_bytes, _full_bytes(reader, excerpt)
        fetched = len(new.records.keys() - excerpt.records.keys())
        return ExcerptSynced(verified, fetched, moved_bytes, full_bytes)

    def _verify(self, excerpt: Excerpt) -> VerifiedExcerpt:
        verified = verify_excerpt(self._community, self._key, excerpt)
        for known in self._known:
            if 0 < known.size <= excerpt.size and excerpt.root_at(known.size) != known.root:
                if known.note:
                    raise SplitView(known.note, excerpt.note)
                raise HistoryMismatch(
                    f"the community's card names another history at {known.size} records than the "
                    "one that was fetched; ask for a new card, and show both to the members"
                )
        return verified


def _full_bytes(reader: ExcerptReader, excerpt: Excerpt) -> int:
    """Return what moves to those who have as many records and fetch everything, in whole pieces."""
    files = reader.files
    if files.size == excerpt.size:
        return 0
    small = [files.checkpoint, files.cosignatures, files.feed]
    small += [] if excerpt.size else [files.grants, files.copies]
    new = (name for name in files.segments if name.end > excerpt.size)
    names = [format_name(kind, name) for name in new for kind in ("r", "l")]
    names += [name for name in small if name is not None]
    length = reader.pieces.piece_length
    return sum(-(-reader.lengths[name] // length) * length for name in names)


def _check_files(entries: Sequence[FileEntry], size_max: int) -> SnapshotFiles:
    try:
        return check_snapshot_files([(entry.name, entry.length) for entry in entries], size_max)
    except SegmentInvalid as error:
        raise TorrentRefused(str(error)) from error
