"""Splitwise's CSV export: what each line changes for each person.

Columns: Date, Description, Category, Cost, Currency, then a column for each person with what he
paid less his share. Payments between people have the category Payment. At the end stands a total
for each currency. A friend's export has a note above the columns; shares of what does not divide
have more decimals than the cost.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal

from ledger.saying import message_of, said
from member.exchange.found import Found
from member.exchange.item import Item, Kind, Misfit, Share, parse_day, parse_decimal
from member.exchange.sheet import Row

NAME = "Splitwise"
COLUMNS = ("Date", "Description", "Category", "Cost", "Currency")
_TOTAL = "total balance"
_PAYMENT = "payment"
_DECIMALS = 2
"""Of a cost, in whatever currency; what is shared may have more."""
Sums = dict[str, dict[str, Decimal]]
"""What everybody has, by currency and name."""


def read(found: Found) -> Iterator[Item]:
    """Give what the lines say; the total is compared with them.

    Who paid how much the file does not say. One who is above zero paid all; of several, each
    paid what he is above zero, and the first of them the rest too. The balances are the file's.
    """
    people = [name for name in found.header if name and name not in COLUMNS]
    sums = Sums()
    for row in found.rows:
        cells = found.cells(row)
        of_currency = sums.setdefault(cells.get("Currency", ""), dict.fromkeys(people, Decimal()))
        if _TOTAL in {cells.get("Date", "").lower(), cells.get("Description", "").lower()}:
            yield from _compare(row, cells, of_currency)
            continue
        try:
            nets = {name: parse_decimal(cells.get(name) or "0") for name in people}
            item = _item(row, cells, nets)
            for name in people:
                of_currency[name] += nets[name]
        except Misfit as misfit:
            item = Item(row.number, what=cells.get("Description", ""), problem=message_of(misfit))
        yield item


def _item(row: Row, cells: Mapping[str, str], nets: Mapping[str, Decimal]) -> Item:
    cost = parse_decimal(cells["Cost"])
    if cost < 0:
        raise Misfit("an income, or nothing, is not a bill")
    if sum(nets.values()):
        raise Misfit("the people's amounts do not add up to nothing")
    above = _round([Share(name, net) for name, net in nets.items() if net > 0], cost)
    below = _round([Share(name, -net) for name, net in nets.items() if net < 0], cost)
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


def _round(shares: Sequence[Share], cost: Decimal) -> list[Share]:
    """Return shares with two decimals, or the cost's, and with the same sum as the other side's.

    Both sides add up to the same, so both are rounded down to the same: what is missing then goes,
    a unit of the last decimal each, to whoever lost most by it, among equals to the first.
    """
    last = Decimal(1).scaleb(min(int(cost.as_tuple().exponent), -_DECIMALS))
    whole = [one.amount.quantize(last, ROUND_DOWN) for one in shares]
    total = sum((one.amount for one in shares), Decimal()).quantize(last, ROUND_DOWN)
    lost = [one.amount - down for one, down in zip(shares, whole, strict=True)]
    order = sorted(range(len(shares)), key=lambda place: (-lost[place], place))
    for place in order[: int((total - sum(whole)) / last)]:
        whole[place] += last
    return [Share(one.name, amount) for one, amount in zip(shares, whole, strict=True)]


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
        yield Item(row.number, what=cells.get("Description", ""), problem=why)
