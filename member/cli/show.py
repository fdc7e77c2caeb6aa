"""Commands that show how things stand: balance, members, holds, requests, outbox."""

from typing import Annotated

import typer

from federation.console.people import find_account, find_unit
from federation.console.sentence import SHORT_ID_CHARS, moment, printable
from federation.console.terminal import out, show, table
from federation.console.views import LINKED, View, tell_debt, view_balances, view_members
from ledger.store.outgoing import OutgoingStore
from member.cli.mine import MineOption, show_balance
from member.cli.options import HomeOption, JsonOption, UnitOption, now, open_home
from member.cli.payments import tell_under_way
from member.household.bills import view_open_parts
from member.link_views import view_under_way
from member.membership import joined, open_membership, open_own
from member.mine import is_mine_only
from member.standing import describe_stand, describe_standing, mark_standing, view_stand
from member.views import view_holds, view_outbox, view_requests

OUTBOX_SHOWN = 20


def balance(
    home: HomeOption = None,
    unit: UnitOption = None,
    *,
    mine: MineOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what you have, what is left to spend, and your limits."""
    where = open_home(home)
    if mine or is_mine_only(where):
        show_balance(where, unit, as_json=as_json)
        return
    with open_membership(where) as member:
        held = view_balances(member.state, member.account)
        if unit is not None:
            code = find_unit(member.state, unit).code
            held = [books for books in held if books["unit"] == code]
        whole: View = {"handle": member.account.handle, "status": member.account.status}
        whole |= {"balances": held, "ledger": view_stand(member, now())}
        whole["under_way"] = view_under_way(member.state, member.account.id, member.name_of)
    columns = ("balance", "left to spend", "held", "expected", "limit below zero", "at most")
    fields = ("balance", "available", "held", "expected", "credit_limit", "maximum_balance")

    def people() -> None:
        table(columns, [[books[name] for name in fields] for books in held], range(len(fields)))
        if whole["status"] != "active":
            out.print(f"Your account is {whole['status']}.")
        tell_under_way(whole["under_way"])
        for sentence in describe_stand(whole["ledger"]):
            out.print(sentence, markup=False)

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
        everybody = [one for one in state.accounts.values() if one.keys]
        found = [find_account(state, who)] if who else everybody
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
    """Show open requests from you and to you, and open parts of bills."""
    with open_membership(open_home(home)) as member:
        held = view_requests(member.state, member.account, member.name_of)
        held += view_open_parts(member.state, member.account)
    show(held, as_json, lambda: _show_open(held, "No request is open."))


def outbox(
    home: HomeOption = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = OUTBOX_SHOWN,
    as_json: JsonOption = False,
) -> None:
    """Show what became of each change you signed."""
    where = open_home(home)
    with open_own(where) as own:
        outgoing = OutgoingStore(own).newest(limit)
        if joined(own) and where.ledger.exists():
            with open_membership(where) as member:
                held = view_outbox(member.state, outgoing, member.name_of)
                mark_standing(member, held)
        else:
            held = view_outbox(None, outgoing)

    def people() -> None:
        rows = [[str(one["number"]), moment(one["created"]), one["what"], _fate(one)]
                for one in held]  # fmt: skip
        if rows:
            table(("number", "signed", "what", "what became of it"), rows, (0,))
        else:
            out.print("You have signed nothing yet.")

    show(held, as_json, people)


def _fate(one: View) -> str:
    """Return what became of a change, and how sure that is."""
    if one.get("withheld"):
        return f"{one['told']}; WITHHELD: three checkpoints passed over it"
    return f"{one['told']}, {describe_standing(one)}" if one["version"] else one["told"]


def _show_member(one: View) -> None:
    apart = "" if one["kind"] == "member" else f" ({one['kind']})"
    out.print(f"{one['handle']}{apart}: {printable(one['name'])}, {one['status']}", markup=False)
    out.print(f"admitted {moment(one['admitted'])}")
    for words in one["fingerprints"]:
        out.print(f"fingerprint: {words}")
    for books in one["balances"]:
        if one["kind"] == LINKED:
            out.print(tell_debt(books))
        else:
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
