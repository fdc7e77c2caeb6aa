"""Commands about the ledger as a dDatabase or Hypercore feed: feed export, feed verify."""

from pathlib import Path
from typing import Annotated

import typer

from federation.card import CommunityCard, read_card
from federation.card_file import read_card_text
from federation.feed import export_whole, prove_range, published_head, sign_own, verify_path
from federation.home import Home, write_whole
from federation.snapshot import SnapshotFolder
from federation.terminal import Refused, UsageInvalid, out, progress, show
from federation.views import View
from ledger.feed import Order
from ledger.feed_head import FeedHead
from ledger.feed_value import Encoding
from member.cli.options import HomeOption, JsonOption, PassphraseOption, open_home, unlock
from member.membership import Membership, open_membership

KEY_HEX_CHARS = 64

feed = typer.Typer(no_args_is_help=True, help="The ledger as a dDatabase or Hypercore feed.")


@feed.command("export")
def export(
    target: Annotated[Path, typer.Argument(metavar="DIR|FILE", help="What to write; new.")],
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    *,
    order: Annotated[
        Order, typer.Option(help="big for Hypercore 9 and dDatabase, little for 10.")
    ] = "big",
    encoding: Annotated[
        Encoding, typer.Option(help="binary is signed by the community, others by you.")
    ] = "binary",
    chosen: Annotated[
        tuple[int, int] | None,
        typer.Option("--range", metavar="A B", help="Only blocks A to B - 1, with their proof."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write your ledger as a feed: a folder that Hypercore opens, or a file with --range."""
    where = open_home(home)
    if target.exists():
        raise UsageInvalid(f"{target} is there already; name a new one")
    with open_membership(where) as member, progress("writing the feed") as tell:
        head = _head(where, member, encoding, passphrase_file)
        if chosen is None:
            held = export_whole(target, member.store, head, order, tell)
        else:
            data, held = prove_range(member.store, head, order, chosen, tell)
            write_whole(target, data)

    show(held, as_json, lambda: out.print(f"{target}: {_what(held)}", markup=False))


@feed.command("verify")
def verify(
    source: Annotated[Path, typer.Argument(metavar="DIR|FILE", help="What export wrote.")],
    community: Annotated[
        str | None,
        typer.Option(metavar="KEY|CARD", help="Whose it has to be: its key in hex, or its card."),
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Check blocks, proofs, roots and signatures of a feed; needs no home and no network."""
    expected = None if community is None else _community_key(community)
    if not source.exists():
        raise UsageInvalid(f"{source} is not there; name a folder or file that export wrote")
    with progress("checking the feed") as tell:
        held = verify_path(source, tell)
    if expected is not None and held["community"] != expected.hex():
        raise Refused(f"this feed is one of the community {held['community']}, not of yours")

    def people() -> None:
        out.print(f"{source} holds: {_what(held)}", markup=False)
        if expected is None:
            out.print("Compare the fingerprint with the one you know: anybody can sign a feed.")

    show(held | {"ok": True}, as_json, people)


def _head(
    home: Home, member: Membership, encoding: Encoding, passphrase_file: Path | None
) -> FeedHead:
    """Return the head that the community published, or sign one of another encoding.

    Raises:
        Refused: There is none here yet.
    """
    if not member.state.tree.size:
        raise Refused("the ledger is empty still; run `commontab sync` first")
    if encoding != "binary":
        seed = unlock(home, passphrase_file)
        return sign_own(seed, member.store, member.state.tree.size, encoding)
    folder = SnapshotFolder(home.snapshots, member.store.community_key)
    head = published_head(member.store, folder)
    if head is None:
        raise Refused(
            "no snapshot here holds the community's signature of its feed; run `commontab sync`, "
            "or add --encoding json to sign one yourself"
        )
    return head


def _community_key(typed: str) -> bytes:
    """Return a community's key from its hex or its card.

    Raises:
        CardInvalid: It is neither.
    """
    if len(typed) == KEY_HEX_CHARS:
        try:
            return bytes.fromhex(typed)
        except ValueError:
            raise UsageInvalid(f"got {typed[:20]}…, which is no key: 64 hex digits") from None
    return read_card(read_card_text(typed), CommunityCard).key


def _what(held: View) -> str:
    by = "the community" if held["by_community"] else "a member"
    return (
        f"blocks {held['first']} to {held['end'] - 1} of {held['length']}, {held['encoding']}, "
        f"{held['order']}-endian, signed by {by} ({held['fingerprint']}) "
        f"with feed key {held['feed_key']}"
    )


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.add_typer(feed, name="feed")
