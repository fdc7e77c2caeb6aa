"""The command that resolves a name: ``commontab name resolve``."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from federation.console.terminal import Exit, err, out, show
from federation.console.views import View
from federation.errors import RegistryMissing
from federation.home import Home
from federation.names.address import TypedName, parse_name
from federation.names.folder import RegistryFolder
from federation.names.reader import RegistryReader
from federation.names.resolve import Answer
from federation.names.view import view_answer
from federation.proof.desk import hand_out
from ledger.errors import StoreBusy
from ledger.proof.present import format_present
from member.cli.options import HomeOption, JsonOption, now, open_home
from member.membership import Membership, open_membership
from member.names.follow import follow_once


def resolve(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="bakery, bakery@river, www.bakery.river.tab.alt, or with a key."
        ),
    ],
    *,
    prove: Annotated[
        bool, typer.Option("--prove", help="Print the proof too, or write it with --out.")
    ] = False,
    file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the proof there.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask the network first, where no program runs here.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Resolve a name here or in a linked community; ends with 1 where it does not resolve."""
    where = open_home(home)
    typed = parse_name(name, where.settings().name_suffix)
    with open_membership(where) as member:
        answer = _answer(member, where, typed, fresh=fresh)
        held = view_answer(answer, now())
        proof = format_present(answer.registry.prove(answer.place.name)) if prove or file else b""
    show(held | ({"proof": proof.decode()} if proof else {}), as_json, lambda: _tell(held))
    if proof and not as_json:
        hand_out(proof, file, as_json=False)
    elif file is not None:
        file.write_bytes(proof)
    if answer.value is None:
        raise typer.Exit(Exit.REFUSED)


def _answer(member: Membership, home: Home, typed: TypedName, *, fresh: bool) -> Answer:
    """Resolve by what is kept; ask the network where that says too little, and nobody else does."""
    folder = RegistryFolder(home.registries)
    reader = RegistryReader(folder)
    if fresh:
        _follow(member, home)
    resolver = reader.resolver(member.store)
    try:
        return resolver.resolve(typed, now())
    except RegistryMissing:
        folder.ask_for(resolver.locate(typed, now()).community)
        if not _follow(member, home):
            raise
        return reader.resolver(member.store).resolve(typed, now())


def _follow(member: Membership, home: Home) -> bool:
    """Read linked communities' names once; return whether that could be done."""
    try:
        asyncio.run(follow_once(member, home, lambda line: err.print(line, markup=False)))
    except StoreBusy:
        return False
    return True


def _tell(held: View) -> None:
    for line in held["told"]:
        out.print(line, markup=False)
