"""The command about the page's password."""

from pathlib import Path
from typing import Annotated

import typer

from federation.console.terminal import UsageInvalid, ask_passphrase, draw, out
from manager.cli.options import HomeOption, now, open_home, say
from manager.office import open_office

FileOption = Annotated[
    Path | None,
    typer.Option("--file", help="File with the new password; without one you are asked twice."),
]
CodesOption = Annotated[
    bool | None,
    typer.Option(
        "--totp/--no-totp", help="Also ask for a one-time code of a second device, or no longer."
    ),
]


def password(file: FileOption = None, totp: CodesOption = None, home: HomeOption = None) -> None:
    """Set the page's password; who is signed in has to sign in again."""
    from federation.qr import draw_terminal  # noqa: PLC0415 -- takes long to import
    from federation.web.keep import WebFolder  # noqa: PLC0415 -- as above
    from manager.web.password import (  # noqa: PLC0415 -- as above
        Password,
        PasswordUnfit,
        code_address,
        new_code_secret,
    )

    where = open_home(home)
    with open_office(where) as office:
        name = office.name
    secret = None if totp is None else new_code_secret() if totp else ""
    chosen = ask_passphrase(file, twice=True)
    try:
        Password(WebFolder.of(where).password_file).set(chosen, now(), code_secret=secret)
    except PasswordUnfit as error:
        raise UsageInvalid(str(error)) from error
    if secret:
        address = code_address(secret, name)
        out.print("Scan this with an authenticator app; whoever has it has the second device.")
        draw(draw_terminal(address))
        say(address)
    say("The password is set. Whoever is signed in to the page has to sign in again.")


def register(app: typer.Typer) -> None:
    """Give a command line this command."""
    app.command()(password)
