"""Commands for a community that goes on under a new key: succession sign, follow, show."""

from pathlib import Path
from typing import Annotated

import typer

from federation.card import CommunityCard, read_card
from federation.card_file import read_card_text
from federation.console.terminal import confirm, out, show
from federation.console.views import View, tell_successions, view_successions
from federation.home import meet, write_whole
from federation.succession.text import TEXT_CHARS_MAX, format_successor, read_successor
from federation.words import fingerprint
from ledger.store.lock import hold_lock
from ledger.successor import Successor, sign_successor
from member.cli.options import (
    HomeOption,
    JsonOption,
    PassphraseOption,
    YesOption,
    now,
    open_home,
    unlock,
)
from member.membership import open_membership, open_own
from member.succession import Crossed, check_proposal, cross_over
from member.views import view_outbox

succession = typer.Typer(
    help="Go on with your community where its key was lost or stolen.", no_args_is_help=True
)
FileArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="The proposal: a file, a picture, or its text.")
]


@succession.command("sign")
def sign(
    proposal: FileArgument,
    *,
    target: Annotated[Path | None, typer.Option("--out", help="Write the text there.")] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Sign that your community goes on under a new key, after comparing it with your ledger."""
    where = open_home(home)
    proposed = read_successor(read_card_text(proposal, TEXT_CHARS_MAX))
    with open_membership(where) as member:
        check_proposal(member, proposed)
        dropped = member.store.tip().tree.size - proposed.statement.size
    if not as_json:
        _show_proposal(proposed.statement, dropped)
    confirm("Are these the words of the one you want to go on with? Sign it?", yes=yes)
    text = format_successor(sign_successor(unlock(where, passphrase_file), proposed))
    if target is not None:
        write_whole(target.absolute(), f"{text}\n".encode())
    held = {
        "succession": text,
        "old_fingerprint": fingerprint(proposed.statement.old),
        "new_fingerprint": fingerprint(proposed.statement.new),
        "size": proposed.statement.size,
        "reason": proposed.statement.reason,
    }

    def people() -> None:
        out.print("Send this back to whoever proposed it:" if target is None else f"See {target}.")
        if target is None:
            out.print(text, markup=False)

    show(held, as_json, people)


@succession.command("follow")
def follow(
    card: Annotated[str, typer.Argument(metavar="CARD", help="The new community's card.")],
    statement: Annotated[
        str, typer.Argument(metavar="FILE", help="What `succeed complete` wrote.")
    ],
    *,
    home: HomeOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Go over to the key that a majority has named; your own ledger has to bear it out."""
    where = open_home(home)
    text = read_card_text(card)
    community = read_card(text, CommunityCard)
    signed = read_successor(read_card_text(statement, TEXT_CHARS_MAX))
    with open_membership(where) as member:
        dropped = max(member.store.tip().tree.size - signed.statement.size, 0)
    if not as_json:
        _show_proposal(signed.statement, dropped)
    confirm("Are these the words that the new manager shows?", yes=yes)
    with open_own(where) as own, hold_lock(where.lock):
        crossed = cross_over(where, own, text, community, signed, now=now())
    meet(where, community.hints)
    held = {
        "old_fingerprint": fingerprint(signed.statement.old),
        "new_fingerprint": fingerprint(signed.statement.new),
        "size": signed.statement.size,
        "signed": len(signed.signers),
        "accounts": crossed.successor.accounts,
        "dropped_records": dropped,
        "aside": str(crossed.aside),
        "lost": view_outbox(None, crossed.lost),
    }
    show(held, as_json, lambda: _tell_crossed(crossed, held))


@succession.command("show")
def show_successions(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show how your community came to its key."""
    with open_membership(open_home(home)) as member:
        held = view_successions(member.state)

    def people() -> None:
        for line in tell_successions(held):
            out.print(line, markup=False)
        if not held:
            out.print("The community has had one key from the beginning.")

    show(held, as_json, people)


def _show_proposal(statement: Successor, dropped: int) -> None:
    out.print(f"Your community until now: {fingerprint(statement.old)}")
    out.print(f"It is to go on under:     {fingerprint(statement.new)}")
    out.print(f"Records that stay:        {statement.size}")
    if dropped:
        out.print(f"Records that are dropped: the last {dropped} of your ledger")
    out.print(f"Reason: {statement.reason}", markup=False)


def _tell_crossed(crossed: Crossed, held: View) -> None:
    out.print(
        f"{held['signed']} of {held['accounts']} accounts have signed, by your own ledger. "
        "This home follows the new key now."
    )
    out.print(f"What it had before is kept in {crossed.aside}.", markup=False)
    for one in held["lost"]:
        out.print(f"Ask again, if it is still wanted: {one['what']}", markup=False)
    out.print("Next: `commontab sync`. Nothing is signed here before that.")


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.add_typer(succession, name="succession")
