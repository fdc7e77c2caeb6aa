"""Which nodes store each slot: remembered, so that the steady state costs one datagram a slot."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from federation import bencode
from federation.dht.contact import (
    COMPACT_ADDRESS_BYTES,
    ID_BYTES,
    Address,
    pack_address,
    unpack_address,
)
from federation.dht.settings import DhtSettings
from federation.errors import ItemInvalid

SAVED_BYTES_MAX = 8_000_000
"""20,000 slots of 16 nodes and their targets, with room."""
NODES_MAX = 16


@dataclass(slots=True)
class _Known:
    nodes: list[Address]
    found: int
    found_at: float
    silent: dict[Address, float] = field(default_factory=dict)
    """Nodes that did not answer, and when to ask them once more."""


class Holders:
    """Remembers the nodes closest to a target that store what is there, or would.

    Each use rotates them: a node that hides the newest item hides it for one round. One that is
    silent is asked once more, later: when a wire was cut for a while, those on this side of it may
    be left, and the slot's author knows those on the other.
    """

    def __init__(self, settings: DhtSettings) -> None:
        self._settings = settings
        self._known: dict[bytes, _Known] = {}

    def __len__(self) -> int:
        return len(self._known)

    def remember(self, target: bytes, nodes: Sequence[Address], now: float) -> None:
        """Note what a full lookup or a put found; the slot longest not found anew is forgotten."""
        before = self._known.pop(target, None)
        if not nodes:
            return
        kept = list(nodes[:NODES_MAX])
        self._known[target] = known = _Known(kept, len(kept), now)
        if before:
            again_at = now + self._settings.asked_again_s
            missed = dict.fromkeys(before.nodes, again_at) | before.silent
            left = [(node, at) for node, at in missed.items() if node not in kept]
            known.silent = dict(left[:NODES_MAX])
        if len(self._known) > self._settings.remembered_max:
            del self._known[next(iter(self._known))]

    def next(self, target: bytes, now: float) -> list[Address]:
        """Return the nodes to ask, in order; none if a full lookup is due.

        It is also due once fewer than half are left: the few that stay may be those of which the
        slot's author has lost sight, and they would go on giving the version that they have.
        """
        known = self._known.get(target)
        if known is None or now - known.found_at > self._settings.remembered_s:
            return []
        if 2 * len(known.nodes) < known.found:
            return []
        known.nodes.append(known.nodes.pop(0))
        again = next((node for node, at in known.silent.items() if at <= now), None)
        if again is None:
            return known.nodes[: self._settings.inquiry_nodes_max]
        del known.silent[again]
        return [again, *known.nodes[: self._settings.inquiry_nodes_max - 1]]

    def confirm_node(self, target: bytes, node: Address) -> None:
        """Note that a node stores it, which may have been silent before."""
        known = self._known.get(target)
        if known and node not in known.nodes:
            known.nodes.append(node)

    def miss_node(self, target: bytes, node: Address, now: float) -> None:
        """Note that a node was silent: it is asked once more later, and then no more."""
        known = self._known.get(target)
        if known and node in known.nodes:
            known.silent[node] = now + self._settings.asked_again_s
        self.forget_node(target, node)

    def forget_node(self, target: bytes, node: Address) -> None:
        """Ask this node no more for this target: it stores it no longer."""
        known = self._known.get(target)
        if known and node in known.nodes:
            known.nodes.remove(node)
            if not known.nodes:
                del self._known[target]

    def save(self) -> bytes:
        """Return all of it for a later start: bencoded, target to compact addresses."""
        return bencode.encode({
            target: b"".join(map(pack_address, known.nodes))
            for target, known in self._known.items()
        })  # fmt: skip

    def load(self, saved: bytes, now: float) -> None:
        """Take over what ``save`` gave in an earlier life.

        Raises:
            ItemInvalid: Something else than what ``save`` gives.
        """
        slots = bencode.decode(saved, SAVED_BYTES_MAX)
        if type(slots) is not dict:
            raise ItemInvalid("got saved holders that are no dictionary; remove the file")
        for target, packed in slots.items():
            if len(target) != ID_BYTES or type(packed) is not bytes:
                raise ItemInvalid("got saved holders of a wrong shape; remove the file")
            if len(packed) % COMPACT_ADDRESS_BYTES:
                raise ItemInvalid("got a cut address among saved holders; remove the file")
            steps = range(0, len(packed), COMPACT_ADDRESS_BYTES)
            self.remember(target, [unpack_address(packed[at:]) for at in steps], now)
