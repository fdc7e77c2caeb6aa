"""What both command lines share: exit codes, passphrases, tables, JSON, progress."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from federation.errors import (
    AddressInvalid,
    CardInvalid,
    FederationError,
    FetchTimeout,
    ImageInvalid,
    KeyFileInvalid,
    NetworkUnreachable,
    PassphraseWrong,
    RecordInvalid,
    RegistryMissing,
    StorageFailed,
    TorrentRefused,
)
from federation.home import HomeInvalid
from federation.settings import SettingsInvalid
from ledger.errors import (
    AmountInvalid,
    HistoryMismatch,
    LedgerError,
    NameInvalid,
    SplitInvalid,
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreMissing,
    TermsInvalid,
)

T = TypeVar("T")
PASSPHRASE_BYTES_MAX = 1_024
PIPE_CHARS = 10_000
"""Width of tables that no screen shows: one line a row, for grep and its like."""
CREDENTIAL = "commontab-passphrase"
"""Name of the service credential (systemd LoadCredential=) that holds the passphrase."""


class Exit(IntEnum):
    """What the programs' exit codes mean."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    NETWORK = 3
    STORAGE = 4


class Refused(FederationError):
    """The ledger said no, or a promise is broken; the message is for the person."""


class UsageInvalid(FederationError):
    """A command that cannot be carried out as typed; the message says what fits."""


_EXITS: Sequence[tuple[type[Exception], Exit]] = (
    (Refused, Exit.REFUSED),
    (HistoryMismatch, Exit.REFUSED),
    (UsageInvalid, Exit.USAGE),
    (CardInvalid, Exit.USAGE),
    (ImageInvalid, Exit.USAGE),
    (PassphraseWrong, Exit.USAGE),
    (HomeInvalid, Exit.USAGE),
    (SettingsInvalid, Exit.USAGE),
    (AddressInvalid, Exit.USAGE),
    (RecordInvalid, Exit.USAGE),
    (AmountInvalid, Exit.USAGE),
    (SplitInvalid, Exit.USAGE),
    (TermsInvalid, Exit.USAGE),
    (NameInvalid, Exit.USAGE),
    (KeyFileInvalid, Exit.STORAGE),
    (NetworkUnreachable, Exit.NETWORK),
    (RegistryMissing, Exit.NETWORK),
    (FetchTimeout, Exit.NETWORK),
    (TorrentRefused, Exit.NETWORK),
    (StoreBusy, Exit.STORAGE),
    (StoreDamaged, Exit.STORAGE),
    (StoreFull, Exit.STORAGE),
    (StoreMissing, Exit.STORAGE),
    (StorageFailed, Exit.STORAGE),
    (OSError, Exit.STORAGE),
)

out = Console(highlight=False, soft_wrap=True, emoji=False)
_pipe = Console(width=PIPE_CHARS, highlight=False, soft_wrap=True, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def exit_code(error: Exception) -> Exit:
    """Return the exit code that an error of ours ends a command with."""
    return next((code for kind, code in _EXITS if isinstance(error, kind)), Exit.REFUSED)


def run(app: typer.Typer) -> NoReturn:
    """Run a command line and turn every expected error into one sentence and its exit code."""
    try:
        app()
    except (LedgerError, FederationError, OSError) as error:
        say_error(error)
        sys.exit(exit_code(error))
    sys.exit(Exit.DONE)


def say_error(error: Exception) -> None:
    """Print an error as people read it."""
    err.print(f"[bold red]{type(error).__name__}[/]: ", end="")
    err.print(str(error), markup=False)


def show(held: object, as_json: bool, people: Callable[[], None]) -> None:
    """Print what was read: as one JSON document, or for people."""
    if as_json:
        out.print(json.dumps(held, indent=1, ensure_ascii=False), markup=False)
    else:
        people()


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Print rows under their columns; the columns numbered in ``right`` are aligned right."""
    grid = Table(box=None, pad_edge=False)
    for number, column in enumerate(columns):
        grid.add_column(column, justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        # As they are: a memo with brackets is text, not markup.
        grid.add_row(*map(Text, row))
    (out if out.is_terminal else _pipe).print(grid)


def draw(picture: str) -> None:
    """Print a picture of lines that bring their own colours."""
    # rich would wrap and restyle them.
    typer.echo(picture, nl=False)


def put_behind_verb(
    words: Sequence[str], values: Sequence[str] = ("--home", "--passphrase-file")
) -> list[str]:
    """Return a command line in which options before the verb stand behind it.

    Args:
        words: As typed, without the program's name.
        values: Options that take the next word; ``--json`` takes none.
    """
    leading: list[str] = []
    rest = list(words)
    while rest and rest[0].partition("=")[0] in {*values, "--json"}:
        takes_next = rest[0] in values
        leading += rest[: 1 + takes_next]
        rest = rest[1 + takes_next :]
    end = rest.index("--") if "--" in rest else len(rest)
    return [*rest[:end], *leading, *rest[end:]]


def ask_passphrase(file: Path | None, *, twice: bool = False) -> str:
    """Return the passphrase: from a file, the service's credential, or the person.

    Args:
        file: ``--passphrase-file``, also from COMMONTAB_PASSPHRASE_FILE.
        twice: Ask again and compare, for a new key.

    Raises:
        UsageInvalid: No terminal to ask at, an empty passphrase, or two that differ.
    """
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if file is None and credentials and (Path(credentials) / CREDENTIAL).exists():
        file = Path(credentials) / CREDENTIAL
    if file is not None:
        passphrase = _read_passphrase(file)
    elif sys.stdin.isatty():
        passphrase = str(typer.prompt("Passphrase", hide_input=True))
        if twice and str(typer.prompt("The same again", hide_input=True)) != passphrase:
            raise UsageInvalid("the two passphrases differ; nothing was changed")
    else:
        raise UsageInvalid(
            "this key has a passphrase and there is no terminal to ask at; "
            "give --passphrase-file FILE or the service credential " + CREDENTIAL
        )
    if not 1 <= len(passphrase.encode()) <= PASSPHRASE_BYTES_MAX:
        raise UsageInvalid(f"a passphrase has 1 to {PASSPHRASE_BYTES_MAX} bytes")
    return passphrase


def _read_passphrase(file: Path) -> str:
    with file.open("rb") as stream:
        data = stream.read(PASSPHRASE_BYTES_MAX + 2)
    try:
        return data.rstrip(b"\r\n").decode()
    except UnicodeDecodeError:
        raise UsageInvalid(f"{file} is not UTF-8 text") from None


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far a long job is; yields a function of (done, of all)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=err, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def tell(done: int, of_all: int) -> None:
            bar.update(task, completed=done, total=of_all)

        yield tell


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something is signed; ``--yes`` answers for scripts.

    Raises:
        UsageInvalid: Nobody is there to answer.
        Refused: The person said no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageInvalid("nobody is there to confirm; add --yes to sign without asking")
    if not typer.confirm(question):
        raise Refused("nothing was signed")
