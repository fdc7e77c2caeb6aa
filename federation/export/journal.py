"""Journals of bookkeeping programs: one walk, written in a dialect of theirs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from federation.console.sentence import units_of
from federation.export.naming import NameAccount
from federation.export.say import day_of, number
from federation.export.walk import Closing, Entry, Opening, Source, walk
from ledger.state import State
from ledger.unit import Unit


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one program writes.

    Attributes:
        name_for: Gives what names accounts.
        unit: Gives a unit's name by its code.
        text: Gives a text as a description.
        posting: A posting's line, with places for ``account`` and ``amount``.
        before: The account that stands against what one account alone had before.
        head: Gives what comes first: units and accounts.
        title: Gives a transaction's lines before its postings.
        closing: Gives what asserts all balances at the end.
    """

    name_for: Callable[[State], NameAccount]
    unit: Callable[[str], str]
    text: Callable[[str], str]
    posting: str
    before: str
    head: "Callable[[Book], Iterator[str]]"
    title: "Callable[[Book, Entry], Iterator[str]]"
    closing: "Callable[[Book, Closing], Iterator[str]]"


@dataclass(frozen=True, slots=True)
class Book:
    """A ledger as it is being written.

    Attributes:
        source: What is read.
        units: By code.
        name: Names accounts.
        dialect: Whose.
    """

    source: Source
    units: Mapping[str, Unit]
    name: NameAccount
    dialect: Dialect

    @property
    def state(self) -> State:
        """The present."""
        return self.source.state

    def money(self, amount_minor: int, code: str) -> str:
        """Return an amount with its unit: ``-12.50 EUR``."""
        return f"{number(amount_minor, self.units[code])} {self.dialect.unit(code)}"


def write_journal(source: Source, dialect: Dialect) -> Iterator[str]:
    """Give a journal piece by piece; each balance is asserted at its end.

    Raises:
        StoreDamaged: As ``walk``.
    """
    state = source.state
    book = Book(source, units_of(state), dialect.name_for(state), dialect)
    yield from dialect.head(book)
    for event in walk(source):
        match event:
            case Opening():
                yield from _opening(book, event)
            case Entry():
                yield from _transaction(book, event)
            case Closing():
                yield from dialect.closing(book, event)


def _opening(book: Book, event: Opening) -> Iterator[str]:
    if not event.sums:
        return
    alone = book.source.window.account is not None
    yield f"{day_of(event.time)} * {book.dialect.text('opening balances')}\n"
    for (account, code), amount in sorted(event.sums.items()):
        yield _posting(book, book.name(account), amount, code)
        if alone:
            yield _posting(book, book.dialect.before, -amount, code)
    yield "\n"


def _transaction(book: Book, event: Entry) -> Iterator[str]:
    """Give a transaction as one piece."""
    lines = [*book.dialect.title(book, event)]
    for one in event.transfers:
        lines.append(_posting(book, book.name(one.debit), -one.amount, one.unit))
        lines.append(_posting(book, book.name(one.credit), one.amount, one.unit))
    yield "".join((*lines, "\n"))


def _posting(book: Book, account: str, amount_minor: int, code: str) -> str:
    return book.dialect.posting.format(account=account, amount=book.money(amount_minor, code))
