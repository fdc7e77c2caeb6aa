"""Commands for attached files: attachments list, save."""

from pathlib import Path
from typing import Annotated

import typer

from federation.console.sentence import moment, printable
from federation.console.terminal import UsageInvalid, out, show, table
from federation.console.views import View
from member.cli.comment import find_entry_id
from member.cli.options import HomeOption, JsonOption, open_home
from member.household.attachments import find_attachment, open_attachment, view_attachments
from member.membership import open_membership

_KIB = 1_024

attachments = typer.Typer(
    no_args_is_help=True, help="Files that were attached to payments, bills and the like."
)


@attachments.command("list")
def list_(
    entry: Annotated[
        str, typer.Argument(metavar="ID", help="Start of the id of a payment, bill, request …")
    ],
    home: HomeOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show what is attached to an entry."""
    with open_membership(open_home(home)) as member:
        held = view_attachments(member, find_entry_id(member, entry), with_cause=True)
    show(held, as_json, lambda: _show(held))


@attachments.command("save")
def save(
    attachment: Annotated[str, typer.Argument(metavar="ID", help="Start of the file's id.")],
    file: Annotated[
        Path | None, typer.Argument(help="Where to; without it, here under its own name.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Write an attached file to the disk; nothing that is there is overwritten."""
    with open_membership(open_home(home)) as member:
        opened = open_attachment(member, find_attachment(member, attachment))
    assert opened is not None, "its id was found"
    path = file or Path()
    if path.is_dir():
        path /= opened.name
    try:
        with path.open("xb") as stream:
            stream.write(opened.plain)
    except FileExistsError:
        raise UsageInvalid(f"{path} is there already; name another file to write to") from None
    out.print(f"Wrote {path}: {opened.media_type}, {len(opened.plain)} bytes.", markup=False)


def _show(held: list[View]) -> None:
    rows = [
        [
            one["short"],
            printable(one["name"]),
            f"{-(-one['length'] // _KIB)} KiB",
            one["who"],
            moment(one["time"]),
            _state(one),
        ]
        for one in held
    ]
    if rows:
        table(("id", "name", "size", "by", "at", ""), rows, (2,))
    else:
        out.print("Nothing is attached to it; `commontab comment ID --attach FILE` does that.")


def _state(one: View) -> str:
    if one["state"] == "withdrawn":
        return f"withdrawn: {printable(one['reason'])}"
    return "on its way" if one["state"] == "coming" else ""


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.add_typer(attachments, name="attachments")
