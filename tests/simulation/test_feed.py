"""The community's feed on its way: signed by the manager, exported from a member's replica."""

from pathlib import Path

import pytest

from federation.feed import export_whole, published_head, verify_path
from federation.snapshot import SnapshotFolder
from ledger.operation import AddUnit
from ledger.unit import Unit
from tests.support.loop import run_virtual
from tests.support.world import World


@pytest.mark.parametrize("closed", [True, False])
def test_a_member_exports_what_the_manager_signed_for_the_newest_snapshot(
    tmp_path: Path, *, closed: bool
) -> None:
    async def main() -> None:
        world = World(tmp_path / "world", 1, closed=closed)
        try:
            world.found()
            world.settle_in("ada")
            await world.start_manager().open()
            await world.manager.cycle.run()
            member = world.start_member("ada")
            for number in range(3):
                await member.look()
                check(world, tmp_path / f"feed-{number}")
                world.tell(AddUnit(Unit("HOUR", 2, f"Hours {number}", number, 100)))
                await world.manager.cycle.run()
        finally:
            world.close()

    def check(world: World, target: Path) -> None:
        store = world.members["ada"].store
        folder = SnapshotFolder(world.parties["ada"].home.snapshots, world.community)
        head = published_head(store, folder)
        assert head is not None
        assert head.length == store.load_state().tree.size
        held = export_whole(target, store, head, "big")
        assert verify_path(target) == held
        assert held["signer"] == held["community"] == world.community.hex()

    run_virtual(main())
