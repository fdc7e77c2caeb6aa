"""Walking a journal: what moved, in its order, with the sums before and after."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from federation.console.sentence import moment
from ledger.errors import StoreDamaged
from ledger.record import (
    NONCE_BYTES,
    POSTED,
    POSTED_PENDING,
    REVERSAL,
    WRITE_OFF,
    TransactionRecord,
    Transfer,
    decode_record,
)
from ledger.state import State

KINDS = {
    POSTED: "payment",
    POSTED_PENDING: "payment from a hold",
    REVERSAL: "reversal",
    WRITE_OFF: "write-off",
}
"""What the kinds of transactions are called that move something; holds move nothing."""
TELL_EVERY_RECORDS = 1_000
"""How often progress is told."""
_TRANSACTION_TAG = 3

Sums = dict[tuple[bytes, str], int]
"""What accounts have, in minor units, by account and unit; what is nothing is left out."""
Tell = Callable[[int, int], None]
"""Told how many of how many records are done."""


def silent(_done: int, _of_all: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Window:
    """What of a journal is wanted.

    Attributes:
        since: Unix seconds of the first moment, None for the beginning.
        until: Unix seconds of the first moment that is not wanted any more, None for the end.
        account: Only what this account gives or gets, 16 bytes, None for everybody's.
    """

    since: int | None = None
    until: int | None = None
    account: bytes | None = None

    def holds(self, time: int) -> bool:
        """Return whether a moment is wanted."""
        return (self.since is None or time >= self.since) and not self.is_over(time)

    def is_over(self, time: int) -> bool:
        """Return whether a moment, and so all that follows, is after what is wanted."""
        return self.until is not None and time >= self.until


@dataclass(frozen=True, slots=True)
class Source:
    """A journal as an export reads it.

    Attributes:
        state: The present, as of the last of the records.
        records: Gives all records, nonce and body, each time from the first on.
        window: What of them is wanted.
        tell: Told of progress.
    """

    state: State
    records: Callable[[], Iterable[bytes]]
    window: Window = field(default_factory=Window)
    tell: Tell = silent


@dataclass(frozen=True, slots=True)
class Opening:
    """What accounts had when the window begins."""

    time: int
    sums: Sums


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction that moved something; ``transfers`` are those that are wanted of it."""

    index: int
    record: TransactionRecord
    transfers: tuple[Transfer, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """What accounts have when the window ends, and the newest moment that was seen."""

    time: int
    sums: Sums


Event = Opening | Entry | Closing


def walk(source: Source) -> Iterator[Event]:
    """Give the sums before, each transaction, and the sums after; the memory does not grow.

    An opening is given only where the window has a beginning.

    Raises:
        StoreDamaged: The records do not add up to the balances beside them.
    """
    window, sums = source.window, Sums()
    opened = window.since is None
    newest = window.since or 0
    for index, record in _transactions(source):
        if window.is_over(record.time):
            break
        if not opened and window.holds(record.time):
            opened = True
            yield Opening(window.since or 0, dict(sums))
        moved = tuple(one for one in record.transfers if _is_wanted(one, window.account))
        _add(sums, moved, window.account)
        newest = max(newest, record.time)
        if moved and window.holds(record.time):
            yield Entry(index, record, moved)
    else:
        _check(source.state, sums, window.account)
    if not opened:
        yield Opening(window.since or 0, dict(sums))
    yield Closing(newest, sums)


def _transactions(source: Source) -> Iterator[tuple[int, TransactionRecord]]:
    of_all = source.state.tree.size
    for index, data in enumerate(source.records()):
        if index % TELL_EVERY_RECORDS == 0:
            source.tell(index, of_all)
        # The tag is the second byte of a body; to decode all the rest would take most of the time.
        if data[NONCE_BYTES + 1] == _TRANSACTION_TAG:
            record = decode_record(data)
            assert isinstance(record, TransactionRecord), "the tag says so"
            if record.state in KINDS:
                yield index, record
    source.tell(of_all, of_all)


def _is_wanted(transfer: Transfer, account: bytes | None) -> bool:
    return account is None or account in {transfer.debit, transfer.credit}


def _add(sums: Sums, moved: Iterable[Transfer], account: bytes | None) -> None:
    for one in moved:
        for whose, amount in ((one.debit, -one.amount), (one.credit, one.amount)):
            if account in {None, whose}:
                left = sums.get((whose, one.unit), 0) + amount
                if left:
                    sums[whose, one.unit] = left
                else:
                    del sums[whose, one.unit]


def _check(state: State, sums: Sums, account: bytes | None) -> None:
    stand = {
        (one.id, books.unit): books.posted
        for one in state.accounts.values()
        for books in one.balances
        if books.posted and account in {None, one.id}
    }
    if stand != sums:
        raise StoreDamaged(
            f"the transactions until {moment(state.time)} do not add up to the balances; nothing "
            "was exported. Run `commontab verify`, which finds out what is wrong"
        )
