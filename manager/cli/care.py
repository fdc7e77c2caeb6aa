"""Commands that take care of a home: audit, backup, restore, doctor."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from federation.collector import uncollected
from federation.console.doctor import Finding, check_clock, check_disk, exit_of, show_findings
from federation.console.options import (
    NetworkOption,
    NodesArgument,
    NoPassphraseOption,
    chosen_settings,
)
from federation.console.report import tell_tally, view_tally
from federation.console.terminal import UsageInvalid, out, progress, show
from federation.home import Home
from federation.words import seed_of_words
from ledger import crypto
from ledger.store.audit import audit as audit_store
from ledger.store.lock import lock_holder
from manager.audited import Audited, note_audit
from manager.cli.home import new_passphrase, say_made
from manager.cli.options import HomeOption, JsonOption, PassphraseOption, now, open_home, say
from manager.doctor import check_daemon, check_ledger, check_network
from manager.link.health import check_links
from manager.office import open_office
from manager.report.backups import make_backup
from manager.safe import check_empty, restore_backup, restore_seed


def audit(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Work every record, signature, sum and root out again from the stored bytes."""
    with open_office(open_home(home), write=True) as office:
        with progress("auditing records") as tell, uncollected():
            tally = audit_store(office.store, tell)
        note_audit(office.values, Audited(now(), tally.size))
        # "records" is what `status` calls the size of an audit.
        held = view_tally(office.key, tally) | {"records": tally.size}

    def people() -> None:
        for line in tell_tally(held):
            say(line)

    show(held, as_json, people)


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes.")], home: HomeOption = None
) -> None:
    """Copy key, ledger, what waits and settings into one file, while everything runs on."""
    where = open_home(home)
    with open_office(where, write=True) as office:
        make_backup(where, office.store.database, file, office.store.tip().tree.size, now())
    say(f"Backed up to {file}.")
    if where.read_key().needs_passphrase:
        out.print("The key in it opens with the passphrase that it has now.")
    else:
        out.print("The key in it is NOT locked by a passphrase: keep the file where nobody comes.")


def restore(
    file: Annotated[str | None, typer.Argument(help="A file that backup wrote.")] = None,
    nodes: NodesArgument = None,
    *,
    network: NetworkOption = "public",
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    words: Annotated[bool, typer.Option("--words", help="From the 24 words on paper.")] = False,
    no_passphrase: NoPassphraseOption = False,
) -> None:
    """Make a home again, in an empty folder, from a backup file or from the words on paper."""
    where = open_home(home)
    check_empty(where)
    if words:
        given = [*([file] if file else []), *(nodes or [])]
        settings = chosen_settings(network, given)
        seed = seed_of_words(str(typer.prompt("The 24 words of the paper backup")))
        passphrase = new_passphrase(passphrase_file, no_passphrase=no_passphrase)
        restore_seed(where, seed, passphrase, settings)
        key = crypto.public_key(seed)
    elif file is None:
        raise UsageInvalid("restore takes either a backup FILE or --words")
    else:
        key = restore_backup(where, Path(file)).key
    say_made(where, key, no_passphrase=not where.read_key().needs_passphrase)
    say(
        "Next: make sure that no other copy of this home runs anywhere, then start "
        "`commontab-manager run`. Nothing is signed here before it has looked around."
    )


def doctor(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Look for what may keep the community waiting, with a next step for each."""
    where = open_home(home)
    with open_office(where) as office:
        state, key = office.state, office.key
        found = [
            check_disk(where),
            check_clock(state, now(), "merges just keep that time until it has passed"),
            check_ledger(office),
            check_daemon(lock_holder(where.lock), opened=state.community is not None),
            *check_links(office, now()),
        ]
        published = office.store.newest_checkpoint() is not None
    found += asyncio.run(_look_around(where, key, published=published))
    show([asdict(one) for one in found], as_json, lambda: show_findings(found))
    raise typer.Exit(exit_of(found))


async def _look_around(home: Home, key: bytes, *, published: bool) -> list[Finding]:
    from federation.station import open_endpoint  # noqa: PLC0415 -- takes long to import

    async with open_endpoint(home, home.settings()) as dht:
        return await check_network(dht, key, now(), published=published)


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    for command in (audit, backup, restore, doctor):
        app.command()(command)
