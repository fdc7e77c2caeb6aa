"""Crawling adverts over a simulated DHT."""

from collections.abc import Mapping
from itertools import pairwise

import pytest
from msgspec.structs import replace

from federation import bencode
from federation.errors import NetworkUnreachable
from federation.item import sign_item
from federation.link.advert import SALT, Advert, encode_advert, sign_advert
from federation.link.crawl import COMMUNITIES_MAX, KEPT_S, Crawled, Crawler, Memory
from federation.link.graph import ADVERT_AGE_S_MAX
from federation.poll import Poller
from federation.port import Dht
from tests.support.links import Tie, adverts_of, key_of, seed_of
from tests.support.loop import run_virtual
from tests.support.simdht import DhtNetwork, Manner, SimDht
from tests.support.weather import EPOCH, Weather, calm

OWN, RIVER, HILL, MILL = map(key_of, ("own", "river", "hill", "mill"))
LINE = [Tie("own", "river"), Tie("river", "hill"), Tie("hill", "mill")]
SEEDS = {
    key_of(name): seed_of(name)
    for name in ["own", "river", "hill", "mill", *(f"town{number}" for number in range(400))]
}


async def publish(dht: Dht, adverts: Mapping[bytes, Advert], seq: int = 1) -> None:
    for key, advert in adverts.items():
        encoded = encode_advert(advert)
        for item in encoded.items:
            await dht.put_immutable(item)
        await dht.put(sign_advert(SEEDS[key], seq, encoded))


class Walker:
    """A member's home that crawls."""

    def __init__(self, network: DhtNetwork | None = None) -> None:
        self.network = network or DhtNetwork(calm())
        self.dht = SimDht(self.network, "walker")
        self.memory: Memory = {}
        self.told: list[tuple[int, int]] = []

    async def crawl(self, *peers: bytes, now: int = EPOCH, deadline_s: float = 60.0) -> Crawled:
        crawler = Crawler(self.dht, Poller(self.dht), self.memory)
        return await crawler.crawl(OWN, peers, now, deadline_s, lambda *one: self.told.append(one))

    @property
    def gets(self) -> int:
        return self.network.calls["walker", "get"]


async def test_adverts_are_read_from_the_own_links_outward() -> None:
    walker, adverts = Walker(), adverts_of(*LINE)
    await publish(walker.dht, adverts)
    found = await walker.crawl(RIVER)
    assert found.adverts == {key: adverts[key] for key in (RIVER, HILL, MILL)}
    assert (found.refused, found.silent, found.whole) == ({}, frozenset(), True)
    assert walker.told == [(1, 1), (2, 2), (3, 3)]
    assert walker.gets == 3


async def test_a_longer_advert_is_joined_from_its_items() -> None:
    walker = Walker()
    ties = [Tie("own", "river"), *(Tie("river", f"town{number}") for number in range(60))]
    adverts = adverts_of(*ties)
    assert encode_advert(adverts[RIVER]).items
    await publish(walker.dht, {RIVER: adverts[RIVER]})
    found = await walker.crawl(RIVER)
    assert found.adverts == {RIVER: adverts[RIVER]}
    assert len(found.silent) == 60


async def test_a_longer_advert_without_its_items_is_silent_and_read_later() -> None:
    walker = Walker()
    adverts = adverts_of(*(Tie("river", f"town{number}") for number in range(60)))
    encoded = encode_advert(adverts[RIVER])
    await walker.dht.put(sign_advert(SEEDS[RIVER], 1, encoded))
    assert RIVER in (await walker.crawl(RIVER)).silent
    for item in encoded.items:
        await walker.dht.put_immutable(item)
    assert RIVER in (await walker.crawl(RIVER, now=EPOCH + KEPT_S)).adverts


async def test_what_was_read_lately_is_not_asked_for_again() -> None:
    walker, adverts = Walker(), adverts_of(*LINE)
    await publish(walker.dht, adverts)
    first = await walker.crawl(RIVER)
    assert await walker.crawl(RIVER, now=EPOCH + KEPT_S - 1) == first
    assert walker.gets == 3
    newer = {HILL: replace(adverts[HILL], name="Other Hill")}
    await publish(walker.dht, newer, 2)
    again = await walker.crawl(RIVER, now=EPOCH + KEPT_S)
    assert again.adverts == {**first.adverts, **newer}
    assert walker.gets == 6


async def test_what_nobody_stores_any_more_is_known_for_its_day() -> None:
    walker = Walker()
    await publish(walker.dht, adverts_of(*LINE))
    first = await walker.crawl(RIVER)
    for node in walker.network.nodes:
        node.forget_all()
    assert await walker.crawl(RIVER, now=EPOCH + KEPT_S) == first


async def test_what_is_no_advert_is_refused_by_name_and_does_not_stop_the_crawl() -> None:
    walker, adverts = Walker(), adverts_of(*LINE, Tie("river", "town1"))
    await publish(walker.dht, {key: one for key, one in adverts.items() if key != key_of("town1")})
    lies = sign_item(seed_of("town1"), SALT, 5, bencode.encode(b"lies"))
    await walker.dht.put(lies)
    found = await walker.crawl(RIVER)
    assert set(found.adverts) == {RIVER, HILL, MILL}
    assert list(found.refused) == [key_of("town1")]
    assert "advert" in found.refused[key_of("town1")]
    again = await walker.crawl(RIVER, now=EPOCH + KEPT_S)
    assert again.refused == found.refused


async def test_forgers_among_the_storing_nodes_do_not_get_through() -> None:
    manners = [Manner.FORGER, Manner.HONEST, Manner.SILENT] * 7
    walker, adverts = Walker(DhtNetwork(calm(), manners)), adverts_of(*LINE)
    await publish(walker.dht, adverts)
    found = await walker.crawl(RIVER)
    assert found.adverts == {key: adverts[key] for key in (RIVER, HILL, MILL)}


async def test_who_names_others_in_vain_leads_nobody_astray() -> None:
    walker = Walker()
    apart = adverts_of(Tie("hill", "mill"))
    claiming = adverts_of(Tie("own", "river"), Tie("river", "hill"))
    await publish(walker.dht, apart | {RIVER: claiming[RIVER]})
    found = await walker.crawl(RIVER)
    # Hill is read, since River names it; it does not name River, so its links are not followed.
    assert set(found.adverts) == {RIVER, HILL}
    assert found.silent == frozenset()


async def test_links_of_a_stale_advert_are_not_followed() -> None:
    walker, adverts = Walker(), adverts_of(*LINE)
    adverts[HILL] = replace(adverts[HILL], time=EPOCH - ADVERT_AGE_S_MAX - 1)
    await publish(walker.dht, adverts)
    assert set((await walker.crawl(RIVER)).adverts) == {RIVER, HILL}


async def test_a_crawl_goes_eight_links_far_and_ends_on_circles() -> None:
    walker = Walker()
    names = ["own", *(f"town{number}" for number in range(10))]
    ties = [Tie(one, two) for one, two in pairwise(names)]
    await publish(walker.dht, adverts_of(*ties, Tie("town1", "town5"), Tie("town5", "town0")))
    found = await walker.crawl(key_of("town0"))
    assert set(found.adverts) == {key_of(f"town{number}") for number in range(10)}
    far = Walker()
    await publish(far.dht, adverts_of(*ties))
    found = await far.crawl(key_of("town0"))
    assert set(found.adverts) == {key_of(f"town{number}") for number in range(8)}
    assert found.whole


async def test_of_too_many_each_community_brings_in_as_many() -> None:
    walker = Walker()
    crowd = [Tie("river", f"town{number}") for number in range(390)]
    few = [Tie("hill", f"town{number}") for number in range(390, 400)]
    ties = [Tie("own", "river"), Tie("own", "hill"), *crowd, *few]
    await publish(walker.dht, {key: adverts_of(*ties)[key] for key in (RIVER, HILL)})
    found = await walker.crawl(RIVER, HILL)
    assert not found.whole
    reached = found.adverts.keys() | found.silent
    assert len(reached) == COMMUNITIES_MAX
    assert {key_of(tie.two) for tie in few} <= reached


async def test_nobody_answering_is_an_error_and_later_ones_are_not() -> None:
    walker = Walker()
    await publish(walker.dht, adverts_of(*LINE))
    walker.network.offline.add("walker")
    with pytest.raises(NetworkUnreachable):
        await walker.crawl(RIVER)
    walker.network.offline.clear()
    first = await walker.crawl(RIVER)
    walker.network.offline.add("walker")
    assert (await walker.crawl(RIVER, now=EPOCH + KEPT_S)).adverts == first.adverts


def test_a_crawl_ends_in_time_with_what_it_has() -> None:
    async def slowly() -> tuple[Crawled, Crawled]:
        walker = Walker(DhtNetwork(Weather(delay_s=(1.0, 1.0))))
        await publish(walker.dht, adverts_of(*LINE))
        short = await walker.crawl(RIVER, deadline_s=5.0)
        return short, await walker.crawl(RIVER, now=EPOCH + 10, deadline_s=60.0)

    short, whole = run_virtual(slowly())
    assert not short.whole
    assert 1 <= len(short.adverts) < 3
    assert whole.whole
    assert len(whole.adverts) == 3


async def test_what_nobody_asked_for_long_is_forgotten() -> None:
    walker = Walker()
    await publish(walker.dht, adverts_of(*LINE))
    await walker.crawl(RIVER)
    await walker.crawl(now=EPOCH + 4_000)
    assert walker.memory == {}
