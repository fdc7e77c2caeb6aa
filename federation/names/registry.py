"""Registries: a community's names as of a checkpoint, verified without the rest of its journal."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from federation.errors import RegistryMissing
from ledger.checkpoint import VerifiedCheckpoint
from ledger.map import SparseMap
from ledger.name.state import RULES_KEY, NameState
from ledger.note import parse_note
from ledger.proof.inclusion import InclusionProof
from ledger.proof.present import PresentProof, decode_name_value
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
