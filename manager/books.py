"""The books: merge what waits into the present and commit it. The truth changes here."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from federation.collector import uncollected
from ledger.apply import apply
from ledger.blind import blind, community_secret, epoch_key
from ledger.changeset import Verified
from ledger.epoch import Grant, KeyChain
from ledger.errors import StoreDamaged
from ledger.link.evidence import VerifiedReading
from ledger.merge import Batch, Merge, merge_in_pages
from ledger.merge_page import EpochDue, Page
from ledger.merkle import leaf_hash
from ledger.outcome import Outcome
from ledger.rule.successor import VerifiedSuccessor
from ledger.state import State
from ledger.store.append import StoredPage
from ledger.store.attachment import AttachmentStore
from ledger.store.audit import Auditor, Progress
from ledger.store.desk import DeskStore
from ledger.store.door import DoorStore
from ledger.store.journal import JournalStore
from ledger.store.settle import settle
from ledger.store.tally import Tally
from manager.awaited import Awaited
from manager.delivery import NOTHING_CAME, Delivery
from manager.waiting import Waiting


@dataclass(frozen=True, slots=True)
class Merged:
    """What one merge did.

    Attributes:
        records: How many records it wrote.
        outcomes: What became of every statement and change-set.
        ahead: Change-sets held back because their authors have seen a larger checkpoint than
            this journal has: a sign that it was restored from an old backup.
        awaited: Change-sets whose files have not come.
    """

    records: int
    outcomes: tuple[Outcome, ...]
    ahead: tuple[Verified, ...]
    awaited: tuple[Awaited, ...] = ()


class Books:
    """One community's present, and the only writer of its journal. Calls block.

    Attributes:
        files: The sealed files that have come.
        awaited: Change-sets that the newest merge left out, for files that have not.
    """

    def __init__(self, store: JournalStore, seed: bytes) -> None:
        self.store = store
        self.state: State = store.load_state()
        self._secret = community_secret(seed)
        self._desk = DeskStore(store.database)
        self._door = DoorStore(store.database)
        self.files = AttachmentStore(store.database)
        self.awaited: tuple[Awaited, ...] = ()
        self._auditor: Auditor | None = None
        self._auditing = Lock()

    def reload(self) -> None:
        """Read the present again, after records came from elsewhere than ``merge``."""
        self.state = self.store.load_state()

    def merge(
        self,
        now: int,
        delivery: Delivery = NOTHING_CAME,
        readings: Sequence[VerifiedReading] = (),
    ) -> Merged:
        """Merge what came and what waits, and commit it all in one transaction.

        Args:
            now: Unix seconds; never goes back in the journal.
            delivery: What a round of polling brought.
            readings: What was read of linked communities' journals.

        Raises:
            StoreFull: The disk has no room; nothing happened.
        """
        with uncollected():
            return self._merge(now, delivery, readings)

    def _merge(self, now: int, delivery: Delivery, readings: Sequence[VerifiedReading]) -> Merged:
        kept = (one.change_set for one in self._door.pending())
        waiting = Waiting(delivery.items, kept, self.state, self.files.lengths, now)
        batch = Batch(
            tuple(self._desk.waiting_statements()),
            waiting.ready,
            self._epoch_key(),
            readings=tuple(readings),
        )
        merged = self._commit(batch, delivery, now)
        self.awaited = waiting.awaited
        return Merged(len(merged.records), merged.outcomes, waiting.ahead, self.awaited)

    def succeed(self, successor: VerifiedSuccessor, now: int) -> None:
        """Let the journal go on under this home's key, by the word of its members.

        Args:
            successor: Names this home's key.
            now: Unix seconds.

        Raises:
            StoreFull: The disk has no room; nothing happened.
        """
        batch = Batch(epoch_key=self._epoch_key(), successor=successor)
        self._commit(batch, NOTHING_CAME, now)
        assert self.state.key == self.store.community_key, "it names this home's key"

    def check(self) -> None:
        """Accept what is about to be signed: the stored bytes lead to just this tree.

        The first check of a process is a whole audit, from the first record on; a later one
        confirms what came since, the present, and part of the past again. So its cost follows
        the change, not the ledger.

        Raises:
            StoreDamaged: Something disagrees; nothing may be signed.
        """
        with self._auditing, uncollected():
            if self._auditor is None:
                self._auditor = self._new_auditor()
            tally = self._auditor.check()
        tree = self.state.tree
        if (tally.size, tally.root) != (tree.size, tree.root):
            raise StoreDamaged(
                f"the database has {tally.size} records under root {tally.root.hex()}, the books "
                f"in memory {tree.size} under {tree.root.hex()}; nothing was signed. Start again"
            )

    def audit(self, progress: Progress | None = None) -> Tally:
        """Audit everything from the first record on; later checks go on from there.

        Args:
            progress: Told how many of how many records are done.

        Raises:
            StoreDamaged: The first thing that disagrees, by its record or row.
        """
        with self._auditing, uncollected():
            self._auditor = None
            auditor = self._new_auditor()
            tally = auditor.check(progress)
            self._auditor = auditor
            return tally

    def chain(self) -> KeyChain | None:
        """Return the keys of all epochs of a closed ledger; None for an open one."""
        community = self.state.community
        if community is None or not community.closed:
            return None
        newest = Grant(community.epoch, community.epoch_first, self._epoch_key())
        return KeyChain.of_journal(newest, lambda index: next(self.store.records(index, index + 1)))

    def first_key(self) -> bytes:
        """Return the key of a closed ledger's first epoch, by which witnesses find each other.

        It is what its readers have: after a succession not always what this seed would give.
        """
        chain = self.chain()
        assert chain is not None, "an open ledger has no epochs"
        return chain.grants[0].key

    def _new_auditor(self) -> Auditor:
        self.store.database.check_pages()
        return Auditor(self.store)

    def _commit(self, batch: Batch, delivery: Delivery, now: int) -> Merge:
        try:
            return self._merge_and_write(batch, delivery, now)
        except EpochDue:
            return self._merge_and_write(batch, delivery, now, new_epoch=True)

    def _merge_and_write(
        self, batch: Batch, delivery: Delivery, now: int, *, new_epoch: bool = False
    ) -> Merge:
        """Merge and write page by page, commit, and only then make it the present."""
        state = self.state
        with self.store.appending() as appending:
            merged = merge_in_pages(
                state,
                batch,
                now,
                lambda page: appending.write(self._seal(page)),
                new_epoch=new_epoch,
            )
            size, arrivals = state.tree.size + len(merged.records), delivery.arrivals
            if not (merged.records or merged.outcomes or arrivals.polls):
                return merged
            tip = appending.finish(
                merged.records,
                merged.changes,
                lambda connection: settle(connection, batch, merged, size, arrivals, now=now),
            )
        apply(state, merged, tip.tree)
        return merged

    def _seal(self, page: Page) -> StoredPage:
        """Return records as the journal stores them."""
        bodies = enumerate(page.bodies, page.first)
        stored = [blind(self._secret, index, body) for index, body in bodies]
        leaves = [leaf_hash(record) for record in stored]
        return StoredPage(page.first, page.records, stored, leaves, page.hashes)

    def _epoch_key(self) -> bytes:
        community = self.state.community
        if community is None or not community.closed:
            return b""
        return epoch_key(self._secret, community.epoch)
