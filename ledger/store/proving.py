"""Making proofs from what is stored: a few hashes of large subtrees and one tile of leaves.

A path asks for full subtrees. Those at the right edge are the frontier that each merge left, those
of 256 leaves and more are kept as nodes, and what is smaller lies within one tile of 256 leaves.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Row, select

from ledger.codec import encode
from ledger.link.evidence import verify_reading
from ledger.link.link import exchange_id
from ledger.link.reading import ENTRIES_MAX, Reading, ReadRecord, fit_reading
from ledger.merkle import Frontier
from ledger.merkle_many import prove_many
from ledger.merkle_path import prove_consistency, prove_inclusion
from ledger.proof.consistency import ConsistencyProof, verify_consistency
from ledger.proof.inclusion import InclusionProof, verify_inclusion
from ledger.proof.present import MapName, PresentProof, prove_present, verify_present
from ledger.proof.receipt import Beside, Receipt, opens, verify_receipt
from ledger.record import ManagerRecord, TransactionRecord, decode_record
from ledger.state import Account, State
from ledger.store.database import Database
from ledger.store.failure import damaged
from ledger.store.journal import JournalStore, KeptCheckpoint
from ledger.store.tables import BatchRow, CheckpointRow, NodeRow, RecordRow, table_of
from ledger.store.tree import NODE_LEVEL_MIN, unpack_frontier

TILE_LEAVES = 1 << NODE_LEVEL_MIN
_batch = table_of(BatchRow)
_checkpoint = table_of(CheckpointRow)
_node = table_of(NodeRow)
_record = table_of(RecordRow)
_STATEMENT = 1
"""Kind of a record that holds a manager's statement."""


class StoredTree:
    """The tree over the first records, as large as it was after a merge."""

    def __init__(self, store: JournalStore, size: int) -> None:
        self._store = store
        self._database = store.database
        self.size = size
        self._tiles: dict[int, list[bytes]] = {}

    def subtree(self, level: int, position: int) -> bytes:
        """Return the root over leaves [position << level, (position + 1) << level).

        Raises:
            StoreDamaged: It is not there.
        """
        edge = self._edge.get((level, position))
        if edge is not None:
            return edge
        if level >= NODE_LEVEL_MIN:
            return self._node(level, position)
        first = position << level
        tile, at = first // TILE_LEAVES, first % TILE_LEAVES
        return Frontier().append(self._tile(tile)[at : at + (1 << level)]).root

    @cached_property
    def _edge(self) -> dict[tuple[int, int], bytes]:
        query = select(_batch.c.frontier).where(_batch.c.size == self.size)
        with self._database.reading() as connection:
            packed = connection.execute(query).scalar()
        if packed is None:
            raise damaged(self._database.path, f"no merge ends at size {self.size}")
        found: dict[tuple[int, int], bytes] = {}
        first = 0
        for root in unpack_frontier(self.size, packed).roots:
            level = (self.size - first).bit_length() - 1
            found[level, first >> level] = root
            first += 1 << level
        return found

    def _node(self, level: int, position: int) -> bytes:
        query = select(_node.c.hash).where(_node.c.level == level, _node.c.position == position)
        with self._database.reading() as connection:
            found: bytes | None = connection.execute(query).scalar()
        if found is None:
            raise damaged(self._database.path, f"subtree {position} of level {level} is not there")
        return found

    def _tile(self, tile: int) -> list[bytes]:
        if tile not in self._tiles:
            first = tile * TILE_LEAVES
            end = min(first + TILE_LEAVES, self.size)
            self._tiles[tile] = list(self._store.leaves(first, end))
        return self._tiles[tile]


class Prover:
    """Makes proofs under one checkpoint, and checks each before it is handed out.

    What is stored and does not hold together gives no proof but ``ProofInvalid``, and what is
    missing ``StoreDamaged``; the audit says where.
    """

    def __init__(self, store: JournalStore, checkpoint: KeptCheckpoint) -> None:
        self._store = store
        self._database = store.database
        self.checkpoint = checkpoint
        self._tree = StoredTree(store, checkpoint.size)

    @property
    def size(self) -> int:
        """How many records the checkpoint covers."""
        return self.checkpoint.size

    def inclusion(self, index: int) -> InclusionProof:
        """Return the inclusion proof of a record that the checkpoint covers, with the record."""
        path = prove_inclusion(index, self.size, self._tree.subtree)
        (stored,) = self._store.records(index, index + 1)
        proof = InclusionProof(index, path, self.checkpoint.note, stored)
        verify_inclusion(self._store.community_key, proof)
        return proof

    def many(self, indices: Sequence[int]) -> Reading:
        """Return a reading of link records that the checkpoint covers, for another community.

        Args:
            indices: 1 to 64, ascending; those at the end are left out where 60,000 bytes are
                not enough for all.
        """
        assert len(indices) <= ENTRIES_MAX, f"a reading of {len(indices)} records is too long"
        proof = prove_many(indices, self.size, self._tree.subtree)
        community = self._store.community_key
        note = self.checkpoint.note.decode()
        reading = fit_reading(Reading(community, note, self._read(indices), proof))
        verify_reading(community, reading)
        return reading

    def _read(self, indices: Sequence[int]) -> tuple[ReadRecord, ...]:
        query = select(_record.c.idx, _record.c.data).where(_record.c.idx.in_(indices))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(_record.c.idx)).all()
        if len(rows) != len(indices):
            raise damaged(self._database.path, f"records of {list(indices)} are not all there")
        return tuple(ReadRecord(row.idx, row.data) for row in rows)

    def consistency(self, old: KeptCheckpoint) -> ConsistencyProof:
        """Return the proof that the checkpoint continues an older one."""
        path = prove_consistency(old.size, self.size, self._tree.subtree)
        proof = ConsistencyProof(old.size, path, self.checkpoint.note, old.note)
        verify_consistency(self._store.community_key, proof)
        return proof

    def present(self, state: State, name: MapName, key: bytes) -> PresentProof:
        """Return the proof of what a map of the present holds.

        Args:
            state: As of the checkpoint.
            name: Which map.
            key: An account's id, a public key, a name in UTF-8, or a linked community's key.
        """
        proof = prove_present(state, name, key, self.inclusion(self.size - 1))
        verify_present(self._store.community_key, proof)
        return proof

    def receipt(self, state: State, index: int) -> Receipt:
        """Return the receipt of a transaction.

        Args:
            state: As of the checkpoint.
            index: Of the transaction's record.
        """
        proof = self.inclusion(index)
        transaction = decode_record(proof.extra)
        assert isinstance(transaction, TransactionRecord), "a receipt is a transaction's"
        assert state.community is not None, "a ledger with a transaction was opened"
        about = {one for move in transaction.transfers for one in (move.debit, move.credit)}
        found = [self._admission(state.accounts[account], state.commons) for account in about]
        admissions = sorted(at for at in found if at is not None)
        # Who was admitted under a former key is explained by how the community left it; the
        # commons has its id from the first.
        oldest = 0 if state.commons in about else min(admissions, default=self.size)
        steps = [one.index for one in state.successions if one.index > oldest]
        places = sorted((*admissions, *steps, self.size - 1))
        beside = [self.inclusion(at) for at in places]
        receipt = Receipt(
            encode(state.community),
            tuple(Beside(one.index, one.extra, one.hashes) for one in beside),
            proof,
        )
        verify_receipt(self._store.community_key, receipt)
        return receipt

    def _admission(self, account: Account, commons: bytes) -> int | None:
        """Return the index of the record that opened an account.

        None for the commons, and for the exchange, which comes with the first link that needs it.
        """
        if account.id in {commons, exchange_id(commons)}:
            return None
        for merge in self._merges_at(account.admitted):
            query = (
                select(_record.c.idx, _record.c.data)
                .where(_record.c.idx >= merge.first, _record.c.idx < merge.size)
                .where(_record.c.kind == _STATEMENT)
            )
            with self._database.reading() as connection:
                rows = connection.execute(query).all()
            for row in rows:
                if _opened(row.data) == account.id:
                    return int(row.idx)
        return None

    def _merges_at(self, time: int) -> Iterator[Row[Any, Any, Any]]:
        """Yield the merges of a time, found by halving: their times never fall."""
        low, high = 0, self.size
        while low < high:
            middle = (low + high) // 2
            merge = self._merge_from(middle)
            if merge is not None and merge.time < time:
                low = merge.size
            else:
                high = middle
        merge = self._merge_from(low)
        while merge is not None and merge.time == time:
            yield merge
            merge = self._merge_from(merge.size)

    def _merge_from(self, index: int) -> Row[Any, Any, Any] | None:
        query = select(_batch.c.first, _batch.c.size, _batch.c.time).where(_batch.c.size > index)
        with self._database.reading() as connection:
            return connection.execute(query.order_by(_batch.c.size).limit(1)).first()


def kept_checkpoint(database: Database, size_max: int) -> KeptCheckpoint | None:
    """Return the largest kept checkpoint of at most this size."""
    query = select(_checkpoint).where(_checkpoint.c.size <= size_max)
    with database.reading() as connection:
        row = connection.execute(query.order_by(_checkpoint.c.size.desc()).limit(1)).first()
    return None if row is None else KeptCheckpoint(row.size, row.root, row.note)


def _opened(stored: bytes) -> bytes | None:
    record = decode_record(stored)
    return opens(record.statement.operation) if isinstance(record, ManagerRecord) else None
