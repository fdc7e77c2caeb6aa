"""The witness: says what it was shown, and reads what others were shown."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from federation.errors import SlotInvalid, SplitView
from federation.item import MutableItem, SlotName, sign_item
from federation.kept import keep_item, kept_item, mark_put
from federation.poll import Poller
from federation.port import Dht, Got
from federation.replica import Replica
from federation.slot import next_seq, witness_slot
from federation.witness.comparison import Compared
from federation.witness.confirmations import linked_witnesses
from federation.witness.testimony import WAITING_MAX, ReadTestimony, read_testimony, sign_testimony
from ledger import crypto
from ledger.checkpoint import VerifiedCheckpoint
from ledger.store.database import Database
from ledger.store.journal import KeptCheckpoint
from ledger.store.lookup import Lookup
from ledger.store.meta import ValueStore
from ledger.store.slot import SlotStore
from ledger.store.witnessed import Question, WitnessedStore

OTHERS_READ = 3
"""Other witnesses' slots that are read in a round."""
SAY_AGAIN_S = 6 * 3_600
"""After so long the same checkpoint is cosigned again: a cosignature says when it was the newest,
and one of a day ago says little."""
_READ_KEY = "witness_read_key"
"""Value of the home: what the slots of witnesses are found with; a suspended member keeps it."""

Choose = Callable[[Sequence[bytes], int], Sequence[bytes]]
"""From all and a count: so many of them, by chance that nobody can foresee."""


class Witness:
    """One key's word about one community, and its ears; only one process of a home is it."""

    def __init__(
        self, *, seed: bytes, replica: Replica, own: Database, dht: Dht, choose: Choose
    ) -> None:
        self._seed = seed
        self._key = crypto.public_key(seed)
        self._community = replica.store.community_key
        self._replica = replica
        self._lookup = Lookup(replica.store.database)
        self._witnessed = WitnessedStore(own)
        self._slots = SlotStore(own)
        self._values = ValueStore(own)
        self._dht = dht
        self._poller = Poller(dht)
        self._choose = choose
        self._read = False
        self._seen_seq = 0
        self._heard: dict[SlotName, int] = {}

    async def speak(
        self, checkpoint: VerifiedCheckpoint, waiting: Sequence[bytes], now: int
    ) -> bool:
        """Cosign what was verified and is kept, and put it, where that is news.

        Args:
            checkpoint: The largest whose extension was verified.
            waiting: Hashes of own change-sets that are published and not settled, oldest first.
            now: Unix seconds.

        Returns:
            Whether something was put.

        Raises:
            NetworkUnreachable: No DHT node answered; it is kept and is put next time.
        """
        slot = await asyncio.to_thread(self._slot)
        if slot is None:
            return False
        if not self._read:
            await self._read_back(slot)
        listed = waiting[:WAITING_MAX]
        item = await asyncio.to_thread(self._make, slot, checkpoint, listed, now)
        if item is None:
            return False
        await self._put(item, now)
        return True

    async def put_again(self, now: int) -> None:
        """Put the own item again, unchanged, so that nodes keep it."""
        slot = await asyncio.to_thread(self._slot)
        item = None if slot is None else kept_item(self._slots, slot)
        if item is not None:
            await self._put(item, now)

    async def listen(self, now: int) -> None:
        """Read three other witnesses by chance and compare with the own history.

        Args:
            now: Unix seconds.

        Raises:
            SplitView: One of them was shown another history.
        """
        read_key = await asyncio.to_thread(self._read_key)
        others = self._others()
        if read_key is None or not others:
            return
        chosen = self._choose(others, min(OTHERS_READ, len(others)))
        linked = linked_witnesses(self._replica.state)
        slots = {
            # A linked manager has no key of a closed ledger's epochs.
            witness_slot(self._community if key in linked else read_key, self._community, key): key
            for key in chosen
        }
        answers = await self._poller.poll({slot: self._heard.get(slot) for slot in slots})
        items = {
            slot: got.item for slot, got in answers.items() if isinstance(got, Got) and got.item
        }
        await asyncio.to_thread(self._hear, slots, items, now)

    def review(self, keep: Callable[[SplitView], None]) -> None:
        """Answer what is open, as far as new records can.

        Args:
            keep: Keeps what shows a split view, before anything else happens.

        Raises:
            SplitView: What somebody was shown is not what came.
        """
        answered, split = [], None
        for one in self._witnessed.questions():
            theirs = VerifiedCheckpoint(self._community, one.size, one.root, one.note)
            try:
                if self._replica.compare(theirs) is Compared.KNOWN:
                    answered.append(one.witness)
            except SplitView as error:
                answered.append(one.witness)
                split = error
        if split is not None:
            # Kept before the question is closed: a crash in between asks it again.
            keep(split)
        if answered:
            self._witnessed.answer(answered)
        settled = [one.hash for one in self._witnessed.listed() if self._is_settled(one.hash)]
        if settled:
            self._witnessed.settle(settled)
        if split is not None:
            raise split

    def _others(self) -> list[bytes]:
        """Return the keys that may witness, but for the own one and the community's."""
        apart = {self._key, self._community}
        state = self._replica.state
        members = (
            key
            for key, known in state.keys.items()
            if known.active
            and key not in apart
            and state.accounts[known.account].status == "active"
        )
        return sorted({*members, *linked_witnesses(state)})

    def _read_key(self) -> bytes | None:
        known = self._replica.read_key
        kept = self._values.get(_READ_KEY)
        if known is not None and known != kept:
            self._values.set(_READ_KEY, known)
        return known or kept

    def _slot(self) -> SlotName | None:
        read_key = self._read_key()
        return None if read_key is None else witness_slot(read_key, self._community, self._key)

    async def _read_back(self, slot: SlotName) -> None:
        """Read the own slot: a home from a backup may have cosigned more than it knows.

        Raises:
            NetworkUnreachable: Nobody answered.
        """
        got = await self._dht.get(slot)
        if got.item is not None:
            self._seen_seq = got.item.seq
            await asyncio.to_thread(self._remember, got.item)
        self._read = True

    def _remember(self, item: MutableItem) -> None:
        try:
            said = read_testimony(self._community, self._key, item.value).checkpoint
        except SlotInvalid:
            return
        kept = self._witnessed.newest(self._community)
        if kept is None or kept.size < said.size:
            self._witnessed.keep(said)

    def _make(
        self, slot: SlotName, checkpoint: VerifiedCheckpoint, waiting: Sequence[bytes], now: int
    ) -> MutableItem | None:
        """Return the item to put, kept first; None where there is nothing new to say."""
        known = self._witnessed.newest(self._community)
        if checkpoint.size == 0 or (known is not None and not self._extends(checkpoint, known)):
            return None
        kept, row = kept_item(self._slots, slot), self._slots.newest(slot.key, slot.salt)
        if kept is not None and kept.seq >= self._seen_seq:
            said = self._said(kept)
            if said is not None and _repeats(said, checkpoint, waiting, now):
                return kept if row is None or row.put is None else None
        # One size has one root for ever: kept, with fsync, before it is signed.
        self._witnessed.keep(checkpoint)
        self._witnessed.list_waiting(self._key, waiting, checkpoint.size)
        value = sign_testimony(self._seed, checkpoint, waiting, now)
        seq = next_seq((kept.seq if kept else 0, self._seen_seq), now)
        item = sign_item(self._seed, slot.salt, seq, value)
        keep_item(self._slots, item)
        said = self._said(item)
        assert said is not None, "what was signed just now reads"
        self._replica.confirmations.take([said.cosignature], self._replica.state, now)
        return item

    def _extends(self, checkpoint: VerifiedCheckpoint, known: KeptCheckpoint) -> bool:
        """Return whether a checkpoint continues what this key has vouched for."""
        if checkpoint.size <= known.size:
            return (checkpoint.size, checkpoint.root) == (known.size, known.root)
        on_record = known.size <= self._replica.size
        return not on_record or self._replica.state.history.get(known.size) == known.root

    def _said(self, item: MutableItem) -> ReadTestimony | None:
        try:
            return read_testimony(self._community, self._key, item.value)
        except SlotInvalid:
            return None

    async def _put(self, item: MutableItem, now: int) -> None:
        put = await self._dht.put(item)
        if put.newest_seq is not None and put.newest_seq > item.seq:
            # Another home with this key wrote later: read it, then go beyond it.
            self._read = False
        elif put.accepted:
            await asyncio.to_thread(mark_put, self._slots, item, now)

    def _hear(
        self, slots: Mapping[SlotName, bytes], items: Mapping[SlotName, MutableItem], now: int
    ) -> None:
        split: SplitView | None = None
        for slot, item in items.items():
            # Whoever cannot write his own slot says nothing.
            with suppress(SlotInvalid):
                said = read_testimony(self._community, slots[slot], item.value)
                try:
                    self._weigh(slots[slot], said, now)
                except SplitView as error:
                    split = error
                    continue
            self._heard[slot] = item.seq
        if split is not None:
            raise split

    def _weigh(self, witness: bytes, said: ReadTestimony, now: int) -> None:
        theirs = said.checkpoint
        if self._replica.compare(theirs) is Compared.OPEN:
            self._witnessed.ask(Question(witness, theirs.size, theirs.root, theirs.note, now))
            return
        self._replica.confirmations.take([said.cosignature], self._replica.state, now)
        waiting = [one for one in said.waiting if not self._is_settled(one)]
        self._witnessed.list_waiting(witness, waiting, theirs.size)

    def _is_settled(self, change_set_hash: bytes) -> bool:
        return self._lookup.find_record(change_set_hash) is not None


def _repeats(
    said: ReadTestimony, checkpoint: VerifiedCheckpoint, waiting: Sequence[bytes], now: int
) -> bool:
    """Return whether a testimony would say nothing new."""
    same = said.checkpoint.root == checkpoint.root and said.checkpoint.size == checkpoint.size
    fresh = now - said.cosignature.time < SAY_AGAIN_S
    return same and fresh and said.waiting == tuple(waiting)
