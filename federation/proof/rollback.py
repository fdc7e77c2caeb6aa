"""Rollbacks: that a community's key took back what it had said in its checkpoint slot.

A slot's items are ordered by ``seq``. Of two that the key signed the later one must not name a
smaller journal, so both together are a proof, whoever kept them.
"""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from federation.errors import ItemInvalid, SlotInvalid
from federation.item import MutableItem, verify_item
from federation.slot import checkpoint_slot, decode_checkpoint_value
from ledger.checkpoint import VerifiedCheckpoint
from ledger.errors import ProofInvalid
from ledger.proof.text import (
    need_same,
    parse_base64,
    parse_field,
    parse_size,
    read_checkpoint,
    split_head,
)

HEADER = "commontab/rollback/v1"
_ITEM = "item"


@dataclass(frozen=True, slots=True)
class SlotVersion:
    """One version of a community's checkpoint slot; nothing about it is verified.

    Attributes:
        seq: 0 to 10**16 - 1; a seq is Unix seconds as a rule.
        signature: 64 bytes.
        value: Bencoded, at most 999 bytes.
    """

    seq: int
    signature: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Rollback:
    """Two versions of a checkpoint slot, the earlier first."""

    earlier: SlotVersion
    later: SlotVersion


@dataclass(frozen=True, slots=True)
class ProvenRollback:
    """A smaller journal that was published after a larger one. Made by verify_rollback.

    Attributes:
        earlier: The larger checkpoint, published first.
        later: The smaller one, published after it.
        seqs: Of the two items.
    """

    earlier: VerifiedCheckpoint
    later: VerifiedCheckpoint
    seqs: tuple[int, int]


def rollback_of(one: MutableItem, other: MutableItem) -> Rollback:
    """Return the proof that two items of one checkpoint slot make."""
    earlier, later = sorted((one, other), key=lambda item: item.seq)
    return Rollback(
        SlotVersion(earlier.seq, earlier.signature, earlier.value),
        SlotVersion(later.seq, later.signature, later.value),
    )


def format_rollback(rollback: Rollback) -> bytes:
    """Return a proof's text; ``parse_rollback`` gives it back."""
    lines = "".join(
        f"{_ITEM} {one.seq} {_base64(one.signature)} {_base64(one.value)}\n"
        for one in (rollback.earlier, rollback.later)
    )
    return f"{HEADER}\n{lines}\n".encode()


def parse_rollback(data: bytes) -> Rollback:
    """Return the rollback proof that ``data`` holds, without verifying it.

    Raises:
        ProofInvalid: Too long, or not such a proof in its one spelling.

    Source:
        docs/protocol.md, "Proofs".
    """
    lines, _ = split_head(data)
    if lines.pop(0) != HEADER:
        raise ProofInvalid(f"got a text that does not start with {HEADER}")
    rollback = Rollback(_take_version(lines), _take_version(lines))
    need_same(data, format_rollback(rollback))
    return rollback


def verify_rollback(
    community: bytes, rollback: Rollback, witnesses: Iterable[bytes] = ()
) -> ProvenRollback:
    """Return what a rollback proof shows.

    Args:
        community: The community's public key, 32 bytes.
        rollback: Parsed.
        witnesses: Public keys whose cosignatures count.

    Raises:
        ProofInvalid: An item or its checkpoint is not the community's, or the later one takes
            nothing back.
    """
    keys = tuple(witnesses)
    earlier = _read_version(community, rollback.earlier, keys)
    later = _read_version(community, rollback.later, keys)
    seqs = rollback.earlier.seq, rollback.later.seq
    if seqs[0] >= seqs[1] or earlier.size <= later.size:
        raise ProofInvalid(
            f"items {seqs[0]} with {earlier.size} records and {seqs[1]} with {later.size} take "
            "nothing back: a rollback needs a larger seq with a smaller size"
        )
    return ProvenRollback(earlier, later, seqs)


def note_of(version: SlotVersion) -> bytes:
    """Return the note in a slot's version, not verified.

    Raises:
        ProofInvalid: The value is not a checkpoint slot's.
    """
    try:
        return decode_checkpoint_value(version.value).note
    except SlotInvalid as error:
        raise ProofInvalid(f"the item of seq {version.seq}: {error}") from error


def _read_version(
    community: bytes, version: SlotVersion, witnesses: tuple[bytes, ...]
) -> VerifiedCheckpoint:
    slot = checkpoint_slot(community)
    try:
        verify_item(MutableItem(slot, version.seq, version.value, version.signature))
    except ItemInvalid as error:
        raise ProofInvalid(f"the item of seq {version.seq}: {error}") from error
    return read_checkpoint(community, note_of(version), witnesses)


def _take_version(lines: list[str]) -> SlotVersion:
    parts = parse_field(lines, _ITEM).split(" ")
    if len(parts) != 3:  # noqa: PLR2004 -- seq, signature, value
        raise ProofInvalid("got an item that is not a seq, a signature and a value")
    return SlotVersion(parse_size(parts[0]), parse_base64(parts[1]), parse_base64(parts[2]))


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
