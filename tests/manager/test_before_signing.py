"""What was changed behind the manager's back stops his signature, whether he slept or not."""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from federation.slot import checkpoint_slot
from ledger.errors import StoreDamaged
from ledger.operation import AddUnit, Hold, Pay, Request, Reverse, SetLimit
from ledger.state import replace
from ledger.unit import Unit
from tests.support.chronicle import come_to_rest
from tests.support.loop import run_virtual
from tests.support.vandal import opened, spoil
from tests.support.world import MANAGER, World, key_of

ADA, BO = key_of("ada")[:16], key_of("bo")[:16]
NAMED = {
    ("record", "data"): r"record \d+",
    ("record", "leaf"): r"record \d+",
    ("batch", "root"): r"size \d+",
    ("checkpoint", "note"): r"checkpoint of size \d+",
    ("publication", "files"): r"publication of size \d+",
    ("transfer", "amount"): r"record \d+",
    ("transaction_state", "reverted_by"): r"record \d+|undone",
    ("account", "name"): r"account '",
    ("balance", "credit_limit"): r"the balance of '",
    ("key_state", "number"): "in keys",
    ("hold", "memo"): "in holds",
    ("request", "expires"): "in requests",
}
"""A column of each table -> how the message names what was changed."""


async def live(world: World) -> None:
    """Let everything be in the ledger that has a table."""
    day = world.now() + 80_000
    world.ask("ada", Pay(BO, 100, "EUR", "eggs", b"", None))
    world.ask("bo", Hold(ADA, 70, "EUR", "a drill", b"", day))
    world.ask("bo", Request(ADA, 5, "EUR", "soup", b"", day))
    await come_to_rest(world)
    paid = next(iter(world.manager.books.state.transactions))
    world.tell(Reverse(paid, None, "a slip"))
    await come_to_rest(world)


def play(path: Path, story: Callable[[World], Awaitable[None]]) -> None:
    """Tell a story of a village where everything was used once."""

    async def main() -> None:
        world = World(path, 1)
        try:
            world.found()
            world.settle_in("ada", "bo")
            await world.start_manager().open()
            for name in ("ada", "bo"):
                world.start_member(name)
            await come_to_rest(world)
            await live(world)
            await story(world)
        finally:
            world.close()

    run_virtual(main())


def signed(world: World) -> int:
    """Return how many checkpoints were ever put."""
    return sum(one.item.slot == checkpoint_slot(world.community) for one in world.dht.puts)


def change(world: World, number: int) -> None:
    """Queue something to sign for."""
    world.tell(AddUnit(Unit("TIME", 0, f"Time {number}", number, 10)))


def test_a_manager_that_starts_over_changed_bytes_merges_and_signs_nothing(
    tmp_path: Path,
) -> None:
    async def story(world: World) -> None:
        world.stop_manager()
        ledger, sound = world.parties[MANAGER].home.ledger, tmp_path / "sound.db"
        shutil.copy(ledger, sound)
        before = signed(world)
        for (table, column), named in NAMED.items():
            shutil.copy(sound, ledger)
            with opened(ledger) as vandal:
                spoil(vandal, table, column)
            world.start_manager()
            change(world, 1)
            size = world.manager.books.state.tree.size
            with pytest.raises(StoreDamaged, match=rf"damaged \(.*({named})"):
                await world.manager.open()
            assert world.manager.store.tip().tree.size == size
            world.stop_manager()
        assert signed(world) == before
        shutil.copy(sound, ledger)
        await world.start_manager().open()
        change(world, 1)
        await world.manager.cycle.run()
        assert signed(world) == before + 1

    play(tmp_path / "village", story)


@pytest.mark.parametrize(("table", "column"), NAMED, ids=[".".join(one) for one in NAMED])
def test_a_change_under_a_running_manager_stops_the_next_signature(
    tmp_path: Path, table: str, column: str
) -> None:
    async def story(world: World) -> None:
        before, newest = signed(world), world.manager.store.newest_checkpoint()
        with opened(world.parties[MANAGER].home.ledger) as vandal:
            spoil(vandal, table, column)
        change(world, 1)
        for _ in range(2):
            with pytest.raises(StoreDamaged, match=rf"damaged \(.*({NAMED[table, column]})"):
                await world.manager.cycle.run()
        assert signed(world) == before
        assert world.manager.store.newest_checkpoint() == newest

    play(tmp_path / "village", story)


def test_books_in_memory_that_no_record_has_made_are_not_signed_for(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        before, accounts = signed(world), world.manager.books.state.accounts
        accounts[BO] = replace(accounts[BO], name="Bob")
        world.tell(SetLimit(BO, "EUR", 1, 100_000))
        with pytest.raises(StoreDamaged, match="StateRecord"):
            await world.manager.cycle.run()
        assert signed(world) == before

    play(tmp_path / "village", story)
