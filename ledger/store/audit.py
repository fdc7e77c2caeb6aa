"""The audit: everything that the journal says, worked out again from its bytes and compared."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row

from ledger.apply import apply
from ledger.checking.ahead import Ahead
from ledger.errors import HistoryMismatch, StoreDamaged
from ledger.replay import JournalDigest, Replayed, Verify, replay_batch
from ledger.state import State
from ledger.store.append import Tip, read_tip
from ledger.store.compare import (
    compare_checkpoints,
    compare_columns,
    compare_counts,
    compare_leaves,
    compare_nodes,
    compare_references,
    compare_transactions,
    compare_transfers,
    read_steps,
)
from ledger.store.compare_attachments import Attached, compare_attachments, compare_files
from ledger.store.compare_bills import compare_finished_bills, compare_mentions
from ledger.store.compare_links import compare_finished, compare_link_records
from ledger.store.compare_names import NamePatrol, compare_name_changes
from ledger.store.failure import damaged
from ledger.store.journal import JournalStore
from ledger.store.moment import (
    Moment,
    PastAttachments,
    PastBills,
    PastFinished,
    PastHistory,
    PastTransactions,
)
from ledger.store.patrol import Patrol
from ledger.store.publication import compare_publications
from ledger.store.reconcile import find_difference
from ledger.store.tally import Tally
from ledger.store.tree import grow, pack_frontier

Progress = Callable[[int, int], None]
"""Told how many of how many records are done."""


def audit(
    store: JournalStore, progress: Progress | None = None, verify: Verify | None = None
) -> Tally:
    """Work everything out again from the stored bytes, from the first record on.

    Args:
        store: Only read, at one moment; a writer may go on meanwhile.
        progress: Called after every merge.
        verify: As for ``ledger.replay.replay``; by default two threads check signatures ahead.

    Raises:
        StoreDamaged: The first thing that disagrees, by its record or row.
    """
    store.database.check_pages()
    return Auditor(store, verify).check(progress)


class _Stored(NamedTuple):
    """A merge's row, and those of its records."""

    merge: Row[Any]
    records: Sequence[Row[Any]]


class Auditor:
    """Confirms a journal from its first record on, and later what came to it.

    It holds a present of its own, worked out from the stored records alone. What grows with the
    ledger it reads from the database, where it was confirmed, and looks at again turn by turn.
    """

    def __init__(self, store: JournalStore, verify: Verify | None = None) -> None:
        self.tally = Tally()
        self._store = store
        self._verify = verify
        self._moment = Moment()
        self._state = State(
            store.first_key,
            past_bills=PastBills(self._moment),
            attachments=PastAttachments(self._moment),
            finished=PastFinished(self._moment),
            transactions=PastTransactions(self._moment),
            history=PastHistory(self._moment),
        )
        self._tip = Tip()
        self._digest = JournalDigest()
        self._newest: dict[tuple[object, object], object] = {}
        self._subtrees = 0
        self._transactions = 0
        self._undone = 0
        self._link_entries = 0
        self._finished = 0
        self._mentions = 0
        self._finished_bills = 0
        self._attached = Attached()
        self._name_changes = 0
        self._begun: dict[bytes, int] = {}
        self._patrol = Patrol()
        self._names = NamePatrol()
        self._failed: StoreDamaged | None = None

    def check(self, progress: Progress | None = None) -> Tally:
        """Confirm what came since the last check; the first time everything.

        Merges every new batch again, signatures and all, and compares: records, leaf hashes,
        tree and kept subtrees, roots of all merges and checkpoints, transfers, undone
        transactions, link entries, finished payments and bills, what is about entries, and
        attached files, the first time with the kept files themselves. Then it compares settings,
        accounts, balances and their zero sums, keys, holds, requests, open bills, mandates, links
        and what is under way across them whole; of names all the first time, and then those that
        changed and some others. It looks again at rows that were confirmed before.

        Raises:
            StoreDamaged: The first thing that disagrees, by its record or row. Every later
                check raises it again.
        """
        if self._failed is not None:
            raise self._failed
        try:
            with self._store.database.reading() as connection:
                self._moment.connection = connection
                self._check(connection, progress)
        except HistoryMismatch as error:
            self._failed = damaged(self._store.database.path, str(error))
            raise self._failed from error
        except StoreDamaged as error:
            self._failed = error
            raise
        finally:
            self._moment.connection = None
        return self.tally

    def _check(self, connection: Connection, progress: Progress | None) -> None:
        first = self.tally.size
        self._look_again(connection)
        end = read_tip(connection).tree.size
        with closing(Ahead(self._state.key)) as ahead:
            verify = self._verify or ahead.verify
            for stored in self._read_ahead(connection, None if self._verify else ahead):
                self._check_merge(connection, stored, verify)
                if progress is not None:
                    progress(stored.merge.size, end)
        if first == 0:
            self._check_counts(connection)
        self._check_checkpoints(connection)
        compare_publications(connection)
        self._check_present(connection)
        if first == 0:
            compare_references(connection)
            self.tally.files = compare_files(connection)
        self._patrol.note(connection, self.tally.size)

    def _look_again(self, connection: Connection) -> None:
        changed = self._patrol.find_changed(connection)
        if changed is not None:
            # A second auditor tells which of them, and what of it.
            Auditor(self._store, self._verify).check()
            first, end = changed
            raise HistoryMismatch(f"rows of records {first} to {end - 1} were changed")

    def _read_ahead(self, connection: Connection, ahead: Ahead | None) -> Iterator[_Stored]:
        """Give the new merges; the signatures of the next step are begun before this one's."""
        waiting: list[_Stored] = []
        for merges, records in read_steps(connection, self.tally.size):
            if ahead is not None:
                ahead.begin([row.data for row in records])
            yield from waiting
            start = records[0].idx
            waiting = [
                _Stored(merge, records[merge.first - start : merge.size - start])
                for merge in merges
            ]
        yield from waiting

    def _check_merge(self, connection: Connection, stored: _Stored, verify: Verify) -> None:
        compare_leaves(stored.records)
        again = replay_batch(self._state, [row.data for row in stored.records], verify)
        compare_columns(stored.records, again)
        self._check_tree(connection, stored.merge, again)
        for number, _, _, debit, credit, _, unit in compare_transfers(connection, again):
            self._newest[debit, unit] = self._newest[credit, unit] = number
            self.tally.transfers += 1
        made, undone = compare_transactions(connection, again)
        self._transactions += made
        self._undone += undone
        self._link_entries += compare_link_records(connection, again)
        self._finished += compare_finished(connection, again, self._begun)
        self._mentions += compare_mentions(connection, again)
        self._finished_bills += compare_finished_bills(connection, again)
        self._attached = compare_attachments(connection, again, self._attached)
        self._name_changes += compare_name_changes(connection, again, self._name_changes)
        self._names.note(again.merged.changes.names)
        apply(self._state, again.merged, self._tip.tree)
        self._moment.size = self._tip.tree.size
        self._count(again)

    def _check_tree(self, connection: Connection, merge: Row[Any], again: Replayed) -> None:
        before = self._tip.tree
        tree, nodes = grow(before, again.leaves)
        version, time = self._tip.version + 1, again.merged.changes.time
        wanted = (tree.size, version, before.size, tree.root, time, pack_frontier(tree))
        if tuple(merge) != wanted:
            raise HistoryMismatch(
                f"the merge ending at size {merge.size} is filed with another version, tree or time"
            )
        compare_nodes(connection, nodes)
        self._subtrees += len(nodes)
        self._tip = Tip(version, tree)

    def _count(self, again: Replayed) -> None:
        tally = self.tally
        tally.count(again.first, again.merged.records)
        self._digest.update(again.records)
        tally.size, tally.version = self._tip.tree.size, self._tip.version

    def _check_counts(self, connection: Connection) -> None:
        counts = {
            "transfers": self.tally.transfers,
            "subtrees": self._subtrees,
            "transactions": self._transactions,
            "undone transactions": self._undone,
            "link entries": self._link_entries,
            "finished payments": self._finished,
            "finished bills": self._finished_bills,
            "mentions": self._mentions,
            "name changes": self._name_changes,
            "attachments": self._attached.total,
            "withdrawn attachments": self._attached.withdrawn,
        }
        compare_counts(connection, counts)

    def _check_checkpoints(self, connection: Connection) -> None:
        """Compare the notes that were kept since the last check, and the newest one before."""
        tally = self.tally
        known = tally.newest.size if tally.newest else 0
        for checkpoint in compare_checkpoints(connection, self._state, known):
            tally.checkpoints += checkpoint.size > known
            tally.newest = checkpoint

    def _check_present(self, connection: Connection) -> None:
        different = find_difference(connection, self._state, self._newest, self._begun)
        different = different or self._names.find_different(connection, self._state)
        if different is not None:
            raise HistoryMismatch(different)
        tally, accounts = self.tally, self._state.accounts.values()
        tally.root, tally.journal_sha256 = self._tip.tree.root, self._digest.value
        tally.accounts = len(accounts)
        tally.balances = sum(len(account.balances) for account in accounts)
        tally.open_bills, tally.mandates = len(self._state.bills), len(self._state.mandates)
        tally.attachments, tally.withdrawn = self._attached
        tally.bills = tally.open_bills + self._finished_bills
        tally.names = sum(name.owner is not None for name in self._state.names.values())
        tally.links, tally.under_way = len(self._state.links), len(self._state.transits)
        tally.payments = tally.under_way + self._finished
        sums: Counter[str] = Counter()
        for account in accounts:
            for books in account.balances:
                sums[books.unit] += books.posted
        tally.sums = dict(sorted(sums.items()))
