"""A village for some hours in bad weather: whatever happens, the books come out right."""

import asyncio
from pathlib import Path

import pytest

from federation.errors import NetworkUnreachable
from ledger.operation import ManagerOperation, Reinstate, Reverse, SetLimit, Suspend
from tests.support.behaviour import choose
from tests.support.chronicle import check_world, come_to_rest, outbox
from tests.support.crash import Fuse
from tests.support.loop import Crash, run_virtual
from tests.support.outsider import Replayer
from tests.support.simdht import Manner
from tests.support.world import FOLK, MANAGER, World, key_of

STORM_S = 1_500
ROUND_S = 60
MANNERS = (
    *(Manner.HONEST,) * 14,
    *(Manner.STUBBORN,) * 2,
    *(Manner.FORGER,) * 2,
    *(Manner.SILENT,) * 2,
)


class Storm:
    """One world's random life; every choice comes from the world's seed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.random
        self.deaths = 0
        self.over = False

    async def pass_by(self) -> None:
        """Live through the storm, then let everybody come back."""
        world = self.world
        world.weather.loss, world.weather.stale = 0.2, 0.15
        lives = [self._manage(), self._gossip(), *(self._live(name) for name in FOLK)]
        tasks = [asyncio.create_task(life) for life in lives]
        await asyncio.sleep(STORM_S)
        self.over = True
        await asyncio.gather(*tasks)
        world.weather.loss = world.weather.stale = 0.0
        world.reconnect()
        await self._open(Fuse())
        for name in FOLK:
            self._begin_life(name, Fuse())
        world.tell(*(Reinstate(key_of(name)[:16]) for name in FOLK))

    async def _live(self, name: str) -> None:
        while not self.over:
            await asyncio.sleep(self.random.uniform(0.5, 1.5) * ROUND_S)
            try:
                await self._take_part(name)
            except Crash:
                self.deaths += 1
                self._begin_life(name, Fuse())

    async def _take_part(self, name: str) -> None:
        world, me = self.world, key_of(name)[:16]
        while self.random.random() < 0.4:
            world.ask(name, choose(world.state(name), me, self.random, world.now()))
        await world.members[name].look()
        chance = self.random.random()
        if chance < 0.1:
            await self._go_offline(name)
        elif chance < 0.2:
            self._begin_life(name, Fuse(self.random.randrange(5, 100)))
        elif chance < 0.25:
            await world.members[name].keep_alive()

    def _begin_life(self, name: str, fuse: Fuse) -> None:
        self.world.stop_member(name)
        self.world.start_member(name, fuse)

    async def _go_offline(self, name: str) -> None:
        """Leave right after publishing."""
        self.world.cut_off(name)
        await asyncio.sleep(self.random.uniform(1, 12) * ROUND_S)
        self.world.reconnect(name)

    async def _manage(self) -> None:
        world = self.world
        while not self.over:
            await asyncio.sleep(ROUND_S)
            try:
                await world.manager.run_cycle()
                await world.manager.hear()
                chance = self.random.random()
                if chance < 0.05:
                    self._set_clocks()
                elif chance < 0.25:
                    self._govern()
                elif chance < 0.35:
                    await self._open(Fuse(self.random.randrange(5, 150)))
                elif chance < 0.4:
                    await world.manager.keep_alive()
            except Crash:
                self.deaths += 1
                await self._open(Fuse())

    async def _open(self, fuse: Fuse) -> None:
        while True:
            self.world.stop_manager()
            self.world.start_manager(fuse)
            try:
                await self.world.manager.open()
            except NetworkUnreachable:
                await asyncio.sleep(ROUND_S)
            else:
                return

    def _set_clocks(self) -> None:
        """Let calendars be wrong: the ledger's own time goes by the manager's and never back."""
        for name in FOLK:
            skews_s = (0, 0, -7 * 86_400, -90, 300, 40 * 86_400)
            self.world.parties[name].clock.skew_s = self.random.choice(skews_s)
        self.world.parties[MANAGER].clock.skew_s = self.random.choice((0, -120, 120))

    def _govern(self) -> None:
        world, account = self.world, key_of(self.random.choice(FOLK))[:16]
        state = world.manager.books.state
        moved = sorted(state.transactions)
        operations: list[ManagerOperation] = [
            SetLimit(account, "EUR", self.random.randrange(5_000), 500_000),
            Suspend(account, "late with the dishes"),
            Reinstate(account),
            Reverse(self.random.choice(moved), None, "a robbery") if moved else Reinstate(account),
        ]
        world.tell(self.random.choice(operations))

    async def _gossip(self) -> None:
        replayer = Replayer(self.world.dht)
        while not self.over:
            await asyncio.sleep(self.random.uniform(0.2, 2) * ROUND_S)
            try:
                await replayer.put_some(3)
            except NetworkUnreachable:
                continue


async def settled(world: World) -> None:
    """Open the ledger and let everybody in, in fine weather."""
    world.found()
    world.settle_in(*FOLK)
    await world.start_manager().open()
    await world.manager.run_cycle()
    for name in FOLK:
        await world.start_member(name).look()


@pytest.mark.parametrize("seed", range(2))
def test_the_books_of_a_village_survive_a_storm(seed: int, tmp_path: Path) -> None:
    async def main() -> None:
        world = World(tmp_path, seed, manners=MANNERS, closed=seed % 2 == 0)
        try:
            await settled(world)
            storm = Storm(world)
            await storm.pass_by()
            await come_to_rest(world)
            signed = [one.change_set for name in FOLK for one in outbox(world, name)]
            books = check_world(world, signed)
            assert storm.deaths, "nobody died"
            assert len(books.merged) > 30, "too little happened to mean anything"
            assert len(books.refused) > 5, "too little was refused to mean anything"
            assert world.parties[MANAGER].told, "the manager said nothing"
        finally:
            world.close()

    try:
        run_virtual(main())
    except BaseException as error:
        error.add_note(f"seed {seed}")
        raise
