"""The command that shows a period: what an account began and ended with, and all between."""

from typing import Annotated

import typer

from federation.console.people import find_unit
from federation.console.sentence import SHORT_ID_CHARS, moment, printable
from federation.console.terminal import out, show, table
from federation.console.views import View
from member.cli.options import (
    HomeOption,
    JsonOption,
    PassphraseOption,
    UnitOption,
    now,
    open_home,
    seed_without_asking,
)
from member.household.rhythm import day_of
from member.household.statement import parse_period, view_statement
from member.membership import open_membership
from member.past import Reader
from member.standing import describe_stand


def statement(
    month: Annotated[
        str | None, typer.Argument(metavar="[MONTH]", help="Such as 2026-11; else this month.")
    ] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    *,
    since: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day.")] = None,
    unit: UnitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a period of your account; every figure follows from your own verified records."""
    where = open_home(home)
    period = parse_period(month, since, until, now())
    with open_membership(where) as member:
        found = find_unit(member.state, unit)
        seed = seed_without_asking(where, passphrase_file)
        reader = Reader(member.account.id, seed, member.name_of)
        held = view_statement(member, reader, found, period, now())
    show(held, as_json, lambda: _show(held))


def _show(held: View) -> None:
    first, last = day_of(held["from"]), day_of(held["to"] - 1)
    out.print(f"Statement of {held['handle']} in {held['unit']}, {first} to {last} (UTC)")
    out.print(f"Balance before: {held['opening']}")
    rows = [
        [
            one["id"][:SHORT_ID_CHARS],
            moment(one["time"]),
            one["what"],
            one["with"],
            one["amount"],
            printable(one["category"]),
            _beside(one),
        ]
        for one in held["entries"]
    ]
    if rows:
        table(("id", "when", "what", "with", "amount", "category", "memo"), rows, (4,))
        spent = [
            [printable(one["category"]) or "(none)", one["received"], one["paid"]]
            for one in held["categories"]
        ]
        table(("category", "received", "paid"), spent, (1, 2))
    out.print(f"Received {held['received']}, paid {held['paid']}")
    out.print(f"Balance after: {held['closing']}")
    for sentence in describe_stand(held["ledger"]):
        out.print(sentence, markup=False)


def _beside(one: View) -> str:
    memo = "sealed" if one["sealed"] else printable(one["memo"])
    files = ", ".join(map(printable, one["files"]))
    return f"{memo} [{files}]".strip() if files else memo


def register(app: typer.Typer) -> None:
    """Give a command line this command."""
    app.command()(statement)
