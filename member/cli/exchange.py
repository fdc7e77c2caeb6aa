"""Commands that exchange ledgers with other programs: export, import."""

from pathlib import Path
from typing import Annotated

import typer

from federation.console.terminal import UsageInvalid, err, progress
from member.cli.options import HomeOption, open_home
from member.exchange.formats import find_export, parse_day
from member.exchange.target import STDOUT, write_text
from member.exchange.walk import Source, Window
from member.membership import open_membership

FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="postings|transactions|hledger|beancount|lines",
        help="What to write; without it the file's suffix tells.",
    ),
]


def export(
    target: Annotated[Path, typer.Argument(help="File to write, or - for standard output.")],
    home: HomeOption = None,
    wanted: FormatOption = None,
    *,
    since: Annotated[str | None, typer.Option("--since", help="First day, 2026-01-31.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Last day.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only what you give or get.")] = False,
) -> None:
    """Write the ledger as CSV, for hledger or beancount, or as JSON lines."""
    chosen = find_export(wanted, target)
    first, end = parse_day(since), parse_day(until, after=True)
    if first is not None and end is not None and first >= end:
        raise UsageInvalid(f"got --since {since} and --until {until}; the first comes before")
    with open_membership(open_home(home)) as member, progress("exporting") as tell:
        window = Window(first, end, member.account.id if mine else None)
        size = member.state.tree.size
        source = Source(member.state, lambda: member.store.records(0, size), window, tell)
        write_text(target, chosen(source))
    if target != STDOUT:
        err.print(f"Wrote {target}.", markup=False)


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command()(export)
