"""Commands that show links: link list, link show."""

import typer

from federation.console.sentence import SHORT_ID_CHARS, moment
from federation.console.terminal import out, show, table
from federation.console.views import View
from manager.cli.options import HomeOption, JsonOption, LinkArgument, now, open_home, say
from manager.link.ask import find_link
from manager.link.views import view_link, view_links
from manager.office import open_office


def list_links(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show every link: who owes whom, what can still pass, what is wrong."""
    with open_office(open_home(home)) as office:
        assert office.community, "an unopened ledger is refused here"
        held = view_links(office, now())

    def people() -> None:
        rows = [
            [
                one["name"],
                one["status"],
                one["ours"]["terms"],
                one["balance"],
                one["can_leave"],
                one["can_come"],
                str(len(one["under_way"])),
                one["problem"] or "",
            ]
            for one in held
        ]
        columns = ("link", "", "in", "balance", "can leave", "can come", "under way", "problem")
        if rows:
            table(columns, rows, (4, 5, 6))
        else:
            out.print("No community is linked yet; `commontab-manager link add CARD` does it.")

    show(held, as_json, people)


def show_link(name: LinkArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show one link: both sides' terms and limits, the balance, what is under way."""
    with open_office(open_home(home)) as office:
        assert office.community, "an unopened ledger is refused here"
        held = view_link(office, find_link(office.state, name), now())
    show(held, as_json, lambda: _tell_link(held))


def _tell_link(held: View) -> None:
    say(f"{held['name']}: {held['community']}, {held['status']}")
    say(f"fingerprint {held['fingerprint']}")
    _tell_side("Here", held["ours"])
    if held["theirs"] is None:
        say("There: nothing was read yet.")
    else:
        _tell_side("There", held["theirs"])
    say(f"{held['balance'][:1].upper()}{held['balance'][1:]}.")
    say(f"Can leave now: {held['can_leave']}; can come now: {held['can_come']}.")
    mirror = held["mirror"]
    explained = mirror["unexplained_minor"] == 0
    say(
        f"Books: ours {mirror['ours']}, theirs {mirror['theirs']}, on the way "
        f"{mirror['under_way']}; "
        + ("they explain each other." if explained else f"unexplained {mirror['unexplained']}.")
    )
    polled, seen = moment(held["polled"]) or "never", moment(held["seen"]) or "never"
    say(f"Asked {polled}, found {seen}; {held['entries_taken']} of their entries are merged.")
    say(f"They have merged {held['acknowledged']} of our {held['entries_sent']} entries.")
    if held["away"]:
        say(f"LATE: our entries wait there since {moment(held['waiting_since'])}.")
    if held["problem"]:
        say(f"PROBLEM: {held['problem']}.")
    rows = [
        [
            one["id"][:SHORT_ID_CHARS],
            one["from"],
            one["to"],
            one["amount"],
            one["stage"],
            moment(one["deadline"]),
        ]
        for one in held["under_way"]
    ]
    if rows:
        table(("payment", "from", "to", "amount", "", "until"), rows, (3,))
    else:
        out.print("No payment is under way.")


def _tell_side(where: str, side: View) -> None:
    """Print a side's terms and limits, both from our point of view."""
    ours, theirs = side["limit"], side["trust"]
    if where == "There":
        ours, theirs = theirs, ours
    say(
        f"{where}: {side['status']}, in {side['terms']}, fee {side['fee']}; they may owe us "
        f"{theirs}, we may owe them {ours}"
    )


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command("list")(list_links)
    app.command("show")(show_link)
