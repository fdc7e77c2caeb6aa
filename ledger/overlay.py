"""Overlays: mappings with changes on top that can be taken back; the mappings stay untouched."""

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_ABSENT: Final = object()


class UndoLog:
    """Remembers what several overlays held before each write since ``clear``."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: list[tuple[dict[Any, Any], Any, Any]] = []

    def note(self, changes: dict[Any, Any], key: object) -> None:
        """Remember what ``changes`` holds at ``key`` before it is written."""
        self._entries.append((changes, key, changes.get(key, _ABSENT)))

    def clear(self) -> None:
        """Let everything written so far stand."""
        self._entries.clear()

    def roll_back(self) -> None:
        """Take back everything written since ``clear``."""
        for changes, key, before in reversed(self._entries):
            if before is _ABSENT:
                del changes[key]
            else:
                changes[key] = before
        self._entries.clear()


class Overlay(Generic[K, V]):
    """Present values over a base: reads fall through, writes stay on top.

    The cost is that of the keys touched, whatever the size of the base.

    Attributes:
        changes: What was set, by key; None removes the base's value.
    """

    __slots__ = ("_base", "_log", "changes")

    def __init__(self, base: Mapping[K, V], log: UndoLog) -> None:
        self._base = base
        self._log = log
        self.changes: dict[K, V | None] = {}

    def get(self, key: K) -> V | None:
        """Return the present value, or None."""
        if key in self.changes:
            return self.changes[key]
        return self._base.get(key)

    def set(self, key: K, value: V | None) -> None:
        """Set a value, or remove it with None."""
        self._log.note(self.changes, key)
        self.changes[key] = value

    def values(self) -> list[V]:
        """Return all present values, in no promised order; this one costs the whole base."""
        kept = [value for key, value in self._base.items() if key not in self.changes]
        return kept + [value for value in self.changes.values() if value is not None]

    def present(self) -> dict[K, V]:
        """Return what was set and not removed, by key."""
        return {key: value for key, value in self.changes.items() if value is not None}
