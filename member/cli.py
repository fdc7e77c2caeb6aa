"""The member's command line: `commontab`."""

import sys
from typing import NoReturn

import typer

from federation import terminal
from member import (
    cli_card,
    cli_home,
    cli_key,
    cli_past,
    cli_pay,
    cli_request,
    cli_run,
    cli_show,
)
from member.cli_options import arrange

app = typer.Typer(
    name="commontab",
    help="Your part of a common tab: pay, bill, settle up, and check every number yourself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for group in (cli_home, cli_card, cli_pay, cli_request, cli_show, cli_past, cli_key, cli_run):
    group.register(app)


def main() -> NoReturn:
    """Run what was typed and end with its exit code."""
    sys.argv[1:] = arrange(sys.argv[1:])
    terminal.run(app)
