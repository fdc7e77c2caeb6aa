"""Our own CSV exports, of postings and of transactions, read back."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby

from federation.export.cell import restore
from federation.export.to_csv import BEFORE, POSTING_COLUMNS, SEPARATOR, TRANSACTION_COLUMNS
from ledger.saying import message_of, said
from member.exchange.found import Found
from member.exchange.item import Item, Kind, Misfit, Share, parse_day, parse_decimal
from member.exchange.sheet import Row

POSTINGS, TRANSACTIONS = "Commontab's postings", "Commontab's transactions"
__all__ = ["POSTINGS", "POSTING_COLUMNS", "TRANSACTIONS", "TRANSACTION_COLUMNS"]


def read_postings(found: Found) -> Iterator[Item]:
    """Give each transaction that the postings are of, one item for each unit."""
    for _, group in groupby(found.rows, key=lambda row: _entry(found.cells(row))):
        rows = list(group)
        cells = [found.cells(row) for row in rows]
        for unit in dict.fromkeys(one["unit"] for one in cells):
            yield _guarded(rows[0], cells[0], unit, _by_account(cells, unit))


def read_transactions(found: Found) -> Iterator[Item]:
    """Give each transaction, one item for each unit."""
    for row in found.rows:
        cells = found.cells(row)
        columns = [cells[name].split(SEPARATOR) for name in ("from", "to", "amount", "unit")]
        if len({len(column) for column in columns}) > 1:
            why = said("from, to, amount and unit do not list as many each")
            yield Item(row.number, what=restore(cells["memo"]), problem=why)
            continue
        moved = list(zip(*columns, strict=True))
        for unit in dict.fromkeys(one[3] for one in moved):
            nets = (
                end
                for giver, taker, amount, code in moved
                if code == unit
                for end in ((giver, amount, -1), (taker, amount, 1))
            )
            yield _guarded(row, cells, unit, nets)


def _by_account(cells: Iterable[Mapping[str, str]], unit: str) -> Iterator[tuple[str, str, int]]:
    for one in cells:
        if one["unit"] == unit:
            yield one["account"], one["amount"], 1


def _entry(cells: Mapping[str, str]) -> str:
    return cells["transaction"] or cells["kind"]


def _guarded(
    row: Row, cells: Mapping[str, str], unit: str, ends: Iterable[tuple[str, str, int]]
) -> Item:
    memo = restore(cells["memo"])
    try:
        return _item(row, cells, unit, ends)
    except Misfit as misfit:
        return Item(row.number, what=memo, currency=unit, problem=message_of(misfit))


def _item(
    row: Row, cells: Mapping[str, str], unit: str, ends: Iterable[tuple[str, str, int]]
) -> Item:
    nets: dict[str, Decimal] = {}
    for account, amount, sign in ends:
        nets[account] = nets.get(account, Decimal()) + sign * parse_decimal(amount)
    if sum(nets.values()):
        raise Misfit("its postings do not add up to nothing")
    return Item(
        row.number,
        Kind.PAYMENT,
        parse_day(cells["date"]),
        restore(cells["memo"]) or cells["kind"],
        currency=unit,
        paid=tuple(Share(name, net) for name, net in nets.items() if net > 0),
        owed=tuple(Share(name, -net) for name, net in nets.items() if net < 0),
        # A transaction's id tells it from all others, in either of the two shapes.
        name="" if cells["kind"] == BEFORE else f"{cells['transaction']} {unit}",
        entry=_id(cells["transaction"]),
        left_out="" if any(nets.values()) else said("it changes nothing for anybody"),
    )


def _id(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Misfit(said("{text!r} is no transaction's id", text=text[:40])) from None
