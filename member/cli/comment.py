"""The command that says something about an entry, or files it."""

from typing import Annotated

import typer

from federation.console.people import find_id
from federation.console.sentence import moment, printable
from federation.console.terminal import out, show
from federation.console.views import View
from ledger.store.story import StoryLookup
from member.cli.bill import CategoryOption
from member.cli.how import How, signing
from member.cli.options import JsonOption
from member.cli.sign import Asked, AttachOption, carry_out, read_prepared
from member.household.attachment import add_files
from member.household.attachments import view_attachments
from member.household.categories import list_categories
from member.household.comment import ask_comment
from member.household.stories import view_comments
from member.membership import Membership, open_membership


@signing
def comment(
    how: How,
    entry: Annotated[
        str, typer.Argument(metavar="ID", help="Start of the id of a payment, bill, request …")
    ],
    text: Annotated[str, typer.Argument(help="What to say; without it, what was said.")] = "",
    *,
    category: CategoryOption = "",
    attach: AttachOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say something about an entry, file it, or attach a file; its parties read it."""
    if not text and not category and not attach:
        with open_membership(how.home) as member:
            found = find_entry_id(member, entry)
            held: View = {
                "entry": found.hex(),
                "comments": view_comments(member, found),
                "attachments": view_attachments(member, found),
                "categories": list_categories(member),
            }
        show(held, as_json, lambda: _show(held))
        return

    def ask(member: Membership) -> Asked:
        about = find_entry_id(member, entry)
        said = [ask_comment(about, text, category)] if text or category else []
        return add_files(said, read_prepared(attach), about) if attach else said

    carry_out(how, ask)


def find_entry_id(member: Membership, typed: str) -> bytes:
    """Return the id of an entry that can be written about, by its start.

    Raises:
        UsageInvalid: Fewer than 4 digits, none, or several that fit.
    """
    state, prefix = member.state, typed.strip().lower()
    ids = {*state.requests, *state.holds, *state.mandates, *state.transits, *state.linked_requests}
    ids.update(StoryLookup(member.store.database).find_bill(prefix))
    ids.update(member.lookup.find_transaction(prefix))
    return find_id(ids, typed, "entry")


def tell_comment(one: View) -> str:
    """Return a comment as a line: when, by whom, what."""
    return f"{moment(one['time'])}  {one['who']}: {printable(one['told'])}"


def tell_attachment(one: View) -> str:
    """Return an attached file as a line: when, by whom, what, whether it is here."""
    size = f"{-(-one['length'] // 1_024)} KiB"
    told = {"here": "", "coming": ", on its way", "withdrawn": ", withdrawn by the manager"}
    line = f"{moment(one['time'])}  {one['who']} attached {printable(one['name'])} ({size}"
    return f"{line}{told[one['state']]}): {one['short']}"


def _show(held: View) -> None:
    for one in held["comments"]:
        out.print(tell_comment(one), markup=False)
    for one in held["attachments"]:
        out.print(tell_attachment(one), markup=False)
    if not held["comments"] and not held["attachments"]:
        out.print("Nobody has said anything about it.")


def register(app: typer.Typer) -> None:
    """Give a command line this command."""
    app.command()(comment)
