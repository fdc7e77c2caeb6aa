"""The slots of all links, and what lies in them: opened, with what they list."""

import asyncio
from collections.abc import Sequence

from federation.errors import NetworkUnreachable
from federation.item import SlotName
from federation.link.decision import DecisionListed, DecisionSlot, join_decision, open_decision
from federation.link.key import link_seed
from federation.link.slot import LinkEnd, LinkInline, LinkListed, join_link_slot, link_slot
from federation.link.slot import open_link_slot as open_value
from federation.port import Dht
from federation.slot import SealedSlot, witness_slot
from ledger import crypto
from ledger.link.link import Link
from ledger.link.reading import Reading


class LinkSlots:
    """One community's end of its links. Computing a slot costs a key exchange, so once each.

    Args:
        seed: The community key's 32 bytes.
        community: Its public key.
    """

    def __init__(self, seed: bytes, community: bytes) -> None:
        self.seed = link_seed(seed)
        self.own = LinkEnd(community, crypto.public_key(self.seed))
        self._known: dict[tuple[bytes, bytes, bool], SealedSlot] = {}

    def theirs(self, link: Link) -> SealedSlot:
        """Return the slot in which a linked community tells us."""
        return self._slot(link, outward=False)

    def ours(self, link: Link) -> SealedSlot:
        """Return the slot in which we tell a linked community."""
        return self._slot(link, outward=True)

    def holds(self, link: Link) -> bool:
        """Return whether the link names our key: one that a former key began does not."""
        return link.own_key == self.own.link_key

    def testimony(self, link: Link) -> SlotName:
        """Return the slot in which we say what we were shown of a linked community's journal."""
        return witness_slot(link.key, link.key, self.own.link_key)

    def _slot(self, link: Link, *, outward: bool) -> SealedSlot:
        named = (link.key, link.link_key, outward)
        if named not in self._known:
            peer = LinkEnd(link.key, link.link_key)
            ends = (self.own, peer) if outward else (peer, self.own)
            self._known[named] = link_slot(self.seed, *ends)
        return self._known[named]


async def read_link_slot(dht: Dht, slot: SealedSlot, value: bytes) -> LinkInline | None:
    """Return what a link slot's value says; None where what it lists is not to be had now.

    Raises:
        SlotInvalid: It does not open, or does not hold what a link slot does.
    """
    content = open_value(slot, value)
    if not isinstance(content, LinkListed):
        return content
    items = await _fetch(dht, content.targets)
    return None if items is None else join_link_slot(slot, content, items)


async def read_decision(dht: Dht, slot: DecisionSlot, value: bytes) -> Reading | None:
    """Return the reading in a decision's slot; None where what it lists is not to be had now.

    Raises:
        SlotInvalid: It does not open, or does not hold what a decision's slot does.
    """
    content = open_decision(slot, value)
    if not isinstance(content, DecisionListed):
        return content
    items = await _fetch(dht, content.targets)
    return None if items is None else join_decision(slot, content, items)


async def _fetch(dht: Dht, targets: Sequence[bytes]) -> list[bytes] | None:
    try:
        found = await asyncio.gather(*map(dht.get_immutable, targets))
    except NetworkUnreachable:
        return None
    items = [one for one in found if one is not None]
    return items if len(items) == len(targets) else None
