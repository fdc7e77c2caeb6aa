"""The command that writes the ledger for other programs: export."""

from dataclasses import replace
from typing import Annotated

import typer

from federation.console.options import ExportArgument, FormatOption, SinceOption, UntilOption
from federation.console.people import find_account
from federation.console.terminal import err, progress
from federation.export.formats import find_export, parse_window
from federation.export.target import STDOUT, write_text
from federation.export.walk import Source
from manager.cli.options import HomeOption, open_home
from manager.office import open_office


def export(
    target: ExportArgument,
    home: HomeOption = None,
    wanted: FormatOption = None,
    *,
    since: SinceOption = None,
    until: UntilOption = None,
    who: Annotated[
        str | None,
        typer.Option("--who", metavar="WHO", help="Only what this member gives or gets."),
    ] = None,
) -> None:
    """Write the ledger as CSV, for hledger or beancount, or as JSON lines; beside `run` too."""
    chosen, window = find_export(wanted, target), parse_window(since, until)
    with open_office(open_home(home)) as office, progress("exporting") as tell:
        assert office.community, "an unopened ledger is refused here"
        if who is not None:
            window = replace(window, account=find_account(office.state, who).id)
        size = office.state.tree.size
        source = Source(office.state, lambda: office.store.records(0, size), window, tell)
        write_text(target, chosen(source))
    if target != STDOUT:
        err.print(f"Wrote {target}.", markup=False)


def register(app: typer.Typer) -> None:
    """Give a command line this command."""
    app.command()(export)
