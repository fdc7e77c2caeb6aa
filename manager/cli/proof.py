"""Commands about proofs: prove and check-proof."""

from pathlib import Path
from typing import Annotated

import typer

from federation.proof.desk import flags, hand_out, show_checked
from federation.proof.proving import Own, prove_typed
from manager.cli.options import HomeOption, JsonOption, open_home
from manager.office import open_office


def prove(
    what: Annotated[
        str | None, typer.Argument(metavar="[WHAT]", help="Start of a transaction's id.")
    ] = None,
    *,
    record: Annotated[bool, typer.Option("--record", help="WHAT is a record's number.")] = False,
    balance: Annotated[
        bool,
        typer.Option("--balance", help="Balances and limits of WHAT, a handle; or the commons'."),
    ] = False,
    key: Annotated[
        bool, typer.Option("--key", help="The last number of WHAT, a key or card.")
    ] = False,
    name: Annotated[bool, typer.Option("--name", help="Who has the name WHAT.")] = False,
    link: Annotated[
        bool, typer.Option("--link", help="Terms of the link WHAT, and how far it was read.")
    ] = False,
    since: Annotated[
        bool, typer.Option("--since", help="That nothing was rewritten since WHAT records.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write it there and say what it shows."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove to anybody that a transaction is in the journal; or how things stand."""
    about = flags(record=record, balance=balance, key=key, name=name, link=link, since=since)
    with open_office(open_home(home)) as office:
        assert office.community, "an unopened ledger is refused here"
        text = prove_typed(office, Own(office.state.commons, office.key), what, about)
    hand_out(text, file, as_json=as_json)


def check_proof(
    proof: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="The proof; - for pasted text.")
    ] = None,
    image: Annotated[
        list[Path] | None, typer.Option("--image", help="A picture of a QR code; repeat it.")
    ] = None,
    community: Annotated[
        str | None,
        typer.Option("--community", metavar="KEY|CARD", help="Whose it must be, as you know it."),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option("--witness", metavar="KEY|CARD", help="A witness you know; repeat it."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a proof or receipt, without a home or a network."""
    show_checked(proof, image or (), community, witness or (), as_json=as_json)


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command()(prove)
    app.command("check-proof")(check_proof)
