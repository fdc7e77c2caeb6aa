"""Fork proofs: that a community's key signed two histories that cannot both be true.

Whoever has the community's key can check one; nothing else about the community is needed.
"""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ledger.checkpoint import VerifiedCheckpoint
from ledger.errors import ProofInvalid
from ledger.merkle_path import is_consistent
from ledger.proof.consistency import (
    ConsistencyProof,
    format_consistency,
    parse_consistency,
    read_old,
)
from ledger.proof.inclusion import (
    HEADER,
    InclusionProof,
    check_leaf,
    format_inclusion,
    parse_inclusion,
)
from ledger.proof.text import (
    join_notes,
    need_same,
    parse_field,
    parse_hash,
    read_checkpoint,
    split_head,
    split_notes,
)

NOTES = "commontab/fork-notes/v1"
PREFIX = "commontab/fork-prefix/v1"
RECORDS = "commontab/fork-records/v1"
_LEAF, _ROOT = "leaf", "root"
_BETWEEN = f"\n\n{HEADER}\n".encode()


@dataclass(frozen=True, slots=True)
class NotesFork:
    """Two signed checkpoints of one size with different roots, the smaller root first."""

    first: bytes
    second: bytes


@dataclass(frozen=True, slots=True)
class PrefixFork:
    """Two signed checkpoints of which the larger does not continue the smaller.

    Attributes:
        root: The root that the larger one's history had at the smaller one's size, 32 bytes.
        proof: Shows that, and holds both notes: the older is the one that ``root`` contradicts.
    """

    root: bytes
    proof: ConsistencyProof


@dataclass(frozen=True, slots=True)
class RecordsFork:
    """Two records that have one place in the journal, under two signed checkpoints.

    Their leaf hashes do, so a closed journal stays closed.

    Attributes:
        leaves: Both leaf hashes, 32 bytes each, the smaller first.
        proofs: Their inclusion proofs in the same order, without the records.
    """

    leaves: tuple[bytes, bytes]
    proofs: tuple[InclusionProof, InclusionProof]


Fork = NotesFork | PrefixFork | RecordsFork


@dataclass(frozen=True, slots=True)
class ProvenFork:
    """What a community's key contradicted itself about. Made by verify_fork.

    Attributes:
        what: "size": it signed two roots for one size. "prefix": ``second`` has another history
            than ``first`` for its first records. "record": they have different records at
            ``index``.
        first: One signed checkpoint.
        second: The other.
        index: For "record", which.
    """

    what: Literal["size", "prefix", "record"]
    first: VerifiedCheckpoint
    second: VerifiedCheckpoint
    index: int | None = None


def fork_of_notes(one: VerifiedCheckpoint, other: VerifiedCheckpoint) -> NotesFork:
    """Return the proof that two checkpoints of one size contradict each other."""
    assert one.size == other.size, "of two sizes neither contradicts the other by itself"
    assert one.root != other.root, "notes that agree are no fork"
    first, second = sorted((one, other), key=lambda checkpoint: checkpoint.root)
    return NotesFork(first.note, second.note)


def fork_of_records(
    leaf: bytes, proof: InclusionProof, other_leaf: bytes, other: InclusionProof
) -> RecordsFork:
    """Return the proof that two records have one place; the proofs' records are left out."""
    sides = sorted(((leaf, proof), (other_leaf, other)), key=lambda side: side[0])
    (small, first), (large, second) = (
        (of, InclusionProof(one.index, one.hashes, one.note)) for of, one in sides
    )
    return RecordsFork((small, large), (first, second))


def format_fork(fork: Fork) -> bytes:
    """Return a fork proof's text; ``parse_fork`` gives it back."""
    match fork:
        case NotesFork():
            return f"{NOTES}\n\n".encode() + join_notes(fork.first, fork.second)
        case PrefixFork():
            root = b64encode(fork.root).decode()
            return f"{PREFIX}\n{_ROOT} {root}\n\n".encode() + format_consistency(fork.proof)
        case RecordsFork():
            lines = "".join(f"{_LEAF} {b64encode(leaf).decode()}\n" for leaf in fork.leaves)
            return f"{RECORDS}\n{lines}\n".encode() + join_notes(
                format_inclusion(fork.proofs[0]), format_inclusion(fork.proofs[1])
            )


def parse_fork(data: bytes) -> Fork:
    """Return the fork proof that ``data`` holds, without verifying it.

    Raises:
        ProofInvalid: Too long, or not a fork proof in its one spelling.

    Source:
        docs/protocol.md, "Proofs".
    """
    lines, rest = split_head(data)
    kind = lines.pop(0)
    fork: Fork
    if kind == NOTES:
        fork = NotesFork(*split_notes(rest))
    elif kind == PREFIX:
        fork = PrefixFork(parse_hash(parse_field(lines, _ROOT)), parse_consistency(rest))
    elif kind == RECORDS:
        leaves = parse_hash(parse_field(lines, _LEAF)), parse_hash(parse_field(lines, _LEAF))
        fork = RecordsFork(leaves, _split_inclusions(rest))
    else:
        raise ProofInvalid(f"got {kind[:60]!r}, which is no fork proof")
    need_same(data, format_fork(fork))
    return fork


def verify_fork(community: bytes, fork: Fork, witnesses: Iterable[bytes] = ()) -> ProvenFork:
    """Return what a fork proof shows.

    Args:
        community: The community's public key, 32 bytes.
        fork: Parsed.
        witnesses: Public keys whose cosignatures count.

    Raises:
        ProofInvalid: A checkpoint is not the community's, or the two can both be true.
    """
    keys = tuple(witnesses)
    match fork:
        case NotesFork():
            return _verify_notes(community, fork, keys)
        case PrefixFork():
            return _verify_prefix(community, fork, keys)
        case RecordsFork():
            return _verify_records(community, fork, keys)


def _verify_notes(community: bytes, fork: NotesFork, witnesses: tuple[bytes, ...]) -> ProvenFork:
    first = read_checkpoint(community, fork.first, witnesses)
    second = read_checkpoint(community, fork.second, witnesses)
    if first.size != second.size or first.root >= second.root:
        raise ProofInvalid(
            f"checkpoints of {first.size} and {second.size} records do not contradict each other: "
            "a fork needs one size and two roots, the smaller root first"
        )
    return ProvenFork("size", first, second)


def _verify_prefix(community: bytes, fork: PrefixFork, witnesses: tuple[bytes, ...]) -> ProvenFork:
    second = read_checkpoint(community, fork.proof.note, witnesses)
    first = read_old(community, fork.proof, witnesses)
    # With one size there is nothing to show by hashes: that is a fork of notes.
    if first.size >= second.size or not is_consistent(
        first.size, fork.root, second.size, second.root, fork.proof.hashes
    ):
        raise ProofInvalid(
            f"the hashes do not show which root the journal of {second.size} records had at "
            f"{first.size}, so they show no fork"
        )
    if fork.root == first.root:
        raise ProofInvalid("the larger checkpoint continues the smaller one: that is no fork")
    return ProvenFork("prefix", first, second)


def _verify_records(
    community: bytes, fork: RecordsFork, witnesses: tuple[bytes, ...]
) -> ProvenFork:
    (small, large), (one, other) = fork.leaves, fork.proofs
    first = check_leaf(community, one, small, witnesses)
    second = check_leaf(community, other, large, witnesses)
    if one.index != other.index or one.extra or other.extra or small >= large:
        raise ProofInvalid(
            f"records at {one.index} and {other.index} show no fork: it needs one index and two "
            "leaf hashes, the smaller first, without the records themselves"
        )
    return ProvenFork("record", first, second, one.index)


def _split_inclusions(data: bytes) -> tuple[InclusionProof, InclusionProof]:
    first, between, second = data.partition(_BETWEEN)
    if not between:
        raise ProofInvalid("got a fork proof without two inclusion proofs; copy it whole")
    return (
        parse_inclusion(first + b"\n"), parse_inclusion(between.removeprefix(b"\n\n") + second)
    )  # fmt: skip
