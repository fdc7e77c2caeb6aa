"""Splitwise's CSV export: what each line changes for each person.

Columns: Date, Description, Category, Cost, Currency, then a column for each person with what he
paid less his share. Payments between people have the category Payment. The last row is the total.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from ledger.saying import message_of, said
from member.exchange.found import Found
from member.exchange.item import Item, Kind, Misfit, Share, parse_day, parse_decimal
from member.exchange.sheet import Row

NAME = "Splitwise"
COLUMNS = ("Date", "Description", "Category", "Cost", "Currency")
_TOTAL = "Total balance"
_PAYMENT = "payment"


def read(found: Found) -> Iterator[Item]:
    """Give what the lines say; the total is compared with them.

    Who paid how much the file does not say. One who is above zero paid all; of several, each
    paid what he is above zero, and the first of them the rest too. The balances are the file's.
    """
    people = [name for name in found.header if name and name not in COLUMNS]
    sums = dict.fromkeys(people, Decimal())
    for row in found.rows:
        cells = found.cells(row)
        if _TOTAL in {cells.get("Date"), cells.get("Description")}:
            yield from _compare(row, cells, sums)
            continue
        try:
            nets = {name: parse_decimal(cells.get(name) or "0") for name in people}
            item = _item(row, cells, nets)
            for name in people:
                sums[name] += nets[name]
        except Misfit as misfit:
            item = Item(row.number, what=cells.get("Description", ""), problem=message_of(misfit))
        yield item


def _item(row: Row, cells: Mapping[str, str], nets: Mapping[str, Decimal]) -> Item:
    cost = parse_decimal(cells["Cost"])
    above = [Share(name, net) for name, net in nets.items() if net > 0]
    below = [Share(name, -net) for name, net in nets.items() if net < 0]
    if sum(nets.values()):
        raise Misfit("the people's amounts do not add up to nothing")
    moved = sum(one.amount for one in above)
    settles = cells["Category"].lower() == _PAYMENT
    rest = Decimal() if settles else max(cost - moved, Decimal())
    if above and moved > cost:
        raise Misfit("somebody is owed more than it cost")
    paid = [Share(one.name, one.amount + (0 if place else rest)) for place, one in enumerate(above)]
    own = [Share(above[0].name, rest)] if above and rest else []
    return Item(
        row.number,
        Kind.SETTLEMENT if settles else Kind.BILL,
        parse_day(cells["Date"]),
        cells["Description"],
        "" if settles else cells["Category"],
        cells.get("Currency", ""),
        tuple(paid),
        (*own, *below),
        left_out="" if above else said("it changes nothing for anybody"),
    )


def _compare(row: Row, cells: Mapping[str, str], sums: Mapping[str, Decimal]) -> Iterator[Item]:
    try:
        wrong = [name for name in sums if parse_decimal(cells.get(name) or "0") != sums[name]]
    except Misfit as misfit:
        wrong = [str(misfit)]
    if wrong:
        why = said(
            "the total is not that of the lines above for {names}; a line is missing or was "
            "changed",
            names=", ".join(wrong[:5]),
        )
        yield Item(row.number, what=_TOTAL, problem=why)
