"""Commands for what comes again: recurring add, list, pause, resume, stop."""

from typing import Annotated

import typer

from federation.console.sentence import describe, printable
from federation.console.terminal import UsageInvalid, confirm, out, show, table
from federation.console.views import View
from ledger.operation import Bill, Pay
from member.ask import Typed, ask_pay
from member.cli.bill import (
    AmongOption,
    CategoryOption,
    ExactOption,
    PaidOption,
    PercentOption,
    SharesOption,
    amount_and_memo,
    read_split,
)
from member.cli.options import (
    HomeOption,
    JsonOption,
    PassphraseOption,
    UnitOption,
    YesOption,
    now,
    open_home,
    unlock,
)
from member.household import recurring as household
from member.household.bill import TypedBill, ask_bill, parse_named
from member.household.recurring import TypedRhythm, keep_recurring, read_rhythm, view_recurring
from member.household.rhythm import day_of
from member.membership import Membership, open_membership

recurring = typer.Typer(
    no_args_is_help=True, help="Payments and bills that `commontab run` signs when they are due."
)

NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", help="As the list shows it.")]


@recurring.command("add")
def add(
    amount: Annotated[str | None, typer.Argument(help="How much, each time.")] = None,
    memo: Annotated[str, typer.Argument(help="What for.")] = "",
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    *,
    every: Annotated[
        str, typer.Option("--every", metavar="RHYTHM", help="daily, weekly, monthly or yearly.")
    ],
    to: Annotated[
        str | None, typer.Option("--to", metavar="WHO", help="Pay somebody; without it, a bill.")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--first", metavar="DAY", help="First date; without it, today.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DAY", help="Last date.")] = None,
    paid: PaidOption = None,
    among: AmongOption = None,
    shares: SharesOption = None,
    percent: PercentOption = None,
    exact: ExactOption = None,
    category: CategoryOption = "",
    unit: UnitOption = None,
    yes: YesOption = False,
) -> None:
    """Let a payment or a bill be signed again and again, without being asked each time."""
    split, method = read_split(among, shares, percent, exact)
    total, words = amount_and_memo(amount, memo)

    def ask(member: Membership) -> Pay | Bill:
        if to is None:
            people = [parse_named(one) for one in paid or ()]
            typed = TypedBill(total, words, unit, people, split, method, category)
            return ask_bill(member.state, member.account, typed, now())
        if split or paid or category:
            raise UsageInvalid("a payment has only --to; leave out who shares it and the category")
        return ask_pay(member.state, Typed(to, total or "", unit, words))

    where = open_home(home)
    with open_membership(where) as member:
        operation, typed_rhythm = ask(member), TypedRhythm(every, first, until)
        rhythm, begins, ends = read_rhythm(typed_rhythm, now())
        what = describe(member.state, operation)
        out.print(f"{rhythm} from {day_of(begins)} on{_until(ends)}: {what}", markup=False)
        out.print("While `commontab run` runs, it signs this by itself on each of these days.")
        confirm("Let it?", yes=yes)
        seed = unlock(where, passphrase_file)
        made = keep_recurring(member, seed, operation, typed_rhythm, now())
    out.print(f"Kept as number {made.id}; `commontab recurring stop {made.id}` ends it.")


@recurring.command("list")
def show_list(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show everything that comes again, when it is due next, and what became of the newest."""
    with open_membership(open_home(home)) as member:
        held = view_recurring(member.outgoing.database, member.state)
    show(held, as_json, lambda: _show(held))


@recurring.command("pause")
def pause(number: NumberArgument, home: HomeOption = None) -> None:
    """Let nothing be signed until it is resumed."""
    with open_membership(open_home(home)) as member:
        household.pause(member.outgoing.database, number)
    out.print(f"Number {number} is paused; `commontab recurring resume {number}` lets it go on.")


@recurring.command("resume")
def resume(number: NumberArgument, home: HomeOption = None) -> None:
    """Go on with the next date from today on; those that passed are left out."""
    with open_membership(open_home(home)) as member:
        household.resume(member.outgoing.database, number, now())
    out.print(f"Number {number} goes on.")


@recurring.command("stop")
def stop(number: NumberArgument, home: HomeOption = None) -> None:
    """End it for good."""
    with open_membership(open_home(home)) as member:
        household.stop(member.outgoing.database, number)
    out.print(f"Number {number} has stopped; what was signed before stays.")


def _until(ends: int | None) -> str:
    return "" if ends is None else f" until {day_of(ends)}"


def _show(held: list[View]) -> None:
    rows = [
        [
            str(one["id"]),
            printable(one["what"]),
            one["rhythm"] + _until(one["ends"]),
            one["state"],
            "" if one["next"] is None else str(day_of(one["next"])),
            printable(one["outcome"]),
        ]
        for one in held
    ]
    if rows:
        table(("number", "what", "how often", "", "next", "the newest"), rows, (0,))
    else:
        out.print("Nothing comes again by itself.")


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.add_typer(recurring, name="recurring")
