"""Exports as an hledger journal, which `hledger check --strict` accepts.

Source:
    hledger's manual, "Journal format": directives, descriptions, comments, balance assertions.
"""

from collections.abc import Iterator

from federation.export.journal import Book, Dialect, write_journal
from federation.export.naming import hledger_unit, name_for_hledger
from federation.export.say import (
    accounts_of,
    category_of,
    day_of,
    kind_of,
    memo_of,
    number,
    parties,
    plain,
)
from federation.export.walk import Closing, Entry, Source

_SEMICOLON = "\uff1b"
"""Written for a semicolon, after which hledger reads a comment and its tags."""
_COMMA, _COLON = "\uff0c", "\uff1a"
"""Written where a tag's value would end, or another tag begin."""


def export_hledger(source: Source) -> Iterator[str]:
    """Give an hledger journal piece by piece; each balance is asserted at its end.

    Raises:
        StoreDamaged: As ``walk``.
    """
    return write_journal(source, HLEDGER)


def _head(book: Book) -> Iterator[str]:
    community = book.state.community
    yield f"; {plain(community.name) if community else ''}\ndecimal-mark .\n\n"
    for unit in book.units.values():
        # The example must have a decimal mark, also where the unit has no decimals.
        point = "" if unit.scale else "."
        yield f"commodity {number(1000 * 10**unit.scale, unit)}{point} {hledger_unit(unit.code)}\n"
    yield "\n"
    for account in accounts_of(book.state):
        status = "" if account.status == "active" else f", {account.status}"
        # hledger reads tags in here, and one of them is the account's type.
        yield f"account {book.name(account.id)}\n    ; {_tag(account.name)}{status}\n"
    yield f"account {HLEDGER.before}\n\n"


def _title(book: Book, event: Entry) -> Iterator[str]:
    record = event.record
    memo = _described(memo_of(record))
    note = f" | {memo}" if memo else ""
    yield f"{day_of(record.time)} * ({event.index}) {parties(book.state, event)}{note}\n"
    tags = [f"id:{record.id.hex()}", f"kind:{kind_of(record)}"]
    category = category_of(book.state, record)
    tags += [f"category:{_tag(category)}"] if category else []
    tags += [f"refers:{record.refers.hex()}"] if record.refers else []
    for tag in tags:
        yield f"    ; {tag}\n"


def _closing(book: Book, event: Closing) -> Iterator[str]:
    if not event.sums:
        return
    yield f"{day_of(event.time)} * balances\n"
    for (account, code), amount in sorted(event.sums.items()):
        nothing = f"0 {hledger_unit(code)}"
        yield f"    {book.name(account)}    {nothing} = {book.money(amount, code)}\n"


def _tag(text: str) -> str:
    """Return a text that is one tag's value whole."""
    return _described(text).replace(",", _COMMA).replace(":", _COLON)


def _described(text: str) -> str:
    """Return a text that a description holds whole."""
    return plain(text).replace(";", _SEMICOLON).strip()


HLEDGER = Dialect(
    name_for=name_for_hledger,
    unit=hledger_unit,
    text=_described,
    posting="    {account}    {amount}\n",
    before="equity:opening",
    head=_head,
    title=_title,
    closing=_closing,
)
