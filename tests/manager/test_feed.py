"""The community's feed: a head for every snapshot, at the cost of what is new."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from federation.feed import feed_seed
from federation.keys import derive_seed
from ledger import crypto
from ledger.feed.head import check_tree, verify_head
from ledger.feed.tree import FeedTree
from ledger.replay import replay
from ledger.store.append import StoredMerge
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.meta import ValueStore
from manager.feed import FeedSigner
from tests.support.township import Town


class Counting(JournalStore):
    """A journal that notes which records were read."""

    read: list[int]

    def records(self, first: int, end: int) -> Iterator[bytes]:
        """Give records and note them."""
        self.read += range(first, end)
        return super().records(first, end)


@pytest.fixture
def town() -> Town:
    return Town("anna", "bert")


@pytest.fixture
def store(tmp_path: Path, town: Town) -> Iterator[Counting]:
    with closing(open_database(tmp_path / "ledger.db", Role.MANAGER, write=True)) as database:
        JournalStore.begin(database, town.key)
        store = Counting(database)
        store.read = []
        take(store, town)
        yield store


def take(store: JournalStore, town: Town) -> None:
    """Take the town's new records in."""
    state = store.load_state()
    for one in replay(state, town.records[state.tree.size :]):
        store.append([StoredMerge.of(one.merged, one.first, one.records, one.leaves)])


def check(data: bytes, town: Town, size: int) -> None:
    """Accept a head of the town's first records, by its key, in both orders."""
    head = verify_head(data)
    assert (head.community, head.signer, head.encoding) == (town.key, town.key, "binary")
    assert head.length == size
    for tree in (FeedTree("big"), FeedTree("little")):
        check_tree(head, tree.append(town.records[:size]))


def test_the_head_signs_all_records_in_both_orders(store: Counting, town: Town) -> None:
    data = FeedSigner(store, town.seed).sign(len(town.records))
    check(data, town, len(town.records))
    derived = derive_seed(town.seed, "feed", town.key + b"binary")
    assert feed_seed(town.seed, town.key, "binary") == derived
    assert verify_head(data).key == crypto.public_key(derived)


def test_the_next_head_reads_only_the_new_records(store: Counting, town: Town) -> None:
    known = len(town.records)
    FeedSigner(store, town.seed).sign(known)
    town.merge(town.pay("anna", "bert", 500))
    take(store, town)
    store.read.clear()
    data = FeedSigner(store, town.seed).sign(len(town.records))
    assert store.read == list(range(known, len(town.records)))
    check(data, town, len(town.records))


def test_signing_again_gives_the_same_bytes_and_an_older_size_too(
    store: Counting, town: Town
) -> None:
    signer, size = FeedSigner(store, town.seed), len(town.records)
    earlier, data = signer.sign(4), signer.sign(size)
    assert signer.sign(size) == data
    assert signer.sign(4) == earlier
    check(earlier, town, 4)


def test_roots_that_changed_on_the_disk_are_never_signed(store: Counting, town: Town) -> None:
    size = len(town.records)
    data = FeedSigner(store, town.seed).sign(size)
    values = ValueStore(store.database)
    kept = values.get("feed")
    assert kept is not None
    for at in range(0, len(kept), 7):
        changed = bytearray(kept)
        changed[at] ^= 0x10
        values.set("feed", bytes(changed))
        assert FeedSigner(store, town.seed).sign(size) == data


def test_another_communitys_state_is_not_gone_on_with(store: Counting, town: Town) -> None:
    FeedSigner(store, bytes(32)).sign(3)
    store.read.clear()
    FeedSigner(store, town.seed).sign(5)
    assert store.read == list(range(5))
