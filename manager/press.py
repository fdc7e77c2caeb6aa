"""The press: files, torrent, checkpoint, slot. Everything is kept before anybody sees it."""

import asyncio

from federation.item import MutableItem, sign_item
from federation.kept import keep_item, kept_item, mark_put
from federation.names.write import NameFiles
from federation.port import Dht, Put, Swarm
from federation.slot import (
    SIGNATURES_MAX,
    CheckpointValue,
    checkpoint_slot,
    encode_checkpoint_value,
    next_seq,
)
from federation.snapshot import SnapshotFolder
from federation.window import Window
from ledger.accounts_file import encode_accounts
from ledger.checkpoint import add_cosignatures, sign_checkpoint
from ledger.cosignature import (
    COSIGNATURES_MAX,
    KeptCosignature,
    encode_cosignatures,
    note_line,
)
from ledger.epoch import KeyChain
from ledger.level import plan_levels
from ledger.snapshot import SnapshotFiles
from ledger.state import State
from ledger.store.cosignature import CosignatureStore
from ledger.store.journal import KeptCheckpoint
from ledger.store.publication import PublicationStore
from ledger.store.slot import SlotStore
from manager.archive import ArchivePress
from manager.books import Books
from manager.feed import FeedSigner
from manager.readers import Readers


class Press:
    """Publishes one community's journal."""

    def __init__(
        self, *, seed: bytes, books: Books, folder: SnapshotFolder, dht: Dht, swarm: Swarm
    ) -> None:
        self._seed = seed
        self._books = books
        self._store = books.store
        self._publications = PublicationStore(books.store.database)
        self._slots = SlotStore(books.store.database)
        self._cosignatures = CosignatureStore(books.store.database)
        self._slot = checkpoint_slot(books.store.community_key)
        self._readers = Readers(books.store, seed)
        self._feed = FeedSigner(books.store, seed)
        self._folder = folder
        self._names = NameFiles(books.store, self._publications, folder)
        self._dht = dht
        self._swarm = swarm
        self.window = Window(self._publications, folder, swarm)
        key = books.store.community_key
        self._archive = ArchivePress(key, books.files, self._publications, folder, swarm)
        self._seen_seq = 0

    def saw(self, seq: int) -> None:
        """Note a version of the own slot that was read back: the next item goes beyond it."""
        self._seen_seq = max(self._seen_seq, seq)

    async def publish(self, now: int) -> Put | None:
        """Publish the present where it is newer than what was published.

        Safe to repeat after a crash at any instruction: each step finds what the one before
        kept, and signing again gives the same bytes.

        Args:
            now: Unix seconds.

        Returns:
            What the DHT said, or None where there is nothing new.

        Raises:
            StoreDamaged: What is stored does not lead to the books; nothing was signed.
            NetworkUnreachable: No DHT node answered; all is kept and is put next time.
        """
        size = self._books.state.tree.size
        if size == 0:
            return None
        newest = await asyncio.to_thread(self._publications.newest, 1)
        if not newest or newest[0].size < size:
            await self._print(now)
        item = await asyncio.to_thread(self._next_item, now)
        await self.window.move()
        await self._archive.resume()
        return None if item is None else await self._put(item, now)

    async def put_again(self, now: int) -> Put | None:
        """Put the checkpoint's item again, unchanged, so that nodes keep it."""
        kept = await asyncio.to_thread(kept_item, self._slots, self._slot)
        return None if kept is None else await self._put(kept, now)

    async def _print(self, now: int) -> None:
        """Sign and keep the checkpoint, write the files, seed the torrent and keep that too."""
        size = self._books.state.tree.size
        archive = await self._archive.publish(size)
        files = await asyncio.to_thread(self._write_files, archive)
        directory, name = self._folder.directory, self._folder.name
        torrent = await self._swarm.seed(directory, name, files)
        await asyncio.to_thread(
            self._publications.add, size, torrent.infohash, torrent.infohash_v2, files, now
        )

    def _write_files(self, archive: str | None) -> tuple[str, ...]:
        state = self._books.state
        self._books.check()
        checkpoint = sign_checkpoint(self._seed, state.tree.size, state.tree.root)
        self._store.add_checkpoint(checkpoint.size, checkpoint.root, checkpoint.note)
        segments = plan_levels([*self._publications.sizes(), checkpoint.size])
        chain = self._books.chain()
        for segment in segments:
            self._folder.write_segment(segment, self._store, chain)
        accounts = self._write_accounts(state, chain)
        grants = self._write_content("grants", self._readers.grants(state))
        copies = self._write_content("copies", self._readers.copies(state))
        cosignatures = self._write_content("cosignatures", self._hand_on(checkpoint.size, chain))
        feed = self._write_content("feed", self._feed.sign(checkpoint.size))
        registry, changes = self._names.write(checkpoint.size)
        files = SnapshotFiles(
            checkpoint.size,
            segments,
            accounts,
            grants,
            copies,
            cosignatures,
            feed,
            registry,
            changes,
            archive,
        )
        self._folder.write(files.checkpoint, checkpoint.note)
        return files.names

    def _hand_on(self, size: int, chain: KeyChain | None) -> bytes | None:
        """Return the file of what witnesses said of earlier checkpoints; None for nothing new.

        What stands under the checkpoint before, in the slot, is left out: a file costs a piece.
        """
        before = self._publications.newest(1)
        known = self._slot_rows(before[0].size) if before else []
        rows = self._cosignatures.ship(size, COSIGNATURES_MAX, known)
        return encode_cosignatures(rows, chain.grants[-1].key if chain else None) if rows else None

    def _write_accounts(self, state: State, chain: KeyChain | None) -> str:
        assert state.community is not None, "a ledger with records was opened"
        key = chain.grants[-1].key if chain else None
        data = encode_accounts(state.community, state.accounts.values(), state.tree.size, key)
        return self._folder.write_content("accounts", data)

    def _write_content(self, kind: str, data: bytes | None) -> str | None:
        return None if data is None else self._folder.write_content(kind, data)

    def _next_item(self, now: int) -> MutableItem | None:
        """Return the item to put, kept first; None where the newest one was put already."""
        publications = self._publications.newest()
        kept = kept_item(self._slots, self._slot)
        note = self._store.newest_checkpoint()
        assert note is not None, "a publication has a checkpoint"
        value = encode_checkpoint_value(
            CheckpointValue(self._cosigned(note), tuple(one.infohash for one in publications))
        )
        if kept is not None and kept.value == value and kept.seq >= self._seen_seq:
            row = self._slots.newest(self._slot.key, self._slot.salt)
            return kept if row is None or row.put is None else None
        item = sign_item(
            self._seed, b"", next_seq((kept.seq if kept else 0, self._seen_seq), now), value
        )
        keep_item(self._slots, item)
        return item

    def _cosigned(self, kept: KeptCheckpoint) -> bytes:
        """Return a note with the first cosignatures that came, as many as fit the slot."""
        rows = self._slot_rows(kept.size)
        return add_cosignatures(kept.note, [note_line(row) for row in rows], SIGNATURES_MAX)

    def _slot_rows(self, size: int) -> list[KeptCosignature]:
        return self._cosignatures.of_size(size, SIGNATURES_MAX - 1)

    async def _put(self, item: MutableItem, now: int) -> Put:
        put = await self._dht.put(item)
        self.saw(put.newest_seq or 0)
        if put.accepted:
            await asyncio.to_thread(mark_put, self._slots, item, now)
        return put
