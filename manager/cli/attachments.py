"""Commands about attached files: attachments, withdraw."""

from typing import Annotated

import typer

from federation.console.people import ID_CHARS_MIN
from federation.console.sentence import SHORT_ID_CHARS, moment
from federation.console.terminal import show, table
from federation.console.typed import check_reason
from manager.cli.options import (
    HomeOption,
    How,
    JsonOption,
    PassphraseOption,
    ReasonOption,
    YesOption,
    open_home,
    say,
)
from manager.cli.sign import carry_out
from manager.office import open_office
from manager.report.attachments import ask_withdrawal, view_attachments

SHOWN = 50
_KIB = 1_024


def attachments(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = SHOWN,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show attached files, newest first."""
    with open_office(open_home(home)) as office:
        assert office.community, "an unopened ledger is refused here"
        held = view_attachments(office, limit)

    def files() -> None:
        if not held:
            say("Nothing was attached yet.")
            return
        rows = [
            [
                one["id"][:SHORT_ID_CHARS],
                moment(one["time"]),
                one["author"],
                one["name"],
                f"{-(-one['length'] // _KIB)} KiB",
                one["about"][:SHORT_ID_CHARS],
                _stands(one["here"], one["withdrawn"], one["reason"]),
            ]
            for one in held
        ]
        table(("id", "merged", "by", "name", "size", "about", "stands"), rows)

    show(held, as_json, files)


def withdraw(
    attachment: Annotated[
        str, typer.Argument(metavar="ATTACHMENT", help=f"{ID_CHARS_MIN} digits of its id or more.")
    ],
    reason: ReasonOption,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Take an attached file out of all later snapshots, in public and for good."""
    how = How(open_home(home), passphrase_file, yes)
    with open_office(how.home, write=True) as office:
        carry_out(how, office, [ask_withdrawal(office, attachment, check_reason(reason))])


def _stands(here: bool, withdrawn: int | None, reason: str) -> str:
    if withdrawn is not None:
        return f"withdrawn: {reason}"
    return "here" if here else "missing"


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    for command in (attachments, withdraw):
        app.command()(command)
