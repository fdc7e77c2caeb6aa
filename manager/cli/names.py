"""Commands about names: names rules, reserve, dispute, revoke, list, show."""

from typing import Annotated

import typer

from federation.console.sentence import moment
from federation.console.terminal import out, show, table
from federation.console.typed import check_reason
from ledger.name.operation import Dispute, Reserve, RevokeName
from ledger.operation import ManagerOperation
from ledger.store.names import NameLog
from manager.cli.options import (
    HomeOption,
    How,
    JsonOption,
    PassphraseOption,
    ReasonOption,
    YesOption,
    now,
    open_home,
    say,
)
from manager.cli.sign import carry_out
from manager.names import (
    NOTHING_TYPED,
    TypedNameRules,
    ask_name_rules,
    find_word,
    view_name,
    view_names,
)
from manager.office import open_office

names = typer.Typer(no_args_is_help=True, help="Names that members claim: prices and disputes.")
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Such as bakery.")]
_SPAN_HELP = "days, or a number with s, m, h or d"


@names.command("rules")
def rules(
    *,
    claim: Annotated[
        str | None, typer.Option("--claim", metavar="A", help="What a claim costs; 0 for nothing.")
    ] = None,
    renew: Annotated[
        str | None, typer.Option("--renew", metavar="A", help="What a renewal costs.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Unit of the prices.")] = None,
    term: Annotated[
        str | None, typer.Option("--term", metavar="SPAN", help=f"For how long: {_SPAN_HELP}.")
    ] = None,
    grace: Annotated[
        str | None,
        typer.Option("--grace", metavar="SPAN", help="How long after that only the owner renews."),
    ] = None,
    most: Annotated[
        int | None, typer.Option("--most", min=0, help="How many names an account may own.")
    ] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Set what names cost and how long they last, for what comes after; bare, show it."""
    typed = TypedNameRules(unit, claim, renew, term, grace, most)
    how = How(open_home(home), passphrase_file, yes)
    with open_office(how.home, write=typed != NOTHING_TYPED) as office:
        assert office.community, "an unopened ledger is refused here"
        if typed != NOTHING_TYPED:
            carry_out(how, office, [ask_name_rules(office.state, typed)])
            return
        held = view_names(office.state, "", now())["rules"]
    show(held, as_json, lambda: say(f"Names are {held['in_words']}."))


@names.command("reserve")
def reserve(
    name: NameArgument,
    reason: ReasonOption = "",
    *,
    lift: Annotated[bool, typer.Option("--lift", help="Let it be claimed again.")] = False,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Keep a free name from being claimed, or let it be claimed again."""
    asked = Reserve(find_word(name), not lift, check_reason(reason))
    _carry_out(How(open_home(home), passphrase_file, yes), asked)


@names.command("dispute")
def dispute(
    name: NameArgument,
    reason: ReasonOption,
    *,
    settled: Annotated[bool, typer.Option("--settled", help="The dispute is over.")] = False,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Freeze one name while a dispute about it lasts; what it says stays, other names go on."""
    asked = Dispute(find_word(name), not settled, check_reason(reason))
    _carry_out(How(open_home(home), passphrase_file, yes), asked)


@names.command("revoke")
def revoke(
    name: NameArgument,
    reason: ReasonOption,
    *,
    reserved: Annotated[
        bool, typer.Option("--reserve", help="And keep it from being claimed again.")
    ] = False,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Take a name from its owner at once."""
    word, why = find_word(name), check_reason(reason)
    asked: list[ManagerOperation] = [RevokeName(word, why)]
    if reserved:
        asked.append(Reserve(word, held=True, reason=why))
    _carry_out(How(open_home(home), passphrase_file, yes), *asked)


@names.command("list")
def list_names(
    *,
    search: Annotated[
        str, typer.Option("--search", metavar="TEXT", help="Only names that contain it.")
    ] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show all names: whose they are, until when, and what is wrong."""
    with open_office(open_home(home)) as office:
        assert office.community, "an unopened ledger is refused here"
        held = view_names(office.state, search.strip().lower(), now())

    def people() -> None:
        rows = [
            [
                one["name"],
                one["owner"] or "",
                one["stage"],
                moment(one["expires"]),
                str(one["records"]),
                one["offered"] or "",
            ]
            for one in held["names"]
        ]
        if rows:
            table(("name", "owner", "", "until", "records", "offered to"), rows, (4,))
        else:
            out.print("No such name is claimed or reserved.")

    show(held, as_json, people)


@names.command("show")
def show_name(name: NameArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show one name and all that happened to it, oldest first."""
    word = find_word(name)
    with open_office(open_home(home)) as office:
        assert office.community, "an unopened ledger is refused here"
        changes = NameLog(office.store.database).history(word)
        held = view_name(office.state, changes, word, now())

    def people() -> None:
        present = held["present"]
        owner = f", {present['owner']}'s" if present and present["owner"] else ""
        until = f" until {moment(present['expires'])}" if present and present["expires"] else ""
        say(f"{word}: {present['stage'] if present else 'free'}{owner}{until}")
        rows = [
            [
                "" if one["record"] is None else str(one["record"]),
                one["what"],
                one["owner"] or "",
                moment(one["expires"]),
                str(one["records"]),
            ]
            for one in held["history"]
        ]
        table(("record", "", "owner", "until", "records"), rows, (0, 4))

    show(held, as_json, people)


def _carry_out(how: How, *operations: ManagerOperation) -> None:
    with open_office(how.home, write=True) as office:
        assert office.community, "an unopened ledger is refused here"
        carry_out(how, office, operations)


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.add_typer(names, name="names")
