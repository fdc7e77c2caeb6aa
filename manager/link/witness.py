"""Witnessing linked communities: saying which of their checkpoints were shown to us."""

from collections.abc import Iterable

from federation.errors import SlotInvalid
from federation.item import SlotName
from federation.link.word import Known
from federation.tier import Tiered
from federation.witness.testimony import ReadTestimony, read_testimony, sign_testimony
from federation.witness.witness import SAY_AGAIN_S
from ledger.checkpoint import VerifiedCheckpoint
from ledger.link.link import Link
from manager.link.doors import LinkDoors
from manager.link.put import LinkPut
from manager.link.slots import LinkSlots

SAY_S = 60
"""Testimonies about one community are at least so long apart, seconds: payments are quicker."""


class LinkWitness:
    """The link key's word about each linked community."""

    def __init__(self, *, slots: LinkSlots, doors: LinkDoors, put: LinkPut) -> None:
        self._slots = slots
        self._doors = doors
        self._put = put

    def write(self, links: Iterable[Link], now: int) -> list[SlotName]:
        """Cosign what was verified and is on the disk, where that is news. Blocks.

        Args:
            links: As the ledger has them.
            now: Unix seconds.

        Returns:
            The slots to put.
        """
        names = []
        for link in links:
            door, name = self._doors.of(link.key), self._slots.testimony(link)
            said = self._said(link, name)
            if door.size and _is_news(said, door.size, now):
                checkpoint = VerifiedCheckpoint(link.key, door.size, door.root, door.note)
                value = sign_testimony(self._slots.seed, checkpoint, (), now)
                self._put.keep(name, Tiered(value, ()), now)
            if self._put.row(name) is not None and not self._put.is_put(name):
                names.append(name)
        return names

    def remember(self, link: Link, value: bytes) -> None:
        """Take up what this key said before: a home from a backup may have said more.

        Args:
            link: Whose community it was about.
            value: Read back from the own slot.
        """
        try:
            said = read_testimony(link.key, self._slots.own.link_key, value).checkpoint
        except SlotInvalid:
            return
        known = self._doors.known(link.key)
        if said.size > known.size:
            self._doors.learn(
                link.key, Known(said.size, said.root, said.note, known.size, known.root)
            )

    def _said(self, link: Link, name: SlotName) -> ReadTestimony | None:
        row = self._put.row(name)
        if row is None:
            return None
        try:
            return read_testimony(link.key, self._slots.own.link_key, row.value)
        except SlotInvalid:
            return None


def _is_news(said: ReadTestimony | None, size: int, now: int) -> bool:
    if said is None:
        return True
    age = now - said.cosignature.time
    larger = size > said.checkpoint.size
    return (larger and age >= SAY_S) or (size == said.checkpoint.size and age >= SAY_AGAIN_S)
