"""Commands that talk to the network: run, for as long as it may, and cycle, once."""

import asyncio
from typing import Annotated

import typer

from federation.console.terminal import show
from federation.home import Home
from ledger.outcome import Fate
from manager.cli.options import HomeOption, JsonOption, PassphraseOption, open_home, say, unlock
from manager.cycle import Report
from manager.office import open_office
from manager.page import PageOptions, parse_sources

ConfirmOption = Annotated[
    bool,
    typer.Option(
        "--confirm-restored",
        help="After a restore: nothing newer than what is found was ever published.",
    ),
]

SplitOption = Annotated[
    bool,
    typer.Option(
        "--confirm-split-view",
        help="After a split view: go on with the journal that this home has.",
    ),
]

WebPortOption = Annotated[
    int | None,
    typer.Option(
        "--web-port",
        min=0,
        max=65_535,
        help="Port of the page; 8418 or the next free one unless you say, 0 for any.",
    ),
]

MetricsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--metrics-from",
        metavar="NETWORK",
        help="Who may read /metrics and /healthz beside this computer.",
    ),
]


def run(
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    *,
    confirm_restored: ConfirmOption = False,
    confirm_split_view: SplitOption = False,
    no_web: Annotated[bool, typer.Option("--no-web", help="Run without the page.")] = False,
    web_port: WebPortOption = None,
    metrics_from: MetricsOption = None,
) -> None:
    """Poll, merge, publish, keep alive and audit until SIGTERM or Ctrl-C; show a page meanwhile."""
    from manager.daemon import serve  # noqa: PLC0415 -- the network takes long to import

    where = open_home(home)
    _check_home(where)
    seed = unlock(where, passphrase_file)
    page = None if no_web else PageOptions(web_port, parse_sources(metrics_from or []))
    asyncio.run(
        serve(
            where,
            seed,
            say,
            confirmed=confirm_restored,
            split_confirmed=confirm_split_view,
            page=page,
        )
    )


def cycle(
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    *,
    confirm_restored: ConfirmOption = False,
    as_json: JsonOption = False,
) -> None:
    """Poll, merge and publish once; members fetch the snapshot while `run` runs."""
    where = open_home(home)
    _check_home(where)
    seed = unlock(where, passphrase_file)
    report = asyncio.run(_cycle_once(where, seed, confirmed=confirm_restored))
    show(view_report(report), as_json, lambda: _tell(report))


def view_report(report: Report) -> dict[str, object]:
    """Return what a cycle did, as plain values."""
    fates = [outcome.fate for outcome in report.merged.outcomes]
    return {
        "answered": len(report.arrivals.polls),
        "new_records": report.merged.records,
        "outcomes": {fate.value: fates.count(fate) for fate in Fate if fate in fates},
        "dropped": len(report.arrivals.dropped),
        "held_back": len(report.merged.ahead),
        "size": report.size,
        "put_on_nodes": report.put.accepted if report.put else None,
    }


async def _cycle_once(home: Home, seed: bytes, *, confirmed: bool) -> Report:
    from manager.daemon import open_manager  # noqa: PLC0415 -- the network takes long to import

    async with open_manager(home, seed, say) as manager:
        await manager.open(confirmed=confirmed)
        report = await manager.cycle.run()
        await manager.run_links()
        await manager.hear()
        return report


def _check_home(home: Home) -> None:
    """Accept a community's home, before a passphrase is asked for."""
    with open_office(home):
        pass


def _tell(report: Report) -> None:
    say(f"{len(report.arrivals.polls)} members' slots answered.")
    say(report.sentence() or f"Nothing new; the ledger has {report.size} records.")


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command()(run)
    app.command()(cycle)
