"""A town's proofs made from its records in memory, the slow and plain way."""

from collections.abc import Sequence

from ledger.checkpoint import VerifiedCheckpoint, sign_checkpoint
from ledger.codec import encode
from ledger.merkle import Frontier, leaf_hash
from ledger.merkle_path import Subtree, prove_consistency, prove_inclusion
from ledger.proof.consistency import ConsistencyProof
from ledger.proof.inclusion import InclusionProof
from ledger.proof.present import MapName, PresentProof, prove_present
from ledger.proof.receipt import Beside, Receipt, opens
from ledger.record import ManagerRecord, TransactionRecord, decode_record
from ledger.state import State


class Attested:
    """Records, and a key that signs any of their sizes."""

    def __init__(self, seed: bytes, records: Sequence[bytes]) -> None:
        self.seed = seed
        self.records = list(records)
        self.leaves = [leaf_hash(record) for record in records]

    def root(self, size: int) -> bytes:
        """Return the root of the first records."""
        return Frontier().append(self.leaves[:size]).root

    def subtree(self, end: int) -> Subtree:
        """Return what answers for full subtrees of the first ``end`` records."""

        def answer(level: int, position: int) -> bytes:
            last = (position + 1) << level
            assert last <= end, "only full subtrees are asked for"
            return Frontier().append(self.leaves[position << level : last]).root

        return answer

    def sign(self, size: int | None = None) -> VerifiedCheckpoint:
        """Return a signed checkpoint."""
        size = len(self.records) if size is None else size
        return sign_checkpoint(self.seed, size, self.root(size))

    def inclusion(self, index: int, size: int | None = None) -> InclusionProof:
        """Return a record's inclusion proof."""
        signed = self.sign(size)
        path = prove_inclusion(index, signed.size, self.subtree(signed.size))
        return InclusionProof(index, path, signed.note, self.records[index])

    def consistency(self, old: int, size: int | None = None) -> ConsistencyProof:
        """Return the proof that a size continues a smaller one."""
        signed = self.sign(size)
        path = prove_consistency(old, signed.size, self.subtree(signed.size))
        return ConsistencyProof(old, path, signed.note, self.sign(old).note)

    def present(self, state: State, name: MapName, key: bytes) -> PresentProof:
        """Return the proof of what a map of the present holds."""
        return prove_present(state, name, key, self.inclusion(len(self.records) - 1))

    def receipt(self, state: State, index: int) -> Receipt:
        """Return the receipt of a transaction, with the admissions of its people."""
        transaction = decode_record(self.records[index])
        assert isinstance(transaction, TransactionRecord)
        assert state.community
        about = {one for move in transaction.transfers for one in (move.debit, move.credit)}
        beside = [
            at
            for at, stored in enumerate(self.records)
            if admitted(stored) in about or at == len(self.records) - 1
        ]
        return Receipt(
            encode(state.community), tuple(map(self.beside, beside)), self.inclusion(index)
        )

    def beside(self, index: int) -> Beside:
        """Return a record as it stands in a receipt."""
        proof = self.inclusion(index)
        return Beside(index, proof.extra, proof.hashes)


def admitted(stored: bytes) -> bytes | None:
    """Return the id of the account that a record opens, or None."""
    record = decode_record(stored)
    return opens(record.statement.operation) if isinstance(record, ManagerRecord) else None
