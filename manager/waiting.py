"""What waits for a merge, sorted out key by key: what it may take, and what has to wait on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ledger.changeset import Verified, by_key
from ledger.state import State
from manager.awaited import Awaited, Lengths, part_awaited
from manager.demand import OnDemand
from manager.door import share_of


class _Parts(NamedTuple):
    ready: Sequence[Verified]
    ahead: Sequence[Verified]
    awaited: Sequence[Awaited]


class Waiting:
    """What came and what was kept, of all keys.

    Attributes:
        ready: By key, what a merge may take; a key's is sorted out when it is asked for.
    """

    def __init__(
        self,
        came: Mapping[bytes, Sequence[Verified]],
        kept: Iterable[Verified],
        state: State,
        lengths: Lengths,
        now: int,
    ) -> None:
        """Begin with what came, and what was kept of other keys.

        Args:
            came: By key, the change-sets of a new item.
            kept: What waited before; a new item says it again, unless its author has thought
                better of it.
            state: The present.
            lengths: Looks up which files are kept.
            now: Unix seconds.
        """
        before = by_key(kept)

        def sort_out(key: bytes) -> _Parts:
            share = share_of(came[key] if key in came else before[key])
            able, awaited = part_awaited(share, state, lengths, now)
            size = state.tree.size
            ready = [one for one in able if one.change_set.seen.size <= size]
            ahead = [one for one in share if one.change_set.seen.size > size]
            return _Parts(ready, ahead, awaited)

        parts = OnDemand((*before, *came), sort_out)
        self._parts = parts
        self.ready: Mapping[bytes, Sequence[Verified]] = OnDemand(
            parts, lambda key: parts[key].ready
        )

    @property
    def ahead(self) -> tuple[Verified, ...]:
        """Those whose authors have seen a larger checkpoint than this journal has."""
        return tuple(one for each in self._parts.values() for one in each.ahead)

    @property
    def awaited(self) -> tuple[Awaited, ...]:
        """Those whose files have not come."""
        return tuple(one for each in self._parts.values() for one in each.awaited)
