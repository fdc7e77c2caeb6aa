"""What a simulated network does to datagrams, and the clock that a simulated party reads."""

import asyncio
from dataclasses import dataclass, field
from random import Random

EPOCH = 1_800_000_000
"""Unix time at which every simulated world begins."""


@dataclass(slots=True)
class Weather:
    """Seeded misfortune; it may be changed while the world runs.

    Attributes:
        random: The only source of chance.
        loss: Chance of each datagram to be lost, 0 to 1.
        delay_s: Shortest and longest way of a datagram, in seconds.
        timeout_s: How long a party waits for an answer that was lost.
        stale: Chance of a storing node to answer with an older version that it held.
    """

    random: Random = field(default_factory=lambda: Random(0))  # noqa: S311 -- a simulation
    loss: float = 0.0
    delay_s: tuple[float, float] = (0.01, 0.15)
    timeout_s: float = 2.0
    stale: float = 0.0

    def loses(self) -> bool:
        """Return whether the next datagram is lost."""
        return self.random.random() < self.loss

    def ages(self) -> bool:
        """Return whether the next answer is an old one."""
        return self.random.random() < self.stale

    async def travel(self) -> None:
        """Wait as long as one datagram is on its way."""
        await asyncio.sleep(self.random.uniform(*self.delay_s))


def calm() -> Weather:
    """Return a network without distances or losses, fit for tests in real time."""
    return Weather(delay_s=(0.0, 0.0), timeout_s=0.01)


@dataclass(slots=True)
class SimClock:
    """The Clock port in virtual time.

    Attributes:
        skew_s: By how much this party's calendar is wrong.
    """

    skew_s: int = 0

    def now(self) -> int:
        """Return Unix seconds as this party believes them."""
        return EPOCH + int(self.monotonic()) + self.skew_s

    def monotonic(self) -> float:
        """Return the loop's virtual seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, delay_s: float) -> None:
        """Wait in virtual time."""
        await asyncio.sleep(delay_s)
