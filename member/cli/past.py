"""Commands that look back and check: history, show, verify."""

import json
from typing import Annotated

import typer

from federation.console.people import find_unit
from federation.console.report import tell_tally
from federation.console.sentence import SHORT_ID_CHARS, moment, printable
from federation.console.terminal import Refused, UsageInvalid, out, progress, show, table
from federation.console.views import View, tell_successions, view_successions
from federation.copies import kept_copies
from federation.home import Home
from member.check import check_replica
from member.cli.comment import tell_comment
from member.cli.mine import MineOption, show_history
from member.cli.options import (
    HomeOption,
    JsonOption,
    PassphraseOption,
    UnitOption,
    open_home,
    seed_without_asking,
)
from member.cli.pay import find_transaction
from member.household.stories import view_comments
from member.membership import Membership, open_membership
from member.mine import is_mine_only
from member.past import Reader, find_entry, view_entry, view_history, view_sent
from member.standing import describe_standing, view_confirmed

HISTORY_SHOWN = 20


def history(
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = HISTORY_SHOWN,
    unit: UnitOption = None,
    *,
    mine: MineOption = False,
    sent: Annotated[
        bool,
        typer.Option("--sent", help="What was sent to you after you could read no more."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show your transactions; sealed memos open with a passphrase file or an open key."""
    where = open_home(home)
    if sent:
        _show_sent(where, limit, as_json=as_json)
        return
    if mine or is_mine_only(where):
        show_history(where, limit, unit, as_json=as_json)
        return
    with open_membership(where) as member:
        code = find_unit(member.state, unit).code if unit else None
        reader = _reader(where, member, passphrase_file)
        held = view_history(member.state, member.lookup, reader, limit, code)
        for one in held:
            one.update(view_confirmed(member.confirmation, one["index"]))
            one["comments"] = view_comments(member, bytes.fromhex(one["id"]))

    def people() -> None:
        # The last column says how many of how many witnesses confirmed an entry.
        columns = ("id", "when", "what", "with", "amount", "memo", "")
        if held:
            table(columns, [_row(one) for one in held], (4,))
        else:
            out.print("Nothing has moved on your account yet.")

    show(held, as_json, people)


def show_entry(
    transaction: Annotated[str, typer.Argument(metavar="ID", help="Start of its id.")],
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show one transaction with its cause and its place in the ledger."""
    where = open_home(home)
    with open_membership(where) as member:
        reader = _reader(where, member, passphrase_file)
        stored = find_entry(member.lookup, find_transaction(member.lookup, transaction))
        if stored is None:
            raise UsageInvalid(f"no transaction has an id that begins with {transaction!r}")
        held = view_entry(member.state, member.lookup, reader, stored)
        held |= view_confirmed(member.confirmation, stored.index)
        held["comments"] = view_comments(member, bytes.fromhex(held["id"]))

    def people() -> None:
        for move in held["transfers"]:
            out.print(f"{move['amount']} from {move['from']} to {move['to']}", markup=False)
        out.print(f"{held['what']} {moment(held['time'])} in version {held['version']}")
        out.print(f"{describe_standing(held)}")
        out.print(f"memo: {_memo(held)}", markup=False)
        out.print(f"id {held['id']}, record {held['index']}, caused by {held['cause']}")
        for mark in filter(None, [_mark(held)]):
            out.print(mark)
        for one in held["comments"]:
            out.print(tell_comment(one), markup=False)

    show(held, as_json, people)


def verify(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check every record, signature, sum and the checkpoint of your replica, from its bytes."""
    with open_membership(open_home(home)) as member:
        assert member.community, "an empty replica is refused here"
        try:
            with progress("checking records") as tell:
                held = check_replica(member.store, tell)
                held["successions"] = view_successions(member.state)
        except Refused as error:
            if as_json:
                out.print(json.dumps({"ok": False, "problem": str(error)}), markup=False)
            raise

    def people() -> None:
        for line in (*tell_tally(held), *tell_successions(held["successions"])):
            out.print(line, markup=False)

    show(held, as_json, people)


def _show_sent(home: Home, limit: int, *, as_json: bool) -> None:
    with open_membership(home) as member:
        held = view_sent(member.state, kept_copies(home))[:limit]

    def people() -> None:
        if held:
            table(("record", "when", "what"), [_sent_row(one) for one in held], (0,))
        else:
            out.print("Nothing was sent to you: you read the ledger yourself.")

    show(held, as_json, people)


def _sent_row(one: View) -> list[str]:
    when = "" if one["time"] is None else moment(one["time"])
    return [str(one["index"]), when, one["text"]]


def _reader(home: Home, member: Membership, passphrase_file: PassphraseOption) -> Reader:
    seed = seed_without_asking(home, passphrase_file)
    return Reader(member.account.id, seed, member.name_of)


def _row(one: View) -> list[str]:
    return [
        one["id"][:SHORT_ID_CHARS],
        moment(one["time"]),
        one["what"],
        one["with"],
        one["amount"],
        _memo(one),
        ", ".join(filter(None, [_mark(one), _said(one), _confirmed(one)])),
    ]


def _confirmed(one: View) -> str:
    """Return how far an entry is confirmed, as short as a table needs it."""
    return "final" if one["final"] else f"{one['checked']}/{one['of']}"


def _said(one: View) -> str:
    """Return how often the parties said something about an entry."""
    count = len(one["comments"])
    return "" if not count else f"{count} {'note' if count == 1 else 'notes'}"


def _memo(one: View) -> str:
    return "sealed" if one["sealed"] else printable(one["memo"])


def _mark(one: View) -> str:
    """Return how an entry hangs together with another."""
    if one["reverted_by"]:
        return f"reversed by {one['reverted_by'][:SHORT_ID_CHARS]}"
    if one["refers"]:
        return f"refers to {one['refers'][:SHORT_ID_CHARS]}"
    return ""


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command()(history)
    app.command("show")(show_entry)
    app.command()(verify)
