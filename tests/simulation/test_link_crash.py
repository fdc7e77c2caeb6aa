"""Deaths at every call of a manager who pays and is paid over a link: all ends the same."""

import asyncio
from pathlib import Path

import pytest

from ledger.link.machine import Stage
from tests.support.crash import Fuse
from tests.support.federated import Village, exchange, people_of, settle_villages
from tests.support.loop import Crash, run_virtual
from tests.support.world import Frozen

CALLS_MAX = 300
"""A life that makes more calls than this does something in circles."""
STRIDE = 7
"""Every so many calls one death: each costs a life and a half of two communities."""
Frozens = tuple[tuple[Frozen, Frozen], tuple[bytes, bytes]]


@pytest.fixture(scope="module")
def valley(tmp_path_factory: pytest.TempPathFactory) -> Frozens:
    """Freeze two linked communities in each of which somebody has just paid the other."""
    directory = tmp_path_factory.mktemp("valley")

    async def live() -> Frozens:
        hill = Village(directory / "live", "hill")
        river = Village(directory / "live", "river", hill)
        await settle_villages(hill, river)
        paid = (
            hill.pay(people_of(hill)[0], people_of(river)[1], 500, river),
            river.pay(people_of(river)[0], people_of(hill)[1], 300, hill),
        )
        for one in (hill, river):
            await one.members[people_of(one)[0]].publish()
        return (hill.freeze(directory / "hill"), river.freeze(directory / "river")), paid

    return run_virtual(live())


async def _live(hill: Village, river: Village, fuse: Fuse) -> None:
    """Live a life of hill's manager beside a healthy neighbour."""
    try:
        manager = hill.start_manager(fuse)
        await manager.open()
        await manager.run_cycle()
        for _ in range(2):
            await river.manager.run_cycle()
            await river.manager.run_links()
            await manager.run_links()
        await manager.keep_alive()
    finally:
        hill.stop_manager()


def _outlive(valley: Frozens, directory: Path, fuse: Fuse) -> None:
    frozen, paid = valley

    async def main() -> None:
        hill = Village(directory, "hill")
        river = Village(directory, "river", hill)
        river.thaw(frozen[1])
        hill.thaw(frozen[0])
        try:
            await river.start_manager().open()
            try:
                await _live(hill, river, fuse)
            except Crash:
                assert fuse.blown, "nobody but a fuse ends a life"
            await asyncio.sleep(60)
            await hill.start_manager().open()
            for one in (hill, river):
                await one.manager.run_cycle()
            await exchange(hill, river)
            _check(hill, river, paid)
        finally:
            hill.close()
            river.close()

    run_virtual(main(), start_s=frozen[1].at_s)


def _check(hill: Village, river: Village, paid: tuple[bytes, bytes]) -> None:
    there, back = paid
    assert hill.transit(there).stage is river.transit(back).stage is Stage.POSTED
    assert hill.transit(back).stage is river.transit(there).stage is Stage.SETTLED
    assert hill.owes(river) == 200 == -river.owes(hill)
    for one in (hill, river):
        assert not one.ledger.transits
        one.manager.books.audit()
        assert not [told for told in one.parties[one.name].told if told.startswith("link ")]


def test_a_manager_with_links_may_die_at_any_call(valley: Frozens, tmp_path: Path) -> None:
    for at in range(1, CALLS_MAX, STRIDE):
        fuse = Fuse(at)
        try:
            _outlive(valley, tmp_path / "world", fuse)
        except BaseException as error:
            error.add_note(f"a life that ended at call {at}: {fuse.trail[-1:]}")
            raise
        if not fuse.blown:
            return
    raise AssertionError(f"a life of more than {CALLS_MAX} calls")
