"""Hearing: read what members say they were shown, and take their cosignatures in."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from federation.errors import SlotInvalid, SplitView
from federation.item import MutableItem, SlotName
from federation.poll import Poller
from federation.port import Got
from federation.slot import witness_slot
from federation.witness.comparison import Compared, compare
from federation.witness.confirmations import Confirmations, linked_witnesses
from federation.witness.testimony import ReadTestimony, read_testimony
from ledger.cosignature import KeptCosignature
from ledger.state import State
from ledger.store.journal import JournalStore

FirstKey = Callable[[], bytes]
"""Gives the key of a closed ledger's first epoch, 32 bytes."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one round of hearing brought.

    Attributes:
        answered: How many witnesses' slots could be read.
        newer: How many cosignatures are newer than what their witnesses said before.
        ahead: The largest checkpoint that somebody was shown and that this journal does not
            reach: signed by the own key, elsewhere or before a restore.
        split: A member was shown another history, signed by the own key.
    """

    answered: int
    newer: int = 0
    ahead: ReadTestimony | None = None
    split: SplitView | None = None


class Hearing:
    """Hears the witnesses of one community."""

    def __init__(
        self,
        *,
        first_key: FirstKey,
        store: JournalStore,
        confirmations: Confirmations,
        poller: Poller,
    ) -> None:
        self._first_key = first_key
        self._store = store
        self._confirmations = confirmations
        self._poller = poller
        self._seqs: dict[SlotName, int] = {}
        self._slots: dict[bytes, SlotName] = {}

    async def hear(self, state: State, now: int) -> Heard:
        """Poll the witness slots of all active keys and linked managers; take in what is new.

        Args:
            state: The present.
            now: Unix seconds.
        """
        slots = await asyncio.to_thread(self._find_slots, state)
        answers = await self._poller.poll({slot: self._seqs.get(slot) for slot in slots})
        answered = sum(isinstance(got, Got) for got in answers.values())
        items = {
            slot: got.item for slot, got in answers.items() if isinstance(got, Got) and got.item
        }
        if not items:
            return Heard(answered)
        said = await asyncio.to_thread(self._read, slots, items)
        heard = await asyncio.to_thread(self._take, state, said, now)
        self._seqs.update((slot, item.seq) for slot, item in items.items())
        return replace(heard, answered=answered)

    def _find_slots(self, state: State) -> dict[SlotName, bytes]:
        """Return the witness slots and whose they are; computing one costs a hash, so once."""
        community, own = state.community, self._store.community_key
        if community is None:
            return {}
        found = {}
        # All at once: a merge may be changing the present in another thread.
        for known in tuple(state.keys.values()):
            if known.active and known.key != own:
                found[self._slot(known.key, closed=community.closed)] = known.key
        for linked in linked_witnesses(state):
            # A linked manager has no key of a closed ledger's epochs.
            found[self._slot(linked, closed=False)] = linked
        return found

    def _slot(self, witness: bytes, *, closed: bool) -> SlotName:
        slot = self._slots.get(witness)
        if slot is None:
            own = self._store.community_key
            read_key = self._first_key() if closed else own
            slot = self._slots[witness] = witness_slot(read_key, own, witness)
        return slot

    def _read(
        self, slots: Mapping[SlotName, bytes], items: Mapping[SlotName, MutableItem]
    ) -> list[ReadTestimony]:
        said = []
        for slot, item in items.items():
            # Whoever cannot write his own slot says nothing.
            with suppress(SlotInvalid):
                said.append(read_testimony(self._store.community_key, slots[slot], item.value))
        return said

    def _take(self, state: State, said: Sequence[ReadTestimony], now: int) -> Heard:
        known: list[KeptCosignature] = []
        ahead: ReadTestimony | None = None
        split: SplitView | None = None
        for one in said:
            theirs = one.checkpoint
            try:
                compared = compare(theirs, state.tree.size, state.history.get, self._store.note_for)
            except SplitView as error:
                split = split or error
                continue
            if compared is Compared.KNOWN:
                known.append(one.cosignature)
            elif ahead is None or theirs.size > ahead.checkpoint.size:
                ahead = one
        return Heard(0, self._confirmations.take(known, state, now), ahead, split)
