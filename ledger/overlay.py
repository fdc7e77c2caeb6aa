"""Overlays: mappings with changes on top that can be taken back; the mappings stay untouched."""

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_ABSENT: Final[Any] = object()


class UndoLog(list[tuple[dict[Any, Any], Any, Any]]):
    """What several overlays held before each write since it was cleared: changes, key, value."""

    __slots__ = ()

    def roll_back(self) -> None:
        """Take back every write, newest first."""
        for changes, key, before in reversed(self):
            if before is _ABSENT:
                del changes[key]
            else:
                changes[key] = before
        self.clear()


class Overlay(Generic[K, V]):
    """Present values over a base: reads fall through, writes stay on top.

    The cost is that of the keys touched, whatever the size of the base.

    Attributes:
        changes: What was set, by key; None removes the base's value.
    """

    __slots__ = ("_base", "_note", "changes")

    def __init__(self, base: Mapping[K, V], log: UndoLog) -> None:
        self._base = base
        self._note = log.append
        self.changes: dict[K, V | None] = {}

    def get(self, key: K) -> V | None:
        """Return the present value, or None."""
        changes = self.changes
        return changes[key] if key in changes else self._base.get(key)

    def set(self, key: K, value: V | None) -> None:
        """Set a value, or remove it with None."""
        changes = self.changes
        self._note((changes, key, changes.get(key, _ABSENT)))
        changes[key] = value

    def values(self) -> list[V]:
        """Return all present values, in no promised order; this one costs the whole base."""
        kept = [value for key, value in self._base.items() if key not in self.changes]
        return kept + [value for value in self.changes.values() if value is not None]

    def present(self) -> dict[K, V]:
        """Return what was set and not removed, by key."""
        return {key: value for key, value in self.changes.items() if value is not None}
