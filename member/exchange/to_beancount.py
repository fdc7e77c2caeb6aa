"""Exports as a beancount ledger, which `bean-check` accepts.

Source:
    "Beancount Language Syntax": open, commodity, transactions, metadata, balance assertions.
"""

from collections.abc import Iterator, Mapping

from federation.console.sentence import units_of
from ledger.record import Transfer
from ledger.state import Account
from ledger.unit import Unit
from member.exchange.naming import NameAccount, beancount_unit, name_for_beancount
from member.exchange.say import (
    accounts_of,
    category_of,
    day_after,
    day_of,
    kind_of,
    memo_of,
    number,
    parties,
    plain,
)
from member.exchange.walk import Closing, Entry, Opening, Source, walk

BEFORE = "Equity:Opening-Balances"
"""Stands against what one account alone had before; no handle has a capital."""


def export_beancount(source: Source) -> Iterator[str]:
    """Give a beancount ledger piece by piece; each balance is asserted at its end.

    Raises:
        StoreDamaged: As ``walk``.
    """
    state, name = source.state, name_for_beancount(source.state)
    units = units_of(state)
    yield from _head(source, units, name)
    for event in walk(source):
        match event:
            case Opening():
                yield from _opening(event, units, name, alone=source.window.account is not None)
            case Entry():
                yield _transaction(source, event, units, name)
            case Closing():
                yield from _closing(source, event, units, name)


def _head(source: Source, units: Mapping[str, Unit], name: NameAccount) -> Iterator[str]:
    community = source.state.community
    opened = day_of(community.opened if community else 0)
    yield f'option "title" {_string(community.name if community else "")}\n\n'
    for unit in units.values():
        yield f"{opened} commodity {beancount_unit(unit.code)}\n  name: {_string(unit.name)}\n"
    for account in accounts_of(source.state):
        yield _open(account, opened, name)
    yield f"{opened} open {BEFORE}\n\n"


def _open(account: Account, opened: str, name: NameAccount) -> str:
    lines = [
        f"{opened} open {name(account.id)}\n",
        f"  name: {_string(account.name)}\n",
        f'  handle: "{account.handle}"\n',
        f'  status: "{account.status}"\n',
    ]
    return "".join(lines)


def _opening(
    event: Opening, units: Mapping[str, Unit], name: NameAccount, *, alone: bool
) -> Iterator[str]:
    if not event.sums:
        return
    yield f'{day_of(event.time)} * "opening balances"\n'
    for (account, code), amount in sorted(event.sums.items()):
        yield _posting(name(account), amount, units[code])
        if alone:
            yield _posting(BEFORE, -amount, units[code])
    yield "\n"


def _transaction(source: Source, event: Entry, units: Mapping[str, Unit], name: NameAccount) -> str:
    record = event.record
    category = category_of(source.state, record)
    says = f"{_string(parties(source.state, event))} {_string(memo_of(record))}"
    lines = [
        f"{day_of(record.time)} * {says}\n",
        f"  record: {event.index}\n",
        f'  id: "{record.id.hex()}"\n',
        f'  kind: "{kind_of(record)}"\n',
        *([f"  category: {_string(category)}\n"] if category else []),
        *([f'  refers: "{record.refers.hex()}"\n'] if record.refers else []),
        *(line for one in event.transfers for line in _postings(one, units[one.unit], name)),
        "\n",
    ]
    return "".join(lines)


def _closing(
    source: Source, event: Closing, units: Mapping[str, Unit], name: NameAccount
) -> Iterator[str]:
    # A balance holds at the beginning of its day, and not before its account was opened.
    community, only = source.state.community, source.window.account
    day = day_after(max(event.time, community.opened if community else 0))
    for account in accounts_of(source.state):
        for books in account.balances:
            if only in {None, account.id}:
                has = number(event.sums.get((account.id, books.unit), 0), units[books.unit])
                yield f"{day} balance {name(account.id)} {has} {beancount_unit(books.unit)}\n"


def _postings(one: Transfer, unit: Unit, name: NameAccount) -> Iterator[str]:
    yield _posting(name(one.debit), -one.amount, unit)
    yield _posting(name(one.credit), one.amount, unit)


def _posting(account: str, amount: int, unit: Unit) -> str:
    return f"  {account}  {number(amount, unit)} {beancount_unit(unit.code)}\n"


def _string(text: str) -> str:
    """Return a text as a string of beancount's, in one line."""
    return '"' + plain(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
