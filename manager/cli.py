"""The manager's command line: `commontab-manager`."""

import sys
from typing import NoReturn

import typer

from federation import terminal
from manager import cli_home, cli_people, cli_rules, cli_run

app = typer.Typer(
    name="commontab-manager",
    help="Keep a community's common tab: admit people, merge their changes, publish the ledger.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for group in (cli_home, cli_rules, cli_people, cli_run):
    group.register(app)


def main() -> NoReturn:
    """Run what was typed and end with its exit code."""
    sys.argv[1:] = terminal.put_behind_verb(sys.argv[1:])
    terminal.run(app)
