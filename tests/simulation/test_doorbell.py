"""Rings: the slot of whoever rang is looked at before the round, and nobody else's."""

from collections.abc import Callable

from ledger.operation import Pay
from tests.simulation.conftest import Story
from tests.support.world import World, key_of


def pay(world: World, payer: str, payee: str) -> None:
    """Sign a payment at home."""
    to = world.manager.books.state.keys[key_of(payee)].account
    world.ask(payer, Pay(to, 100, "EUR", "", b"", None))


def test_who_rang_is_merged_at_once_and_others_wait_for_the_round(
    tell: Callable[[Story], None],
) -> None:
    async def story(world: World) -> None:
        for payer, payee in (("ada", "bo"), ("bo", "ada")):
            pay(world, payer, payee)
            await world.members[payer].publish()
        size = world.manager.books.state.tree.size
        assert await world.manager.look_at(frozenset({key_of("nobody")})) is None
        assert world.manager.books.state.tree.size == size
        report = await world.manager.look_at(frozenset({key_of("ada"), key_of("nobody")}))
        assert report is not None
        assert [one.key for one in report.merged.outcomes] == [key_of("ada")]
        again = await world.manager.look_at(frozenset({key_of("ada")}))
        assert again is None
        rest = await world.manager.run_cycle()
        assert rest is not None
        assert [one.key for one in rest.merged.outcomes] == [key_of("bo")]

    tell(story)


def test_a_member_rings_when_something_went_out_and_only_then(
    tell: Callable[[Story], None],
) -> None:
    async def story(world: World) -> None:
        rings: list[str] = []
        world.stop_member("ada")
        ada = world.start_member("ada", ring=lambda: rings.append("ada"))
        await ada.look()
        assert rings == []
        pay(world, "ada", "bo")
        await ada.publish()
        await ada.publish()
        assert rings == ["ada"]

    tell(story)
