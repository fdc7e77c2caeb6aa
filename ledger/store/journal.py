"""The journal and the present state of one community, on disk."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Select, func, insert, select

from ledger.codec import decode
from ledger.errors import HistoryMismatch, StoreDamaged
from ledger.record import NONCE_BYTES, RECORD_BYTES_MAX, Record
from ledger.state import Account, Community, State, Transaction
from ledger.store.append import StoredMerge, Tip, read_tip, write_batch
from ledger.store.database import Database
from ledger.store.failure import damaged
from ledger.store.meta import COMMUNITY, COMMUNITY_KEY, SECRET, read_meta, write_meta
from ledger.store.present import read_accounts, read_state
from ledger.store.tables import (
    AccountRow,
    BatchRow,
    CheckpointRow,
    NodeRow,
    RecordRow,
    TransactionRow,
    table_of,
)
from ledger.store.views import read_transaction

CHUNK_RECORDS = 1_024
"""Records read in one step, so that a slow reader holds no snapshot of the database."""
CANDIDATES_MAX = 10
"""How many matches of an ambiguous prefix are told."""
ID_DIGITS = 32
"""Hex digits of a transaction's id."""
_record = table_of(RecordRow)
_batch = table_of(BatchRow)
_node = table_of(NodeRow)
_checkpoint = table_of(CheckpointRow)
_account = table_of(AccountRow)
_transaction = table_of(TransactionRow)

Extra = Callable[[Connection], None]
"""More rows of the same transaction, for example of the manager's desk."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it stands in the journal: its index, its nonce (16 bytes) and itself."""

    index: int
    nonce: bytes
    record: Record


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed note and the tree it is about."""

    size: int
    root: bytes
    note: bytes


class JournalStore:
    """What a community's records are and add up to; calls block, so use a thread of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.reading() as connection:
            key = read_meta(connection, COMMUNITY_KEY)
            secret = read_meta(connection, SECRET)
        if key is None:
            raise damaged(database.path, "it does not say whose ledger it is")
        self.community_key = key
        self.secret = secret

    @classmethod
    def begin(
        cls, database: Database, community_key: bytes, secret: bytes | None
    ) -> "JournalStore":
        """Start an empty journal, or open the one that is there.

        Args:
            database: Opened for writing.
            community_key: The community's public key, 32 bytes.
            secret: The manager's 32 bytes that blind records; None on a member's replica.

        Raises:
            HistoryMismatch: The database is another community's.
        """
        with database.writing() as connection:
            known = read_meta(connection, COMMUNITY_KEY)
            if known is None:
                write_meta(connection, COMMUNITY_KEY, community_key)
                if secret is not None:
                    write_meta(connection, SECRET, secret)
        if known not in (None, community_key):
            raise HistoryMismatch(
                f"{database.path} holds the ledger of {known.hex()[:16]}…, not of "
                f"{community_key.hex()[:16]}…; use another --home"
            )
        return cls(database)

    def load_state(self) -> State:
        """Return the present: members in memory, transactions and history read through.

        Raises:
            StoreDamaged: The rows are not a state.
        """
        return read_state(self.database, self.community_key)

    def append(self, batches: Sequence[StoredMerge], extra: Extra | None = None) -> None:
        """Write merges, in order, in one transaction: the truth changes here, or not at all.

        Args:
            batches: What the merges made.
            extra: Called at the end, before the commit; what it raises undoes everything.

        Raises:
            StoreFull: The disk has no room; nothing was written.
            AssertionError: A batch does not continue the journal or its sums are not those of
                its transfers: our own mistake; nothing was written.
        """
        with self.database.writing() as connection:
            tip = read_tip(connection)
            for batch in batches:
                tip = write_batch(connection, self.community_key, tip, batch)
            if extra is not None:
                extra(connection)

    def tip(self) -> Tip:
        """Return how many merges the journal had and the tree after the last."""
        with self.database.reading() as connection:
            return read_tip(connection)

    def version_at(self, index: int) -> int | None:
        """Return the version (merges are counted from 1) that brought a record, or None."""
        query = select(func.min(_batch.c.version)).where(_batch.c.size > index)
        with self.database.reading() as connection:
            return connection.execute(query).scalar()

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

    def node(self, level: int, position: int) -> bytes | None:
        """Return the root of the full subtree of 2**level leaves, level 8 and up, if it is full."""
        query = select(_node.c.hash).where(_node.c.level == level, _node.c.position == position)
        with self.database.reading() as connection:
            return connection.execute(query).scalar()

    def record(self, index: int) -> StoredRecord | None:
        """Return one record, or None when the journal is shorter."""
        with self.database.reading() as connection:
            return self._read(connection, index)

    def find_record(self, change_set_hash: bytes) -> StoredRecord | None:
        """Return the record that holds or refuses a change-set or statement, by its hash."""
        query = select(_record.c.idx).where(_record.c.hash == change_set_hash).limit(1)
        with self.database.reading() as connection:
            index = connection.execute(query).scalar()
            return None if index is None else self._read(connection, index)

    def history(self, account: bytes, limit: int, before: int | None = None) -> list[StoredRecord]:
        """Return an account's records, newest first, along the chain that they form.

        Args:
            account: 16-byte id; an unknown one has no records.
            limit: How many at most.
            before: Only records with a smaller index than this one of the account's.
        """
        found: list[StoredRecord] = []
        with self.database.reading() as connection:
            newest = select(_account.c.last_record).where(_account.c.id == account)
            at = connection.execute(newest).scalar() or 0
            while at and len(found) < limit:
                stored = self._read(connection, at - 1)
                if stored is None:
                    raise self._lost(f"record {at - 1} of an account is not there")
                if before is None or stored.index < before:
                    found.append(stored)
                concerns = getattr(stored.record, "concerns", ())
                at = next((one.previous for one in concerns if one.account == account), 0)
        return found

    def transaction(self, entry: bytes) -> Transaction | None:
        """Return a transaction that moved something, by its 16-byte id."""
        with self.database.reading() as connection:
            return read_transaction(connection, entry)

    def find_transaction(self, prefix: str) -> list[bytes]:
        """Return up to ten ids of transactions that begin with these hex digits.

        Args:
            prefix: 1 to 32 lower-case hex digits; anything else matches nothing.
        """
        digits = (
            prefix if len(prefix) <= ID_DIGITS and set(prefix) <= set("0123456789abcdef") else ""
        )
        if not digits:
            return []
        low, high = (
            bytes.fromhex(digits.ljust(ID_DIGITS, "0")),
            bytes.fromhex(digits.ljust(ID_DIGITS, "f")),
        )
        query = select(_transaction.c.id).where(_transaction.c.id.between(low, high))
        with self.database.reading() as connection:
            return list(connection.execute(query.limit(CANDIDATES_MAX)).scalars())

    def accounts(self) -> dict[bytes, Account]:
        """Return every account with its books, by id, without loading the rest of the state."""
        with self.database.reading() as connection:
            return dict(read_accounts(connection))

    def community(self) -> Community | None:
        """Return the community's settings, or None before it was opened."""
        with self.database.reading() as connection:
            data = read_meta(connection, COMMUNITY)
        return None if data is None else decode(data, Community, RECORD_BYTES_MAX)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a signed note for ever, before anybody else sees it.

        Adding the same size and root again changes nothing; the first note stays.

        Raises:
            HistoryMismatch: The journal has another root at this size, or does not end a merge
                there.
        """
        with self.database.writing() as connection:
            query = select(_batch.c.root).where(_batch.c.size == checkpoint.size)
            root = connection.execute(query).scalar()
            if root != checkpoint.root:
                raise HistoryMismatch(
                    f"a checkpoint of size {checkpoint.size} names root {checkpoint.root.hex()}, "
                    f"but the journal has {root.hex() if root else 'no merge ending there'}; "
                    "nothing was signed or published"
                )
            known = select(_checkpoint.c.size).where(_checkpoint.c.size == checkpoint.size)
            if connection.execute(known).first() is None:
                connection.execute(insert(_checkpoint), [asdict(checkpoint)])

    def newest_checkpoint(self) -> Checkpoint | None:
        """Return the note of the largest size."""
        query = select(_checkpoint).order_by(_checkpoint.c.size.desc()).limit(1)
        with self.database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else Checkpoint(row.size, row.root, row.note)

    def sums(self) -> dict[str, int]:
        """Return what all balances of each unit add up to: zero, or the ledger is wrong."""
        with self.database.reading() as connection:
            found = connection.exec_driver_sql(
                "SELECT unit, sum(posted) FROM balance GROUP BY unit"
            )
            return {row[0]: row[1] for row in found}

    def _read(self, connection: Connection, index: int) -> StoredRecord | None:
        data = connection.execute(select(_record.c.data).where(_record.c.idx == index)).scalar()
        if data is None:
            return None
        return parse_record(index, data)

    def _lost(self, what: str) -> StoreDamaged:
        return damaged(self.database.path, what)


def parse_record(index: int, data: bytes) -> StoredRecord:
    """Return a stored record's parts.

    Raises:
        CodecError: The body is not canonical or not a record.
    """
    body: Record = decode(data[NONCE_BYTES:], Record, RECORD_BYTES_MAX)  # type: ignore[arg-type]
    return StoredRecord(index, data[:NONCE_BYTES], body)
