"""Cospend's and IHateMoney's CSV exports: who paid, and who owes by which weights.

Both have the columns what, amount, date, payer_name, payer_weight and owers. IHateMoney adds
bill_type and currency. Cospend's file has a section of members before and of categories behind.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote_plus

from federation.export.cell import restore
from ledger.saying import message_of, said
from member.exchange.found import Found
from member.exchange.item import (
    Item,
    Kind,
    Misfit,
    Share,
    index_names,
    parse_day,
    parse_decimal,
    split_names,
)
from member.exchange.sheet import Row

NAME = "Cospend or IHateMoney"
COLUMNS = ("what", "amount", "date", "payer_name", "payer_weight", "owers")
MEMBERS = ("name", "weight", "active")
_CATEGORIES = ("categoryname", "categoryid")
_SECTIONS: tuple[tuple[str, ...], ...] = (
    ("paymentmodename",),
    ("currencyname",),
    _CATEGORIES,
    MEMBERS,
)
_REIMBURSEMENT = "-11"
"""Cospend's category of what people give back (Application::CATEGORY_REIMBURSEMENT)."""
_NO_CURRENCY = "XXX"
"""IHateMoney's word for it."""
_FAKE = "deleteMeIfYouWant"
"""Lines by which MoneyBuster writes members down."""


class Known(NamedTuple):
    """What a file says of its people and categories.

    Attributes:
        weights: Everybody's weight, by name.
        commas: Names with commas; see ``index_names``.
        categories: Their names, by id.
    """

    weights: Mapping[str, str]
    commas: Mapping[str, Sequence[str]]
    categories: Mapping[str, str]


def read(found: Found) -> Iterator[Item]:
    """Give what the lines say; the file's own sections say weights and categories."""
    bills, categories = _sections(found.rows)
    weights = _weights(found, bills)
    commas = index_names(weights)
    for row in bills:
        cells = found.cells(row)
        try:
            yield _item(row, cells, Known(weights, commas, categories))
        except Misfit as misfit:
            yield Item(row.number, what=restore(cells.get("what", "")), problem=message_of(misfit))


def _sections(rows: Sequence[Row]) -> tuple[list[Row], dict[str, str]]:
    """Return the bills, and the categories by their ids."""
    bills, categories = [], {}
    section: tuple[str, ...] | None = None
    for row in rows:
        begun = next((one for one in _SECTIONS if row.cells[: len(one)] == one), None)
        if begun is not None:
            section = begun
        elif section is None:
            bills.append(row)
        elif section == _CATEGORIES and len(row.cells) > 1:
            categories[row.cells[1]] = row.cells[0]
    return bills, categories


def _weights(found: Found, bills: Sequence[Row]) -> dict[str, str]:
    """Return everybody's weight; of whom the file says none, he has 1."""
    weights: dict[str, str] = {}
    for row in bills:
        cells = found.cells(row)
        weights[restore(cells["payer_name"])] = cells["payer_weight"] or "1"
    listed = next((n for n, row in enumerate(found.before) if row.cells[:3] == MEMBERS), None)
    for row in found.before[listed + 1 :] if listed is not None else ():
        name, weight, *_ = (*row.cells, "1", "1")
        weights[name] = weight
    return weights


def _item(row: Row, cells: Mapping[str, str], known: Known) -> Item:
    what, payer = restore(cells["what"]), restore(cells["payer_name"])
    if cells.get("deleted") == "1" or what == _FAKE:
        return Item(row.number, what=what, left_out=said("it was deleted there"))
    amount = parse_decimal(cells["amount"])
    if not amount:
        return Item(row.number, what=what, left_out=said("it changes nothing for anybody"))
    if amount < 0:
        raise Misfit("an income, or nothing, is not a bill")
    owers = split_names(restore(cells["owers"]), known.commas)
    if not payer or not owers:
        raise Misfit("it does not say who paid or who owes")
    back = cells.get("bill_type", "").lower() == "reimbursement"
    settles = (back or cells.get("categoryid") == _REIMBURSEMENT) and len(owers) == 1
    currency = cells.get("currency", "")
    comment = unquote_plus(cells.get("comment", ""))
    repeats = cells.get("repeat", "n") not in {"n", ""}
    return Item(
        row.number,
        Kind.SETTLEMENT if settles else Kind.BILL,
        parse_day(cells["date"]),
        f"{what}, {comment}" if comment else what,
        known.categories.get(cells.get("categoryid", ""), ""),
        "" if currency == _NO_CURRENCY else currency,
        (Share(payer, amount),),
        tuple(Share(name, parse_decimal(known.weights.get(name, "1"))) for name in owers),
        weighted=True,
        notes=(said("it is made once; repeat it with `commontab recurring`"),) if repeats else (),
    )
