"""Commands for names: claim, set, show, renew, transfer, take, release, delegate, list, export."""

from pathlib import Path
from typing import Annotated

import typer

from federation.console.terminal import UsageInvalid, show
from federation.console.views import View
from member.cli.how import How, signing
from member.cli.name_show import show_found, show_key, show_names, show_one
from member.cli.options import HomeOption, JsonOption, now, open_home
from member.cli.resolve import resolve
from member.cli.sign import carry_out
from member.membership import Membership, open_membership
from member.names.ask import (
    ask_claim,
    ask_delegate,
    ask_offer,
    ask_release,
    ask_renew,
    ask_take,
    find_name,
)
from member.names.directory import find_key
from member.names.view import reminders, search, view_names, view_one

FILE_BYTES_MAX = 65_536
"""Longest zone file that is read, as federation.names.zone_file has it."""
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name, such as bakery.")]

name = typer.Typer(
    no_args_is_help=True,
    help="Names that stand for you: claim one, point it somewhere, look others up.",
)


@signing
def claim(how: How, which: NameArgument) -> None:
    """Claim a free name for a term, at the community's price."""
    carry_out(how, lambda member: ask_claim(member.state, which))


@signing
def set_(
    how: How,
    which: NameArgument,
    lines: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RECORD]...", help="Such as 'www A 192.0.2.1' or '@ MX 10 mail'."),
    ] = None,
    *,
    file: Annotated[
        Path | None, typer.Option("--file", help="A zone file, which replaces all records.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace all that stands.")] = False,
    add: Annotated[bool, typer.Option("--add", help="Add to what stands.")] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take away records, or all at 'www' or 'www A'.")
    ] = False,
    key: Annotated[
        str | None,
        typer.Option("--key", help="Key that the name stands for, in base32; 'own' for yours."),
    ] = None,
) -> None:
    """Set what stands under a name of yours; records replace those of their place and type."""
    # The DNS takes a tenth of a second to import, which no other command needs.
    from member.names.edit import TypedRecords, Way, ask_records  # noqa: PLC0415

    chosen: list[Way] = []
    chosen += ["replace"] if replace or file is not None else []
    chosen += ["add"] if add else []
    chosen += ["remove"] if remove else []
    if len(chosen) > 1:
        raise UsageInvalid("got several of --replace (or --file), --add and --remove; choose one")
    if not lines and file is None and key is None and not replace:
        raise UsageInvalid("type a record, such as 'www A 192.0.2.1', or give --file or --key")
    texts = [*(lines or ()), *([_read(file)] if file is not None else ())]
    typed = TypedRecords(texts, chosen[0] if chosen else "set", key)
    carry_out(how, lambda member: ask_records(member.state, member.account, which, typed))


@signing
def renew(how: How, which: NameArgument) -> None:
    """Keep a name of yours for one more term; from 90 days before its end."""
    carry_out(how, lambda member: ask_renew(member.state, member.account, which))


@signing
def transfer(
    how: How,
    which: NameArgument,
    to: Annotated[
        str | None, typer.Argument(help="Who may take it; without it, an offer is taken back.")
    ] = None,
) -> None:
    """Offer a name of yours to somebody, who takes it with `commontab name take`."""
    carry_out(how, lambda member: ask_offer(member.state, member.account, which, to))


@signing
def take(how: How, which: NameArgument) -> None:
    """Take a name that was offered to you, with its records and its end."""
    carry_out(how, lambda member: ask_take(member.state, member.account, which))


@signing
def release(how: How, which: NameArgument) -> None:
    """Give a name of yours up at once; anybody can claim it then."""
    carry_out(how, lambda member: ask_release(member.state, member.account, which))


@signing
def delegate(
    how: How,
    which: NameArgument,
    to: Annotated[
        str | None, typer.Argument(help="Who may set its records too; without it, nobody else.")
    ] = None,
) -> None:
    """Let somebody set the records of a name of yours; it stays yours."""
    carry_out(how, lambda member: ask_delegate(member.state, member.account, which, to))


@name.command("show")
def show_(which: NameArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show whose a name here is, until when, and what stands under it."""
    with open_membership(open_home(home)) as member:
        held = _find(member, which)
    show(held, as_json, lambda: show_one(held))


@name.command("list")
def show_list(
    text: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="All names with this in them.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show your names and what they cost; with --search, everybody's, and whether one is free."""
    with open_membership(open_home(home)) as member:
        state, own = member.state, member.account
        if text is not None:
            found = search(state, own, text, now())
            show(found, as_json, lambda: show_found(found))
            return
        held = view_names(state, own, now())
        ending = reminders(state, own, now())
    show(held, as_json, lambda: show_names(held, ending))


@name.command("export")
def export(
    which: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One name; else give --zone.")
    ] = None,
    *,
    zone: Annotated[
        bool, typer.Option("--zone", help="All names, as a zone that other servers load.")
    ] = False,
    origin: Annotated[
        str | None,
        typer.Option("--origin", help="What the zone is called; without it, by the key."),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Print a name's records, or the whole registry, as a zone file."""
    from member.names.export import export_name, export_zone  # noqa: PLC0415 -- as above

    with open_membership(open_home(home)) as member:
        if zone == (which is not None):
            raise UsageInvalid("type one name, or --zone for all of them")
        if which is None:
            for text in export_zone(member.state, origin, now()):
                typer.echo(text, nl=False)
        else:
            held = find_name(member.state, which)
            if held is None:
                raise _unknown(which)
            typer.echo(export_name(member.state, held), nl=False)


@name.command("key")
def key(
    which: Annotated[
        str, typer.Argument(metavar="NAME", help="bakery, bakery.river, bakery@river, or a handle.")
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the verified public key that a name stands for, here or in a linked community."""
    with open_membership(open_home(home)) as member:
        held = find_key(member, which, now())
    show(held, as_json, lambda: show_key(held))


def _find(member: Membership, which: str) -> View:
    held = find_name(member.state, which)
    if held is None:
        raise _unknown(which)
    return view_one(member.state, held, now())


def _unknown(which: str) -> UsageInvalid:
    return UsageInvalid(
        f"nobody here has the name {which[:64]!r}; `commontab name list --search TEXT` looks for "
        "names, and `commontab name claim` claims a free one"
    )


def _read(path: Path) -> str:
    with path.open("rb") as stream:
        data = stream.read(FILE_BYTES_MAX + 1)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise UsageInvalid(f"{path} is not UTF-8 text") from None
    if len(data) > FILE_BYTES_MAX:
        raise UsageInvalid(f"{path} has over {FILE_BYTES_MAX} bytes; a name's zone file is short")
    return text


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    verbs = {"claim": claim, "set": set_, "renew": renew, "transfer": transfer, "take": take}
    for verb, command in (verbs | {"release": release, "delegate": delegate}).items():
        name.command(verb)(command)
    name.command("resolve")(resolve)
    app.add_typer(name, name="name")
