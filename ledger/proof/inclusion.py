"""Inclusion proofs: that a record is in the journal under a signed checkpoint."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.checkpoint import VerifiedCheckpoint
from ledger.errors import CodecError, ProofInvalid
from ledger.merkle import leaf_hash
from ledger.merkle_path import root_of_inclusion
from ledger.proof.text import (
    format_hashes,
    need_same,
    parse_base64,
    parse_field,
    parse_hashes,
    parse_size,
    read_checkpoint,
    split_head,
)
from ledger.record import Record, decode_record

HEADER = "c2sp.org/tlog-proof@v1"
_EXTRA, _INDEX = "extra", "index"


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """A transparency log proof as it is written; nothing about it is verified.

    Attributes:
        index: The record's place in the journal.
        hashes: Its path, from the leaf's sibling up; 32 bytes each, at most 63.
        note: A signed checkpoint.
        extra: The record, nonce and body; empty where its leaf hash is known otherwise.
    """

    index: int
    hashes: tuple[bytes, ...]
    note: bytes
    extra: bytes = b""


@dataclass(frozen=True, slots=True)
class ProvenRecord:
    """A record that is in the journal. Made by verify_inclusion.

    Attributes:
        checkpoint: Under which it is.
        index: Its place, below the checkpoint's size.
        stored: Nonce and body.
        record: What it says.
    """

    checkpoint: VerifiedCheckpoint
    index: int
    stored: bytes
    record: Record


def format_inclusion(proof: InclusionProof) -> bytes:
    """Return a proof's text; ``parse_inclusion`` gives the proof back."""
    extra = f"{_EXTRA} {b64encode(proof.extra).decode()}\n" if proof.extra else ""
    head = f"{HEADER}\n{extra}{_INDEX} {proof.index}\n{format_hashes(proof.hashes)}\n"
    return head.encode() + proof.note


def parse_inclusion(data: bytes) -> InclusionProof:
    """Return the inclusion proof that ``data`` holds, without verifying it.

    Raises:
        ProofInvalid: Too long, or not a transparency log proof in its one spelling.

    Source:
        c2sp.org/tlog-proof, "Format".
    """
    lines, note = split_head(data)
    if lines.pop(0) != HEADER:
        raise ProofInvalid(f"got a text that does not start with {HEADER}")
    has_extra = bool(lines) and lines[0].startswith(f"{_EXTRA} ")
    extra = parse_base64(parse_field(lines, _EXTRA)) if has_extra else b""
    index = parse_size(parse_field(lines, _INDEX))
    proof = InclusionProof(index, parse_hashes(lines), note, extra)
    need_same(data, format_inclusion(proof))
    return proof


def verify_inclusion(
    community: bytes, proof: InclusionProof, witnesses: Iterable[bytes] = ()
) -> ProvenRecord:
    """Return the record that a proof shows to be in a community's journal.

    Args:
        community: The community's public key, 32 bytes.
        proof: Parsed, with its record.
        witnesses: Public keys whose cosignatures count.

    Raises:
        ProofInvalid: The checkpoint is not the community's, the path does not lead from this
            record at this place to its root, or the bytes are no record.

    Source:
        c2sp.org/tlog-proof, "Verifying a tlog proof".
    """
    checkpoint = check_leaf(community, proof, leaf_hash(proof.extra), witnesses)
    return ProvenRecord(checkpoint, proof.index, proof.extra, decode_proven(proof.extra))


def check_leaf(
    community: bytes, proof: InclusionProof, leaf: bytes, witnesses: Iterable[bytes] = ()
) -> VerifiedCheckpoint:
    """Return the checkpoint under which a leaf hash is where the proof says.

    Raises:
        ProofInvalid: The checkpoint is not the community's, or the path does not lead there.
    """
    checkpoint = read_checkpoint(community, proof.note, witnesses)
    check_path(checkpoint, leaf, proof.index, proof.hashes)
    return checkpoint


def check_path(
    checkpoint: VerifiedCheckpoint, leaf: bytes, index: int, hashes: tuple[bytes, ...]
) -> None:
    """Accept a path that leads from a leaf to a checkpoint's root.

    Raises:
        ProofInvalid: It leads elsewhere, or has not the length of that leaf's path.
    """
    if root_of_inclusion(leaf, index, checkpoint.size, hashes) != checkpoint.root:
        raise ProofInvalid(
            f"the hashes do not lead from this record at index {index} to the root that the "
            f"community signed for {checkpoint.size} records: it is not shown to be in the journal"
        )


def decode_proven(stored: bytes) -> Record:
    """Return what a record in the tree says.

    Raises:
        ProofInvalid: The bytes are no record of this version.
    """
    try:
        return decode_record(stored)
    except CodecError as error:
        raise ProofInvalid(f"what is in the journal there is no record: {error}") from error
