"""Commands about proofs: prove and check-proof."""

from typing import Annotated

import typer

from federation.console.options import (
    OutOption,
    ProofArgument,
    ProofCommunityOption,
    ProofImageOption,
    ProofWitnessOption,
    ProveLinkOption,
    ProveNameOption,
    ProvenArgument,
    ProveRecordOption,
    ProveSinceOption,
)
from federation.proof.desk import flags, hand_out, show_checked
from federation.proof.proving import Own, prove_typed
from manager.cli.options import HomeOption, JsonOption, open_home
from manager.office import open_office


def prove(
    what: ProvenArgument = None,
    *,
    record: ProveRecordOption = False,
    balance: Annotated[
        bool,
        typer.Option("--balance", help="Balances and limits of WHAT, a handle; or the commons'."),
    ] = False,
    key: Annotated[
        bool, typer.Option("--key", help="The last number of WHAT, a key or card.")
    ] = False,
    name: ProveNameOption = False,
    link: ProveLinkOption = False,
    since: ProveSinceOption = False,
    file: OutOption = None,
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
    proof: ProofArgument = None,
    image: ProofImageOption = None,
    community: ProofCommunityOption = None,
    witness: ProofWitnessOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a proof or receipt, without a home or a network."""
    show_checked(proof, image or (), community, witness or (), as_json=as_json)


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command()(prove)
    app.command("check-proof")(check_proof)
