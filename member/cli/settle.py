"""The command that settles up: who gives whom how much, and saying that it happened."""

from typing import Annotated

import typer

from federation.console.people import find_unit
from federation.console.terminal import UsageInvalid, out, show, table
from federation.console.views import View
from member.cli.how import How, signing
from member.cli.options import JsonOption, UnitOption, now
from member.cli.sign import carry_out
from member.household.settle import (
    CASH_MEMO,
    Settled,
    TypedSettlement,
    ask_settle,
    view_settle,
)
from member.membership import open_membership


@signing
def settle(
    how: How,
    verb: Annotated[
        str | None, typer.Argument(metavar="[got|gave]", help="You got money, or gave it.")
    ] = None,
    who: Annotated[str | None, typer.Argument(help="From whom, or to whom.")] = None,
    amount: Annotated[
        str | None, typer.Argument(help="How much; without it, what is suggested.")
    ] = None,
    *,
    unit: UnitOption = None,
    memo: Annotated[str, typer.Option("--memo", help="What it says beside it.")] = CASH_MEMO,
    as_json: JsonOption = False,
) -> None:
    """Show who should give whom how much, or say that you got or gave it.

    Money changes hands outside the ledger. Who got it signs a payment to the one who gave it; who
    gave it asks the other to.
    """
    if verb is None:
        with open_membership(how.home) as member:
            state = member.state
            held = view_settle(state, member.account, find_unit(state, unit))
        show(held, as_json, lambda: _show(held))
        return
    if who is None:
        raise UsageInvalid(f"type who it was: commontab settle {verb} anna")
    typed = TypedSettlement(_read_verb(verb), who, amount, unit, memo)
    carry_out(how, lambda member: ask_settle(member.state, member.account, typed, now()))


def _read_verb(verb: str) -> Settled:
    if verb == "got":
        return "got"
    if verb == "gave":
        return "gave"
    raise UsageInvalid(f"got {verb!r}; type `settle got anna` or `settle gave anna`")


def _show(held: View) -> None:
    if not held["payments"]:
        out.print(f"Nobody has to give anybody anything in {held['unit']}.")
        return
    rows = [[one["from"], one["to"], one["amount"], _next(one)] for one in held["payments"]]
    table(("who gives", "to whom", "how much", "then type"), rows, (2,))


def _next(one: View) -> str:
    match one["yours"]:
        case "got":
            return f"commontab settle got {one['from']}"
        case "gave":
            return f"commontab settle gave {one['to']}"
        case _:
            return ""


def register(app: typer.Typer) -> None:
    """Give a command line this command."""
    app.command()(settle)
