"""Commands for bills: bill makes or corrects one, bills shows them."""

from typing import Annotated

import typer

from federation.console.sentence import SHORT_ID_CHARS, moment, printable
from federation.console.terminal import UsageInvalid, out, show, table
from federation.console.views import View
from ledger.operation import Operation
from member.cli.how import How, signing
from member.cli.options import HomeOption, JsonOption, UnitOption, now, open_home
from member.cli.pay import ExpiresOption
from member.cli.sign import AttachOption, carry_out, with_files
from member.household.bill import Method, Named, TypedBill, ask_bill, parse_list, parse_named
from member.household.bills import find_typed_bill, view_bills, view_past_bills
from member.household.edit import ask_correction
from member.household.stories import view_story
from member.membership import Membership, open_membership

ENDED_SHOWN = 20
_SPLIT = {
    "equal": "split equally",
    "shares": "split by shares",
    "percent": "split by percentages",
    "exact": "everybody with an amount of his own",
}
"""How the ways to split are called."""

PaidOption = Annotated[
    list[str] | None,
    typer.Option("--paid", metavar="WHO=AMOUNT", help="Who paid how much; without it, you all."),
]
AmongOption = Annotated[
    str | None, typer.Option("--among", metavar="WHO,…", help="Who shares it, in equal parts.")
]
SharesOption = Annotated[
    str | None, typer.Option("--shares", metavar="WHO=N,…", help="In the proportion of numbers.")
]
PercentOption = Annotated[
    str | None, typer.Option("--percent", metavar="WHO=P,…", help="By percentages.")
]
ExactOption = Annotated[
    str | None, typer.Option("--exact", metavar="WHO=AMOUNT,…", help="Everybody's own amount.")
]
CategoryOption = Annotated[
    str, typer.Option("--category", help="What it is filed under, such as groceries.")
]
DateOption = Annotated[
    str | None, typer.Option("--date", metavar="DAY", help="When it was spent: 2026-11-30.")
]


@signing
def bill(
    how: How,
    amount: Annotated[
        str | None, typer.Argument(help="What it was in all; --paid can say it too.")
    ] = None,
    memo: Annotated[str, typer.Argument(help="What it was for.")] = "",
    *,
    paid: PaidOption = None,
    among: AmongOption = None,
    shares: SharesOption = None,
    percent: PercentOption = None,
    exact: ExactOption = None,
    category: CategoryOption = "",
    date: DateOption = None,
    unit: UnitOption = None,
    expires: ExpiresOption = None,
    edit: Annotated[
        str | None,
        typer.Option("--edit", "--replaces", metavar="ID", help="Correct this bill of yours."),
    ] = None,
    attach: AttachOption = None,
) -> None:
    """Share what somebody paid: everybody who owes accepts his own part.

    What does not divide goes, a minor unit each, to whoever lost most by rounding down, then to
    whoever is named first. With --edit, what you leave out stays as it was.
    """
    split, method = read_split(among, shares, percent, exact)
    total, words = amount_and_memo(amount, memo)
    typed = TypedBill(
        total, words, unit, [parse_named(one) for one in paid or ()], split, method, category, date
    )

    def ask(member: Membership) -> Operation | tuple[Operation, ...]:
        if edit is None:
            return ask_bill(member.state, member.account, typed, now(), expires=expires)
        before = find_typed_bill(member, edit)
        return ask_correction(member, before, typed, now(), expires)

    carry_out(how, with_files(ask, attach))


def bills(
    bill_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="Start of the id of one, for its story.")
    ] = None,
    home: HomeOption = None,
    *,
    ended: Annotated[
        bool, typer.Option("--ended", help="The newest of which nothing is open.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the open bills that name you, and what became of their parts."""
    with open_membership(open_home(home)) as member:
        if bill_id is not None:
            story = view_story(member, find_typed_bill(member, bill_id))
            show(story, as_json, lambda: _show_story(story))
            return
        held = (
            view_past_bills(member.state, member.account, ENDED_SHOWN)
            if ended
            else view_bills(member.state, member.account)
        )
    show(held, as_json, lambda: _show_bills(held))


def read_split(
    among: str | None, shares: str | None, percent: str | None, exact: str | None
) -> tuple[tuple[Named, ...], Method]:
    """Return who shares a bill and how, from the options.

    Raises:
        UsageInvalid: More than one way was named.
    """
    ways: list[tuple[str | None, Method]] = [
        (among, "equal"), (shares, "shares"), (percent, "percent"), (exact, "exact"),
    ]  # fmt: skip
    typed = [(text, method) for text, method in ways if text is not None]
    if len(typed) > 1:
        raise UsageInvalid("a bill is split one way: --among, --shares, --percent or --exact")
    for text, method in typed:
        if not parse_list(text):
            raise UsageInvalid("nobody is named; leave the option out for everybody")
        return parse_list(text), method
    return (), "equal"


def amount_and_memo(first: str | None, second: str) -> tuple[str | None, str]:
    """Return amount and memo; a single word that does not begin like a number is the memo."""
    if first is not None and not second and not first.strip()[:1].isdigit():
        return None, first
    return first, second


def _show_bills(held: list[View]) -> None:
    rows = [
        [
            one["id"][:SHORT_ID_CHARS],
            one["author"],
            one["amount"],
            printable(one["memo"]),
            "; ".join(map(_tell_part, one["parts"])),
            moment(one["expires"]),
        ]
        for one in held
    ]
    if rows:
        table(("id", "by", "amount", "for", "who owes", "until"), rows, (2,))
    else:
        out.print("No bill names you; `commontab bill` makes one.")


def _tell_part(part: View) -> str:
    who = "you" if part["you"] else part["who"]
    return f"{who} {part['amount']} to {' and '.join(part['to'])}: {part['state']}"


def _show_story(one: View) -> None:
    what = f": {printable(one['memo'])}" if one["memo"] else ""
    filed = f", filed under {printable(one['category'])}" if one["category"] else ""
    out.print(f"{one['author']}'s bill of {one['amount']}{what}{filed}", markup=False)
    out.print(f"spent {moment(one['spent'])}, {_SPLIT[one['method']]}")
    for name, verb in (("paid", "paid"), ("shares", "shares")):
        for part in one[name]:
            out.print(f"  {part['who']} {verb} {part['amount']}", markup=False)
    for part in one["parts"]:
        out.print(f"  {_tell_part(part)}", markup=False)
    for event in one["story"]:
        out.print(f"{moment(event['time'])}  {_tell(event)}", markup=False)


def _tell(event: View) -> str:
    said = event["kind"] == "comment"
    return f"{event['who']}: {printable(event['told'])}" if said else printable(event["told"])


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command()(bill)
    app.command()(bills)
