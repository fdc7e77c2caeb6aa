"""The command that sets debts in a circle of communities off against each other: link net."""

import sys
from typing import Annotated

import typer

from federation.console.terminal import out, progress, show
from federation.console.views import View
from federation.link.cycle import Round, find_rounds
from federation.link.reach import DEADLINE_S, Reach, reach_of, read_adverts
from ledger.operation import NetLinks
from ledger.unit import Unit, format_amount
from manager.cli.options import (
    HomeOption,
    How,
    JsonOption,
    PassphraseOption,
    now,
    open_home,
    say,
)
from manager.cli.sign import carry_out
from manager.office import open_office


def net(
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Post the best round without asking.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show rounds that make debts around a circle smaller, and post the best one.

    What each community owes all others together stays as it was. At a terminal the command asks
    before it posts; elsewhere it posts with --yes only.
    """
    how, at = How(open_home(home), passphrase_file, yes), now()
    with open_office(how.home, write=True) as office:
        assert office.community, "an unopened ledger is refused here"
        with progress("reading what communities advertise") as tell:
            adverts = read_adverts(how.home, office.state, at, tell)
        reach = reach_of(office.state, adverts, at)
        rounds = find_rounds(reach.graph)
        held = [_view_round(one, reach) for one in rounds]
        show(held, as_json, lambda: _tell_rounds(held))
        if rounds and not as_json and (yes or sys.stdin.isatty()):
            deadline = now() + DEADLINE_S[how.home.settings().network.kind]
            carry_out(how, office, [NetLinks(rounds[0].hops, deadline)])


def _view_round(one: Round, reach: Reach) -> View:
    unit = Unit(one.unit, one.scale, one.unit, 0, 0)
    return {
        "amount": format_amount(one.amount, unit),
        "amount_minor": one.amount,
        "unit": one.unit,
        "communities": [reach.book.name_of(edge.peer) for edge in one.edges[:-1]],
        "keys": [edge.peer.hex() for edge in one.edges],
    }


def _tell_rounds(held: list[View]) -> None:
    if not held:
        out.print("No debts lie in a circle through this community.")
    for one in held:
        say(f"{one['amount']} off each debt around {' -> '.join(one['communities'])} and back")


def register(app: typer.Typer) -> None:
    """Give a command line this command."""
    app.command()(net)
