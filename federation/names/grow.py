"""Making a registry of a community's files of names, verified against its checkpoint."""

from collections.abc import Iterator, Sequence

from federation.names.registry import FollowedRegistry, Head
from ledger.checkpoint import VerifiedCheckpoint
from ledger.codec import decode
from ledger.errors import CodecError, HistoryMismatch, ProofInvalid, SegmentInvalid
from ledger.map import SparseMap
from ledger.name.log import (
    REGISTRY_BYTES_MAX,
    Changes,
    ChangesName,
    RegistryHead,
    apply_changes,
    decode_changes,
    format_changes_name,
    name_changes,
)
from ledger.proof.inclusion import InclusionProof, verify_inclusion
from ledger.proof.present import decode_name_value, read_state_record


def read_head(checkpoint: VerifiedCheckpoint, data: bytes) -> Head:
    """Return what a registry stands under.

    Args:
        checkpoint: Verified.
        data: The snapshot's file that proves the names; untrusted.

    Raises:
        HistoryMismatch: It is not canonical, or does not show the checkpoint's last record.
    """
    try:
        head = decode(data, RegistryHead, REGISTRY_BYTES_MAX)
        last = InclusionProof(checkpoint.size - 1, head.hashes, checkpoint.note, head.record)
        record = read_state_record(verify_inclusion(checkpoint.community, last))
    except (CodecError, ProofInvalid) as error:
        raise HistoryMismatch(f"what should prove the community's names: {error}") from error
    return Head(checkpoint, last, record, head.changes)


def grow_registry(
    before: FollowedRegistry | None,
    head: Head,
    files: Sequence[tuple[ChangesName, bytes]],
    seen: int,
) -> FollowedRegistry:
    """Return a registry as of a checkpoint, brought forward by the files that are new.

    Args:
        before: As of an earlier checkpoint; None to begin with nothing.
        head: Of the checkpoint.
        files: Those that hold changes after ``before``, in their order; untrusted.
        seen: When the checkpoint was read, Unix seconds.

    Raises:
        HistoryMismatch: They do not lead to the root that the checkpoint's last record names, or
            one of them is damaged or not what its name says.
    """
    values = dict(before.values) if before else {}
    tree = before.map if before else SparseMap()
    for changed in _apply_files(before, values, head, files):
        tree = tree.update(changed)
    if tree.root != head.record.names_root:
        raise HistoryMismatch(
            f"the files of names lead to the root {tree.root.hex()[:16]}…; the checkpoint of "
            f"{head.checkpoint.size} records has {head.record.names_root.hex()[:16]}…: names were "
            "changed, left out or are old"
        )
    grown = FollowedRegistry(head, values, seen)
    # It was made above; the same work again would take a second for each 100,000 names.
    grown.__dict__["map"] = tree
    return grown


def open_registry(
    before: FollowedRegistry | None,
    head: Head,
    files: Sequence[tuple[ChangesName, bytes]],
    seen: int,
) -> FollowedRegistry:
    """Return the same of one's own files, which ``grow_registry`` has verified when they came.

    Raises:
        HistoryMismatch: They are damaged.
    """
    values = dict(before.values) if before else {}
    for _ in _apply_files(before, values, head, files):
        pass
    return FollowedRegistry(head, values, seen)


def _apply_files(
    before: FollowedRegistry | None,
    values: dict[bytes, bytes],
    head: Head,
    files: Sequence[tuple[ChangesName, bytes]],
) -> Iterator[Changes]:
    """Bring values forward file by file, yielding what each changes in their map."""
    at = before.head.changes if before else 0
    for name, data in files:
        span = name.span
        if name != name_changes(span, data) or not span.first <= at < span.end:
            raise HistoryMismatch(
                f"the file of names {format_changes_name(name)} is not what its name says, or "
                f"does not go on from change {at}"
            )
        yield apply_changes(values, _read_changes(name, data), span)
        at = span.end
    if at != head.changes:
        raise HistoryMismatch(
            f"the files of names lead to {at} changes; the checkpoint of "
            f"{head.checkpoint.size} records says {head.changes}"
        )


def _read_changes(name: ChangesName, data: bytes) -> Changes:
    """Return the changes of a file, each a value that belongs to its key."""
    try:
        changes = decode_changes(data, name.span)
        for key, value in changes.items():
            if value is not None:
                decode_name_value(key, value)
    except (CodecError, SegmentInvalid) as error:
        raise HistoryMismatch(f"{format_changes_name(name)}: {error}") from error
    return changes
