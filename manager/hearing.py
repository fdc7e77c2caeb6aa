"""Hearing: read what members say they were shown, and take their cosignatures in."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from federation.comparison import Compared, compare
from federation.confirmations import Confirmations
from federation.errors import SlotInvalid
from federation.item import MutableItem, SlotName
from federation.poll import Poller
from federation.port import Got
from federation.slot import witness_slot
from federation.testimony import ReadTestimony, read_testimony
from ledger.blind import community_secret, epoch_key
from ledger.cosignature import KeptCosignature
from ledger.state import State
from ledger.store.journal import JournalStore


@dataclass(frozen=True, slots=True)
class Heard:
    """What one round of hearing brought.

    Attributes:
        answered: How many witnesses' slots could be read.
        newer: How many cosignatures are newer than what their witnesses said before.
        ahead: The largest checkpoint that somebody was shown and that this journal does not
            reach: signed by the own key, elsewhere or before a restore.
    """

    answered: int
    newer: int
    ahead: ReadTestimony | None


class Hearing:
    """Hears the witnesses of one community."""

    def __init__(
        self, *, seed: bytes, store: JournalStore, confirmations: Confirmations, poller: Poller
    ) -> None:
        self._first_key = epoch_key(community_secret(seed), 1)
        self._store = store
        self._confirmations = confirmations
        self._poller = poller
        self._seqs: dict[SlotName, int] = {}
        self._slots: dict[bytes, SlotName] = {}

    async def hear(self, state: State, now: int) -> Heard:
        """Poll every active key's witness slot and take in what is new.

        Args:
            state: The present.
            now: Unix seconds.

        Raises:
            SplitView: A member was shown another history, signed by the own key.
        """
        slots = await asyncio.to_thread(self._find_slots, state)
        answers = await self._poller.poll({slot: self._seqs.get(slot) for slot in slots})
        answered = sum(isinstance(got, Got) for got in answers.values())
        items = {
            slot: got.item for slot, got in answers.items() if isinstance(got, Got) and got.item
        }
        if not items:
            return Heard(answered, 0, None)
        newer, ahead = await asyncio.to_thread(self._take, state, slots, items, now)
        self._seqs.update((slot, item.seq) for slot, item in items.items())
        return Heard(answered, newer, ahead)

    def _find_slots(self, state: State) -> dict[SlotName, bytes]:
        """Return the witness slots and whose they are; computing one costs a hash, so once."""
        community, own = state.community, self._store.community_key
        if community is None:
            return {}
        read_key = self._first_key if community.closed else own
        found = {}
        # All at once: a merge may be changing the present in another thread.
        for known in tuple(state.keys.values()):
            if known.active and known.key != own:
                slot = self._slots.get(known.key)
                if slot is None:
                    slot = self._slots[known.key] = witness_slot(read_key, own, known.key)
                found[slot] = known.key
        return found

    def _take(
        self,
        state: State,
        slots: Mapping[SlotName, bytes],
        items: Mapping[SlotName, MutableItem],
        now: int,
    ) -> tuple[int, ReadTestimony | None]:
        heard: list[KeptCosignature] = []
        ahead: ReadTestimony | None = None
        for slot, item in items.items():
            try:
                said = read_testimony(self._store.community_key, slots[slot], item.value)
            except SlotInvalid:
                # Whoever cannot write his own slot says nothing.
                continue
            theirs = said.checkpoint
            compared = compare(theirs, state.tree.size, state.history.get, self._store.note_for)
            if compared is Compared.KNOWN:
                heard.append(said.cosignature)
            elif ahead is None or theirs.size > ahead.checkpoint.size:
                ahead = said
        return self._confirmations.take(heard, state, now), ahead
