"""The index of names: what is looked up about all of them at once, so that no merge reads all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ledger.field import TIME_MAX
from ledger.name.skeleton import skeleton
from ledger.name.state import NameState


@dataclass(slots=True)
class NameIndex:
    """Follows from the names and handles of a ledger.

    Attributes:
        owned: Account id -> how many names it owns.
        alike: Skeleton -> the names and handles that have it.
        first_end: No name that ends by its time ends earlier, Unix seconds.
    """

    owned: dict[bytes, int] = field(default_factory=dict)
    alike: dict[str, tuple[str, ...]] = field(default_factory=dict)
    first_end: int = TIME_MAX

    @classmethod
    def of(cls, names: Mapping[str, NameState], handles: Iterable[str]) -> "NameIndex":
        """Return the index of these names and handles."""
        index = cls()
        for handle in handles:
            index.add(handle)
        for name in names.values():
            index.change(name.name, None, name, kept=False)
        return index

    def add(self, word: str) -> None:
        """Note a handle or a name that is new."""
        form = skeleton(word)
        self.alike[form] = with_word(self.alike.get(form, ()), word)

    def change(
        self, word: str, before: NameState | None, after: NameState | None, *, kept: bool
    ) -> None:
        """Note that a name has changed.

        Args:
            word: The name.
            before: As it was; None where it was not there.
            after: As it is.
            kept: The word is somebody's handle too, and stays in use without the name.
        """
        if before is not None and before.owner is not None:
            self._count(before.owner, -1)
        if after is None:
            if not kept:
                self._remove(word)
            return
        self.add(word)
        if after.owner is not None:
            self._count(after.owner, 1)
        if ends(after):
            self.first_end = min(self.first_end, after.expires)

    def find_first_end(self, names: Iterable[NameState]) -> None:
        """Look at all names for the one that ends first."""
        self.first_end = min((name.expires for name in names if ends(name)), default=TIME_MAX)

    def _count(self, owner: bytes, more: int) -> None:
        count = self.owned.get(owner, 0) + more
        if count:
            self.owned[owner] = count
        else:
            del self.owned[owner]

    def _remove(self, word: str) -> None:
        form = skeleton(word)
        left = without_word(self.alike.get(form, ()), word)
        if left:
            self.alike[form] = left
        else:
            self.alike.pop(form, None)


def ends(name: NameState) -> bool:
    """Return whether a name goes by its time: one that is reserved or frozen does not."""
    return name.owner is not None and not name.frozen


def with_word(words: tuple[str, ...], word: str) -> tuple[str, ...]:
    """Return words with one more, which is there once."""
    return words if word in words else (*words, word)


def without_word(words: tuple[str, ...], word: str) -> tuple[str, ...]:
    """Return words without one."""
    return tuple(one for one in words if one != word)
