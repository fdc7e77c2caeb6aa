"""What every command of the member's command line shares: its options, and opening a home."""

import time
from pathlib import Path
from typing import Annotated

import typer

from federation.console.terminal import ask_passphrase, put_behind_verb
from federation.home import Home, default_home

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", envvar="COMMONTAB_HOME", help="Folder with your key and your books."),
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        envvar="COMMONTAB_PASSPHRASE_FILE",
        help="File with the passphrase; without one you are asked.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before signing.")]
UnitOption = Annotated[
    str | None, typer.Option("--unit", help="Unit of the amount, where there are several.")
]

WAIT_PROMISED = "promised"
"""What ``--wait`` without a number stands for: as long as a merge may take by promise."""


def arrange(words: list[str]) -> list[str]:
    """Return a command line's words in the order and form that the parser takes.

    Options before the verb go behind it, ``--wait`` alone gets a value, and a negative amount
    gets a real minus sign, so that it is refused as an amount and not taken for an option.
    """
    end = words.index("--") if "--" in words else len(words)
    return put_behind_verb([*map(_plain, words[:end]), *words[end:]])


def open_home(path: Path | None) -> Home:
    """Return the home that a command works in."""
    return Home(path or default_home("commontab"))


def unlock(home: Home, passphrase_file: Path | None) -> bytes:
    """Return the member's 32-byte seed, asking for the passphrase where one is needed.

    Raises:
        UsageInvalid: No passphrase can be had.
        PassphraseWrong: It does not open the key.
    """
    needed = home.read_key().needs_passphrase
    return home.unlock(ask_passphrase(passphrase_file) if needed else None)


def seed_without_asking(home: Home, passphrase_file: Path | None) -> bytes | None:
    """Return the seed where nobody has to type for it, else None."""
    if home.read_key().needs_passphrase and passphrase_file is None:
        return None
    return unlock(home, passphrase_file)


def now() -> int:
    """Return Unix seconds: the command's one look at the clock."""
    return int(time.time())


def _plain(word: str) -> str:
    if word == "--wait":
        return f"--wait={WAIT_PROMISED}"
    if word[:1] == "-" and word[1:2].isdigit():
        return "\u2212" + word[1:]
    return word
