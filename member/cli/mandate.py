"""Commands for mandates: mandate add, list, end."""

from typing import Annotated

import typer

from federation.console.people import find_id
from federation.console.sentence import SHORT_ID_CHARS, moment, printable
from federation.console.terminal import Refused, out, show, table
from federation.console.views import View
from ledger.operation import EndMandate
from member.cli.how import How, signing
from member.cli.options import HomeOption, JsonOption, UnitOption, now, open_home
from member.cli.sign import carry_out
from member.household.mandate import TypedMandate, ask_mandate, view_mandates
from member.membership import Membership, open_membership

mandate = typer.Typer(
    no_args_is_help=True,
    help="What is accepted for you, up to a limit, unless you decline it in time.",
)


@signing
def add(
    how: How,
    who: Annotated[
        str | None, typer.Argument(help="Who may be paid; without it, anybody here.")
    ] = None,
    *,
    each: Annotated[str, typer.Option("--each", metavar="AMOUNT", help="Most for one of them.")],
    month: Annotated[
        str | None,
        typer.Option("--month", metavar="AMOUNT", help="Most in a month; without it, as --each."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DAY", help="Last day; without it, a year from now."),
    ] = None,
    memo: Annotated[str, typer.Option("--memo", help="What it is for.")] = "",
    unit: UnitOption = None,
) -> None:
    """Let requests and parts of bills be paid for you, once the time to object is over."""
    typed = TypedMandate(who, each, month, unit, until, memo)
    carry_out(how, lambda member: ask_mandate(member.state, member.account, typed, now()))


@mandate.command("list")
def show_list(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show the mandates that you gave, and those that let you be paid."""
    with open_membership(open_home(home)) as member:
        held = view_mandates(member.state, member.account, now())
    show(held, as_json, lambda: _show(held))


@signing
def end(
    how: How,
    mandate_id: Annotated[str, typer.Argument(metavar="ID", help="Start of the mandate's id.")],
) -> None:
    """End a mandate of yours at once."""

    def ask(member: Membership) -> EndMandate:
        own = member.account.id
        mine = [one.id for one in member.state.mandates.values() if one.debtor == own]
        if not mine:
            raise Refused("you have given no mandate that has not ended")
        return EndMandate(find_id(mine, mandate_id, "mandate of yours"))

    carry_out(how, ask)


def _show(held: list[View]) -> None:
    rows = [
        [
            one["id"][:SHORT_ID_CHARS],
            one["direction"],
            one["with"],
            one["each"],
            one["month"],
            one["left"],
            moment(one["ends"]),
            printable(one["memo"]),
        ]
        for one in held
    ]
    if rows:
        columns = ("id", "", "with", "each", "in a month", "left of it", "until", "for")
        table(columns, rows, (3, 4, 5))
    else:
        out.print("You have given no mandate, and nobody has given you one.")


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    mandate.command("add")(add)
    mandate.command("end")(end)
    app.add_typer(mandate, name="mandate")
