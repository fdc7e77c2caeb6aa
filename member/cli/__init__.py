"""The member's command line: `commontab`."""

import sys
from typing import NoReturn

import typer

from federation.console import terminal
from member.cli import (
    attachments,
    bill,
    card,
    comment,
    dns,
    exchange,
    feed,
    home,
    key,
    mandate,
    name,
    past,
    pay,
    payments,
    proof,
    recurring,
    request,
    run,
    settle,
    show,
    statement,
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
    bill,
    settle,
    recurring,
    mandate,
    comment,
    attachments,
    name,
    show,
    past,
    statement,
    proof,
    feed,
    exchange,
    key,
    run,
    dns,
    succession,
):
    group.register(app)


def main() -> NoReturn:
    """Run what was typed and end with its exit code."""
    sys.argv[1:] = arrange(sys.argv[1:])
    terminal.run(app)
