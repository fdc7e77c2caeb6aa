"""Commands that make and keep a home: init, fingerprint, backup, restore."""

from pathlib import Path
from typing import Annotated

import typer

from federation.console.handout import hand_out_words
from federation.console.options import (
    NetworkOption,
    NodesArgument,
    NoPassphraseOption,
    PortOption,
    chosen_settings,
)
from federation.console.people import find_account
from federation.console.terminal import UsageInvalid, ask_passphrase, out, show
from federation.console.typed import check_name
from federation.errors import KeyFileInvalid
from federation.home import Home
from federation.keys import new_seed
from federation.settings import Settings
from federation.words import fingerprint, seed_of_words
from ledger import crypto
from member.cli.options import HomeOption, JsonOption, PassphraseOption, open_home
from member.membership import joined, open_membership, open_own
from member.safe import begin_home, check_empty, restore_backup, restore_seed, write_backup


def init(
    name: Annotated[str, typer.Argument(help="What people call you.")],
    nodes: NodesArgument = None,
    network: NetworkOption = "public",
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    *,
    port: PortOption = 0,
    no_passphrase: NoPassphraseOption = False,
) -> None:
    """Make your key and your home; do this once on each device."""
    where, called = open_home(home), check_name(name)
    settings = chosen_settings(network, nodes, port)
    check_empty(where)
    seed = new_seed()
    begin_home(where, seed, _new_passphrase(passphrase_file, no_passphrase), settings, called)
    _say_made(where, crypto.public_key(seed), no_passphrase=no_passphrase)
    hand_out_words(seed, "commontab")
    out.print("Next: show `commontab card` to your community's manager, and `commontab join` his.")


def show_fingerprint(
    who: Annotated[str | None, typer.Argument(help="Handle; without one, yours.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the six words by which people compare keys: yours, the community's, a member's."""
    where = open_home(home)
    if who is None:
        held = _own_fingerprints(where)
    else:
        with open_membership(where) as member:
            account = find_account(member.state, who)
        held = [_fingerprint(account.handle, key) for key in account.keys]

    def people() -> None:
        for one in held:
            out.print(f"{one['of']}: {one['fingerprint']}", markup=False)

    show(held, as_json, people)


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes.")], home: HomeOption = None
) -> None:
    """Copy key, own changes, card and settings into one file, while everything runs on."""
    where = open_home(home)
    with open_own(where) as own:
        write_backup(where, own, file)
    locked = where.read_key().needs_passphrase
    out.print(f"Backed up to {file}.", markup=False)
    if locked:
        out.print("The key in it opens with the passphrase that it has now.")
    else:
        out.print("The key in it is NOT locked by a passphrase: keep the file where nobody comes.")


def restore(
    given: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help="What backup wrote; with --words, DHT nodes to meet."),
    ] = None,
    network: NetworkOption = "public",
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    *,
    words: Annotated[bool, typer.Option("--words", help="From the 24 words on paper.")] = False,
    name: Annotated[str, typer.Option("--name", help="What people call you.")] = "",
    no_passphrase: NoPassphraseOption = False,
) -> None:
    """Make a home again, in an empty folder, from a backup file or from the words on paper."""
    where, rest = open_home(home), given or []
    if words:
        settings = chosen_settings(network, rest)
        called = check_name(name) if name else ""
        key = _restore_words(where, settings, passphrase_file, called, no_passphrase=no_passphrase)
    elif len(rest) == 1:
        key = restore_backup(where, Path(rest[0])).key
    else:
        raise UsageInvalid("restore takes either one backup FILE or --words")
    _say_made(where, key, no_passphrase=not where.read_key().needs_passphrase)
    joins = "`commontab join` with your community's card, then " if words else ""
    out.print(f"Next: {joins}`commontab sync`. Nothing is signed here before that.")


def _restore_words(
    home: Home,
    settings: Settings,
    passphrase_file: Path | None,
    name: str,
    *,
    no_passphrase: bool,
) -> bytes:
    check_empty(home)
    try:
        seed = seed_of_words(str(typer.prompt("The 24 words of your paper backup")))
    except KeyFileInvalid as error:
        raise UsageInvalid(str(error)) from error
    return restore_seed(home, seed, _new_passphrase(passphrase_file, no_passphrase), settings, name)


def _new_passphrase(passphrase_file: Path | None, no_passphrase: bool) -> str | None:
    return None if no_passphrase else ask_passphrase(passphrase_file, twice=True)


def _say_made(home: Home, key: bytes, *, no_passphrase: bool) -> None:
    out.print(f"Your home is {home.path}.", markup=False)
    out.print(f"Your fingerprint: {fingerprint(key)}")
    if no_passphrase:
        out.print("Your key has NO passphrase: whoever reads this folder can pay in your name.")


def _own_fingerprints(home: Home) -> list[dict[str, str]]:
    with open_own(home) as own:
        card = joined(own)
    held = [_fingerprint("you", home.read_key().key)]
    return [*held, _fingerprint(card.name, card.key)] if card else held


def _fingerprint(of: str, key: bytes) -> dict[str, str]:
    return {"of": of, "fingerprint": fingerprint(key), "key": key.hex()}


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command()(init)
    app.command("fingerprint")(show_fingerprint)
    app.command()(backup)
    app.command()(restore)
