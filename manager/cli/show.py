"""Commands that show how things stand and stood: status, members, show, history."""

from typing import Annotated

import typer

from federation.console.people import find_account
from federation.console.sentence import SHORT_ID_CHARS, moment, printable
from federation.console.terminal import Refused, out, show, table
from federation.console.views import View, tell_successions, view_members
from ledger.store.lock import lock_holder
from manager.cli.options import HomeOption, JsonOption, WhoArgument, now, open_home, say
from manager.office import open_office
from manager.past import view_account_records, view_journal
from manager.views import view_account, view_status

HISTORY_SHOWN = 20


def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show how the community stands; ends with 1 after a split view, or where a change is late."""
    where = open_home(home)
    with open_office(where) as office:
        held = view_status(office, lock_holder(where.lock), now())
    show(held, as_json, lambda: _show_status(held))
    split = held["split_view"]
    if split is not None and not split["confirmed"]:
        raise Refused(
            f"split view: two histories have this key's signature; {split['evidence']} shows it"
        )
    if not held["promise_kept"]:
        raise Refused("late: " + "; ".join(held["problems"]))


def members(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show everybody with balances."""
    with open_office(open_home(home)) as office:
        assert office.community, "an unopened ledger is refused here"
        everybody = [one for one in office.state.accounts.values() if one.keys]
        held = view_members(office.state, everybody)

    def people() -> None:
        rows = [
            [
                one["handle"],
                printable(one["name"]),
                one["status"],
                ", ".join(books["balance"] for books in one["balances"]),
                " / ".join(one["fingerprints"]),
            ]
            for one in held
        ]
        table(("handle", "name", "status", "balances", "fingerprint"), rows)

    show(held, as_json, people)


def show_member(who: WhoArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show one member: keys, balances, limits, and when the slot was read."""
    with open_office(open_home(home)) as office:
        assert office.community, "an unopened ledger is refused here"
        held = view_account(office, find_account(office.state, who), now())
    show(held, as_json, lambda: _show_account(held))


def history(
    who: Annotated[
        str | None, typer.Argument(metavar="[WHO]", help="Only what concerns this member.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = HISTORY_SHOWN,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the journal, newest first."""
    with open_office(open_home(home)) as office:
        assert office.community, "an unopened ledger is refused here"
        if who is None:
            held = view_journal(office, limit)
        else:
            account = find_account(office.state, who)
            held = view_account_records(office, account.id, limit)
    columns = ("record", "when", "id", "what", "")
    show(held, as_json, lambda: table(columns, [_row(one) for one in held], (0,)))


def _row(one: View) -> list[str]:
    undone = f"reversed by {one['reverted_by'][:SHORT_ID_CHARS]}" if one["reverted_by"] else ""
    entry = (one["id"] or "")[:SHORT_ID_CHARS]
    return [str(one["index"]), moment(one["time"]), entry, printable(one["what"]), undone]


def _show_status(held: View) -> None:
    daemon = held["daemon_pid"]
    runs = f"runs as process {daemon}" if daemon is not None else "does not run"
    say(f"{held['name']}, fingerprint {held['fingerprint']}")
    say(f"The manager {runs}; it polls every {held['interval_s']:g} s.")
    for line in tell_successions(held["successions"]):
        say(line)
    waits = held["succession_open"]
    if waits:
        say(
            f"It waits to go on after {waits['size']} records: {waits['signed']} of "
            f"{waits['needed']} signatures are here."
        )
    if held["restored"]:
        say("This home was restored: `commontab-manager run` has to look around before it signs.")
    if not held["opened"]:
        say("The ledger is not open yet; run `commontab-manager open --unit CODE`.")
        return
    say(f"Version {held['version']}: {held['size']} records, {moment(held['time'])}.")
    _show_published(held)
    _show_witnesses(held)
    sums = ", ".join(f"{unit} {total}" for unit, total in held["sums_minor"].items()) or "none yet"
    say(f"Sums of all balances: {sums}.")
    audit = held["audit"]
    say(f"Last audit: {moment(audit['time'])}." if audit else "No audit yet.")
    for reason, one in held["dropped"].items():
        say(f"Dropped at the door: {one['count']} {reason}, last {moment(one['newest'])}.")
    for one in held["evidence"]:
        say(f"Evidence: {one['handle']} signed number {one['number']} twice.")
    for one in held["queue"]:
        say(f"Waiting since {moment(one['created'])}: {one['what']}.")
    _show_attention(held["members"])
    _show_links(held["links"])


def _show_published(held: View) -> None:
    published = held["published"]
    if published is None:
        say("Nothing is published yet; `commontab-manager run` does it.")
        return
    say(f"Published: version {published['version']}, {moment(published['time'])}.")
    if published["size"] < held["size"]:
        say(f"Not published yet: {held['size'] - published['size']} records.")
    elif published["put"] is None:
        say("No node has taken its checkpoint yet.")


def _show_witnesses(held: View) -> None:
    split, witnesses = held["split_view"], held["witnesses"]
    if split is not None:
        goes_on = "this home goes on with its own" if split["confirmed"] else "all is stopped"
        say(
            f"SPLIT VIEW since {moment(split['time'])}: this key signed two histories, and "
            f"{goes_on}. {split['evidence']} shows it."
        )
    if witnesses is not None:
        sure = "final" if witnesses["final"] else "not final"
        say(
            f"Checked by {witnesses['checked']} of {witnesses['of']}, {sure}; "
            f"final are {witnesses['final_size']} records."
        )


def _show_attention(members: list[View]) -> None:
    columns = ("member", "polled", "seen", "merged", "pending", "since", "")
    rows = [
        [
            one["handle"],
            moment(one["polled"]) or "never",
            moment(one["seen"]) or "never",
            moment(one["merged"]) or "never",
            str(one["pending"]),
            moment(one["pending_since"]),
            "LATE" if one["late"] else _awaits(one["files"]),
        ]
        for one in members
    ]
    if rows:
        table(columns, rows, (4,))
    else:
        out.print("Nobody is admitted yet; `commontab-manager admit CARD` does it.")


def _awaits(files: list[str]) -> str:
    return f"waits for the file {', '.join(map(printable, files))}" if files else ""


def _show_links(links: list[View]) -> None:
    if links:
        rows = [
            [
                printable(one["name"]),
                moment(one["seen"]) or "never",
                moment(one["merged"]) or "never",
                str(one["waiting_there"]),
                str(one["waiting_here"]),
                "PROBLEM" if one["problem"] else "AWAY" if one["away"] else "",
            ]
            for one in links
        ]
        table(("link", "seen", "merged", "waits there", "waits here", ""), rows, (3, 4))


def _show_account(held: View) -> None:
    say(f"{held['handle']}: {printable(held['name'])}, {held['status']}")
    say(f"admitted {moment(held['admitted'])}, account {held['account']}")
    for key in held["keys"]:
        stands = "" if key["active"] else ", revoked"
        say(f"fingerprint {key['fingerprint']}, {key['number']} changes{stands}")
    for books in held["balances"]:
        say(
            f"balance {books['balance']}; limits {books['credit_limit']} below zero and "
            f"{books['maximum_balance']} above"
        )
    say(
        f"open: {held['open_holds']} holds, {held['open_requests']} requests,"
        f" {held['open_bills']} bills, {held['mandates']} mandates"
    )
    _show_attention(held["attention"])


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command()(status)
    app.command()(members)
    app.command("show")(show_member)
    app.command()(history)
