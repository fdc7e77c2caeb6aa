"""Links, wired: read what linked communities say, and say what they have to know."""

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path

from federation.errors import NetworkUnreachable
from federation.item import SlotName
from federation.link.word import Contradicted
from federation.poll import Poller
from federation.port import Clock, Dht
from ledger.crypto import BOX_NONCE_BYTES
from ledger.link.link import Link
from ledger.link.machine import Event, step
from ledger.state import State
from ledger.store.link import LinkStore
from ledger.store.link_door import LinkDoorStore
from ledger.store.proving import Prover
from ledger.store.slot import SlotStore
from manager.books import Books
from manager.link.advert import AdvertWriter
from manager.link.decisions import DecisionReader, DecisionWriter
from manager.link.doors import LinkDoors
from manager.link.fork import condemn
from manager.link.intake import Brought, LinkIntake
from manager.link.put import LinkPut
from manager.link.slots import LinkSlots
from manager.link.witness import LinkWitness
from manager.link.writer import LinkWriter


class Links:
    """All links of one community, in the process that writes its journal."""

    def __init__(
        self,
        *,
        seed: bytes,
        books: Books,
        dht: Dht,
        clock: Clock,
        evidence: Path,
        tell: Callable[[str], None],
    ) -> None:
        database, community = books.store.database, books.store.community_key
        self._seed = seed
        self._books = books
        self._dht = dht
        self._clock = clock
        self._evidence = evidence
        self._tell = tell
        self.slots = LinkSlots(seed, community)
        self.doors = LinkDoors(LinkDoorStore(database), tell)
        self.put = LinkPut(self.slots.seed, SlotStore(database), dht)
        self._advert_put = LinkPut(seed, SlotStore(database), dht)
        self._intake = LinkIntake(slots=self.slots, doors=self.doors, dht=dht, poller=Poller(dht))
        self._decisions = DecisionReader(dht=dht, poller=Poller(dht), clock=clock)
        self.witness = LinkWitness(slots=self.slots, doors=self.doors, put=self.put)
        store = LinkStore(database)
        self._writer = LinkWriter(
            slots=self.slots, doors=self.doors, store=store, put=self.put, nonces=_nonce
        )
        self._decider = DecisionWriter(slots=self.slots, store=store, put=self.put, nonces=_nonce)
        self._advert = AdvertWriter(community, self._advert_put)

    @property
    def state(self) -> State:
        """The present."""
        return self._books.state

    async def read(self) -> Brought:
        """Return what linked communities, and payers' ledgers, have said since the last look."""
        if not self.state.links:
            return Brought()
        now = self._clock.now()
        brought = await self._intake.take(self.state, now)
        decisions = await self._decisions.take(self.state)
        for link, error in brought.contradicted:
            await asyncio.to_thread(self._meet, link, error, now)
        return Brought(brought.came, brought.contradicted, decisions)

    def is_due(self, now: int) -> bool:
        """Return whether a deadline has passed that a merge lets expire."""
        return any(
            one.instruction.deadline <= now and step(one.role, one.stage, Event.DEADLINE)
            for one in tuple(self.state.transits.values())
        )

    def settle(self, brought: Brought, now: int) -> None:
        """Take note of what was merged of it."""
        self._intake.settle(brought.came, self.state, now)

    async def publish(self, now: int) -> None:
        """Put the slots that have something new; what they say is kept first.

        Call it once the checkpoint that covers the present is signed and kept.

        Raises:
            NetworkUnreachable: A slot reached nobody; it is put next time.
        """
        if not self.state.links:
            return
        names, adverts = await asyncio.to_thread(self._write, now)
        results = await asyncio.gather(
            self.put.send(names, now),
            self._advert_put.send(adverts, now),
            return_exceptions=True,
        )
        for result in results:
            if isinstance(result, NetworkUnreachable):
                self._tell(f"links: {result}; the next look at them tries again")
            elif result is not None:
                raise result

    def _write(self, now: int) -> tuple[list[SlotName], list[SlotName]]:
        self.doors.flush(now)
        checkpoint = self._books.store.newest_checkpoint()
        if checkpoint is None or checkpoint.size < self.state.tree.size:
            return [], []
        prover = Prover(self._books.store, checkpoint)
        links = tuple(self.state.links.values())
        names = self._writer.write(links, prover, now)
        names += self._decider.write(self.state, prover, now)
        names += self.witness.write(links, now)
        return names, self._advert.write(self.state, now)

    def _meet(self, link: Link, error: Contradicted, now: int) -> None:
        shown = condemn(
            self._books.store, link, error, seed=self._seed, folder=self._evidence, now=now
        )
        self.doors.complain(
            link,
            f"{error}; nothing more of it is merged, and the link takes no new payments. "
            f"{shown} shows it: ask its manager, and show it to its members",
            now,
            loud=link.status == "active",
        )


def _nonce() -> bytes:
    return secrets.token_bytes(BOX_NONCE_BYTES)
