"""The simulated DHT misbehaves as ordered and never lets a forgery through."""

import asyncio
from dataclasses import replace
from random import Random

import pytest

from federation.errors import NetworkUnreachable
from federation.item import MutableItem, immutable_target, sign_item
from tests.support.loop import run_virtual
from tests.support.simdht import LIFETIME_S, DhtNetwork, Manner, SimDht
from tests.support.weather import EPOCH, SimClock, Weather

SEED = bytes(32)


def signed(seq: int) -> MutableItem:
    return sign_item(SEED, b"slot", seq, b"i%de" % seq)


def seeded(number: int) -> Random:
    return Random(number)  # noqa: S311 -- a simulation


def test_items_expire_two_hours_after_the_last_put() -> None:
    async def main() -> None:
        dht = SimDht(DhtNetwork(Weather()), "author")
        await dht.put(signed(1))
        await dht.put_immutable(b"1:x")
        await asyncio.sleep(LIFETIME_S - 60)
        await dht.put(signed(1))
        await asyncio.sleep(LIFETIME_S - 60)
        assert (await dht.get(signed(1).slot)).item == signed(1)
        assert await dht.get_immutable(immutable_target(b"1:x")) is None
        await asyncio.sleep(120)
        assert (await dht.get(signed(1).slot)).item is None

    run_virtual(main())


@pytest.mark.parametrize("seed", range(5))
def test_forgers_change_no_answer(seed: int) -> None:
    async def main() -> None:
        manners = [Manner.FORGER if number % 2 else Manner.HONEST for number in range(20)]
        network = DhtNetwork(Weather(seeded(seed)), manners)
        dht = SimDht(network, "author")
        other = sign_item(bytes([1]) * 32, b"slot", 99, b"3:who")
        await dht.put(other)
        for seq in range(1, 30):
            await dht.put(signed(seq))
            assert (await dht.get(signed(1).slot)).item == signed(seq), f"seed {seed}"
        await dht.put_immutable(b"5:value")
        assert await dht.get_immutable(immutable_target(b"5:value")) == b"5:value"

    run_virtual(main())


def test_stale_and_stubborn_nodes_answer_with_older_versions() -> None:
    async def main() -> None:
        network = DhtNetwork(Weather(seeded(3), stale=0.9), [Manner.STUBBORN] * 10)
        dht = SimDht(network, "author")
        for seq in range(1, 6):
            assert (await dht.put(signed(seq))).accepted > 0
        assert (await dht.get(signed(1).slot)).item == signed(1)
        network.nodes[0].manner = Manner.HONEST
        seen = set()
        for seq in range(6, 12):
            await dht.put(signed(seq))
            item = (await dht.get(signed(1).slot)).item
            assert item is not None
            seen.add(item.seq)
        assert min(seen) < 11

    run_virtual(main())


def test_losses_cost_answers_and_partitions_cost_all() -> None:
    async def main() -> None:
        network = DhtNetwork(Weather(seeded(4), loss=0.4))
        one, other = SimDht(network, "one"), SimDht(network, "other")
        answered = [(await one.get(signed(1).slot)).answered for _ in range(30)]
        assert min(answered) < 8
        network.offline.add("one")
        with pytest.raises(NetworkUnreachable):
            await one.get(signed(1).slot)
        assert (await other.get(signed(1).slot)).answered
        network.offline.clear()
        network.severed |= {("other", number) for number in range(20)}
        with pytest.raises(NetworkUnreachable):
            await other.get(signed(1).slot)
        assert await one.nodes()

    run_virtual(main())


def test_nodes_keep_what_bep_44_says() -> None:
    async def main() -> None:
        network = DhtNetwork(Weather(), [Manner.HONEST])
        node = network.nodes[0]
        assert node.take(signed(5), None, 0)
        assert not node.take(signed(4), None, 0)
        assert not node.take(signed(6), 4, 0)
        assert not node.take(replace(signed(6), value=b"i7e"), None, 0)
        assert node.take(sign_item(SEED, b"slot", 5, b"i0e"), None, 0)
        assert node.versions(signed(5).slot.target, 0) == [signed(5)]
        assert node.take(signed(6), 5, 0)
        assert network.copies(signed(1).slot, 0) == [signed(6)]

    run_virtual(main())


def test_a_seed_repeats_itself() -> None:
    async def story(seed: int) -> list[object]:
        network = DhtNetwork(Weather(seeded(seed), loss=0.3, stale=0.3))
        dht = SimDht(network, "author")
        told: list[object] = []
        for seq in range(1, 20):
            told.append(await dht.put(signed(seq)))
            told.append(await dht.get(signed(1).slot))
        told.append(asyncio.get_running_loop().time())
        return told

    assert run_virtual(story(7)) == run_virtual(story(7))
    assert run_virtual(story(7)) != run_virtual(story(8))


def test_a_skewed_clock_is_wrong_only_in_its_calendar() -> None:
    async def main() -> None:
        right, wrong = SimClock(), SimClock(skew_s=-90)
        await right.sleep(10)
        assert right.now() == EPOCH + 10
        assert wrong.now() == EPOCH - 80
        assert right.monotonic() == wrong.monotonic() == pytest.approx(10)

    run_virtual(main())
