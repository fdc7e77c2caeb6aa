"""A town's proofs made from its records in memory, the slow and plain way."""

from collections.abc import Sequence

from ledger.checkpoint import VerifiedCheckpoint, sign_checkpoint
from ledger.merkle import Frontier, leaf_hash
from ledger.merkle_path import Subtree, prove_consistency, prove_inclusion
from ledger.proof_consistency import ConsistencyProof
from ledger.proof_inclusion import InclusionProof


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
