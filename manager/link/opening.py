"""Opening with links: what this home and linked communities said before shows an old journal."""

import asyncio

from federation.errors import NetworkUnreachable, SlotInvalid
from federation.item import MutableItem, SlotName
from federation.link.slot import LinkInline
from federation.poll import Poller
from federation.port import Dht
from federation.slot import SealedSlot
from ledger.errors import KeyRefused, ProofInvalid
from ledger.link.link import Link
from ledger.proof.text import read_checkpoint
from ledger.state import State
from manager.link.intake import say_ahead
from manager.link.links import Links
from manager.link.slots import read_link_slot


class LinkOpening:
    """Compares the own journal with what the slots of its links say, once a start."""

    def __init__(self, links: Links, dht: Dht) -> None:
        self._links = links
        self._dht = dht
        self._poller = Poller(dht)

    async def look(self) -> str:
        """Read the own slots of all links, and what was answered; return what is ahead of us.

        Returns:
            What somebody has read of ours that this journal does not have; empty for nothing.

        Raises:
            NetworkUnreachable: Nobody answered for a slot of ours, so nobody can say.
        """
        state = self._links.state
        links = await asyncio.to_thread(self._usable, tuple(state.links.values()))
        slots = self._links.slots
        words = {slots.testimony(link): link for link in links}
        own = {slots.ours(link).name: link for link in links}
        theirs = {slots.theirs(link).name: link for link in links}
        asked: dict[SlotName, int | None] = dict.fromkeys((*words, *own, *theirs))
        answers = await self._poller.poll(asked)
        found = ""
        for name, got in answers.items():
            if isinstance(got, NetworkUnreachable):
                if name in theirs:
                    continue
                raise got
            if got.item is None:
                continue
            if name in words:
                self._links.put.saw(name, got.item.seq)
                await asyncio.to_thread(self._links.witness.remember, words[name], got.item.value)
            elif name in own:
                self._links.put.saw(name, got.item.seq)
                found = found or await self._own_ahead(own[name], got.item, state)
            else:
                found = found or await self._peer_ahead(theirs[name], got.item, state)
        return found

    def _usable(self, links: tuple[Link, ...]) -> list[Link]:
        found = []
        for link in links:
            try:
                self._links.slots.ours(link)
            except KeyRefused:
                continue
            if self._links.slots.holds(link):
                found.append(link)
        return found

    async def _own_ahead(self, link: Link, item: MutableItem, state: State) -> str:
        """Return what our own slot says that this journal does not have: only our key put it."""
        said = await self._open(self._links.slots.ours(link), item)
        if said is None:
            return ""
        try:
            signed = read_checkpoint(self._links.slots.own.community, said.note.encode())
        except ProofInvalid:
            return ""
        if signed.size <= state.tree.size and said.taken <= link.taken:
            return ""
        return (
            f"this home's own slot for the link {link.name} tells of {signed.size} records and "
            f"{said.taken} entries taken, and this journal has {state.tree.size} and {link.taken}"
        )

    async def _peer_ahead(self, link: Link, item: MutableItem, state: State) -> str:
        said = await self._open(self._links.slots.theirs(link), item)
        if said is None or (said.taken <= link.sent and said.seen_size <= state.tree.size):
            return ""
        ahead = say_ahead(said.taken, said.seen_size, link, state.tree.size)
        return f"link {link.name}: {ahead}"

    async def _open(self, slot: SealedSlot, item: MutableItem) -> LinkInline | None:
        try:
            return await read_link_slot(self._dht, slot, item.value)
        except SlotInvalid:
            return None
