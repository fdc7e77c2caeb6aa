"""Commands that meet the network: run, sync, doctor."""

import asyncio
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from federation.console.doctor import Finding, check_clock, check_disk, exit_of, show_findings
from federation.console.terminal import out, show
from federation.copies import kept_copies
from federation.home import Home
from federation.settings import PORT_MAX
from ledger.state import State
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.outgoing import OutgoingStore
from member.cli.deliver import say
from member.cli.mine import MineOption, RecordsOption, sync_mine
from member.cli.options import HomeOption, JsonOption, PassphraseOption, now, open_home, unlock
from member.doctor import check_network, check_replica, check_standing
from member.membership import need_joined, open_membership, open_own
from member.standing import view_stand

if TYPE_CHECKING:
    from federation.follow import Followed

_STEPS = {
    "unchanged": "nothing new",
    "missing": "the community's checkpoint is not in the network just now; it was put again",
    "followed": "new records were checked and taken in",
    "unreadable": "new records that you have no key for: you are not admitted, or suspended",
    "older": "the network holds an older checkpoint than you; nothing was changed",
}
_FOLLOWED = ("step", "size", "new_records", "moved_bytes", "tried")


ConfirmOption = Annotated[
    bool,
    typer.Option(
        "--confirm-split-view",
        help="After a split view: go on with the history that this home has.",
    ),
]

WebPortOption = Annotated[
    int | None,
    typer.Option(
        "--web-port",
        min=0,
        max=PORT_MAX,
        help="Port of your page, 8417 or the next free one; 0 for any.",
    ),
]
ListenOption = Annotated[
    str | None,
    typer.Option(
        "--listen",
        metavar="ADDRESS",
        help="Serve your page to your household's network too, with --tls auto.",
    ),
]
TlsOption = Annotated[
    str | None,
    typer.Option("--tls", metavar="auto|CERT,KEY", help="auto: with a self-made certificate."),
]


def run(
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    *,
    confirm_split_view: ConfirmOption = False,
    no_web: Annotated[bool, typer.Option("--no-web", help="Run without the page.")] = False,
    web_port: WebPortOption = None,
    listen: ListenOption = None,
    tls: TlsOption = None,
) -> None:
    """Follow the ledger, publish your changes and keep them alive, until you stop it.

    Meanwhile your page is open to this computer's browser, at the address that is printed. Where
    no community was joined, the page shows your card and joins one.
    """
    from member.daemon import serve  # noqa: PLC0415 -- the network takes long to import

    where = open_home(home)
    place = None
    if not no_web:
        from member.web.serve import choose_place  # noqa: PLC0415 -- the web takes long to import

        place = choose_place(where.settings(), web_port, listen, tls)
    if place is None:
        _check_joined(where)
    with open_own(where):
        pass  # a community's home is refused before a passphrase is asked for
    seed = unlock(where, passphrase_file)
    out.print(f"Running in {where.path}; Ctrl-C ends it.", markup=False)
    asyncio.run(serve(where, seed, say, confirmed=confirm_split_view, place=place))


def sync(
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    records: RecordsOption = None,
    *,
    mine: MineOption = False,
    as_json: JsonOption = False,
) -> None:
    """Publish what waits and bring your copy of the ledger up to date, once.

    With --mine only your own records come, with proof that none is missing: for small devices.
    """
    from member.daemon import sync_once  # noqa: PLC0415 -- the network takes long to import

    where = open_home(home)
    _check_joined(where)
    if mine or records is not None:
        sync_mine(where, unlock(where, passphrase_file), records, as_json=as_json)
        return
    synced = asyncio.run(sync_once(where, unlock(where, passphrase_file), say))
    followed = synced.followed
    sent = len(kept_copies(where))
    held = {"published": synced.published, "followed": _view_followed(followed), "sent": sent}
    show(held, as_json, lambda: _show_synced(synced.published, followed, sent))


def doctor(
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for what may keep you from paying and being paid, with a next step for each."""
    where = open_home(home)
    with open_own(where) as own:
        community = need_joined(own).key
        unsettled = len(OutgoingStore(own).unsettled())
    state, key = _state(where), where.read_key().key
    seed = unlock(where, passphrase_file)
    found = [
        check_disk(where),
        check_clock(state, now(), "tell the manager that his is ahead"),
        check_replica(state, key),
    ]
    if state is not None and state.community is not None:
        with open_membership(where) as member:
            found += check_standing(view_stand(member, now()))
    found += asyncio.run(_look_around(where, seed, community, unsettled))
    show([asdict(one) for one in found], as_json, lambda: show_findings(found))
    raise typer.Exit(exit_of(found))


def _check_joined(home: Home) -> None:
    """Refuse before a passphrase is asked for.

    Raises:
        UsageInvalid: No community was joined.
    """
    with open_own(home) as own:
        need_joined(own)


async def _look_around(home: Home, seed: bytes, community: bytes, unsettled: int) -> list[Finding]:
    from federation.station import open_endpoint  # noqa: PLC0415 -- takes long to import

    async with open_endpoint(home, home.settings()) as dht:
        return await check_network(dht, seed, community, unsettled)


def _state(home: Home) -> State | None:
    if not home.ledger.exists():
        return None
    with closing(open_database(home.ledger, Role.REPLICA, write=False)) as database:
        return JournalStore(database).load_state()


def _view_followed(followed: "Followed | None") -> dict[str, object] | None:
    if followed is None:
        return None
    return {name: getattr(followed, name) for name in _FOLLOWED}


def _show_synced(published: int, followed: "Followed | None", sent: int) -> None:
    if published:
        out.print(f"Published {published} of your changes.")
    if followed is not None:
        out.print(f"{_STEPS[followed.step].capitalize()}.")
        out.print(f"{followed.size} records are known; {followed.new_records} came just now.")
    if sent:
        out.print(f"{sent} of them are about you and were sent to you: `commontab history --sent`.")


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    for command in (run, sync, doctor):
        app.command()(command)
