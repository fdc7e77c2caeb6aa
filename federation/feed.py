"""The journal as a feed: which head it has in a home, what is exported, what is verified."""

from collections.abc import Iterator
from pathlib import Path

from federation.console.views import View
from federation.feed_folder import Tell, silent, verify_feed, write_feed
from federation.keys import derive_seed
from federation.snapshot import SnapshotFolder
from federation.words import fingerprint
from ledger.errors import FeedInvalid
from ledger.feed.head import FeedHead, check_tree, encode_head, sign_head, verify_head
from ledger.feed.proof import proof_numbers
from ledger.feed.range import RANGE_BYTES_MAX, encode_range, verify_range
from ledger.feed.tree import FeedNode, FeedTree, FeedTrees, Order
from ledger.feed.value import Encoding, encode_block
from ledger.snapshot import is_feed_head
from ledger.store.journal import CHUNK_RECORDS, JournalStore
from ledger.store.publication import PublicationStore

Range = tuple[int, int]
"""Blocks [first, end)."""


def feed_seed(seed: bytes, community: bytes, encoding: Encoding) -> bytes:
    """Return the seed of the key that signs a feed of a community's records.

    Args:
        seed: The community's or a member's, 32 bytes.
        community: The community's key.
        encoding: Each has a feed of its own.
    """
    return derive_seed(seed, "feed", community + encoding.encode())


def append_records(
    trees: FeedTrees, store: JournalStore, size: int, encoding: Encoding
) -> FeedTrees:
    """Return a feed's trees after the records that it lacks, up to ``size`` of them."""
    for first in range(trees.big.length, size, CHUNK_RECORDS):
        end = min(first + CHUNK_RECORDS, size)
        trees = trees.append(list(_blocks(store, first, end, encoding)))
    return trees


def published_head(store: JournalStore, folder: SnapshotFolder) -> FeedHead | None:
    """Return the newest head that the community published and this home has, if it has one.

    Raises:
        FeedInvalid: The head in the snapshot is not the community's.
    """
    for publication in PublicationStore(store.database).newest():
        for name in filter(is_feed_head, publication.files):
            if folder.has(name):
                head = verify_head(folder.read(name))
                if (head.signer, head.length) != (store.community_key, publication.size):
                    raise FeedInvalid(f"{name} is not the head of the snapshot that it came with")
                return head
    return None


def sign_own(seed: bytes, store: JournalStore, size: int, encoding: Encoding) -> FeedHead:
    """Return the head of a feed that this home makes and signs itself.

    Args:
        seed: The home's, 32 bytes.
        store: Where the records are.
        size: How many of them, at least 1.
        encoding: What they become.
    """
    community = store.community_key
    trees = append_records(FeedTrees(), store, size, encoding)
    return sign_head(seed, feed_seed(seed, community, encoding), community, encoding, trees)


def export_whole(
    target: Path, store: JournalStore, head: FeedHead, order: Order, tell: Tell = silent
) -> View:
    """Write a feed as a new folder that Hypercore opens, and return what was written.

    Args:
        target: The folder, which must be new.
        store: Where the records are.
        head: Of the feed.
        order: ``big`` for Hypercore 9, ``little`` for Hypercore 10.
        tell: Told of progress.

    Raises:
        FeedInvalid: The records are not what the head signs.
        StorageFailed: Something is there already, or it cannot be written.
    """
    write_feed(target, head, order, _blocks(store, 0, head.length, head.encoding), tell)
    return _view(head, order, (0, head.length))


def prove_range(
    store: JournalStore, head: FeedHead, order: Order, chosen: Range, tell: Tell = silent
) -> tuple[bytes, View]:
    """Return the file of some blocks with their proof, and what it holds.

    All blocks are read and compared with what the head signs before anything is proven.

    Args:
        store: Where the records are.
        head: Of the feed.
        order: Which signature.
        chosen: Blocks [first, end).
        tell: Told of progress.

    Raises:
        FeedInvalid: The records are not what the head signs, or the range does not fit.
    """
    first, end = chosen
    if not 0 <= first < end <= head.length:
        raise FeedInvalid(f"got blocks {first} to {end}; the feed has blocks 0 to {head.length}")
    wanted = dict.fromkeys(proof_numbers(first, end, head.length), FeedNode(0, 0, b""))
    tree, kept, kept_bytes = FeedTree(order), list[bytes](), 0
    for position, block in enumerate(_blocks(store, 0, head.length, head.encoding)):
        tree, nodes = tree.grow(block)
        wanted.update({node.number: node for node in nodes if node.number in wanted})
        if first <= position < end and kept_bytes <= RANGE_BYTES_MAX:
            kept.append(block)
            kept_bytes += len(block)
        if position % CHUNK_RECORDS == 0:
            tell(position, head.length)
    check_tree(head, tree)
    data = encode_range(encode_head(head), order, first, tuple(kept), tuple(wanted.values()))
    return data, _view(head, order, chosen)


def verify_path(source: Path, tell: Tell = silent) -> View:
    """Return what a feed's folder, or a file with a range of one, proves.

    Needs nothing but the bytes: no home, no network. Whose key signed is for the reader to judge.

    Raises:
        FeedInvalid: It does not hold.
    """
    if source.is_dir():
        head, order, _ = verify_feed(source, tell)
        return _view(head, order, (0, head.length))
    with source.open("rb") as stream:
        head, part = verify_range(stream.read(RANGE_BYTES_MAX + 1))
    return _view(head, part.order, (part.first, part.first + len(part.blocks)))


def _blocks(store: JournalStore, first: int, end: int, encoding: Encoding) -> Iterator[bytes]:
    return (encode_block(record, encoding) for record in store.records(first, end))


def _view(head: FeedHead, order: Order, chosen: Range) -> View:
    first, end = chosen
    return {
        "community": head.community.hex(),
        "signer": head.signer.hex(),
        "fingerprint": fingerprint(head.signer),
        "by_community": head.signer == head.community,
        "feed_key": head.key.hex(),
        "encoding": head.encoding,
        "order": order,
        "length": head.length,
        "first": first,
        "end": end,
    }
