"""Commands that show payments across links: quote before one, payments after it."""

from typing import Annotated

import typer

from federation.console.sentence import SHORT_ID_CHARS, moment, printable
from federation.console.terminal import UsageInvalid, out, show, table
from federation.console.views import View
from federation.link.quote import tell_quote, view_quote
from ledger.store.link import LinkStore
from member.cli.how import How
from member.cli.link import deadline_of, look_around
from member.cli.options import HomeOption, JsonOption, UnitOption, open_home
from member.link_ask import TypedPay, quote_typed
from member.link_views import view_payments
from member.membership import open_membership

PAYMENTS_SHOWN = 20


def quote(
    to: Annotated[str, typer.Argument(help="Such as bakery@river.")],
    amount: Annotated[str, typer.Argument(help="What they are to get, such as 12.50.")],
    *,
    unit: UnitOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a payment to somebody in another community would cost, hop by hop."""
    how = How(home)
    with open_membership(how.home) as member:
        reach = look_around(how, member)
        address = reach.book.parse(to)
        if address.community == member.state.key:
            raise UsageInvalid(f"{address.handle} is a member here, where nothing is added")
        typed, end = TypedPay(amount, unit, ""), deadline_of(how, member, None)
        made = quote_typed(member.state, reach, address, typed, end).quote
        held = view_quote(made, reach.name_of)
        lines = list(tell_quote(made, reach.name_of))

    def people() -> None:
        for line in lines:
            out.print(printable(line), markup=False)

    show(held, as_json, people)


def payments(
    home: HomeOption = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = PAYMENTS_SHOWN,
    as_json: JsonOption = False,
) -> None:
    """Show your payments from and to other communities, and how each stands."""
    with open_membership(open_home(home)) as member:
        found = LinkStore(member.store.database).transits(member.account.id, limit)
        held = view_payments(member.state, found, member.name_of)

    def people() -> None:
        columns = ("id", "", "with", "amount", "until", "how it stands")
        if held:
            table(columns, [_row(one) for one in held], (3,))
        else:
            out.print("No payment of yours has crossed a link yet.")

    show(held, as_json, people)


def tell_under_way(held: list[View]) -> None:
    """Print the payments that are not decided yet."""
    for one in held:
        way = "to" if one["direction"] == "you pay" else "from"
        out.print(f"Under way: {one['amount']} {way} {one['with']}, {one['told']}.", markup=False)


def _row(one: View) -> list[str]:
    until = "" if one["final"] else moment(one["deadline"])
    return [one["id"][:SHORT_ID_CHARS], one["direction"], one["with"], one["amount"], until,
            one["told"]]  # fmt: skip


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command()(quote)
    app.command()(payments)
