"""Proofs of every kind: read by their first line, checked with the community's key alone."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from federation.proof import rollback
from federation.proof.rollback import (
    ProvenRollback,
    Rollback,
    note_of,
    parse_rollback,
    verify_rollback,
)
from ledger.checkpoint import VerifiedCheckpoint
from ledger.errors import ProofInvalid
from ledger.proof import fork as proof_fork
from ledger.proof import inclusion as proof_inclusion
from ledger.proof import present as proof_present
from ledger.proof import receipt
from ledger.proof.consistency import (
    OLD,
    ConsistencyProof,
    ProvenExtension,
    parse_consistency,
    verify_consistency,
)
from ledger.proof.fork import (
    NotesFork,
    PrefixFork,
    ProvenFork,
    RecordsFork,
    parse_fork,
    verify_fork,
)
from ledger.proof.inclusion import (
    InclusionProof,
    ProvenRecord,
    parse_inclusion,
    verify_inclusion,
)
from ledger.proof.present import PresentProof, ProvenPresent, parse_present, verify_present
from ledger.proof.receipt import ProvenReceipt, Receipt, parse_receipt, verify_receipt
from ledger.proof.text import named_community

Proof = (
    InclusionProof
    | ConsistencyProof
    | PresentProof
    | Receipt
    | NotesFork
    | PrefixFork
    | RecordsFork
    | Rollback
)
Proven = (
    ProvenRecord | ProvenExtension | ProvenPresent | ProvenReceipt | ProvenFork | ProvenRollback
)


_KINDS: Mapping[bytes, Callable[[bytes], Proof]] = MappingProxyType(
    {
        proof_inclusion.HEADER.encode(): parse_inclusion,
        proof_present.HEADER.encode(): parse_present,
        receipt.HEADER.encode(): parse_receipt,
        proof_fork.NOTES.encode(): parse_fork,
        proof_fork.PREFIX.encode(): parse_fork,
        proof_fork.RECORDS.encode(): parse_fork,
        rollback.HEADER.encode(): parse_rollback,
    }
)


def parse_proof(data: bytes) -> Proof:
    """Return the proof of any kind that ``data`` holds, without verifying it.

    Raises:
        ProofInvalid: No proof, of an unknown kind, or not in its one spelling.
    """
    first = data.partition(b"\n")[0]
    if first.startswith(f"{OLD} ".encode()):
        return parse_consistency(data)
    parse = _KINDS.get(first)
    if parse is None:
        raise ProofInvalid(
            f"got a text that begins with {first[:40]!r}, which is no proof that this version "
            "knows; copy it whole, or update the program"
        )
    return parse(data)


def claimed_community(proof: Proof) -> bytes:
    """Return the public key, 32 bytes, of the community that a proof says it is about.

    Raises:
        ProofInvalid: It names none.
    """
    return named_community(_first_note(proof))


def verify_proof(community: bytes, proof: Proof, witnesses: Iterable[bytes] = ()) -> Proven:
    """Return what a proof shows.

    Args:
        community: The community's public key, 32 bytes.
        proof: Parsed.
        witnesses: Public keys whose cosignatures count.

    Raises:
        ProofInvalid: It does not show it; the message names the rule.
    """
    match proof:
        case InclusionProof():
            return verify_inclusion(community, proof, witnesses)
        case ConsistencyProof():
            return verify_consistency(community, proof, witnesses)
        case PresentProof():
            return verify_present(community, proof, witnesses)
        case Receipt():
            return verify_receipt(community, proof, witnesses)
        case Rollback():
            return verify_rollback(community, proof, witnesses)
        case NotesFork() | PrefixFork() | RecordsFork():
            return verify_fork(community, proof, witnesses)


def checkpoint_of(proven: Proven) -> VerifiedCheckpoint:
    """Return the checkpoint under which something is proven; of two the one that is larger."""
    match proven:
        case ProvenRecord():
            return proven.checkpoint
        case ProvenExtension():
            return proven.new
        case ProvenPresent():
            return proven.checkpoint
        case ProvenReceipt():
            return proven.proven.checkpoint
        case ProvenFork():
            return max(proven.first, proven.second, key=lambda one: one.size)
        case ProvenRollback():
            return proven.earlier


def _first_note(proof: Proof) -> bytes:
    match proof:
        case InclusionProof() | ConsistencyProof():
            return proof.note
        case PresentProof():
            return proof.state.note
        case Receipt() | PrefixFork():
            return proof.proof.note
        case NotesFork():
            return proof.first
        case RecordsFork():
            return proof.proofs[0].note
        case Rollback():
            return note_of(proof.earlier)
