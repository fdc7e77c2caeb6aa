"""What grows with the ledger is read from the database when it is asked for."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, select

from ledger.errors import CodecError
from ledger.link.transit import Transit
from ledger.state import Attachment, OpenBill, Transaction
from ledger.store.attachment_rows import attachment_from
from ledger.store.bill_rows import bill_from
from ledger.store.database import Database
from ledger.store.failure import damaged
from ledger.store.link_rows import transit_from
from ledger.store.rows import ORDINALS, transfer_from
from ledger.store.tables import (
    AttachmentRow,
    BatchRow,
    BillRow,
    TransactionRow,
    TransferRow,
    TransitRow,
    table_of,
)

_attachment = table_of(AttachmentRow)
_batch = table_of(BatchRow)
_bill = table_of(BillRow)
_transaction = table_of(TransactionRow)
_transfer = table_of(TransferRow)
_transit = table_of(TransitRow)


class StoredHistory(Mapping[int, bytes]):
    """Tree size after each merge -> its root, as committed.

    What was read is kept: a committed root stays, and most members have seen the same few.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[int, bytes] = {}

    def __getitem__(self, size: int) -> bytes:
        root = self._known.get(size)
        if root is None:
            root = self._known[size] = self._read(size)
        return root

    def _read(self, size: int) -> bytes:
        query = select(_batch.c.root).where(_batch.c.size == size)
        with self._database.reading() as connection:
            root: bytes | None = connection.execute(query).scalar()
        if root is None:
            raise KeyError(size)
        return root

    def __iter__(self) -> Iterator[int]:
        with self._database.reading() as connection:
            yield from connection.execute(select(_batch.c.size).order_by(_batch.c.size)).scalars()

    def __len__(self) -> int:
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(_batch)).scalar_one()


class StoredTransactions(Mapping[bytes, Transaction]):
    """Transactions that moved something, by id, as committed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __getitem__(self, entry: bytes) -> Transaction:
        with self._database.reading() as connection:
            found = read_transaction(connection, entry)
        if found is None:
            raise KeyError(entry)
        return found

    def __contains__(self, entry: object) -> bool:
        query = select(_transaction.c.record).where(_transaction.c.id == entry)
        with self._database.reading() as connection:
            return connection.execute(query).first() is not None

    def __iter__(self) -> Iterator[bytes]:
        query = select(_transaction.c.id).order_by(_transaction.c.record)
        with self._database.reading() as connection:
            yield from connection.execute(query).scalars()

    def __len__(self) -> int:
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(_transaction)).scalar_one()


class StoredFinished(Mapping[bytes, Transit]):
    """Payments across links that nothing can follow any more, by id, as committed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __getitem__(self, payment: bytes) -> Transit:
        query = select(_transit).where(_transit.c.payment == payment)
        with self._database.reading() as connection:
            row = connection.execute(query.where(_transit.c.finished.is_not(None))).first()
        if row is None:
            raise KeyError(payment)
        return _intact(self._database, row)

    def __iter__(self) -> Iterator[bytes]:
        query = select(_transit.c.payment).where(_transit.c.finished.is_not(None))
        with self._database.reading() as connection:
            yield from connection.execute(query.order_by(_transit.c.record)).scalars()

    def __len__(self) -> int:
        query = select(func.count()).where(_transit.c.finished.is_not(None))
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()


class StoredPastBills(Mapping[bytes, OpenBill]):
    """Bills without an open part, by id, as committed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __getitem__(self, bill: bytes) -> OpenBill:
        query = select(_bill).where(_bill.c.id == bill, _bill.c.finished.is_not(None))
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise KeyError(bill)
        try:
            return bill_from(row)
        except CodecError as error:
            raise damaged(self._database.path, f"bill {bill.hex()}: {error}") from error

    def __iter__(self) -> Iterator[bytes]:
        query = select(_bill.c.id).where(_bill.c.finished.is_not(None))
        with self._database.reading() as connection:
            yield from connection.execute(query.order_by(_bill.c.finished, _bill.c.id)).scalars()

    def __len__(self) -> int:
        query = select(func.count()).where(_bill.c.finished.is_not(None))
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()


class StoredAttachments(Mapping[bytes, Attachment]):
    """Attached files, by id, as committed, in the order of the journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __getitem__(self, attachment: bytes) -> Attachment:
        query = select(_attachment).where(_attachment.c.id == attachment)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise KeyError(attachment)
        return attachment_from(row)

    def __iter__(self) -> Iterator[bytes]:
        query = select(_attachment.c.id).order_by(_attachment.c.number)
        with self._database.reading() as connection:
            yield from connection.execute(query).scalars()

    def __len__(self) -> int:
        with self._database.reading() as connection:
            newest = connection.execute(select(func.max(_attachment.c.number))).scalar()
        return 0 if newest is None else newest + 1


def _intact(database: Database, row: Row[Any]) -> Transit:
    try:
        return transit_from(row)
    except CodecError as error:
        raise damaged(database.path, f"payment {row.payment.hex()}: {error}") from error


def read_transaction(connection: Connection, entry: bytes) -> Transaction | None:
    """Return the transaction with a 16-byte id, or None."""
    row = connection.execute(select(_transaction).where(_transaction.c.id == entry)).first()
    if row is None:
        return None
    transfers = connection.execute(
        select(_transfer).where(_transfer.c.id.between(*transfer_ids(row.record)))
    )
    return Transaction(
        row.id, row.record, tuple(map(transfer_from, transfers)), row.reverts, row.reverted_by
    )


def transfer_ids(record: int) -> tuple[int, int]:
    """Return the first and last id that transfers of a record can have."""
    return record * ORDINALS, record * ORDINALS + ORDINALS - 1
