"""The audit: everything that the journal says, worked out again from its bytes and compared."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any, NoReturn

from sqlalchemy import Connection, Row, Table, func, select

from ledger.apply import apply
from ledger.changeset import verify_change_set
from ledger.checkpoint import verify_checkpoint
from ledger.errors import CodecError, HistoryMismatch, NoteError
from ledger.merkle import leaf_hash
from ledger.record import TransactionRecord
from ledger.replay import Replayed, Verify, replay_batch
from ledger.state import State, Transaction
from ledger.store.append import Tip
from ledger.store.failure import damaged
from ledger.store.journal import JournalStore
from ledger.store.lookup import parse_record
from ledger.store.present import fill_state
from ledger.store.rows import ORDINALS, Values, hash_of, kind_of, transfer_rows
from ledger.store.tables import (
    BalanceRow,
    BatchRow,
    CheckpointRow,
    NodeRow,
    RecordRow,
    TransactionRow,
    TransferRow,
    table_of,
)
from ledger.store.tree import grow, pack_frontier

Progress = Callable[[int, int], None]
"""Told how many of how many records are done."""
_record = table_of(RecordRow)
_batch = table_of(BatchRow)
_node = table_of(NodeRow)
_transfer = table_of(TransferRow)
_transaction = table_of(TransactionRow)
_balance = table_of(BalanceRow)
_checkpoint = table_of(CheckpointRow)


class _Transactions(MutableMapping[bytes, Transaction]):
    """Transactions by id, small: their transfers are read from their records when asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.rows: dict[bytes, tuple[int, bytes | None, bytes | None]] = {}

    def __getitem__(self, entry: bytes) -> Transaction:
        index, reverts, reverted_by = self.rows[entry]
        query = select(_record.c.data).where(_record.c.idx == index)
        record = parse_record(index, self._connection.execute(query).scalar_one()).record
        assert isinstance(record, TransactionRecord), "only these are entered"
        return Transaction(entry, index, record.transfers, reverts, reverted_by)

    def __setitem__(self, entry: bytes, value: Transaction) -> None:
        self.rows[entry] = (value.index, value.reverts, value.reverted_by)

    def __delitem__(self, entry: bytes) -> None:
        del self.rows[entry]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def audit(
    store: JournalStore, progress: Progress | None = None, verify: Verify = verify_change_set
) -> int:
    """Work everything out again from the stored bytes; return how many records there are.

    Merges every batch again, signatures and all, and compares: records, leaf hashes, tree and
    kept subtrees, roots of all merges and checkpoints, transfers, balances and their zero sums,
    accounts, keys, holds, requests, undone transactions and settings.

    Args:
        store: Only read, at one moment; a writer may go on meanwhile.
        progress: Called after every merge.
        verify: As for ``ledger.replay.replay``.

    Raises:
        StoreDamaged: The first thing that disagrees, by its record or row.
    """
    store.database.check()
    with store.database.reading() as connection:
        return _Audit(store, connection, verify).run(progress)


class _Audit:
    """One run over one snapshot of the database."""

    def __init__(self, store: JournalStore, connection: Connection, verify: Verify) -> None:
        self._store = store
        self._connection = connection
        self._verify = verify
        self._tip = Tip()
        self._transactions = _Transactions(connection)
        self._state = State(store.community_key, transactions=self._transactions)
        self._newest: dict[tuple[object, object], object] = {}
        self._transfers = 0
        self._nodes = 0

    def run(self, progress: Progress | None) -> int:
        merges = self._connection.execute(select(_batch).order_by(_batch.c.size)).all()
        end = merges[-1].size if merges else 0
        if self._count(_record) != end:
            self._fail(f"{self._count(_record)} records where the merges have {end}")
        for merge in merges:
            self._check_merge(merge)
            if progress is not None:
                progress(merge.size, end)
        self._check_counts()
        self._check_checkpoints()
        self._check_present()
        return end

    def _check_merge(self, merge: Row[Any]) -> None:
        wanted = (_record.c.idx >= merge.first, _record.c.idx < merge.size)
        rows = self._connection.execute(select(_record).where(*wanted).order_by(_record.c.idx))
        stored = rows.all()
        for row in stored:
            if leaf_hash(row.data) != row.leaf:
                self._fail(f"record {row.idx}: its bytes do not have its leaf hash")
        try:
            again = replay_batch(self._state, [row.data for row in stored], self._verify)
        except HistoryMismatch as error:
            self._fail(str(error))
        self._check_columns(stored, again)
        self._check_tree(merge, again)
        self._check_transfers(merge, again)
        apply(self._state, again.merged, self._tip.tree)

    def _check_columns(self, stored: Sequence[Row[Any]], again: Replayed) -> None:
        for row, record in zip(stored, again.merged.records, strict=True):
            if (row.kind, row.hash) != (kind_of(record), hash_of(self._state.key, record)):
                self._fail(f"record {row.idx}: it is filed under another kind or hash")

    def _check_tree(self, merge: Row[Any], again: Replayed) -> None:
        tree, nodes = grow(self._tip.tree, again.leaves)
        self._tip = Tip(self._tip.version + 1, tree)
        found = (merge.version, merge.size, merge.root, merge.frontier, merge.time)
        time = again.merged.changes.time
        if found != (self._tip.version, tree.size, tree.root, pack_frontier(tree), time):
            self._fail(f"the merge ending at size {merge.size} is filed with another tree or time")
        self._nodes += len(nodes)
        for node in nodes:
            where = (_node.c.level == node.level, _node.c.position == node.position)
            if self._connection.execute(select(_node.c.hash).where(*where)).scalar() != node.hash:
                self._fail(f"subtree {node.position} of level {node.level} has another hash")

    def _check_transfers(self, merge: Row[Any], again: Replayed) -> None:
        wanted: list[Values] = []
        for index, record in enumerate(again.merged.records, again.first):
            wanted += transfer_rows(index, record)
        bounds = (_transfer.c.id >= merge.first * ORDINALS, _transfer.c.id < merge.size * ORDINALS)
        query = select(_transfer).where(*bounds).order_by(_transfer.c.id)
        found = [tuple(row) for row in self._connection.execute(query)]
        if found != wanted:
            self._fail(
                f"the transfers of records {merge.first} to {merge.size - 1} are not what the "
                "records say"
            )
        self._transfers += len(wanted)
        for number, _, _, debit, credit, _, unit in wanted:
            self._newest[debit, unit] = self._newest[credit, unit] = number

    def _check_counts(self) -> None:
        for table, count in ((_transfer, self._transfers), (_node, self._nodes)):
            if self._count(table) != count:
                self._fail(f"table {table.name} has rows that belong to no record")

    def _check_checkpoints(self) -> None:
        for row in self._connection.execute(select(_checkpoint)):
            try:
                signed = verify_checkpoint(self._state.key, row.note)
            except NoteError as error:
                self._fail(f"the checkpoint of size {row.size}: {error}")
            if (
                not (signed.size, signed.root)
                == (row.size, row.root)
                == (
                    row.size,
                    self._state.history.get(row.size),
                )
            ):
                self._fail(f"the checkpoint of size {row.size} is about another tree")

    def _check_present(self) -> None:
        present = State(self._state.key)
        try:
            fill_state(self._connection, present)
        except (CodecError, ValueError) as error:
            self._fail(f"the present state: {error}")
        state = self._state
        for name in ("accounts", "keys", "holds", "requests"):
            self._compare(name, getattr(present, name), getattr(state, name))
        if present.community != state.community:
            self._fail("the community's settings are not what the records say")
        undone = {
            row.id: (row.record, row.reverts, row.reverted_by)
            for row in self._connection.execute(select(_transaction))
        }
        self._compare("transactions", undone, self._transactions.rows)
        self._check_balances()

    def _check_balances(self) -> None:
        sums: Counter[str] = Counter()
        for row in self._connection.execute(select(_balance)):
            sums[row.unit] += row.posted
            if row.newest != self._newest.get((row.account, row.unit), -1):
                self._fail(f"the balance of {row.account.hex()} names another newest transfer")
        for unit, total in sums.items():
            if total != 0:
                self._fail(f"the balances in {unit} add up to {total}, not to zero")

    def _compare(
        self, name: str, found: Mapping[bytes, object], wanted: Mapping[bytes, object]
    ) -> None:
        for one in found.keys() | wanted.keys():
            if found.get(one) != wanted.get(one):
                self._fail(f"in {name}, {one.hex()} is not what the records say")

    def _count(self, table: Table) -> int:
        return self._connection.execute(select(func.count()).select_from(table)).scalar_one()

    def _fail(self, what: str) -> NoReturn:
        raise damaged(self._store.database.path, what)
