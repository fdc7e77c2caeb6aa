"""What both command lines do about feeds: export one, verify one, and say what it is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from federation.card import CommunityCard, read_card
from federation.card_file import read_card_text
from federation.console.terminal import Refused, UsageInvalid, out, progress, show
from federation.console.views import View
from federation.feed import Range, export_whole, prove_range, published_head, sign_own, verify_path
from federation.home import Home, write_whole
from federation.snapshot import SnapshotFolder
from ledger.feed.head import FeedHead
from ledger.feed.tree import Order
from ledger.feed.value import Encoding
from ledger.store.journal import JournalStore

KEY_HEX_CHARS = 64


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported: where to, in which order and encoding, all of it or a range."""

    target: Path
    order: Order
    encoding: Encoding
    chosen: Range | None


def check_new(target: Path) -> None:
    """Accept a name under which nothing is yet.

    Raises:
        UsageInvalid: Something is.
    """
    if target.exists():
        raise UsageInvalid(f"{target} is there already; name a new one")


def export_feed(
    home: Home, store: JournalStore, wanted: Wanted, unlock: Callable[[], bytes]
) -> View:
    """Write a home's ledger as a feed and return what was written.

    Args:
        home: Where the snapshots are.
        store: Where the records are.
        wanted: What is to be written; its target is new.
        unlock: Gives the home's seed, for a feed that the home signs itself.

    Raises:
        Refused: The ledger is empty, or the community's signature is not here yet.
        FeedInvalid: The records are not what the head signs, or the range does not fit.
    """
    head = _head(home, store, wanted.encoding, unlock)
    with progress("writing the feed") as tell:
        if wanted.chosen is None:
            return export_whole(wanted.target, store, head, wanted.order, tell)
        data, held = prove_range(store, head, wanted.order, wanted.chosen, tell)
        write_whole(wanted.target, data)
    return held


def verify_feed_command(source: Path, community: str | None, *, as_json: bool) -> None:
    """Check a feed's folder or a range's file and say whose it is; needs no home.

    Raises:
        FeedInvalid: It does not hold.
        Refused: It is another community's.
        UsageInvalid: Nothing is there, or what was typed is no key.
    """
    expected = None if community is None else _community_key(community)
    if not source.exists():
        raise UsageInvalid(f"{source} is not there; name a folder or file that export wrote")
    with progress("checking the feed") as tell:
        held = verify_path(source, tell)
    if expected is not None and held["community"] != expected.hex():
        raise Refused(f"this feed is one of the community {held['community']}, not of yours")

    def people() -> None:
        out.print(f"{source} holds: {describe_feed(held)}", markup=False)
        if expected is None:
            out.print("Compare the fingerprint with the one you know: anybody can sign a feed.")

    show(held | {"ok": True}, as_json, people)


def describe_feed(held: View) -> str:
    """Return what a feed is, in words."""
    by = "the community" if held["by_community"] else "a member"
    return (
        f"blocks {held['first']} to {held['end'] - 1} of {held['length']}, {held['encoding']}, "
        f"{held['order']}-endian, signed by {by} ({held['fingerprint']}) "
        f"with feed key {held['feed_key']}"
    )


def _head(
    home: Home, store: JournalStore, encoding: Encoding, unlock: Callable[[], bytes]
) -> FeedHead:
    """Return the head that the community published, or sign one of another encoding."""
    size = store.tip().tree.size
    if not size:
        raise Refused("the ledger has no records yet, so there is nothing to export")
    if encoding != "binary":
        return sign_own(unlock(), store, size, encoding)
    head = published_head(store, SnapshotFolder(home.snapshots, store.community_key))
    if head is None:
        raise Refused(
            "no snapshot here holds the community's signature of its feed; `commontab sync`, or "
            "`commontab-manager run`, brings the next one. --encoding json needs none"
        )
    return head


def _community_key(typed: str) -> bytes:
    """Return a community's key from its hex or its card.

    Raises:
        CardInvalid: It is neither.
        UsageInvalid: As long as a key in hex, but none.
    """
    if len(typed) == KEY_HEX_CHARS:
        try:
            return bytes.fromhex(typed)
        except ValueError:
            raise UsageInvalid(f"got {typed[:20]}…, which is no key: 64 hex digits") from None
    return read_card(read_card_text(typed), CommunityCard).key
