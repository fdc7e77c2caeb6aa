"""Decisions: what a payer's ledger decided, for every ledger on the payment's way to read."""

import asyncio
from collections.abc import Callable

from federation.errors import SlotInvalid
from federation.item import MutableItem, SlotName
from federation.link.decision import DecisionSlot, decision_slot, seal_decision
from federation.link.word import judge_decision
from federation.poll import Poller
from federation.port import Clock, Dht, Got
from federation.tier import Tiered
from ledger.errors import ProofInvalid
from ledger.link.evidence import VerifiedReading
from ledger.link.machine import Role, Stage, is_waiting
from ledger.link.transit import BEFORE, Transit
from ledger.state import State
from ledger.store.link import LinkStore
from ledger.store.proving import Prover
from manager.link.put import LinkPut
from manager.link.slots import LinkSlots, read_decision

POLLED_MAX = 256
"""Decisions that are looked for in one look at the links; the others wait for the next one."""
PAUSE_S = (1.0, 60.0)
"""Shortest and longest time between two looks for one decision, seconds."""
PAUSE_GROWS = 1.25
"""By this a pause is longer than the one before: about a fifth of how long one has looked."""
_DECIDED = {Stage.POSTED, Stage.VOIDED, Stage.EXPIRED}


class DecisionReader:
    """Looks for decisions of payments that wait here, where no link brings them."""

    def __init__(self, *, dht: Dht, poller: Poller, clock: Clock) -> None:
        self._dht = dht
        self._poller = poller
        self._clock = clock
        self._due: dict[bytes, tuple[float, float]] = {}
        self._hinted: set[bytes] = set()
        self._done: dict[SlotName, int] = {}

    async def take(self, state: State) -> tuple[VerifiedReading, ...]:
        """Return the decisions that came; each that does not hold is passed over."""
        waiting = {one.id: one for one in tuple(state.transits.values()) if _looks_for(one)}
        self._due = {one: due for one, due in self._due.items() if one in waiting}
        self._hinted &= waiting.keys()
        now = self._clock.monotonic()
        due = [one for one in waiting.values() if self._is_due(one, now)]
        asked = due[:POLLED_MAX]
        if not asked:
            return ()
        for one in asked:
            longer = self._due.get(one.id, (now, 0.0))[1] * PAUSE_GROWS
            pause = min(max(longer, PAUSE_S[0]), PAUSE_S[1])
            self._due[one.id] = (now + pause, pause)
        slots = {one.id: decision_slot(one.instruction.decisions, one.id) for one in asked}
        answers = await self._poller.poll(
            {slot.name: self._done.get(slot.name) for slot in slots.values()}
        )
        found = []
        for one in asked:
            got = answers[slots[one.id].name]
            if isinstance(got, Got) and got.item is not None:
                found.append(self._judge(one, slots[one.id], got.item))
        return tuple(one for one in await asyncio.gather(*found) if one is not None)

    def _is_due(self, transit: Transit, now: float) -> bool:
        """Return whether it is time, or the ledger before has just shown that it is decided.

        Its word is a hint and no more, so it shortens one pause and is then forgotten.
        """
        hinted = bool(transit.shown & BEFORE) and transit.id not in self._hinted
        if hinted:
            self._hinted.add(transit.id)
        return hinted or self._due.get(transit.id, (now, 0.0))[0] <= now

    async def _judge(
        self, transit: Transit, slot: DecisionSlot, item: MutableItem
    ) -> VerifiedReading | None:
        try:
            reading = await read_decision(self._dht, slot, item.value)
            if reading is None:
                return None
            origin = transit.instruction.origin
            return await asyncio.to_thread(judge_decision, origin, transit.id, reading)
        except (SlotInvalid, ProofInvalid):
            # Whoever holds that slot's key can put anything there: only a newer version is read.
            self._done[slot.name] = item.seq
            return None


class DecisionWriter:
    """Puts what the own ledger decided, as long as somebody on the way waits for it."""

    def __init__(
        self, *, slots: LinkSlots, store: LinkStore, put: LinkPut, nonces: Callable[[], bytes]
    ) -> None:
        self._slots = slots
        self._store = store
        self._put = put
        self._nonces = nonces
        self._live: dict[bytes, SlotName] = {}

    def write(self, state: State, prover: Prover, now: int) -> list[SlotName]:
        """Keep the decisions that are to be put, and forget those that nobody waits for. Blocks.

        Args:
            state: The present.
            prover: Under its signed checkpoint.
            now: Unix seconds.

        Returns:
            The slots to put.
        """
        live = {one.id for one in tuple(state.transits.values()) if self._tells(one, now)}
        for payment in self._live.keys() - live:
            self._put.forget(self._live.pop(payment))
        for payment in sorted(live - self._live.keys()):
            slot = decision_slot(self._slots.own.link_key, payment)
            if self._put.row(slot.name) is None:
                self._put.keep(slot.name, self._seal(slot, payment, prover), now)
            self._live[payment] = slot.name
        return [name for name in self._live.values() if not self._put.is_put(name)]

    def _tells(self, one: Transit, now: int) -> bool:
        """Return whether somebody waits for a decision of ours whom no link tells.

        The next ledger has it from the link; past the deadline it may look again, as a person
        there may have let the amount go.
        """
        asked = one.instruction
        decided = one.role is Role.ORIGIN and one.stage in _DECIDED
        needed = len(asked.hops) > 1 or asked.deadline <= now
        return decided and needed and asked.decisions == self._slots.own.link_key

    def _seal(self, slot: DecisionSlot, payment: bytes, prover: Prover) -> Tiered:
        index = self._store.decision(payment)
        assert index is not None, "a payment that was decided here has the record of it"
        return seal_decision(slot, prover.many((index,)), (self._nonces(), self._nonces()))


def _looks_for(one: Transit) -> bool:
    away = one.instruction.origin != one.upstream or one.stage is Stage.FORCED
    return away and is_waiting(one.role, one.stage)
