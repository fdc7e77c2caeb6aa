"""Looking things up in the journal: records, histories, transactions, books."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from ledger.errors import StoreDamaged
from ledger.record import NONCE_BYTES, Record, decode_record
from ledger.state import Account, Community, Transaction
from ledger.store.database import Database
from ledger.store.failure import damaged
from ledger.store.meta import read_community
from ledger.store.present import read_accounts
from ledger.store.tables import (
    AccountRow,
    BatchRow,
    NodeRow,
    RecordRow,
    TransactionRow,
    table_of,
)
from ledger.store.views import read_transaction

CANDIDATES_MAX = 10
"""How many matches of an ambiguous prefix are told."""
ID_DIGITS = 32
"""Hex digits of a transaction's id."""
_DIGITS = frozenset("0123456789abcdef")
_record = table_of(RecordRow)
_batch = table_of(BatchRow)
_node = table_of(NodeRow)
_account = table_of(AccountRow)
_transaction = table_of(TransactionRow)


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it stands in the journal: its index, its nonce (16 bytes) and itself."""

    index: int
    nonce: bytes
    record: Record


class Lookup:
    """Answers from a community's database; each call sees one moment, beside any writer."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def version_at(self, index: int) -> int | None:
        """Return the version (merges are counted from 1) that brought a record, or None."""
        query = select(func.min(_batch.c.version)).where(_batch.c.size > index)
        with self.database.reading() as connection:
            return connection.execute(query).scalar()

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
        bounds = prefix_bounds(prefix)
        if bounds is None:
            return []
        query = select(_transaction.c.id).where(_transaction.c.id.between(*bounds))
        with self.database.reading() as connection:
            return list(connection.execute(query.limit(CANDIDATES_MAX)).scalars())

    def accounts(self) -> dict[bytes, Account]:
        """Return every account with its books, by id, without loading the rest of the state."""
        with self.database.reading() as connection:
            return dict(read_accounts(connection))

    def community(self) -> Community | None:
        """Return the community's settings, or None before it was opened."""
        with self.database.reading() as connection:
            return read_community(connection)

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


def prefix_bounds(prefix: str) -> tuple[bytes, bytes] | None:
    """Return the smallest and the largest 16-byte id that begin with some hex digits.

    Args:
        prefix: 1 to 32 lower-case hex digits; anything else has none.
    """
    if not 0 < len(prefix) <= ID_DIGITS or not set(prefix) <= _DIGITS:
        return None
    return bytes.fromhex(prefix.ljust(ID_DIGITS, "0")), bytes.fromhex(prefix.ljust(ID_DIGITS, "f"))


def parse_record(index: int, data: bytes) -> StoredRecord:
    """Return a stored record's parts.

    Raises:
        CodecError: The body is not canonical or not a record.
    """
    return StoredRecord(index, data[:NONCE_BYTES], decode_record(data))
