"""What every command of the manager's command line shares: its options, and opening a home."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from federation.console.terminal import ask_passphrase, out
from federation.home import Home, default_home

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home", envvar="COMMONTAB_HOME", help="Folder with the community's key and ledger."
    ),
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
ReasonOption = Annotated[
    str, typer.Option("--reason", help="Why; everybody who reads the ledger can read it.")
]
UnitOption = Annotated[
    str | None, typer.Option("--unit", help="Unit of the amount, where there are several.")
]
CreditOption = Annotated[
    str | None,
    typer.Option("--credit-limit", "--credit", metavar="A", help="How far below zero."),
]
MaximumOption = Annotated[
    str | None,
    typer.Option("--maximum-balance", "--maximum", metavar="A", help="How far above zero."),
]
LinkArgument = Annotated[str, typer.Argument(metavar="NAME", help="What the link is called here.")]
WhoArgument = Annotated[str, typer.Argument(metavar="WHO", help="Handle of a member.")]


@dataclass(frozen=True, slots=True)
class How:
    """How a statement is signed: in which home, with which passphrase, asked or not.

    Attributes:
        seed: The community's 32 bytes, where the command needed them before.
    """

    home: Home
    passphrase_file: Path | None
    yes: bool
    seed: bytes | None = None

    def unlock(self) -> bytes:
        """Return the community's 32-byte seed; raises as ``unlock``."""
        return self.seed or unlock(self.home, self.passphrase_file)


def open_home(path: Path | None) -> Home:
    """Return the home that a command works in."""
    return Home(path or default_home("commontab-manager"))


def unlock(home: Home, passphrase_file: Path | None) -> bytes:
    """Return the community's 32-byte seed, asking for the passphrase where one is needed.

    Raises:
        UsageInvalid: No passphrase can be had.
        PassphraseWrong: It does not open the key.
    """
    needed = home.read_key().needs_passphrase
    return home.unlock(ask_passphrase(passphrase_file) if needed else None)


def now() -> int:
    """Return Unix seconds: the command's one look at the clock."""
    return int(time.time())


def say(text: str) -> None:
    """Print a line as it is."""
    out.print(text, markup=False)
