"""The manager's command line: `commontab-manager`."""

import sys
from typing import NoReturn

import typer

from federation.console import terminal
from manager.cli import (
    attachments,
    care,
    dns,
    export,
    feed,
    home,
    link,
    names,
    password,
    people,
    proof,
    rules,
    run,
    show,
    succeed,
)

app = typer.Typer(
    name="commontab-manager",
    help="Keep a community's common tab: admit people, merge their changes, publish the ledger.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for group in (
    home,
    rules,
    people,
    link,
    names,
    attachments,
    export,
    dns,
    run,
    password,
    show,
    proof,
    feed,
    care,
    succeed,
):
    group.register(app)


def main() -> NoReturn:
    """Run what was typed and end with its exit code."""
    sys.argv[1:] = terminal.put_behind_verb(sys.argv[1:])
    terminal.run(app)
