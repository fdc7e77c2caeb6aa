"""Consistency proofs: that a newer checkpoint's journal begins with an older one's."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.checkpoint import VerifiedCheckpoint
from ledger.errors import HistoryMismatch, ProofInvalid
from ledger.merkle import Frontier
from ledger.merkle_path import is_consistent
from ledger.proof.text import (
    format_hashes,
    join_notes,
    need_same,
    parse_field,
    parse_hashes,
    parse_size,
    read_checkpoint,
    split_head,
    split_notes,
)

OLD = "old"


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """A consistency proof as it is written; nothing about it is verified.

    Attributes:
        old_size: Number of records of the older checkpoint.
        hashes: 32 bytes each, at most 63.
        note: The newer signed checkpoint.
        old_note: The older one.
    """

    old_size: int
    hashes: tuple[bytes, ...]
    note: bytes
    old_note: bytes


@dataclass(frozen=True, slots=True)
class ProvenExtension:
    """Two checkpoints of one history. Made by verify_consistency."""

    old: VerifiedCheckpoint
    new: VerifiedCheckpoint


def format_consistency(proof: ConsistencyProof) -> bytes:
    """Return a proof's text: an add-checkpoint body, an empty line, the older checkpoint."""
    body = format_add_checkpoint(proof.old_size, proof.hashes, proof.note)
    return join_notes(body, proof.old_note)


def format_add_checkpoint(old_size: int, hashes: Iterable[bytes], note: bytes) -> bytes:
    """Return the body of a request to a witness.

    Source:
        c2sp.org/tlog-witness, "add-checkpoint".
    """
    return f"{OLD} {old_size}\n{format_hashes(hashes)}\n".encode() + note


def parse_consistency(data: bytes) -> ConsistencyProof:
    """Return the consistency proof that ``data`` holds, without verifying it.

    Raises:
        ProofInvalid: Too long, or not a consistency proof in its one spelling.

    Source:
        c2sp.org/tlog-witness, "add-checkpoint"; docs/protocol.md, "Proofs".
    """
    lines, rest = split_head(data)
    old_size = parse_size(parse_field(lines, OLD))
    hashes = parse_hashes(lines)
    proof = ConsistencyProof(old_size, hashes, *split_notes(rest))
    need_same(data, format_consistency(proof))
    return proof


def verify_consistency(
    community: bytes, proof: ConsistencyProof, witnesses: Iterable[bytes] = ()
) -> ProvenExtension:
    """Return the two checkpoints of which one is shown to continue the other.

    Args:
        community: The community's public key, 32 bytes.
        proof: Parsed.
        witnesses: Public keys whose cosignatures count.

    Raises:
        ProofInvalid: A checkpoint is not the community's, or the hashes do not show it.
    """
    keys = tuple(witnesses)
    new = read_checkpoint(community, proof.note, keys)
    old = read_old(community, proof, keys)
    if not is_consistent(old.size, old.root, new.size, new.root, proof.hashes):
        raise ProofInvalid(
            f"the hashes do not show that the journal of {new.size} records begins with that of "
            f"{old.size}: it is not shown that nothing was rewritten"
        )
    return ProvenExtension(old, new)


def read_old(
    community: bytes, proof: ConsistencyProof, witnesses: Iterable[bytes] = ()
) -> VerifiedCheckpoint:
    """Return a proof's older checkpoint, verified.

    Raises:
        ProofInvalid: It is not the community's, or of another size than the proof says.
    """
    old = read_checkpoint(community, proof.old_note, witnesses)
    if old.size != proof.old_size:
        raise ProofInvalid(f"got hashes from size {proof.old_size} and a note of {old.size}")
    return old


def extend(tree: Frontier, leaves: Iterable[bytes], checkpoint: VerifiedCheckpoint) -> Frontier:
    """Return the frontier of a checkpoint whose journal continues a known tree.

    Who fetches what is new needs no proof besides: his tree and the new leaf hashes show it.

    Args:
        tree: Of the journal that is known.
        leaves: Untrusted leaf hashes of the records after it.
        checkpoint: What they must lead to.

    Raises:
        HistoryMismatch: They lead to another size or root.
    """
    longer = tree.append(leaves)
    if (longer.size, longer.root) != (checkpoint.size, checkpoint.root):
        raise HistoryMismatch(
            f"{longer.size - tree.size} leaf hashes after {tree.size} lead to root "
            f"{longer.root.hex()[:16]}… of {longer.size}; the community signed "
            f"{checkpoint.root.hex()[:16]}… for {checkpoint.size}"
        )
    return longer
