"""Taking in from links: poll the slots of linked communities, open them, judge what they hold."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from federation.errors import SlotInvalid
from federation.item import MutableItem, SlotName
from federation.link.slot import LinkInline
from federation.link.word import Contradicted, Word, judge_word
from federation.poll import Poller
from federation.port import Dht, Got
from ledger.errors import KeyRefused, ProofInvalid
from ledger.link.evidence import VerifiedReading
from ledger.link.link import Link
from ledger.state import State
from manager.link.allowance import PER_S, Allowance
from manager.link.doors import LinkDoors
from manager.link.slots import LinkSlots, read_link_slot


@dataclass(frozen=True, slots=True)
class Came:
    """A new version of a linked community's slot, verified.

    Attributes:
        link: As it stood when it was read.
        seq: The version.
        word: What it says.
    """

    link: Link
    seq: int
    word: Word


@dataclass(frozen=True, slots=True)
class Brought:
    """What a look at the links brought.

    Attributes:
        came: What linked communities say.
        contradicted: Those that took back or rewrote what they had signed.
        decisions: What payers' ledgers decided of payments that wait here.
    """

    came: tuple[Came, ...] = ()
    contradicted: tuple[tuple[Link, Contradicted], ...] = ()
    decisions: tuple[VerifiedReading, ...] = ()

    @property
    def readings(self) -> tuple[VerifiedReading, ...]:
        """All that is to be merged."""
        read = [one.word.reading for one in self.came if one.word.reading is not None]
        return (*read, *self.decisions)


NOTHING = Brought()


class LinkIntake:
    """Reads linked communities' slots for one community."""

    def __init__(self, *, slots: LinkSlots, doors: LinkDoors, dht: Dht, poller: Poller) -> None:
        self._slots = slots
        self._doors = doors
        self._dht = dht
        self._poller = poller
        self._done: dict[SlotName, int] = {}
        self._allowed = Allowance()

    async def take(self, state: State, now: int) -> Brought:
        """Poll all links, and return what is new in those that can be judged.

        Args:
            state: The present.
            now: Unix seconds.
        """
        # All at once: a merge may be changing the present in another thread.
        links = tuple(state.links.values())
        named = await asyncio.to_thread(self._named, links, now)
        answers = await self._poller.poll({name: self._done.get(name) for name in named})
        items: list[tuple[Link, MutableItem]] = []
        for name, link in named.items():
            got = answers[name]
            if isinstance(got, Got):
                self._hear(link, got, now)
                if got.item is not None and got.item.seq >= (self._doors.of(link.key).seq or 0):
                    # As the link stands now: a peer may have read what came during the poll.
                    items.append((state.links[link.key], got.item))
        size = state.tree.size
        judged = await asyncio.gather(*(self._judge(link, item, size, now) for link, item in items))
        return Brought(
            tuple(one for one in judged if isinstance(one, Came)),
            tuple(
                (link, one)
                for (link, _), one in zip(items, judged, strict=True)
                if isinstance(one, Contradicted)
            ),
        )

    def settle(self, came: Sequence[Came], state: State, now: int) -> None:
        """Take note of what a merge made of what came.

        Args:
            came: From ``take``.
            state: After the merge that had its readings.
            now: Unix seconds.
        """
        for one in came:
            link = state.links.get(one.link.key, one.link)
            reading = one.word.reading
            if reading is not None and link.taken < reading.entries[-1].record.entry.number:
                self._doors.complain(
                    link,
                    f"its entries after {link.taken} do not continue those that were merged here; "
                    "compare with its manager",
                    now,
                )
            else:
                self._take(one, link, now)
            self._done[self._slots.theirs(one.link).name] = one.seq

    def _take(self, one: Came, link: Link, now: int) -> None:
        word, door = one.word, self._doors.of(link.key)
        self._doors.put(
            replace(
                door,
                seq=one.seq,
                taken=word.taken,
                seen_size=word.seen_size,
                merged=door.merged if word.reading is None else now,
            )
        )
        if word.checkpoint is not None:
            self._doors.learn(link.key, self._doors.known(link.key).advance(word.checkpoint))
        drift = f"its entry {link.drift} names another balance than our books: look at both"
        self._doors.complain(link, drift if link.drift else "", now)

    def _named(self, links: Sequence[Link], now: int) -> dict[SlotName, Link]:
        named = {}
        for link in links:
            try:
                named[self._slots.theirs(link).name] = link
            except KeyRefused as error:
                self._doors.complain(link, f"{error}; link up again with a new card", now)
        return named

    def _hear(self, link: Link, got: Got, now: int) -> None:
        door = self._doors.of(link.key)
        seen = now if got.item or got.unchanged else door.seen
        self._doors.put(replace(door, polled=now, seen=seen), soon=False)

    async def _judge(
        self, link: Link, item: MutableItem, size: int, now: int
    ) -> Came | Contradicted | None:
        """Return what an item says, or None where it says nothing that can be used."""
        slot = self._slots.theirs(link)
        try:
            inline = await read_link_slot(self._dht, slot, item.value)
            if inline is None:
                # The next look asks for the same version again.
                return None
            word = await asyncio.to_thread(self._read, link, item.seq, inline)
        except (SlotInvalid, ProofInvalid) as error:
            self._done[slot.name] = item.seq
            self._doors.complain(link, f"{error}; tell its manager", now)
            return None
        except Contradicted as error:
            self._done[slot.name] = item.seq
            return error
        if word.taken > link.sent or word.seen_size > size:
            self._done[slot.name] = item.seq
            self._doors.complain(link, say_ahead(word.taken, word.seen_size, link, size), now)
            return None
        if word.reading is None or self._allowed.take(link.key, len(word.reading.entries), now):
            return Came(link, item.seq, word)
        # The next look asks for the same version again.
        self._doors.complain(
            link, f"it tells more than {PER_S:g} entries a second for long; the rest waits", now
        )
        return None

    def _read(self, link: Link, seq: int, inline: LinkInline) -> Word:
        own, door = self._slots.own.community, self._doors.of(link.key)
        later = door.seq is not None and seq > door.seq
        known = self._doors.known(link.key)
        return judge_word(own, link.key, inline, known, taken=link.taken, later=later)


def say_ahead(taken: int, seen_size: int, link: Link, size: int) -> str:
    """Return what it means that a linked community has read more of ours than there is.

    Args:
        taken: Entries that it says it has read.
        seen_size: Records that it says it has seen.
        link: As our ledger has it.
        size: Of our journal.
    """
    return (
        f"it says to have read {taken} entries and {seen_size} records of ours, and this journal "
        f"has {link.sent} and {size}: it is an old copy, or the other one errs. No word of it is "
        "merged before both managers have compared"
    )
