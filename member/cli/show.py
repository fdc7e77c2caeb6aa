"""Commands that show how things stand: balance, members, holds, requests, outbox."""

from contextlib import closing
from typing import Annotated

import typer

from federation.home import Home
from federation.people import find_account, find_unit
from federation.sentence import SHORT_ID_CHARS, moment, printable
from federation.terminal import out, show, table
from federation.views import View, view_balances, view_members
from ledger.state import State
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.outgoing import OutgoingStore
from member.cli.options import HomeOption, JsonOption, UnitOption, open_home
from member.membership import Membership, joined, open_membership, open_own
from member.views import view_holds, view_outbox, view_requests

OUTBOX_SHOWN = 20


def balance(home: HomeOption = None, unit: UnitOption = None, as_json: JsonOption = False) -> None:
    """Show what you have, what is left to spend, and your limits."""
    with open_membership(open_home(home)) as member:
        held = view_balances(member.state, member.account)
        if unit is not None:
            code = find_unit(member.state, unit).code
            held = [books for books in held if books["unit"] == code]
        whole: View = {"handle": member.account.handle, "status": member.account.status}
        whole |= {"balances": held, "ledger": _stand(member)}
    columns = ("balance", "left to spend", "held", "expected", "limit below zero", "at most")
    fields = ("balance", "available", "held", "expected", "credit_limit", "maximum_balance")

    def people() -> None:
        table(columns, [[books[name] for name in fields] for books in held], range(len(fields)))
        if whole["status"] != "active":
            out.print(f"Your account is {whole['status']}.")
        _say_stand(whole["ledger"])

    show(whole, as_json, people)


def members(
    who: Annotated[str | None, typer.Argument(help="Handle of one member.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show who is in the community; one member with fingerprint and balances."""
    with open_membership(open_home(home)) as member:
        assert member.community, "an empty replica is refused here"
        state = member.state
        found = [find_account(state, who)] if who else list(state.accounts.values())
        held = view_members(state, found)

    def people() -> None:
        if who:
            _show_member(held[0])
        else:
            rows = [[one["handle"], printable(one["name"]), one["status"]] for one in held]
            table(("handle", "name", "status"), rows)

    show(held[0] if who else held, as_json, people)


def holds(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show open holds that you pay or are paid by."""
    with open_membership(open_home(home)) as member:
        held = view_holds(member.state, member.account)
    show(held, as_json, lambda: _show_open(held, "No hold is open."))


def requests(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show open requests from you and to you."""
    with open_membership(open_home(home)) as member:
        held = view_requests(member.state, member.account)
    show(held, as_json, lambda: _show_open(held, "No request is open."))


def outbox(
    home: HomeOption = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = OUTBOX_SHOWN,
    as_json: JsonOption = False,
) -> None:
    """Show what became of each change you signed."""
    where = open_home(home)
    with open_own(where) as own:
        known = _state(where) if joined(own) else None
        held = view_outbox(known, OutgoingStore(own).newest(limit))

    def people() -> None:
        rows = [[str(one["number"]), moment(one["created"]), one["what"], one["told"]]
                for one in held]  # fmt: skip
        if rows:
            table(("number", "signed", "what", "what became of it"), rows, (0,))
        else:
            out.print("You have signed nothing yet.")

    show(held, as_json, people)


def _state(home: Home) -> State | None:
    """Return the replica's present, or None where there is no replica yet."""
    if not home.ledger.exists():
        return None
    with closing(open_database(home.ledger, Role.REPLICA, write=False)) as database:
        return JournalStore(database).load_state()


def _stand(member: Membership) -> View:
    """Return how new the replica is, and how many own changes it does not have yet."""
    tip = member.store.tip()
    return {
        "version": tip.version,
        "size": tip.tree.size,
        "time": member.state.time,
        "waiting": len(member.outgoing.unsettled()),
    }


def _say_stand(stand: View) -> None:
    out.print(f"As of version {stand['version']} of the ledger, {moment(stand['time'])}.")
    if stand["waiting"]:
        out.print(f"Not in it yet: {stand['waiting']} of your changes; see `commontab outbox`.")


def _show_member(one: View) -> None:
    out.print(f"{one['handle']}: {printable(one['name'])}, {one['status']}", markup=False)
    out.print(f"admitted {moment(one['admitted'])}")
    for words in one["fingerprints"]:
        out.print(f"fingerprint: {words}")
    for books in one["balances"]:
        out.print(f"balance {books['balance']}, limit below zero {books['credit_limit']}")


def _show_open(held: list[View], nothing: str) -> None:
    rows = [
        [
            one["id"][:SHORT_ID_CHARS],
            one["direction"],
            one["with"],
            one["amount"],
            moment(one["expires"]),
            "sealed memo" if one["sealed"] else printable(one["memo"]),
        ]
        for one in held
    ]
    if rows:
        table(("id", "", "with", "amount", "until", "memo"), rows, (3,))
    else:
        out.print(nothing)


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    for command in (balance, members, holds, requests, outbox):
        app.command()(command)
