"""The community's feed: its head, signed anew for every snapshot."""

from federation.feed import append_records, feed_seed
from ledger.feed.head import encode_head, sign_head
from ledger.feed.state import encode_state, restore_trees
from ledger.store.journal import JournalStore
from ledger.store.meta import ValueStore

_KEPT = "feed"
"""Value in the community's database: the newest head and the roots that it signs."""


class FeedSigner:
    """Signs the feed of all records; keeps its roots, so that a signature costs what is new."""

    def __init__(self, store: JournalStore, seed: bytes) -> None:
        self._store = store
        self._values = ValueStore(store.database)
        self._seed = seed

    def sign(self, size: int) -> bytes:
        """Return the head of the feed of the first ``size`` records: the same bytes every time.

        Args:
            size: At least 1.

        Raises:
            StoreDamaged: One of the records is missing.
        """
        community = self._store.community_key
        trees = restore_trees(self._values.get(_KEPT), self._seed)
        if trees.big.length > size:
            trees = type(trees)()
        trees = append_records(trees, self._store, size, "binary")
        own = feed_seed(self._seed, community, "binary")
        head = encode_head(sign_head(self._seed, own, community, "binary", trees))
        self._values.set(_KEPT, encode_state(head, trees))
        return head
