"""Third parties: whoever knows a signed item may put it again, as often as he likes."""

from federation.item import MutableItem, SlotName
from tests.support.simdht import DhtNetwork, SimDht


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
