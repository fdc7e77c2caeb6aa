"""Exports as a beancount ledger, which `bean-check` accepts.

Source:
    "Beancount Language Syntax": open, commodity, transactions, metadata, balance assertions.
"""

from collections.abc import Iterator

from federation.export.journal import Book, Dialect, write_journal
from federation.export.naming import beancount_unit, name_for_beancount
from federation.export.say import (
    accounts_of,
    category_of,
    day_after,
    day_of,
    kind_of,
    memo_of,
    parties,
    plain,
)
from federation.export.walk import Closing, Entry, Source
from ledger.state import Account


def export_beancount(source: Source) -> Iterator[str]:
    """Give a beancount ledger piece by piece; each balance is asserted at its end.

    Raises:
        StoreDamaged: As ``walk``.
    """
    return write_journal(source, BEANCOUNT)


def _head(book: Book) -> Iterator[str]:
    community = book.state.community
    opened = day_of(community.opened if community else 0)
    yield f'option "title" {_string(community.name if community else "")}\n\n'
    for unit in book.units.values():
        yield f"{opened} commodity {beancount_unit(unit.code)}\n  name: {_string(unit.name)}\n"
    for account in accounts_of(book.state):
        yield _open(book, account, opened)
    yield f"{opened} open {BEANCOUNT.before}\n\n"


def _open(book: Book, account: Account, opened: str) -> str:
    lines = [
        f"{opened} open {book.name(account.id)}\n",
        f"  name: {_string(account.name)}\n",
        f'  handle: "{account.handle}"\n',
        f'  status: "{account.status}"\n',
    ]
    return "".join(lines)


def _title(book: Book, event: Entry) -> Iterator[str]:
    record = event.record
    category = category_of(book.state, record)
    says = f"{_string(parties(book.state, event))} {_string(memo_of(record))}"
    yield f"{day_of(record.time)} * {says}\n"
    yield f"  record: {event.index}\n"
    yield f'  id: "{record.id.hex()}"\n'
    yield f'  kind: "{kind_of(record)}"\n'
    if category:
        yield f"  category: {_string(category)}\n"
    if record.refers:
        yield f'  refers: "{record.refers.hex()}"\n'


def _closing(book: Book, event: Closing) -> Iterator[str]:
    # A balance holds at the beginning of its day, and not before its account was opened.
    community, only = book.state.community, book.source.window.account
    day = day_after(max(event.time, community.opened if community else 0))
    for account in accounts_of(book.state):
        for books in account.balances:
            if only in {None, account.id}:
                has = book.money(event.sums.get((account.id, books.unit), 0), books.unit)
                yield f"{day} balance {book.name(account.id)} {has}\n"


def _string(text: str) -> str:
    """Return a text as a string of beancount's, in one line."""
    return '"' + plain(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


BEANCOUNT = Dialect(
    name_for=name_for_beancount,
    unit=beancount_unit,
    text=_string,
    posting="  {account}  {amount}\n",
    before="Equity:Opening-Balances",
    head=_head,
    title=_title,
    closing=_closing,
)
"""What one account alone had before stands against an account that no handle has: two capitals."""
