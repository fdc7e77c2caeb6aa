"""The journal as it was after so many records: what a merge further on must not see yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from ledger.errors import CodecError, HistoryMismatch
from ledger.link.transit import Transit
from ledger.merkle import leaf_hash
from ledger.record import REVERSAL, TransactionRecord, decode_record
from ledger.state import Attachment, OpenBill, Transaction, replace
from ledger.store.attachment_rows import attachment_from
from ledger.store.bill_rows import bill_from
from ledger.store.link_rows import transit_from
from ledger.store.tables import (
    AttachmentRow,
    BatchRow,
    BillRow,
    RecordRow,
    TransactionRow,
    TransitRow,
    table_of,
)

_attachment = table_of(AttachmentRow)
_record = table_of(RecordRow)
_batch = table_of(BatchRow)
_bill = table_of(BillRow)
_transaction = table_of(TransactionRow)
_transit = table_of(TransitRow)


@dataclass(slots=True)
class Moment:
    """Where an auditor stands: the database while he reads it, and the records he has confirmed."""

    connection: Connection | None = None
    size: int = 0

    @property
    def reading(self) -> Connection:
        """The connection of the check that is going on."""
        assert self.connection is not None, "the past is read during a check only"
        return self.connection


class PastTransactions(Mapping[bytes, Transaction]):
    """Transactions as they stood then, by id; all of each is read from its record.

    A row that leads elsewhere raises HistoryMismatch, so that replay stops at it.
    """

    def __init__(self, moment: Moment) -> None:
        self._moment = moment

    def __getitem__(self, entry: bytes) -> Transaction:
        index = self._index(entry)
        if index is None:
            raise KeyError(entry)
        moment, columns = self._moment, (_record.c.data, _record.c.leaf)
        stored = moment.reading.execute(select(*columns).where(_record.c.idx == index)).one()
        record = None
        if leaf_hash(stored.data) == stored.leaf:
            record = _decode(index, stored.data)
        if not isinstance(record, TransactionRecord) or record.id != entry:
            raise HistoryMismatch(f"record {index}: it is not transaction {entry.hex()} any more")
        query = select(_transaction).where(_transaction.c.id == entry)
        row = moment.reading.execute(query).one()
        undone = row.reverted_by
        if undone is not None and self._index(undone) is None:
            undone = None
        # What gives a payment back refers to itself, and its row was compared with its merge.
        reverts = record.refers if record.state == REVERSAL else row.reverts
        return Transaction(entry, index, record.transfers, reverts, undone)

    def _index(self, entry: bytes) -> int | None:
        query = select(_transaction.c.record).where(_transaction.c.id == entry)
        index: int | None = self._moment.reading.execute(query).scalar()
        return None if index is None or index >= self._moment.size else index

    def __iter__(self) -> Iterator[bytes]:
        query = select(_transaction.c.id).where(_transaction.c.record < self._moment.size)
        yield from self._moment.reading.execute(query).scalars()

    def __len__(self) -> int:
        return sum(1 for _ in self)


class PastFinished(Mapping[bytes, Transit]):
    """Payments across links that were finished until then, by id."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment

    def __getitem__(self, payment: bytes) -> Transit:
        query = select(_transit).where(_transit.c.payment == payment)
        within = _transit.c.finished <= self._moment.size
        row = self._moment.reading.execute(query.where(within)).first()
        if row is None:
            raise KeyError(payment)
        try:
            return transit_from(row)
        except CodecError as error:
            raise HistoryMismatch(f"payment {payment.hex()}: {error}") from error

    def __iter__(self) -> Iterator[bytes]:
        query = select(_transit.c.payment).where(_transit.c.finished <= self._moment.size)
        yield from self._moment.reading.execute(query.order_by(_transit.c.record)).scalars()

    def __len__(self) -> int:
        query = select(func.count()).where(_transit.c.finished <= self._moment.size)
        return self._moment.reading.execute(query).scalar_one()


class PastBills(Mapping[bytes, OpenBill]):
    """Bills whose last part had ended by then, by id."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment

    def __getitem__(self, bill: bytes) -> OpenBill:
        query = select(_bill).where(_bill.c.id == bill, _bill.c.finished <= self._moment.size)
        row = self._moment.reading.execute(query).first()
        if row is None:
            raise KeyError(bill)
        try:
            return bill_from(row)
        except CodecError as error:
            raise HistoryMismatch(f"bill {bill.hex()}: {error}") from error

    def __iter__(self) -> Iterator[bytes]:
        query = select(_bill.c.id).where(_bill.c.finished <= self._moment.size)
        yield from self._moment.reading.execute(query).scalars()

    def __len__(self) -> int:
        query = select(func.count()).where(_bill.c.finished <= self._moment.size)
        return self._moment.reading.execute(query).scalar_one()


class PastAttachments(Mapping[bytes, Attachment]):
    """Files that were attached by then, by id, as they stood then."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment

    def __getitem__(self, attachment: bytes) -> Attachment:
        size = self._moment.size
        query = select(_attachment).where(_attachment.c.id == attachment)
        row = self._moment.reading.execute(query.where(_attachment.c.record < size)).first()
        if row is None:
            raise KeyError(attachment)
        attached = attachment_from(row)
        if attached.withdrawn is not None and attached.withdrawn >= size:
            return replace(attached, withdrawn=None, reason="")
        return attached

    def __iter__(self) -> Iterator[bytes]:
        query = select(_attachment.c.id).where(_attachment.c.record < self._moment.size)
        yield from self._moment.reading.execute(query.order_by(_attachment.c.number)).scalars()

    def __len__(self) -> int:
        query = select(func.count()).where(_attachment.c.record < self._moment.size)
        return self._moment.reading.execute(query).scalar_one()


class PastHistory(Mapping[int, bytes]):
    """Tree size after each merge until then -> its root."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self._known: dict[int, bytes] = {}

    def __getitem__(self, size: int) -> bytes:
        if size > self._moment.size:
            raise KeyError(size)
        root = self._known.get(size)
        if root is None:
            root = self._known[size] = self._read(size)
        return root

    def _read(self, size: int) -> bytes:
        query = select(_batch.c.root).where(_batch.c.size == size)
        root: bytes | None = self._moment.reading.execute(query).scalar()
        if root is None:
            raise KeyError(size)
        return root

    def __iter__(self) -> Iterator[int]:
        query = select(_batch.c.size).where(_batch.c.size <= self._moment.size)
        yield from self._moment.reading.execute(query.order_by(_batch.c.size)).scalars()

    def __len__(self) -> int:
        query = select(func.count()).where(_batch.c.size <= self._moment.size)
        return self._moment.reading.execute(query).scalar_one()


def _decode(index: int, data: bytes) -> object:
    try:
        return decode_record(data)
    except CodecError as error:
        raise HistoryMismatch(f"record {index}: {error}") from error
