"""The project's own DHT endpoint: the Dht port over asyncio UDP.

What libtorrent's binding cannot: dictionary values, any ``seq``, ``cas``, ready signatures,
conditional gets.
"""

import time
from collections.abc import Callable, Iterable, Sequence

from federation import bencode
from federation.dht import krpc
from federation.dht.contact import Address, is_askable
from federation.dht.exchange import Traffic
from federation.dht.gather import Gather
from federation.dht.holders import Holders
from federation.dht.lookup import Lookup
from federation.dht.presence import Presence
from federation.dht.settings import PUBLIC, DhtSettings
from federation.item import (
    VALUE_BYTES_MAX,
    MutableItem,
    SlotName,
    immutable_target,
    verify_item,
)
from federation.port import Got, Put

NODES_RETURNED_MAX = 32


class Endpoint:
    """A DHT node on one UDP port; make it on a running event loop.

    Args:
        host: IPv4 address to bind.
        port: 0 for any.
        bootstrap: Nodes to meet first, by name or IPv4 address, beside those it comes to know.
        own: Nodes of this same program: asked and given items like others, but what only they
            say is no answer of the network.
        node_id: 20 bytes; random by default.
        settings: The network's figures.
        monotonic: Seconds that never go back.

    Raises:
        NetworkUnreachable: The port is taken.
    """

    def __init__(
        self,
        host: str,
        port: int,
        bootstrap: Iterable[Address] = (),
        *,
        own: Iterable[Address] = (),
        node_id: bytes | None = None,
        settings: DhtSettings = PUBLIC,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._presence = Presence(
            host,
            port,
            bootstrap,
            own=own,
            node_id=node_id,
            settings=settings,
            monotonic=monotonic,
        )
        self._holders = Holders(settings)
        self._global_only = settings.global_addresses_only
        self._monotonic = monotonic

    @property
    def id(self) -> bytes:
        """Its node id, 20 bytes."""
        return self._presence.id

    @property
    def address(self) -> Address:
        """Where it is bound."""
        return self._presence.address

    @property
    def traffic(self) -> Traffic:
        """Datagrams since the start."""
        return self._presence.traffic

    def add_nodes(self, nodes: Iterable[Address]) -> None:
        """Meet more nodes first when none is known, such as those that a card names."""
        self._presence.add_nodes(nodes)

    async def get(self, slot: SlotName, newer_than: int | None = None) -> Got:
        """Return the newest item of a slot.

        With ``newer_than`` (a seq, or -1 for any) it first asks one of the nodes known to store
        the slot, and looks the slot up anew only if they do not tell.

        Raises:
            NetworkUnreachable: Nobody answered.
        """
        if newer_than is not None and (got := await self._get_from_holder(slot, newer_than)):
            return got
        gather, lookup = await self._look_up_item(slot)
        newest = gather.newest
        if newer_than is not None and newest and newest.seq <= newer_than:
            return Got(None, len(lookup.answers), 0, unchanged=True)
        return Got(newest, len(lookup.answers), len(gather.holders()))

    async def put(self, item: MutableItem, cas: int | None = None) -> Put:
        """Store a signed item, one's own or anybody's, on the nodes closest to its target.

        Args:
            item: Its value is canonically bencoded.
            cas: A node that stores another seq refuses.

        Raises:
            ItemInvalid: Its sizes, value or signature break BEP 44.
            NetworkUnreachable: Nobody answered.
        """
        verify_item(item)
        bencode.decode(item.value, VALUE_BYTES_MAX)
        gather, lookup = await self._look_up_item(item.slot)
        accepted = await self._deliver(lookup, lambda token: krpc.PutItem(token, item, cas))
        return Put(len(accepted), gather.newest.seq if gather.newest else None)

    async def get_immutable(self, target: bytes) -> bytes | None:
        """Return the bencoded value whose SHA-1 is the 20-byte target, checked, or None.

        Raises:
            NetworkUnreachable: Nobody answered.
        """
        found: list[bytes] = []

        def judge(_address: Address, answer: krpc.Answer) -> bool:
            if answer.value and immutable_target(answer.value) == target:
                found.append(answer.value)
            return bool(found)

        await self._presence.look_up(target, krpc.Get(target), judge)
        return found[0] if found else None

    async def put_immutable(self, value: bytes) -> Put:
        """Store a bencoded value of at most 999 bytes under its SHA-1.

        Raises:
            ItemInvalid: Too long or not canonical bencoding.
            NetworkUnreachable: Nobody answered.
        """
        bencode.decode(value, VALUE_BYTES_MAX)
        target = immutable_target(value)
        lookup = await self._presence.look_up(target, krpc.Get(target))
        accepted = await self._deliver(lookup, lambda token: krpc.PutValue(token, value))
        return Put(len(accepted))

    async def find_peers(self, infohash: bytes, tell: Callable[[Sequence[Address]], None]) -> None:
        """Look up who has a torrent; ``tell`` gets each node's peers as its answer comes.

        Args:
            infohash: v1, 20 bytes.
            tell: Gets IPv4 addresses and TCP ports, some of them repeatedly.

        Raises:
            NetworkUnreachable: Nobody answered.

        Source:
            BEP 5, "get_peers".
        """

        def judge(_address: Address, answer: krpc.Answer) -> bool:
            if peers := [peer for peer in answer.peers if self._is_askable(peer)]:
                tell(peers)
            return False

        await self._presence.look_up(infohash, krpc.GetPeers(infohash), judge)

    async def announce_peer(self, infohash: bytes, port: int) -> Put:
        """Tell the nodes closest to a torrent that this machine has it.

        Args:
            infohash: v1, 20 bytes.
            port: TCP, where peers connect.

        Raises:
            NetworkUnreachable: Nobody answered.

        Source:
            BEP 5, "announce_peer".
        """
        lookup = await self._presence.look_up(infohash, krpc.GetPeers(infohash))
        accepted = await self._deliver(
            lookup, lambda token: krpc.AnnouncePeer(infohash, token, port)
        )
        return Put(len(accepted))

    async def stored_copies(self, slot: SlotName, seq: int) -> int:
        """Return how many nodes give back a valid item of this slot with exactly this seq.

        A node may acknowledge a put and drop it, so this is the only way to know.

        Raises:
            NetworkUnreachable: Nobody answered.
        """
        gather, _ = await self._look_up_item(slot)
        return gather.copies(seq)

    async def nodes(self) -> Sequence[Address]:
        """Return addresses of DHT nodes that answered lately, best first.

        Raises:
            NetworkUnreachable: Nobody answered.
        """
        await self._presence.join()
        return [contact.address for contact in self._presence.good()[:NODES_RETURNED_MAX]]

    def save_holders(self) -> bytes:
        """Return which nodes store each slot, for ``load_holders`` of a later life."""
        return self._holders.save()

    def load_holders(self, saved: bytes) -> None:
        """Start warm with what ``save_holders`` gave.

        Raises:
            ItemInvalid: Something else than what it gives.
        """
        self._holders.load(saved, self._monotonic())

    async def close(self) -> None:
        """Release the port and end every task; what still runs raises NetworkUnreachable."""
        await self._presence.close()

    def _is_askable(self, peer: Address) -> bool:
        return is_askable(peer, global_only=self._global_only)

    async def _look_up_item(self, slot: SlotName) -> tuple[Gather, Lookup]:
        gather = Gather(slot)

        def take(address: Address, answer: krpc.Answer) -> bool:
            gather.take(address, answer)
            return False

        lookup = await self._presence.look_up(slot.target, krpc.Get(slot.target), take)
        self._remember(slot, gather, lookup)
        return gather, lookup

    def _remember(self, slot: SlotName, gather: Gather, lookup: Lookup) -> None:
        """Note who stores a slot, and who else is closest to it.

        Those that store it may be few, because it is just being put: if they missed the next put,
        we would see nothing of it for as long as we asked only them.
        """
        closest = (contact.address for contact in lookup.closest())
        nodes = dict.fromkeys((*gather.holders(), *closest))
        others = [node for node in nodes if node not in self._presence.own]
        self._holders.remember(slot.target, others, self._monotonic())

    async def _get_from_holder(self, slot: SlotName, newer_than: int) -> Got | None:
        """Ask the remembered nodes, one at a time; None if none of them tells."""
        nodes = self._holders.next(slot.target, self._monotonic())
        if not nodes:
            return None
        gather = Gather(slot)

        def settles(address: Address, answer: krpc.Answer) -> bool:
            gather.take(address, answer)
            if _tells(answer, gather, newer_than):
                return True
            self._holders.forget_node(slot.target, address)
            return False

        question = krpc.Get(slot.target, newer_than if newer_than >= 0 else None)
        inquiry = await self._presence.inquire(nodes, question, settles)
        for silent in inquiry.silent:
            self._holders.miss_node(slot.target, silent, self._monotonic())
        if inquiry.settled is None:
            return None
        self._holders.confirm_node(slot.target, inquiry.settled)
        answered = len(inquiry.answers)
        if gather.newest and gather.newest.seq > newer_than:
            return Got(gather.newest, answered, len(gather.holders()))
        return Got(None, answered, 0, unchanged=newer_than >= 0)

    async def _deliver(
        self, lookup: Lookup, question: Callable[[bytes], krpc.Question]
    ) -> list[Address]:
        """Put to each of the closest nodes that gave a token; return those that took it."""
        tokens = [
            (contact.address, lookup.answers[contact.address].token) for contact in lookup.closest()
        ]
        asks = [(address, question(token)) for address, token in tokens if token]
        return await self._presence.deliver(asks)


def _tells(answer: krpc.Answer, gather: Gather, newer_than: int) -> bool:
    """Return whether an answer settles if there is anything newer.

    A node that stores an older version, a wrong one or, where there was one, none, is stale.
    """
    if gather.newest:
        return gather.newest.seq >= newer_than
    if answer.value:
        return False
    return answer.seq == newer_than or (answer.seq is None and newer_than < 0)
