"""Commands about proofs: prove, receipt and check-proof."""

from pathlib import Path
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
from federation.console.terminal import out
from federation.proof.desk import (
    draw_codes,
    flags,
    hand_out,
    parts_of,
    show_checked,
    write_codes,
)
from federation.proof.proving import Own, make_receipt, prove_typed
from member.cli.options import HomeOption, JsonOption, open_home
from member.membership import open_membership
from member.mine import is_mine_only, open_mine
from member.prove_mine import prove_mine


def prove(
    what: ProvenArgument = None,
    *,
    record: ProveRecordOption = False,
    balance: Annotated[
        bool, typer.Option("--balance", help="Balances and limits of WHAT, a handle; or yours.")
    ] = False,
    key: Annotated[
        bool, typer.Option("--key", help="The last number of WHAT, a key or card; or of yours.")
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
    where = open_home(home)
    if is_mine_only(where):
        hand_out(prove_mine(open_mine(where), what, about), file, as_json=as_json)
        return
    with open_membership(where) as member:
        assert member.community, "an empty replica is refused here"
        text = prove_typed(member, Own(member.account.id, member.key), what, about)
    hand_out(text, file, as_json=as_json)


def receipt(
    transaction: Annotated[str, typer.Argument(metavar="ID", help="Start of its id.")],
    *,
    file: OutOption = None,
    qr: Annotated[bool, typer.Option("--qr", help="Draw QR codes in the terminal.")] = False,
    png: Annotated[Path | None, typer.Option("--png", help="Write QR codes there.")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="The same for paper.")] = None,
    text: Annotated[bool, typer.Option("--text", help="Print it, as without any option.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a receipt of a transaction, which anybody can check without a home or a network."""
    with open_membership(open_home(home)) as member:
        assert member.community, "an empty replica is refused here"
        made = make_receipt(member, transaction)
    written = write_codes(made, f"Receipt {transaction}", png, svg) if png or svg else []
    if as_json:
        hand_out(made, file, as_json=True, extra={"parts": parts_of(made)})
        return
    if file is not None or text or not (qr or written):
        hand_out(made, file, as_json=False)
    if qr:
        draw_codes(made)
    for path in written:
        out.print(f"Written to {path}.", markup=False)


def check_proof(
    proof: ProofArgument = None,
    image: ProofImageOption = None,
    community: ProofCommunityOption = None,
    witness: ProofWitnessOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a proof or receipt, without a home, a network or a membership."""
    show_checked(proof, image or (), community, witness or (), as_json=as_json)


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command()(prove)
    app.command()(receipt)
    app.command("check-proof")(check_proof)
