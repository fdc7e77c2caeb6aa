"""Third parties: whoever knows a signed item may put it again, as often as he likes."""

from federation.item import MutableItem, SlotName, sign_item
from federation.outbox import seal_outbox
from federation.slot import changes_slot
from ledger import crypto
from ledger.changeset import NOTHING_SEEN, ChangeSet, Verified, sign_change_set
from ledger.operation import Operation
from tests.support.simdht import DhtNetwork, SimDht
from tests.support.weather import EPOCH


class Replayer:
    """Puts old items of everybody again, any version of any slot."""

    def __init__(self, network: DhtNetwork) -> None:
        self._network = network
        self._dht = SimDht(network, "replayer")

    async def put_some(self, count: int) -> None:
        """Put so many items again that other parties put once."""
        random = self._network.weather.random
        others = [seen.item for seen in self._network.puts if seen.party != "replayer"]
        for item in random.sample(others, min(count, len(others))):
            await self._dht.put(item)

    async def put_all_backwards(self) -> None:
        """Put every item ever put again, the newest first."""
        others = [seen.item for seen in self._network.puts if seen.party != "replayer"]
        for item in reversed(others):
            await self._dht.put(item)

    def plant(self) -> None:
        """Leave only the oldest version of every slot in the whole network."""
        for node in self._network.nodes:
            node.forget_all()
        oldest: dict[SlotName, MutableItem] = {}
        for seen in self._network.puts:
            oldest.setdefault(seen.item.slot, seen.item)
        for item in oldest.values():
            for node in self._network.closest(item.slot.target):
                node.take(item, None, 0)


class Twin:
    """Somebody with a member's key and no manners: signs any number and puts it into the slot."""

    def __init__(self, network: DhtNetwork, seed: bytes, community: bytes) -> None:
        self._dht = SimDht(network, "twin")
        self._seed = seed
        self._community = community
        self._slot = changes_slot(seed, community, crypto.public_key(seed))

    def sign(
        self, number: int, previous: bytes, *operations: Operation, generation: int = 0
    ) -> Verified:
        """Return a change-set of any place in the chain."""
        asked = ChangeSet(generation, number, previous, EPOCH, NOTHING_SEEN, operations)
        return sign_change_set(self._community, self._seed, asked)

    async def publish(self, *change_sets: Verified) -> MutableItem:
        """Put change-sets over whatever the slot holds."""
        generation = change_sets[0].change_set.generation
        sealed = seal_outbox(self._slot, generation, change_sets, (bytes(24), bytes(24)))
        assert not sealed.items, "a twin's outbox fits its slot"
        return await self.put(sealed.value)

    async def put(self, value: bytes) -> MutableItem:
        """Put any bencoded value over whatever the slot holds."""
        got = await self._dht.get(self._slot.name)
        seq = got.item.seq + 1 if got.item else 1
        item = sign_item(self._seed, self._slot.name.salt, seq, value)
        await self._dht.put(item)
        return item
