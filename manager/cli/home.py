"""Commands that make a community's home and show its card: init, card."""

from pathlib import Path
from typing import Annotated

import typer

from federation.card import sign_card
from federation.console.handout import (
    hand_out_card,
    hand_out_words,
    write_card_sheet,
    write_pictures,
)
from federation.console.options import (
    NetworkOption,
    NodesArgument,
    NoPassphraseOption,
    PortOption,
    chosen_settings,
)
from federation.console.terminal import ask_passphrase, out, show
from federation.console.typed import check_name
from federation.home import Home
from federation.keys import new_seed
from federation.words import fingerprint
from ledger import crypto
from manager.cli.options import HomeOption, JsonOption, PassphraseOption, open_home, say, unlock
from manager.introduce import community_card, keep_http, sheet_words
from manager.office import open_office
from manager.safe import begin_home, check_empty


def init(
    name: Annotated[str, typer.Argument(help="What the community is called.")],
    nodes: NodesArgument = None,
    *,
    network: NetworkOption = "public",
    port: PortOption = 0,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    no_passphrase: NoPassphraseOption = False,
) -> None:
    """Make the community's key and its home; do this once."""
    where, called = open_home(home), check_name(name)
    settings = chosen_settings(network, nodes, port)
    check_empty(where)
    passphrase = new_passphrase(passphrase_file, no_passphrase=no_passphrase)
    seed = new_seed()
    begin_home(where, seed, passphrase, settings, called)
    say_made(where, crypto.public_key(seed), no_passphrase=no_passphrase)
    hand_out_words(seed, "commontab-manager")
    say("Next: `commontab-manager open --unit EUR`, then `card` for your members to join.")


def card(
    *,
    png: Annotated[Path | None, typer.Option("--png", help="Write the QR code there.")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="The same for paper.")] = None,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", help="A page to print: FILE.pdf or FILE.svg.")
    ] = None,
    http: Annotated[
        str | None,
        typer.Option(
            "--http",
            metavar="URL",
            help="Where members' programs reach your page to ring; kept for later cards.",
        ),
    ] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the community's card, as a QR code and as text, for members to join."""
    where = open_home(home)
    with open_office(where, write=http is not None) as office:
        if http is not None:
            keep_http(office, http)
        made = community_card(office)
    text = sign_card(unlock(where, passphrase_file), made)
    write_pictures(text, made.name, png, svg)
    words = fingerprint(made.key)
    if sheet is not None:
        write_card_sheet(sheet, text, sheet_words(made))
    held = {
        "card": text,
        "key": made.key.hex(),
        "name": made.name,
        "fingerprint": words,
        "size": made.size,
        "root": made.root.hex(),
    }

    def people() -> None:
        if (png, svg, sheet) == (None, None, None):
            hand_out_card(text, words)
        else:
            say(f"Fingerprint: {words}")
            say(text)

    show(held, as_json, people)


def new_passphrase(passphrase_file: Path | None, *, no_passphrase: bool) -> str | None:
    """Return the passphrase of a new key, None for none."""
    return None if no_passphrase else ask_passphrase(passphrase_file, twice=True)


def say_made(home: Home, key: bytes, *, no_passphrase: bool) -> None:
    """Tell where a new home is and whose."""
    say(f"The community's home is {home.path}.")
    say(f"Its fingerprint: {fingerprint(key)}")
    if no_passphrase:
        out.print("Its key has NO passphrase: whoever reads this folder can sign in its name.")


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command()(init)
    app.command()(card)
