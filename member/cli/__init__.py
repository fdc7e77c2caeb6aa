"""The member's command line: `commontab`."""

import sys
from typing import NoReturn

import typer

from federation.console import terminal
from member.cli import (
    card,
    exchange,
    feed,
    home,
    key,
    past,
    pay,
    payments,
    proof,
    request,
    run,
    show,
    succession,
)
from member.cli.options import arrange

app = typer.Typer(
    name="commontab",
    help="Your part of a common tab: pay, bill, settle up, and check every number yourself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for group in (
    home,
    card,
    pay,
    request,
    payments,
    show,
    past,
    proof,
    feed,
    exchange,
    key,
    run,
    succession,
):
    group.register(app)


def main() -> NoReturn:
    """Run what was typed and end with its exit code."""
    sys.argv[1:] = arrange(sys.argv[1:])
    terminal.run(app)
