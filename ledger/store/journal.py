"""The journal and the present state of one community, on disk."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Select, insert, select

from ledger.errors import HistoryMismatch, StoreDamaged, StoreMissing
from ledger.record import Record
from ledger.state import Changes, State
from ledger.store.append import (
    MergeWriter,
    StoredMerge,
    StoredPage,
    Tip,
    read_tip,
    write_merge,
)
from ledger.store.database import Database
from ledger.store.failure import damaged
from ledger.store.meta import COMMUNITY_KEY, FIRST_KEY, read_first_key, read_meta, write_meta
from ledger.store.present import read_state
from ledger.store.tables import BatchRow, CheckpointRow, RecordRow, table_of

CHUNK_RECORDS = 1_024
"""Records read in one step, so that a slow reader holds no snapshot of the database."""
_record = table_of(RecordRow)
_batch = table_of(BatchRow)
_checkpoint = table_of(CheckpointRow)

Extra = Callable[[Connection], None]
"""More rows of the same transaction, for example of the manager's desk."""


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A signed note and the tree it is about."""

    size: int
    root: bytes
    note: bytes


class Appending:
    """One merge on its way into the journal: see ``JournalStore.appending``."""

    def __init__(self, begin: Callable[[], Connection]) -> None:
        self._begin = begin
        self._begun: tuple[Connection, Tip, MergeWriter] | None = None

    def write(self, page: StoredPage) -> None:
        """Write the merge's next records."""
        _, _, writer = self._start()
        writer.write(page)

    def finish(self, records: Sequence[Record], changes: Changes, extra: Extra) -> Tip:
        """Write what the merge makes different; return where the journal will end.

        Args:
            records: All that were written; where there are none, nothing is different.
            changes: What they make different.
            extra: Called at the end.
        """
        connection, tip, writer = self._start()
        if records:
            tip = writer.finish(records, changes)
        extra(connection)
        return tip

    def _start(self) -> tuple[Connection, Tip, MergeWriter]:
        if self._begun is None:
            connection = self._begin()
            tip = read_tip(connection)
            self._begun = connection, tip, MergeWriter(connection, tip)
        return self._begun


class JournalStore:
    """What a community's records are and add up to; calls block, so use a thread of its own.

    Raises:
        StoreMissing: Another process is making the database just now.
        StoreDamaged: It has merges, and does not say whose.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.reading() as connection:
            key = read_meta(connection, COMMUNITY_KEY)
            begun = connection.execute(select(_batch.c.size).limit(1)).first() is not None
        if key is None and begun:
            raise damaged(database.path, "it does not say whose ledger it is")
        if key is None:
            # Its tables are made in one transaction, and whose it is is written in the next.
            raise StoreMissing(f"{database.path}: is being set up just now; try again in a moment")
        self.community_key = key

    @classmethod
    def begin(
        cls, database: Database, community_key: bytes, first_key: bytes | None = None
    ) -> "JournalStore":
        """Start an empty journal, or open the one that is there.

        Args:
            database: Opened for writing.
            community_key: The community's public key, 32 bytes.
            first_key: The key under which the journal began, where that is known to be another.

        Raises:
            HistoryMismatch: The database is another community's.
        """
        with database.writing() as connection:
            known = read_meta(connection, COMMUNITY_KEY)
            if known is None:
                write_meta(connection, COMMUNITY_KEY, community_key)
                if first_key is not None and first_key != community_key:
                    write_meta(connection, FIRST_KEY, first_key)
        if known not in (None, community_key):
            raise HistoryMismatch(
                f"{database.path} holds the ledger of {known.hex()[:16]}…, not of "
                f"{community_key.hex()[:16]}…; use another --home"
            )
        return cls(database)

    @property
    def first_key(self) -> bytes:
        """The key under which the journal began: the community's, or one that it succeeded."""
        with self.database.reading() as connection:
            return read_first_key(connection)

    def begin_under(self, first_key: bytes) -> None:
        """Say under which key an empty journal begins, where it is not the present one."""
        with self.database.writing() as connection:
            assert read_tip(connection).tree.size == 0, "a journal begins once"
            write_meta(connection, FIRST_KEY, first_key)

    def load_state(self) -> State:
        """Return the present: members in memory, transactions and history read through.

        Raises:
            StoreDamaged: The rows are not a state.
        """
        return read_state(self.database)

    def append(self, batches: Sequence[StoredMerge], extra: Extra | None = None) -> Tip:
        """Write merges, in order, in one transaction: the truth changes here, or not at all.

        Returns where the journal ends now.

        Args:
            batches: What the merges made; none where only ``extra`` has something to write.
            extra: Called at the end, before the commit; what it raises undoes everything.

        Raises:
            StoreFull: The disk has no room; nothing was written.
            AssertionError: A batch does not continue the journal or its sums are not those of
                its transfers: our own mistake; nothing was written.
        """
        with self.database.writing() as connection:
            tip = read_tip(connection)
            for batch in batches:
                tip = write_merge(connection, tip, batch)
            if extra is not None:
                extra(connection)
        return tip

    @contextmanager
    def appending(self) -> Iterator[Appending]:
        """Give what writes one merge while it is made, all of it in one transaction.

        The transaction begins with the first page, and is committed when the block has ended
        unless that raises.

        Raises:
            StoreFull: The disk has no room; nothing was written.
            AssertionError: The merge does not continue the journal or its sums are not those of
                its transfers: our own mistake; nothing was written.
        """
        with ExitStack() as stack:
            yield Appending(lambda: stack.enter_context(self.database.writing()))

    def tip(self) -> Tip:
        """Return how many merges the journal had and the tree after the last."""
        with self.database.reading() as connection:
            return read_tip(connection)

    def batch_sizes(self, first: int, end: int) -> list[int]:
        """Return the tree sizes in (first, end] at which merges ended, ascending."""
        query = select(_batch.c.size).where(_batch.c.size > first, _batch.c.size <= end)
        with self.database.reading() as connection:
            return list(connection.execute(query.order_by(_batch.c.size)).scalars())

    def records(self, first: int, end: int) -> Iterator[bytes]:
        """Give records [first, end) as stored: nonce || body.

        Raises:
            StoreDamaged: One of them is missing.
        """
        yield from self._column(select(_record.c.data), first, end)

    def leaves(self, first: int, end: int) -> Iterator[bytes]:
        """Give the leaf hashes of records [first, end), 32 bytes each."""
        yield from self._column(select(_record.c.leaf), first, end)

    def _column(self, query: Select[bytes], first: int, end: int) -> Iterator[bytes]:
        for at in range(first, end, CHUNK_RECORDS):
            until = min(at + CHUNK_RECORDS, end)
            part = query.where(_record.c.idx >= at, _record.c.idx < until)
            with self.database.reading() as connection:
                found = connection.execute(part.order_by(_record.c.idx)).scalars().all()
            if len(found) != until - at:
                raise self._lost(f"records {at} to {until - 1} are not all there")
            yield from found

    def add_checkpoint(self, size: int, root: bytes, note: bytes) -> None:
        """Keep a signed note for ever, before anybody else sees it.

        Adding the same size and root again changes nothing; the first note stays.

        Args:
            size: Number of records.
            root: Root of their tree, 32 bytes.
            note: The signed note.

        Raises:
            HistoryMismatch: The journal has another root at this size, or does not end a merge
                there.
        """
        with self.database.writing() as connection:
            query = select(_batch.c.root).where(_batch.c.size == size)
            stands = connection.execute(query).scalar()
            if stands != root:
                raise HistoryMismatch(
                    f"a checkpoint of size {size} names root {root.hex()}, "
                    f"but the journal has {stands.hex() if stands else 'no merge ending there'}; "
                    "nothing was signed or published"
                )
            row = {"size": size, "root": root, "note": note}
            known = select(_checkpoint.c.size).where(_checkpoint.c.size == size)
            if connection.execute(known).first() is None:
                connection.execute(insert(_checkpoint), [row])

    def note_for(self, size: int) -> bytes:
        """Return the kept note that covers so many records: that size's, or the nearest after it.

        Empty where none does.
        """
        query = select(_checkpoint.c.note).where(_checkpoint.c.size >= size)
        with self.database.reading() as connection:
            found = query.order_by(_checkpoint.c.size).limit(1)
            return connection.execute(found).scalar() or b""

    def checkpoint_sizes(self, first: int) -> list[int]:
        """Return the sizes above ``first`` of which a signed note is kept, ascending."""
        query = select(_checkpoint.c.size).where(_checkpoint.c.size > first)
        with self.database.reading() as connection:
            return list(connection.execute(query.order_by(_checkpoint.c.size)).scalars())

    def newest_checkpoint(self) -> KeptCheckpoint | None:
        """Return the note of the largest size."""
        query = select(_checkpoint).order_by(_checkpoint.c.size.desc()).limit(1)
        with self.database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else KeptCheckpoint(row.size, row.root, row.note)

    def _lost(self, what: str) -> StoreDamaged:
        return damaged(self.database.path, what)
