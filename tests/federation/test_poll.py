"""Polling many slots: bounded, every slot answered, over the real endpoint and a simulated one."""

import asyncio
from dataclasses import replace

import pytest

from federation.dht.endpoint import Endpoint
from federation.dht.settings import NEAR
from federation.errors import NetworkUnreachable
from federation.item import MutableItem, SlotName, sign_item
from federation.poll import Poller
from federation.port import Got
from tests.support.simdht import DhtNetwork, SimDht
from tests.support.weather import calm

SEED = bytes(range(32))
IN_FLIGHT = 8
FEW = replace(NEAR, polls_in_flight=IN_FLIGHT, timeout_first_s=0.2, timeout_min_s=0.2)


def signed(number: int, seq: int) -> MutableItem:
    return sign_item(SEED, b"%d" % number, seq, b"5:hello")


class Counting(SimDht):
    """A simulated adapter that counts how many gets run at one time."""

    running = 0
    most = 0

    async def get(self, slot: SlotName, newer_than: int | None = None) -> Got:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        try:
            return await super().get(slot, newer_than)
        finally:
            self.running -= 1


async def test_news_silence_and_absence_are_told_apart() -> None:
    dht = SimDht(DhtNetwork(calm()), "manager")
    for number, seq in ((0, 5), (1, 7)):
        await dht.put(signed(number, seq))
    slots = {signed(0, 0).slot: 5, signed(1, 0).slot: 6, signed(2, 0).slot: None}
    same, new, absent = (await Poller(dht, FEW).poll(slots)).values()
    assert isinstance(same, Got)
    assert (same.item, same.unchanged) == (None, True)
    assert isinstance(new, Got)
    assert new.item == signed(1, 7)
    assert isinstance(absent, Got)
    assert (absent.item, absent.unchanged) == (None, False)


async def test_only_so_many_gets_run_at_one_time() -> None:
    dht = Counting(DhtNetwork(calm()), "manager")
    slots = {signed(number, 0).slot: None for number in range(40)}
    polled = await Poller(dht, FEW).poll(slots)
    assert list(polled) == list(slots)
    assert dht.most == IN_FLIGHT


async def test_nothing_to_poll_is_no_work() -> None:
    assert await Poller(SimDht(DhtNetwork(calm()), "manager"), FEW).poll({}) == {}


class Flaky(SimDht):
    """A simulated adapter that reaches nobody for every third slot."""

    calls = 0

    async def get(self, slot: SlotName, newer_than: int | None = None) -> Got:
        self.calls += 1
        if self.calls % 3 == 0:
            raise NetworkUnreachable("nobody answered this time")
        return await super().get(slot, newer_than)


async def test_a_slot_that_fails_does_not_hold_up_the_others() -> None:
    slots = {signed(number, 0).slot: None for number in range(30)}
    polled = await Poller(Flaky(DhtNetwork(calm()), "manager"), FEW).poll(slots)
    failed = [slot for slot, got in polled.items() if isinstance(got, NetworkUnreachable)]
    assert len(polled) == 30
    assert len(failed) == 10


async def test_without_a_network_it_gives_up_after_the_first_few() -> None:
    network = DhtNetwork(calm())
    network.offline.add("alone")
    dht = SimDht(network, "alone")
    slots = {signed(number, 0).slot: 3 for number in range(100)}
    polled = await Poller(dht, FEW).poll(slots)
    assert len(polled) == 100
    assert all(isinstance(got, NetworkUnreachable) for got in polled.values())
    assert network.calls["alone", "get"] < 2 * IN_FLIGHT


async def test_a_poll_of_many_members_costs_one_datagram_each_in_the_steady_state() -> None:
    members, count = [Endpoint("127.0.0.1", 0, settings=FEW) for _ in range(9)], 60
    for member in members[1:]:
        member.add_nodes([members[0].address])
        assert await member.nodes()
    for number in range(count):
        await members[number % 9].put(signed(number, 1))
    manager = Endpoint("127.0.0.1", 0, [members[0].address], settings=FEW)
    first = await Poller(manager, FEW).poll({signed(n, 0).slot: None for n in range(count)})
    assert all(isinstance(got, Got) and got.item for got in first.values())
    await members[3].put(signed(7, 2))
    asked, news = manager.traffic.asked, []
    for _ in range(2):  # a node that missed the put hides it for one round
        polled = await Poller(manager, FEW).poll({signed(n, 0).slot: 1 for n in range(count)})
        news += [got.item for got in polled.values() if isinstance(got, Got) and got.item]
    assert set(news) == {signed(7, 2)}
    assert manager.traffic.asked - asked == pytest.approx(2 * count, abs=4)
    for member in [*members, manager]:
        await member.close()
