"""What the commands do that fetch or show only the own records: sync, balance, history."""

import asyncio
from typing import Annotated

import typer

from federation.console.people import find_unit
from federation.console.sentence import moment, printable
from federation.console.terminal import UsageInvalid, out, show, table
from federation.console.views import View
from federation.home import Home
from member.mine import (
    RANGE_RECORDS_MAX,
    mine_of,
    open_mine,
    view_mine,
    view_own,
    view_range,
)

MineOption = Annotated[
    bool, typer.Option("--mine", help="Only your own records, proven to be all of them.")
]
RecordsOption = Annotated[
    tuple[int, int] | None,
    typer.Option("--range", metavar="A B", help="Only your own records and records A to B - 1."),
]


def sync_mine(home: Home, seed: bytes, records: tuple[int, int] | None, *, as_json: bool) -> None:
    """Fetch and prove the own records, and show what they prove.

    Raises:
        UsageInvalid: The range is empty or too long.
    """
    from member.fetch_mine import fetch_mine  # noqa: PLC0415 -- the network takes long to import

    wanted = _range(records)
    synced = asyncio.run(fetch_mine(home, seed, wanted))
    mine = mine_of(synced.excerpt.checkpoint.community, synced.excerpt)
    held = view_mine(mine) | {
        "new_records": synced.new_records,
        "moved_bytes": synced.moved_bytes,
        "full_bytes": synced.full_bytes,
        "records": view_range(mine, wanted),
    }

    def people() -> None:
        _show_records(held["records"])
        _show_balances(held["balances"])
        _show_proof(held)
        out.print(
            f"{held['new_records']} records came just now in {held['moved_bytes']:,} bytes; "
            f"the whole ledger would have moved {held['full_bytes']:,}."
        )

    show(held, as_json, people)


def show_balance(home: Home, unit: str | None, *, as_json: bool) -> None:
    """Show the own balance as the own records prove it."""
    mine = open_mine(home)
    held = view_mine(mine)
    if unit is not None:
        code = find_unit(mine.state, unit).code
        held["balances"] = [books for books in held["balances"] if books["unit"] == code]

    def people() -> None:
        _show_balances(held["balances"])
        _show_proof(held)

    show(held, as_json, people)


def show_history(home: Home, limit: int, unit: str | None, *, as_json: bool) -> None:
    """Show the own records, newest first; of a unit, its transactions."""
    mine = open_mine(home)
    held = view_own(mine, limit, find_unit(mine.state, unit).code if unit else None)

    def people() -> None:
        _show_records(held)
        _show_proof(view_mine(mine))

    show(held, as_json, people)


def _range(records: tuple[int, int] | None) -> range:
    first, end = records or (0, 0)
    if records is not None and not 0 <= first < end <= first + RANGE_RECORDS_MAX:
        raise UsageInvalid(
            f"got records {first} to {end}; 1 to {RANGE_RECORDS_MAX} of them fit, from 0 on, "
            "as in `--range 100 110`"
        )
    return range(first, end)


def _show_balances(balances: list[View]) -> None:
    columns = ("balance", "left to spend", "held", "expected", "limit below zero", "at most")
    fields = ("balance", "available", "held", "expected", "credit_limit", "maximum_balance")
    table(columns, [[books[name] for name in fields] for books in balances], range(len(fields)))


def _show_records(records: list[View]) -> None:
    rows = [
        [str(one["index"]), moment(one["time"]) if one["time"] else "", printable(one["what"])]
        for one in records
    ]
    if rows:
        table(("record", "when", "what"), rows, (0,))


def _show_proof(held: View) -> None:
    out.print(
        f"{held['own_records']} records are {held['handle']}'s: none of yours is missing, and "
        "they add up to this balance.",
        markup=False,
    )
    out.print(
        f"Proven by the checkpoint of {held['size']} records, {moment(held['time'])}, "
        f"root {held['root'][:16]}."
    )
