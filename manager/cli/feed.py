"""Commands about the ledger as a dDatabase or Hypercore feed: feed export, feed verify."""

import typer

from federation.console.feed import (
    Wanted,
    check_new,
    describe_feed,
    export_feed,
    verify_feed_command,
)
from federation.console.options import (
    EncodingOption,
    FeedCommunityOption,
    FeedSourceArgument,
    FeedTargetArgument,
    OrderOption,
    RangeOption,
)
from federation.console.terminal import out, show
from manager.cli.options import HomeOption, JsonOption, PassphraseOption, open_home, unlock
from manager.office import open_office

feed = typer.Typer(no_args_is_help=True, help="The ledger as a dDatabase or Hypercore feed.")


@feed.command("export")
def export(
    target: FeedTargetArgument,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    *,
    order: OrderOption = "big",
    encoding: EncodingOption = "binary",
    chosen: RangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the ledger as a feed: a folder that Hypercore opens, or a file with --range."""
    where = open_home(home)
    check_new(target)
    wanted = Wanted(target, order, encoding, chosen)
    with open_office(where) as office:
        held = export_feed(where, office.store, wanted, lambda: unlock(where, passphrase_file))
    show(held, as_json, lambda: out.print(f"{target}: {describe_feed(held)}", markup=False))


@feed.command("verify")
def verify(
    source: FeedSourceArgument,
    community: FeedCommunityOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Check blocks, proofs, roots and signatures of a feed; needs no home and no network."""
    verify_feed_command(source, community, as_json=as_json)


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.add_typer(feed, name="feed")
