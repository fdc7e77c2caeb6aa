"""Polling many slots at once: a few in flight, and one failure does not hold up the others."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from federation.dht.settings import PUBLIC, DhtSettings
from federation.errors import NetworkUnreachable
from federation.item import SlotName
from federation.port import Dht, Got

ANY_SEQ = -1
"""Every item is newer than this, so a slot never seen is asked for as cheaply as others."""

Polled: TypeAlias = Got | NetworkUnreachable


class Poller:
    """Gets many slots through one Dht port.

    The endpoint behind the port remembers who stores each slot, so that a slot without news costs
    one datagram each way.

    Args:
        dht: Any adapter.
        settings: ``polls_in_flight`` of it.
    """

    def __init__(self, dht: Dht, settings: DhtSettings = PUBLIC) -> None:
        self._dht = dht
        self._in_flight = settings.polls_in_flight

    async def poll(self, slots: Mapping[SlotName, int | None]) -> dict[SlotName, Polled]:
        """Return for each slot what is newer than its last known ``seq``, or why it is not known.

        When all of the first slots in flight reach nobody at all, the others are not tried: each
        would wait as long for the same reason.

        Args:
            slots: The last seq known of each, None for a slot never seen.
        """
        found: dict[SlotName, Polled] = {}
        waiting = iter(slots.items())
        workers = min(self._in_flight, len(slots))
        await asyncio.gather(*(self._work(waiting, found) for _ in range(workers)))
        return {slot: found[slot] for slot in slots}

    async def _work(
        self, waiting: Iterator[tuple[SlotName, int | None]], found: dict[SlotName, Polled]
    ) -> None:
        for slot, last_seq in waiting:
            newer_than = ANY_SEQ if last_seq is None else last_seq
            try:
                found[slot] = await self._dht.get(slot, newer_than)
            except NetworkUnreachable as error:
                found[slot] = error
                if len(found) >= self._in_flight and not _any_answered(found):
                    found.update((unasked, error) for unasked, _ in waiting)


def _any_answered(found: Mapping[SlotName, Polled]) -> bool:
    return any(isinstance(polled, Got) for polled in found.values())
