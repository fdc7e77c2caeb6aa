"""Spliit's CSV export: each person's share, above zero for who paid.

Columns: Date, Description, Category, Currency, Cost, in newer versions Original cost, Original
currency and Conversion rate, then Is Reimbursement, Split mode, and a column for each person.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from ledger.saying import message_of, said
from member.exchange.found import Found
from member.exchange.item import Item, Kind, Misfit, Share, parse_day, parse_decimal
from member.exchange.sheet import Row

NAME = "Spliit"
COLUMNS = (
    "Date", "Description", "Category", "Currency", "Cost", "Is Reimbursement", "Split mode",
)  # fmt: skip
_FURTHER = ("Original cost", "Original currency", "Conversion rate")
_EVENLY = "Evenly"
_ROUNDING = Decimal("0.01")
"""By so much each share may be off in the file, which rounds every one by itself."""
_TWO = 2


def read(found: Found) -> Iterator[Item]:
    """Give what the lines say.

    Who paid without a share of his own (every reimbursement is like that) the file does not say,
    unless it has two people only: ``found.payers`` says it by line.
    """
    people = [name for name in found.header if name and name not in {*COLUMNS, *_FURTHER}]
    for row in found.rows:
        cells = found.cells(row)
        try:
            yield _item(row, cells, people, found.payers.get(row.number))
        except Misfit as misfit:
            yield Item(row.number, what=cells.get("Description", ""), problem=message_of(misfit))


def _item(row: Row, cells: Mapping[str, str], people: Sequence[str], payer: str | None) -> Item:
    cost = parse_decimal(cells["Cost"])
    if cost <= 0:
        raise Misfit("an income, or nothing, is not a bill")
    found = {name: parse_decimal(cells.get(name) or "0") for name in people}
    shares = [Share(name, abs(share)) for name, share in found.items() if share]
    if not shares:
        raise Misfit("nobody has a share of it")
    paid_by = payer or _payer(row, found)
    even = cells["Split mode"] == _EVENLY
    settles = cells["Is Reimbursement"].lower() == "yes"
    return Item(
        row.number,
        Kind.SETTLEMENT if settles else Kind.BILL,
        parse_day(cells["Date"]),
        cells["Description"],
        "" if settles else cells["Category"],
        cells["Currency"],
        (Share(paid_by, cost),),
        tuple(Share(one.name, Decimal(1)) for one in shares) if even else _whole(cost, shares),
        weighted=even,
    )


def _payer(row: Row, found: Mapping[str, Decimal]) -> str:
    above = [name for name, share in found.items() if share > 0]
    if len(above) == 1:
        return above[0]
    without = [name for name, share in found.items() if not share]
    if not above and len(found) == _TWO and len(without) == 1:
        return without[0]
    if above:
        raise Misfit("several people are above zero, which Spliit does not write")
    raise Misfit(
        said('the file does not say who paid; add --paid "{number}=NAME"', number=row.number)
    )


def _whole(cost: Decimal, shares: Sequence[Share]) -> tuple[Share, ...]:
    """Return shares that add up to the cost: what rounding lost is the first one's."""
    missing = cost - sum(one.amount for one in shares)
    if abs(missing) > _ROUNDING * len(shares):
        raise Misfit(
            said("the shares add up to {shares}, not to {cost}", shares=cost - missing, cost=cost)
        )
    first, *rest = shares
    if first.amount + missing < 0:
        raise Misfit(
            said("the shares add up to {shares}, not to {cost}", shares=cost - missing, cost=cost)
        )
    return (Share(first.name, first.amount + missing), *rest)
