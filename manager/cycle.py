"""The cycle: poll, verify, merge, store, torrent, checkpoint. Commit before speech."""

import asyncio
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from federation.port import Clock, Put
from ledger.outcome import Fate, Outcome
from ledger.refusal import Code
from ledger.saying import chain, said
from ledger.store.door import Arrivals
from manager.books import Books, Merged
from manager.delivery import NOTHING_CAME, Delivery
from manager.files import Files
from manager.intake import Intake
from manager.link.intake import NOTHING, Brought
from manager.link.links import Links
from manager.press import Press

_FATES = {
    Fate.MERGED: "{count} merged",
    Fate.REFUSED: "{count} refused",
    Fate.DUPLICATE: "{count} duplicate",
    Fate.WAITING: "{count} waiting",
    Fate.CONFLICT: "{count} conflict",
    Fate.BROKEN_CHAIN: "{count} broken chain",
    Fate.SUPERSEDED: "{count} superseded",
    Fate.UNKNOWN_KEY: "{count} unknown key",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What one cycle did; ``read`` counts what was read of linked communities' journals."""

    arrivals: Arrivals
    merged: Merged
    put: Put | None
    size: int
    read: int = 0

    def sentence(self) -> str:
        """Return it in one line for the log; empty where nothing happened."""
        fates = [outcome.fate for outcome in self.merged.outcomes]
        parts = [said(_FATES[fate], count=fates.count(fate)) for fate in Fate if fate in fates]
        if self.read:
            parts.append(said("{count} records of linked communities read", count=self.read))
        if self.arrivals.dropped:
            parts.append(said("{count} dropped at the door", count=len(self.arrivals.dropped)))
        if self.merged.ahead:
            parts.append(
                said(
                    "{count} held back: they have seen more than we have",
                    count=len(self.merged.ahead),
                )
            )
        if self.merged.awaited:
            parts.append(
                said(
                    "{count} held back until their files have come", count=len(self.merged.awaited)
                )
            )
        if elsewhere := sum(_seen_elsewhere(outcome) for outcome in self.merged.outcomes):
            parts.append(
                said(
                    "{count} refused as seen_mismatch: the authors were shown another history, or "
                    "say so; ask them for the note they kept",
                    count=elsewhere,
                )
            )
        if self.put is not None:
            parts.append(
                said(
                    "version of {size} records put on {nodes} nodes",
                    size=self.size,
                    nodes=self.put.accepted,
                )
            )
        return chain(parts, "{first}, {rest}")


def _seen_elsewhere(outcome: Outcome) -> bool:
    return outcome.refusal is not None and outcome.refusal.code is Code.SEEN_MISMATCH


class Cycle:
    """Does it all in the one right order; two never run at once."""

    def __init__(
        self,
        *,
        books: Books,
        intake: Intake,
        files: Files,
        press: Press,
        links: Links,
        clock: Clock,
    ) -> None:
        self.books = books
        self.press = press
        self.links = links
        self._intake = intake
        self._files = files
        self._clock = clock
        self._turn = asyncio.Lock()

    async def run(self) -> Report:
        """Poll all members, merge what came and publish what changed.

        Raises:
            StoreFull: The disk has no room; nothing was merged.
            StoreDamaged: The books are wrong; nothing was signed.
            NetworkUnreachable: Nobody answered; what was merged goes out next time.
        """
        async with self._turn:
            state = self.books.state
            came = await self._intake.take(state.keys, state.tree.root, self._clock.now())
            return await self._settle(came)

    async def settle(self) -> Report:
        """Merge what the manager queued, without polling; raises as ``run``."""
        async with self._turn:
            return await self._settle(NOTHING_CAME)

    async def exchange(self) -> Report | None:
        """Read what linked communities say, merge what came and answer; raises as ``run``.

        Returns:
            None where there was nothing to merge.
        """
        brought = await self.links.read()
        async with self._turn:
            now = self._clock.now()
            if brought.readings or brought.contradicted or self.links.is_due(now):
                return await self._settle(NOTHING_CAME, brought)
            self.links.settle(brought, now)
            await self.links.publish(now)
            return None

    async def fetch_files(self) -> Report | None:
        """Fetch the files that change-sets wait for, and merge those that wait no more.

        Polling and merging go on meanwhile; raises as ``run``.

        Returns:
            None where no file came.
        """
        came = await self._files.fetch(self.books.awaited)
        return await self.settle() if came else None

    async def tidy_files(self) -> None:
        """Let go of files whose change-sets were refused."""
        await self._files.tidy(self.books.awaited)

    async def look_at(self, keys: AbstractSet[bytes]) -> Report | None:
        """Poll some keys' slots early, and merge and publish if anything came; raises as ``run``.

        Args:
            keys: Of anybody; those without an account are passed over.

        Returns:
            None where nothing new came.
        """
        async with self._turn:
            state = self.books.state
            known = {key: one for key, one in state.keys.items() if key in keys}
            if not known:
                return None
            came = await self._intake.take(known, state.tree.root, self._clock.now())
            return await self._settle(came) if came.items else None

    async def publish(self) -> Put | None:
        """Put what witnesses have added to the newest checkpoint; raises as ``Press.publish``."""
        async with self._turn:
            return await self.press.publish(self._clock.now())

    async def _settle(self, came: Delivery, brought: Brought = NOTHING) -> Report:
        now = self._clock.now()
        merged = await asyncio.to_thread(self.books.merge, now, came, brought.readings)
        self.links.settle(brought, now)
        put = await self.press.publish(now)
        await self.links.publish(now)
        read = sum(len(one.entries) for one in brought.readings)
        return Report(came.arrivals, merged, put, self.books.state.tree.size, read)
