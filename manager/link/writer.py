"""Telling linked communities: the own slot of each link, written when it has something new."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from federation.errors import SlotInvalid
from federation.item import SlotName
from federation.link.slot import (
    LinkInline,
    LinkListed,
    LinkValue,
    join_link_slot,
    open_link_slot,
    seal_link_slot,
)
from federation.tier import Filled, cut_items
from ledger.errors import KeyRefused
from ledger.link.link import Link
from ledger.link.reading import ENTRIES_MAX
from ledger.store.link import LinkStore
from ledger.store.link_door import LinkDoor
from ledger.store.proving import Prover, kept_checkpoint
from manager.link.doors import LinkDoors
from manager.link.put import LinkPut
from manager.link.slots import LinkSlots

NOTE_S = 3_600
"""After so long a quiet link's slot is written again if there is a newer checkpoint, seconds."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a slot of ours says, and what its writer knew then.

    Attributes:
        taken: As in the slot.
        seen_size: As in the slot.
        after: Number of our newest entry that its reader had taken.
        base: Size of our newest checkpoint that its reader had seen.
        sent: Number of our newest entry.
        size: Of the checkpoint in it.
        time: When it was written, Unix seconds.
    """

    taken: int
    seen_size: int
    after: int
    base: int
    sent: int
    size: int
    time: int


class LinkWriter:
    """Writes the slots of all links."""

    def __init__(
        self,
        *,
        slots: LinkSlots,
        doors: LinkDoors,
        store: LinkStore,
        put: LinkPut,
        nonces: Callable[[], bytes],
    ) -> None:
        self._slots = slots
        self._doors = doors
        self._store = store
        self._put = put
        self._nonces = nonces
        self._said: dict[SlotName, Said] = {}

    def write(self, links: Sequence[Link], prover: Prover, now: int) -> list[SlotName]:
        """Keep the slots that have something new. Blocks.

        Args:
            links: As the ledger has them.
            prover: Under its signed checkpoint, which covers all of it.
            now: Unix seconds.

        Returns:
            The slots to put.
        """
        names = []
        for link in links:
            name = self._write(link, prover, now)
            if name is not None and not self._put.is_put(name):
                names.append(name)
        return names

    def _write(self, link: Link, prover: Prover, now: int) -> SlotName | None:
        try:
            slot = self._slots.ours(link)
        except KeyRefused:
            return None
        if not self._slots.holds(link):
            self._doors.complain(
                link, "it was made with a former key of this community; link up again", now
            )
            return None
        name, door = slot.name, self._doors.of(link.key)
        said = self._said.get(name) or self._recall(link, door)
        if said is None or _has_news(said, link, door, prover.size, now):
            value = self._seal(link, door, prover)
            said = Said(
                link.taken, door.size, door.taken, door.seen_size, link.sent, prover.size, now
            )
            self._put.keep(name, value, now)
        self._said[name] = said
        return name

    def _seal(self, link: Link, door: LinkDoor, prover: Prover) -> Filled:
        note = prover.checkpoint.note.decode()
        said = LinkValue(link.taken, door.size, note, self._extends(door.seen_size, prover))
        indices = self._store.entries_after(link.key, door.taken, ENTRIES_MAX)
        if indices:
            reading = prover.many(indices)
            said = LinkValue(
                said.taken, said.seen_size, note, said.consistency, reading.entries, reading.proof
            )
        return seal_link_slot(self._slots.ours(link), said, (self._nonces(), self._nonces()))

    def _extends(self, base: int, prover: Prover) -> tuple[bytes, ...]:
        """Return the proof from what the reader has seen; none where that was never signed."""
        if not 0 < base < prover.size:
            return ()
        kept = kept_checkpoint(self._store.database, base)
        return prover.consistency(kept).hashes if kept and kept.size == base else ()

    def _recall(self, link: Link, door: LinkDoor) -> Said | None:
        """Return what a former life put, where that is all there is to say."""
        slot = self._slots.ours(link)
        row = self._put.row(slot.name)
        if row is None or row.put is None or link.sent > door.taken:
            return None
        try:
            content = open_link_slot(slot, row.value)
            if isinstance(content, LinkListed):
                content = join_link_slot(slot, content, cut_items(row.sealed))
        except SlotInvalid:
            # The link had another key then.
            return None
        return _say(content, link, row.put)


def _say(inline: LinkInline, link: Link, time: int) -> Said:
    return Said(inline.taken, inline.seen_size, link.sent, 0, link.sent, 0, time)


def _has_news(said: Said, link: Link, door: LinkDoor, size: int, now: int) -> bool:
    if (said.taken, said.seen_size) != (link.taken, door.size):
        return True
    waiting = link.sent > door.taken
    told = (said.after, said.base, said.sent)
    if waiting and told != (door.taken, door.seen_size, link.sent):
        return True
    return size > said.size and now - said.time >= NOTE_S
