"""Exports as CSV: a row for each posting, or for each transaction."""

from collections.abc import Iterator

from federation.console.people import handle_of
from federation.console.sentence import units_of
from federation.export.cell import defuse, write_row
from federation.export.say import category_of, day_of, kind_of, memo_of, number
from federation.export.walk import Entry, Opening, Source, Sums, walk
from ledger.state import State
from ledger.unit import Unit

POSTING_COLUMNS = (
    "date", "time", "record", "transaction", "kind", "account", "name", "amount", "unit", "balance",
    "category", "memo", "refers",
)  # fmt: skip
TRANSACTION_COLUMNS = (
    "date", "time", "record", "transaction", "kind", "from", "from name", "to", "to name",
    "amount", "unit", "category", "memo", "refers",
)  # fmt: skip
BEFORE = "opening balance"
"""Kind of the rows that say what accounts had before the first of the others."""
SEPARATOR = "; "
"""Between the ends of a transaction that has several transfers."""


def export_postings(source: Source) -> Iterator[str]:
    """Give a CSV file row by row: what each transfer took from one account and gave to another.

    Amounts are decimal, below zero for who gives. ``balance`` is what the account has after it.

    Raises:
        StoreDamaged: As ``walk``.
    """
    yield write_row(POSTING_COLUMNS)
    state, units, sums = source.state, units_of(source.state), Sums()
    for event in walk(source):
        if isinstance(event, Entry):
            yield from _postings(state, units, sums, event, source.window.account)
        elif isinstance(event, Opening):
            sums = dict(event.sums)
            for (account, code), amount in sorted(event.sums.items()):
                day = (day_of(event.time), str(event.time), "", "", BEFORE)
                had = number(amount, units[code])
                yield write_row((*day, *_person(state, account), had, code, had, "", "", ""))


def export_transactions(source: Source) -> Iterator[str]:
    """Give a CSV file row by row: who gave whom how much, a row for each transaction.

    Where a transaction has several transfers, from, to, amount and unit list them in one order.

    Raises:
        StoreDamaged: As ``walk``.
    """
    yield write_row(TRANSACTION_COLUMNS)
    state, units = source.state, units_of(source.state)
    for event in walk(source):
        if isinstance(event, Entry):
            moved = event.transfers
            givers = [_person(state, one.debit) for one in moved]
            takers = [_person(state, one.credit) for one in moved]
            ends = (
                [handle for handle, _ in givers],
                [name for _, name in givers],
                [handle for handle, _ in takers],
                [name for _, name in takers],
                [number(one.amount, units[one.unit]) for one in moved],
                [one.unit for one in moved],
            )
            listed = (SEPARATOR.join(cells) for cells in ends)
            yield write_row((*_head(event), *listed, *_tail(state, event)))


def _postings(
    state: State, units: dict[str, Unit], sums: Sums, event: Entry, only: bytes | None
) -> Iterator[str]:
    for one in event.transfers:
        unit = units[one.unit]
        for account, amount in ((one.debit, -one.amount), (one.credit, one.amount)):
            has = sums[account, one.unit] = sums.get((account, one.unit), 0) + amount
            # Of one's own alone one does not know what others have.
            balance = number(has, unit) if only in {None, account} else ""
            money = (number(amount, unit), one.unit, balance)
            yield write_row((*_head(event), *_person(state, account), *money, *_tail(state, event)))


def _head(event: Entry) -> tuple[str, ...]:
    record = event.record
    times = (day_of(record.time), str(record.time))
    return (*times, str(event.index), record.id.hex(), kind_of(record))


def _tail(state: State, event: Entry) -> tuple[str, str, str]:
    record = event.record
    refers = record.refers.hex() if record.refers else ""
    return defuse(category_of(state, record)), defuse(memo_of(record)), refers


def _person(state: State, account: bytes) -> tuple[str, str]:
    known = state.accounts.get(account)
    return handle_of(state.accounts, account), defuse(known.name if known else "")
