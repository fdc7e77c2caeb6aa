"""Exports as an hledger journal, which `hledger check --strict` accepts.

Source:
    hledger's manual, "Journal format": directives, descriptions, comments, balance assertions.
"""

from collections.abc import Iterator, Mapping

from federation.console.sentence import units_of
from ledger.record import Transfer
from ledger.unit import Unit
from member.exchange.naming import NameAccount, hledger_unit, name_for_hledger
from member.exchange.say import (
    accounts_of,
    category_of,
    day_of,
    kind_of,
    memo_of,
    number,
    parties,
    plain,
)
from member.exchange.walk import Closing, Entry, Opening, Source, walk

BEFORE = "equity:opening"
"""Stands against what one account alone had before."""
_SEMICOLON = "\uff1b"
"""Written for a semicolon, after which hledger reads a comment and its tags."""
_COMMA, _COLON = "\uff0c", "\uff1a"
"""Written where a tag's value would end, or another tag begin."""


def export_hledger(source: Source) -> Iterator[str]:
    """Give an hledger journal piece by piece; each balance is asserted at its end.

    Raises:
        StoreDamaged: As ``walk``.
    """
    state, name = source.state, name_for_hledger(source.state)
    units = units_of(state)
    yield from _head(source, units, name)
    for event in walk(source):
        match event:
            case Opening():
                yield from _opening(event, units, name, alone=source.window.account is not None)
            case Entry():
                yield _transaction(source, event, units, name)
            case Closing():
                yield from _closing(event, units, name)


def _head(source: Source, units: Mapping[str, Unit], name: NameAccount) -> Iterator[str]:
    community = source.state.community
    yield f"; {plain(community.name) if community else ''}\ndecimal-mark .\n\n"
    for unit in units.values():
        # The example must have a decimal mark, also where the unit has no decimals.
        point = "" if unit.scale else "."
        yield f"commodity {number(1000 * 10**unit.scale, unit)}{point} {hledger_unit(unit.code)}\n"
    yield "\n"
    for account in accounts_of(source.state):
        status = "" if account.status == "active" else f", {account.status}"
        # hledger reads tags in here, and one of them is the account's type.
        yield f"account {name(account.id)}\n    ; {_tag(account.name)}{status}\n"
    yield f"account {BEFORE}\n\n"


def _opening(
    event: Opening, units: Mapping[str, Unit], name: NameAccount, *, alone: bool
) -> Iterator[str]:
    if not event.sums:
        return
    yield f"{day_of(event.time)} * opening balances\n"
    for (account, code), amount in sorted(event.sums.items()):
        yield _posting(name(account), amount, units[code])
        if alone:
            yield _posting(BEFORE, -amount, units[code])
    yield "\n"


def _transaction(source: Source, event: Entry, units: Mapping[str, Unit], name: NameAccount) -> str:
    record = event.record
    memo = _described(memo_of(record))
    note = f" | {memo}" if memo else ""
    tags = [f"id:{record.id.hex()}", f"kind:{kind_of(record)}"]
    category = category_of(source.state, record)
    tags += [f"category:{_tag(category)}"] if category else []
    tags += [f"refers:{record.refers.hex()}"] if record.refers else []
    lines = [
        f"{day_of(record.time)} * ({event.index}) {parties(source.state, event)}{note}\n",
        *(f"    ; {tag}\n" for tag in tags),
        *(line for one in event.transfers for line in _postings(one, units[one.unit], name)),
        "\n",
    ]
    return "".join(lines)


def _closing(event: Closing, units: Mapping[str, Unit], name: NameAccount) -> Iterator[str]:
    if not event.sums:
        return
    yield f"{day_of(event.time)} * balances\n"
    for (account, code), amount in sorted(event.sums.items()):
        has = f"{number(amount, units[code])} {hledger_unit(code)}"
        yield f"    {name(account)}    0 {hledger_unit(code)} = {has}\n"


def _postings(one: Transfer, unit: Unit, name: NameAccount) -> Iterator[str]:
    yield _posting(name(one.debit), -one.amount, unit)
    yield _posting(name(one.credit), one.amount, unit)


def _posting(account: str, amount: int, unit: Unit) -> str:
    return f"    {account}    {number(amount, unit)} {hledger_unit(unit.code)}\n"


def _tag(text: str) -> str:
    """Return a text that is one tag's value whole."""
    return _described(text).replace(",", _COMMA).replace(":", _COLON)


def _described(text: str) -> str:
    """Return a text that a description holds whole."""
    return plain(text).replace(";", _SEMICOLON).strip()
