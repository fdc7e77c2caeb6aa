"""Communities that pay each other over a simulated network, with their real programs."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ledger.link.machine import Stage
from tests.support.federated import Village, exchange, people_of, settle_villages
from tests.support.loop import run_virtual

Story = Callable[..., Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., None]:
    """Give what runs a story of two communities that are linked."""

    async def live(story: Story, names: tuple[str, ...]) -> None:
        villages: list[Village] = []
        for name in names:
            villages.append(Village(tmp_path, name, villages[0] if villages else None))
        try:
            await settle_villages(*villages)
            await story(*villages)
        finally:
            for one in villages:
                one.close()

    def run(story: Story, *names: str) -> None:
        run_virtual(live(story, names or ("hill", "river")))

    return run


async def ask_for(village: Village, payer: str, payee: str, amount: int, *way: Village) -> bytes:
    """Let a member pay, and his manager merge it."""
    payment = village.pay(payer, payee, amount, *way)
    await village.members[payer].publish()
    await village.manager.run_cycle()
    return payment


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
