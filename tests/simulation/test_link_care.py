"""What links tell others beside payments: testimonies, adverts, and how they are."""

import asyncio
from collections.abc import Callable

import pytest

from federation.item import SlotName, sign_item
from federation.link.advert import Advert, advert_slot, read_advert
from federation.link.key import link_seed
from federation.slot import witness_slot
from federation.witness.confirmations import read_confirmation
from federation.witness.testimony import read_testimony, sign_testimony
from ledger.checkpoint import sign_checkpoint
from ledger.store.cosignature import CosignatureStore
from manager.link.health import attend_links, check_links, tell_health
from manager.office import open_office
from manager.opening import ConfirmationMissing
from tests.support.federated import Village, ask_for, exchange, link_key_of, people_of
from tests.support.simdht import SimDht
from tests.support.world import seed_of


async def read(village: Village, name: SlotName) -> bytes:
    got = await SimDht(village.dht, "reader").get(name)
    assert got.item is not None
    return got.item.value


async def advert_of(village: Village) -> Advert:
    found = read_advert(village.community, await read(village, advert_slot(village.community)))
    assert isinstance(found, Advert)
    return found


def test_linked_managers_witness_each_other(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        await asyncio.sleep(120)
        await hill.manager.hear()
        await ask_for(hill, *people_of_two(hill, river), 100, river)
        await exchange(hill, river)
        witness = link_key_of(river)
        slot = witness_slot(hill.community, hill.community, witness)
        said = read_testimony(hill.community, witness, await read(river, slot))
        assert hill.ledger.history[said.checkpoint.size] == said.checkpoint.root
        final = read_confirmation(hill.manager.store.database, hill.ledger)
        await hill.manager.hear()
        kept = CosignatureStore(hill.manager.store.database).sizes()
        assert kept[witness] == said.checkpoint.size
        after = read_confirmation(hill.manager.store.database, hill.ledger)
        assert (after.sizes, after.final_size) == (final.sizes, final.final_size)

    play(story)


def test_a_larger_journal_in_a_linked_manager_s_word_stops_an_old_copy(
    play: Callable[..., None],
) -> None:
    async def story(hill: Village, river: Village) -> None:
        larger = sign_checkpoint(seed_of("hill"), hill.ledger.tree.size + 5, b"\x66" * 32)
        seed = link_seed(seed_of("river"))
        slot = witness_slot(hill.community, hill.community, link_key_of(river))
        value = sign_testimony(seed, larger, (), river.now())
        await SimDht(river.dht, "river").put(sign_item(seed, slot.salt, 2**40, value))
        with pytest.raises(ConfirmationMissing, match=f"shown {larger.size} records"):
            await hill.manager.hear()

    play(story)


def test_what_can_leave_is_advertised(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        await asyncio.sleep(120)
        await hill.manager.run_links()
        before = await advert_of(hill)
        assert [(one.peer, one.capacity_out) for one in before.links] == [(river.community, 10_000)]
        await ask_for(hill, *people_of_two(hill, river), 1_250, river)
        await asyncio.sleep(120)
        await exchange(hill, river)
        (link,) = (await advert_of(hill)).links
        assert (link.capacity_out, link.owes) == (8_700, 1_200)
        puts = [seen for seen in hill.dht.puts if seen.item.slot == advert_slot(hill.community)]
        hill.stop_manager()
        await hill.start_manager().open()
        await hill.manager.run_links()
        again = [seen for seen in hill.dht.puts if seen.item.slot == advert_slot(hill.community)]
        assert len(again) == len(puts), "a restart has nothing new to advertise"

    play(story)


def test_a_peer_that_does_not_answer_is_named(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        await exchange(hill, river)
        with open_office(hill.parties["hill"].home) as office:
            (well,) = attend_links(office, hill.now())
            assert (well.waiting_there, well.away, tell_health(well)) == (0, False, "")
            assert [one.well for one in check_links(office, hill.now())] == [True]
        river.stop_manager()
        await ask_for(hill, *people_of_two(hill, river), 1_250, river)
        await asyncio.sleep(600)
        await hill.manager.run_links()
        with open_office(hill.parties["hill"].home) as office:
            (away,) = attend_links(office, hill.now())
            assert (away.waiting_there, away.away) == (1, True)
            assert "1 of our entries wait there since" in tell_health(away)
            assert [one.well for one in check_links(office, hill.now())] == [False]

    play(story)


def people_of_two(here: Village, there: Village) -> tuple[str, str]:
    return people_of(here)[0], people_of(there)[1]
