"""Commands that exchange ledgers with other programs: export, import."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from federation.console.options import ExportArgument, FormatOption, SinceOption, UntilOption
from federation.console.sentence import printable
from federation.console.terminal import Refused, UsageInvalid, err, out, progress, show, table
from federation.console.views import View
from federation.export.formats import find_export, parse_window
from federation.export.target import STDOUT, write_text
from federation.export.walk import Source
from ledger.store.imported import ImportedStore
from member.cli.deliver import deliver
from member.cli.how import How, signing
from member.cli.options import HomeOption, JsonOption, UnitOption, now, open_home, unlock
from member.exchange.carry import carry_out_plan, check_whole
from member.exchange.make import Author
from member.exchange.plan import Choices, make_plan
from member.exchange.shape import read_items
from member.exchange.sheet import read_sheet
from member.exchange.source import read_source
from member.exchange.views import FATES, view_carried, view_plan
from member.exchange.who import parse_pairs, parse_payers
from member.membership import open_membership


def export(
    target: ExportArgument,
    home: HomeOption = None,
    wanted: FormatOption = None,
    *,
    since: SinceOption = None,
    until: UntilOption = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only what you give or get.")] = False,
) -> None:
    """Write the ledger as CSV, for hledger or beancount, or as JSON lines."""
    chosen = find_export(wanted, target)
    window = parse_window(since, until)
    with open_membership(open_home(home)) as member, progress("exporting") as tell:
        if mine:
            window = replace(window, account=member.account.id)
        size = member.state.tree.size
        source = Source(member.state, lambda: member.store.records(0, size), window, tell)
        write_text(target, chosen(source))
    if target != STDOUT:
        err.print(f"Wrote {target}.", markup=False)


@signing
def import_file(
    how: How,
    source: Annotated[Path, typer.Argument(help="CSV file to read, or - for standard input.")],
    *,
    who: Annotated[
        list[str] | None,
        typer.Option("--who", metavar="NAME=HANDLE", help="Who somebody in the file is here."),
    ] = None,
    paid: Annotated[
        list[str] | None,
        typer.Option("--paid", metavar="LINE=NAME", help="Who paid, where the file lacks it."),
    ] = None,
    unit: UnitOption = None,
    opening: Annotated[
        bool, typer.Option("--opening", help="Only what all lines add up to, as payments.")
    ] = False,
    skip: Annotated[bool, typer.Option("--skip", help="Leave out lines that do not fit.")] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only show what would be made; as without --yes.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take over a CSV export of Splitwise, Spliit, Cospend, IHateMoney or this program."""
    if as_json and how.yes and not preview:
        raise UsageInvalid("--json shows what would be made; leave --yes out, or add --preview")
    choices = Choices(parse_pairs(who or (), "--who", '"Anna M=anna"'), unit, opening)
    wait_s = how.wait_s()
    sheet = read_sheet(read_source(source))
    with open_membership(how.home) as member:
        author = Author(member.state, member.account, now())
        assert member.community, "an empty replica is refused here"
        known = ImportedStore(member.outgoing.database).known()
        plan = make_plan(author, read_items(sheet, parse_payers(paid or ())), choices, known)
        held = view_plan(member.state, plan)
        if preview or not how.yes:
            show(held, as_json, lambda: _tell_plan(held))
            if not as_json:
                out.print("Nothing was signed; add --yes to sign it.")
            return
        check_whole(plan, skip=skip)
        seed = unlock(how.home, how.passphrase_file)
        carried = carry_out_plan(member, seed, plan, now(), anyway=how.anyway)
        held |= view_carried(carried)
        _tell_carried(held)
        if carried.signed:
            deliver(how, member, seed, carried.signed[-1].hash, wait_s=wait_s)
    if carried.foreseen:
        raise Refused(f"{len(carried.foreseen)} lines were not signed: they would be refused")


def _tell_plan(held: View) -> None:
    out.print(f"This is an export of {held['shape']}.", markup=False)
    for sentence in held["said"]:
        out.print(f"Mind: {sentence}.", markup=False)
    people = [[printable(one["name"]), one["handle"] or _perhaps(one)] for one in held["people"]]
    table(("in the file", "here"), people)
    rows = [
        [str(one["line"]), one["date"], printable(one["what"]), FATES[one["fate"]], one["told"]]
        for one in held["lines"]
    ]
    table(("line", "day", "what", "becomes", ""), rows, (0,))
    if held["opening"]:
        out.print("All lines that are new add up to:")
        table(("who", "has"), [[one["handle"], one["amount"]] for one in held["opening"]], (1,))
    if held["problem"]:
        out.print(f"There is no opening: {held['problem']}", markup=False)
    told = ", ".join(f"{FATES[fate].lower()} {count}" for fate, count in held["counts"].items())
    out.print(f"Lines: {told or 'none'}. You would sign {held['operations']} operations.")


def _tell_carried(held: View) -> None:
    for one in held["foreseen"]:
        err.print(f"Line {one['line']} was not signed: {one['why']}", markup=False)
    numbers = [one["number"] for one in held["signed"]]
    if not numbers:
        out.print("There was nothing to sign.")
    elif len(numbers) == 1:
        out.print(f"Signed as number {numbers[0]}; it is kept in the outbox.")
    else:
        out.print(f"Signed as numbers {numbers[0]} to {numbers[-1]}; they are kept in the outbox.")


def _perhaps(one: View) -> str:
    return f"nobody; perhaps {', '.join(one['candidates'])}" if one["candidates"] else "nobody"


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command()(export)
    app.command("import")(import_file)
