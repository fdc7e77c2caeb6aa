"""Commands that go on with a community whose key was lost: succeed propose, succeed complete."""

from pathlib import Path
from typing import Annotated

import typer

from federation.card_file import read_card_text
from federation.console.handout import hand_out_words, write_pictures
from federation.console.options import (
    NetworkOption,
    NodesArgument,
    NoPassphraseOption,
    PortOption,
    chosen_settings,
)
from federation.console.terminal import Refused, show
from federation.console.typed import check_reason
from federation.home import Home, write_whole
from federation.keys import new_seed
from federation.succession.text import TEXT_CHARS_MAX, format_successor, read_successor
from federation.words import fingerprint
from ledger import crypto
from ledger.store.lock import hold_lock
from manager.cli.home import new_passphrase, say_made
from manager.cli.options import (
    HomeOption,
    JsonOption,
    PassphraseOption,
    ReasonOption,
    now,
    open_home,
    say,
    unlock,
)
from manager.safe import check_empty
from manager.succeed import Wish, gather_signatures, propose

succeed = typer.Typer(
    help="Go on under a new key with a community whose key was lost or stolen.",
    no_args_is_help=True,
)
OutOption = Annotated[Path | None, typer.Option("--out", help="Write the text to this file.")]


@succeed.command("propose")
def propose_succession(
    source: Annotated[
        Path, typer.Option("--from", metavar="HOME", help="A home with the ledger; only read.")
    ],
    reason: ReasonOption,
    nodes: NodesArgument = None,
    *,
    size: Annotated[
        int | None, typer.Option("--size", min=1, help="How many records stay; all by default.")
    ] = None,
    network: NetworkOption = "public",
    port: PortOption = 0,
    home: HomeOption = None,
    target: OutOption = None,
    png: Annotated[Path | None, typer.Option("--png", help="Write it as a QR code.")] = None,
    passphrase_file: PassphraseOption = None,
    no_passphrase: NoPassphraseOption = False,
) -> None:
    """Make a new key and home with a ledger's records, and the text that members sign."""
    where, wish = open_home(home), Wish(size, check_reason(reason), now())
    settings = chosen_settings(network, nodes, port)
    check_empty(where)
    passphrase = new_passphrase(passphrase_file, no_passphrase=no_passphrase)
    seed = new_seed()
    signed = propose(Home(source), where, seed, passphrase, settings, wish=wish)
    text = format_successor(signed)
    say_made(where, crypto.public_key(seed), no_passphrase=no_passphrase)
    hand_out_words(seed, "commontab-manager")
    say(
        f"It proposes to go on after {signed.statement.size} records of the community with the "
        f"fingerprint {fingerprint(signed.statement.old)}."
    )
    write_pictures(text, "succession", png, None)
    _hand_out(text, target)
    say(
        "Next: every member runs `commontab succession sign FILE` with this text and sends back "
        "what it says; then `commontab-manager succeed complete FILE...`."
    )


@succeed.command("complete")
def complete_succession(
    given: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="What members signed: files or text.")
    ],
    *,
    home: HomeOption = None,
    target: OutOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take members' signatures in; with a majority, go on under the new key."""
    where = open_home(home)
    signed = [read_successor(read_card_text(one, TEXT_CHARS_MAX)) for one in given]
    seed = unlock(where, passphrase_file)
    with hold_lock(where.lock):
        gathered = gather_signatures(where, seed, signed, now())
    text = format_successor(gathered.signed)
    held = {
        "complete": not gathered.missing,
        "signed": len(gathered.signed.signers),
        "accounts": gathered.accounts,
        "missing": gathered.missing,
        "size": gathered.signed.statement.size,
        "succession": text,
    }

    def people() -> None:
        say(f"{held['signed']} of {held['accounts']} accounts have signed.")
        if held["complete"]:
            _hand_out(text, target)
            say(
                "The journal goes on under this home's key. Next: `commontab-manager run`, and "
                "hand out its `card` with this text; members run `commontab succession follow "
                "CARD FILE`."
            )

    if as_json and target is not None:
        _write(text, target)
    show(held, as_json, people)
    if gathered.missing:
        raise Refused(
            f"{gathered.missing} more accounts have to sign before a majority has; what came is "
            "kept, so only further signatures have to be given next time"
        )


def _hand_out(text: str, target: Path | None) -> None:
    if target is None:
        say(text)
    else:
        _write(text, target)
        say(f"The text is in {target}.")


def _write(text: str, target: Path) -> None:
    write_whole(target.absolute(), f"{text}\n".encode())


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.add_typer(succeed, name="succeed")
