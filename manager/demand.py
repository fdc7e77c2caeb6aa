"""Mappings whose values are worked out when they are first asked for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")


class OnDemand(Mapping[_K, _V]):
    """A mapping of given keys; each value is worked out once.

    Args:
        keys: In the order in which it is iterated.
        work: Returns a key's value.
    """

    def __init__(self, keys: Iterable[_K], work: Callable[[_K], _V]) -> None:
        self._keys = dict.fromkeys(keys)
        self._work = work
        self._done: dict[_K, _V] = {}

    def __getitem__(self, key: _K) -> _V:
        if key in self._done:
            return self._done[key]
        if key not in self._keys:
            raise KeyError(key)
        value = self._done[key] = self._work(key)
        return value

    def __iter__(self) -> Iterator[_K]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys
