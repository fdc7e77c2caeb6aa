"""Registries: a community's names as of a checkpoint, verified without the rest of its journal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from federation.errors import RegistryMissing
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
from ledger.name.state import RULES_KEY, NameState
from ledger.note import parse_note
from ledger.proof.inclusion import InclusionProof, verify_inclusion
from ledger.proof.present import PresentProof, decode_name_value, read_state_record
from ledger.record import StateRecord


class Registry(Protocol):
    """Names of one community as of a checkpoint that was verified."""

    @property
    def community(self) -> bytes:
        """Its public key, 32 bytes."""

    @property
    def size(self) -> int:
        """Records that the checkpoint covers."""

    @property
    def time(self) -> int:
        """When the newest of them was merged, by the community's clock; 0 where not known."""

    @property
    def seen(self) -> int:
        """When the checkpoint was last found to be the newest, Unix seconds."""

    @property
    def witnesses(self) -> int:
        """How many have cosigned the checkpoint, whoever they are."""

    def lookup(self, name: str) -> NameState | None:
        """Return what the registry holds at a canonical name, whether it resolves or not."""

    def names(self) -> Iterable[str]:
        """Return all names that it holds something at, in no order."""

    def prove(self, name: str) -> PresentProof:
        """Return the proof of what ``lookup`` says, also of nothing."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a registry stands under. Made by ``read_head``.

    Attributes:
        checkpoint: Of the community's key.
        last: The proof of the checkpoint's last record.
        record: That record.
        changes: How many changes of names there were until then.
    """

    checkpoint: VerifiedCheckpoint
    last: InclusionProof
    record: StateRecord
    changes: int


@dataclass(frozen=True)
class FollowedRegistry:
    """A registry that was made of a community's files of names.

    Attributes:
        head: What it stands under.
        values: By the names map's keys; they lead to the root in the head's record.
        seen: As of ``Registry``.
    """

    head: Head
    values: Mapping[bytes, bytes]
    seen: int

    def seen_at(self, now: int) -> "FollowedRegistry":
        """Return the same registry, whose checkpoint was just found to be the newest."""
        return self._under(self.head, now)

    def confirmed_by(self, checkpoint: VerifiedCheckpoint) -> "FollowedRegistry":
        """Return the same registry under another note of its checkpoint, with more cosignatures."""
        last = replace(self.head.last, note=checkpoint.note)
        return self._under(replace(self.head, checkpoint=checkpoint, last=last), self.seen)

    def _under(self, head: Head, seen: int) -> "FollowedRegistry":
        same = FollowedRegistry(head, self.values, seen)
        same.__dict__.update({"map": self.__dict__["map"]} if "map" in self.__dict__ else {})
        return same

    @cached_property
    def map(self) -> SparseMap:
        """The map of the values."""
        return SparseMap().update(self.values)

    @property
    def community(self) -> bytes:
        """Its public key."""
        return self.head.checkpoint.community

    @property
    def size(self) -> int:
        """Records that the checkpoint covers."""
        return self.head.checkpoint.size

    @property
    def time(self) -> int:
        """When the newest was merged, by the community's clock."""
        return self.head.record.time

    @property
    def witnesses(self) -> int:
        """How many have cosigned the checkpoint."""
        return count_witnesses(self.head.checkpoint.note)

    def lookup(self, name: str) -> NameState | None:
        """Return what the registry holds at a canonical name."""
        key = name.encode()
        data = self.values.get(key)
        if data is None or key == RULES_KEY:
            return None
        value = decode_name_value(key, data)
        assert isinstance(value, NameState), "rules stand at their own key only"
        return value

    def names(self) -> Iterator[str]:
        """Return all names."""
        return (key.decode() for key in self.values if key != RULES_KEY)

    def prove(self, name: str) -> PresentProof:
        """Return the proof of what it holds at a name."""
        key = name.encode()
        value = self.values.get(key, b"")
        return PresentProof("names", key, value, self.map.prove(key), b"", self.head.last)


@dataclass(frozen=True, slots=True)
class NoNames:
    """The registry of a community that has never had a name, by the snapshot of its checkpoint.

    Attributes:
        community: Its public key, 32 bytes.
        note: The checkpoint's.
        size: Records that it covers.
        seen: As of ``Registry``.
    """

    community: bytes
    note: bytes
    size: int
    seen: int

    @property
    def time(self) -> int:
        """Not known: nothing of its journal was read."""
        return 0

    @property
    def witnesses(self) -> int:
        """How many have cosigned the checkpoint."""
        return count_witnesses(self.note)

    def lookup(self, _name: str) -> NameState | None:
        """Return nothing."""
        return None

    def names(self) -> Iterator[str]:
        """Return nothing."""
        return iter(())

    def prove(self, _name: str) -> PresentProof:
        """Refuse: a snapshot without names proves nothing about them.

        Raises:
            RegistryMissing: Always.
        """
        raise RegistryMissing("that community has never had a name, and publishes no proof of it")


def count_witnesses(note: bytes) -> int:
    """Return how many lines of others stand under the community's."""
    return len(parse_note(note).signatures) - 1


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
