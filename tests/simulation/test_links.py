"""Communities that pay each other over a simulated network, with their real programs."""

import asyncio
from collections.abc import Callable

from federation.link.decision import decision_slot
from ledger.link.instruction import Hop
from ledger.link.machine import Stage
from ledger.operation import ForceRelease, NetLinks
from ledger.store.slot import SlotStore
from tests.support.federated import Village, ask_for, exchange, link_key_of, people_of


def test_a_payment_settles_over_one_link(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        ada, bo = people_of(hill)[0], people_of(river)[1]
        payment = await ask_for(hill, ada, bo, 1_250, river)
        await exchange(hill, river)
        assert hill.transit(payment).stage is Stage.POSTED
        assert river.transit(payment).stage is Stage.SETTLED
        assert not hill.ledger.transits
        assert not river.ledger.transits
        assert hill.owes(river) == 1_250 == -river.owes(hill)

    play(story)


def test_a_payment_passes_a_community_between(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village, lake: Village) -> None:
        ada, bo = people_of(hill)[0], people_of(lake)[1]
        payment = await ask_for(hill, ada, bo, 1_250, river, lake)
        await exchange(hill, river, lake)
        stages = [one.transit(payment).stage for one in (hill, river, lake)]
        assert stages == [Stage.POSTED, Stage.SETTLED, Stage.SETTLED]
        assert not any(one.ledger.transits for one in (hill, river, lake))
        assert (hill.owes(river), river.owes(lake)) == (1_250, 1_250)
        await hill.manager.run_links()
        assert decision_slots(hill, payment) == 0, "a finished payment's decision is let go of"

    play(story, "hill", "river", "lake")


def test_the_last_ledger_reads_the_decision_past_a_silent_one(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village, lake: Village) -> None:
        ada, bo = people_of(hill)[0], people_of(lake)[1]
        payment = await ask_for(hill, ada, bo, 1_250, river, lake)
        for one in (river, lake, river):
            await one.manager.run_links()
        assert lake.transit(payment).stage is Stage.ACCEPTED
        river.cut_off("river")
        await hill.manager.run_links()
        assert hill.transit(payment).stage is Stage.POSTED
        await asyncio.sleep(60)
        await lake.manager.run_links()
        assert lake.transit(payment).stage is Stage.SETTLED
        assert river.transit(payment).stage is Stage.ACCEPTED
        river.reconnect("river")
        await asyncio.sleep(60)
        await exchange(hill, river, lake)
        assert river.transit(payment).stage is Stage.SETTLED
        assert not any(one.ledger.transits for one in (hill, river, lake))

    play(story, "hill", "river", "lake")


def test_a_peer_that_read_what_came_during_a_look_is_believed(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        ada, bo = people_of(hill)[0], people_of(river)[1]
        await hill.manager.run_links()
        payment = hill.pay(ada, bo, 1_250, river)
        await hill.members[ada].publish()
        look = hill.dht.pause_next("hill")
        looking = asyncio.create_task(hill.manager.run_links())
        await look.begun.wait()
        await hill.manager.run_cycle()
        await river.manager.run_links()
        look.go_on.set()
        await looking
        assert hill.transit(payment).stage is Stage.POSTED

    play(story)


def test_payments_settle_through_loss_and_old_answers(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        hill.weather.loss, hill.weather.stale = 0.2, 0.3
        there, back = people_of(hill), people_of(river)
        for number in range(4):
            hill.pay(there[0], back[1], 100 + number, river)
            river.pay(back[0], there[1], 50, hill)
            await hill.members[there[0]].publish()
            await river.members[back[0]].publish()
        for _ in range(40):
            for one in (hill, river):
                await one.manager.run_cycle()
                await one.manager.run_links()
        hill.weather.loss, hill.weather.stale = 0.0, 0.0
        await exchange(hill, river)
        assert not hill.ledger.transits
        assert not river.ledger.transits
        assert hill.owes(river) == 406 - 200 == -river.owes(hill)
        assert not hill.link_to(river).drift
        assert not river.link_to(hill).drift

    play(story)


def test_links_without_news_are_read_and_not_written(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        await asyncio.sleep(120)
        await exchange(hill, river)
        before = len(hill.dht.puts)
        for one in (hill, river, hill, river):
            assert await one.manager.run_links() is None
        assert len(hill.dht.puts) == before

    play(story)


def test_a_vanished_peer_s_payments_expire(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village) -> None:
        river.cut_off("river")
        ada, bo = people_of(hill)[0], people_of(river)[1]
        payment = hill.pay(ada, bo, 1_250, river, in_s=600)
        await hill.members[ada].publish()
        await hill.manager.run_cycle()
        await hill.manager.run_links()
        assert hill.transit(payment).stage is Stage.PREPARED
        await asyncio.sleep(601)
        await hill.manager.run_links()
        assert hill.transit(payment).stage is Stage.EXPIRED
        assert hill.owes(river) == 0
        river.reconnect("river")
        await exchange(hill, river)
        assert not hill.ledger.transits
        assert not river.ledger.transits

    play(story)


def decision_slots(village: Village, payment: bytes) -> int:
    """Count the items that a manager keeps for a payment's decision."""
    name = decision_slot(link_key_of(village), payment).name
    kept = SlotStore(village.manager.store.database).newest(name.key, name.salt)
    return 0 if kept is None else 1


def test_a_clearing_round_goes_round_the_network(play: Callable[..., None]) -> None:
    async def story(hill: Village, river: Village, lake: Village) -> None:
        hill.link_up(lake)
        lake.link_up(hill)
        await exchange(hill, river, lake)
        for one, other in ((hill, river), (river, lake), (lake, hill)):
            await ask_for(one, people_of(one)[0], people_of(other)[1], 1_000, other)
        await exchange(hill, river, lake)
        hops = tuple(Hop(each.community, "EUR", 600) for each in (lake, river, hill))
        hill.tell(NetLinks(hops, hill.now() + 3_600))
        await exchange(hill, river, lake)
        assert (hill.owes(river), river.owes(lake), lake.owes(hill)) == (400, 400, 400)
        assert (river.owes(hill), lake.owes(river), hill.owes(lake)) == (-400, -400, -400)
        assert not any(one.ledger.transits for one in (hill, river, lake))

    play(story, "hill", "river", "lake")


def test_what_was_let_go_by_force_is_booked_when_the_decision_comes(
    play: Callable[..., None],
) -> None:
    async def story(hill: Village, river: Village, lake: Village) -> None:
        ada, bo = people_of(hill)[0], people_of(lake)[1]
        payment = await ask_for(hill, ada, bo, 1_250, river, lake)
        for one in (river, lake, river):
            await one.manager.run_links()
        lake.cut_off("lake")
        await exchange(hill, river)
        assert lake.transit(payment).stage is Stage.ACCEPTED
        lake.tell(ForceRelease(payment, "nobody answers"))
        await lake.manager.watch()
        assert lake.transit(payment).stage is Stage.FORCED
        lake.reconnect("lake")
        await asyncio.sleep(60)
        await exchange(hill, river, lake)
        assert lake.transit(payment).stage is Stage.SETTLED
        assert river.owes(lake) == 1_250 == -lake.owes(river)
        assert not any(one.ledger.transits for one in (hill, river, lake))

    play(story, "hill", "river", "lake")
