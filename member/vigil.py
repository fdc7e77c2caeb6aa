"""The vigil: whether everybody is shown the same history, and what stops where not."""

import asyncio
from pathlib import Path

from federation.errors import SplitView
from federation.follow import Followed
from federation.home import Home
from federation.port import Dht
from federation.replica import Replica
from federation.witness.evidence import keep_evidence, keep_refused, keep_rollback
from federation.witness.halt import check_not_halted, halt, may_go_on
from federation.witness.witness import Choose, Witness
from ledger.checkpoint import VerifiedCheckpoint
from ledger.store.database import Database
from ledger.store.journal import KeptCheckpoint
from ledger.store.meta import ValueStore
from ledger.store.outgoing import OutgoingStore
from ledger.store.witnessed import WitnessedStore

PROGRAM = "commontab run"


class Vigil:
    """One member's part in seeing that nobody is shown another history."""

    def __init__(
        self, *, home: Home, seed: bytes, own: Database, replica: Replica, dht: Dht, choose: Choose
    ) -> None:
        self.witness = Witness(seed=seed, replica=replica, own=own, dht=dht, choose=choose)
        self._evidence = home.evidence
        self._store = replica.store
        self._witnessed = WitnessedStore(own)
        self._outgoing = OutgoingStore(own)
        self._values = ValueStore(own)

    @property
    def goes_on(self) -> bool:
        """Whether a person has decided to go on in spite of a split view."""
        return may_go_on(self._values)

    def anchor(self) -> KeptCheckpoint | None:
        """Return the largest checkpoint that this key has cosigned.

        None once a person goes on in spite of a split view: perhaps this key vouched for the
        wrong history.
        """
        return None if self.goes_on else self._witnessed.newest(self._store.community_key)

    def check(self) -> None:
        """Accept a home that met no split view, or goes on.

        Raises:
            Halted: It waits for a person's decision.
        """
        check_not_halted(self._values, PROGRAM)

    def meet(self, error: SplitView, now: int) -> None:
        """Keep what shows a split view, and stop until a person decides."""
        halt(self._values, keep_evidence(self._evidence, self._store, error), now)

    def note_rollback(self, proof: bytes) -> Path | None:
        """Keep the proof of a rollback; return the file to show, None where one is kept already."""
        return keep_rollback(self._evidence, proof)

    def note_refused(self, checkpoint: VerifiedCheckpoint) -> Path:
        """Keep the note of a checkpoint whose records break the rules; return its file."""
        return keep_refused(self._evidence, checkpoint)

    async def review(self, now: int) -> None:
        """Answer open questions with the records that came.

        Raises:
            SplitView: Somebody was shown another history; it is kept, and this home stops.
        """
        try:
            await asyncio.to_thread(self.witness.review, lambda error: self.meet(error, now))
        except SplitView:
            if not self.goes_on:
                raise

    async def keep(self, newest: VerifiedCheckpoint | None, followed: Followed, now: int) -> None:
        """Say which checkpoint was verified, and compare with what three others were shown.

        Args:
            newest: What the last look verified.
            followed: What that look brought.
            now: Unix seconds.

        Raises:
            NetworkUnreachable: Nobody answered.
            SplitView: Somebody was shown another history; it is kept, and this home stops.
        """
        if newest is None or followed.step in {"missing", "older"}:
            return
        await self.witness.speak(newest, await asyncio.to_thread(self._published), now)
        try:
            await self.witness.listen(now)
        except SplitView as error:
            if not self.goes_on:
                self.meet(error, now)
                raise

    def _published(self) -> list[bytes]:
        """Return the hashes of what nodes have accepted and no checkpoint settles, oldest first."""
        unsettled = self._outgoing.unsettled()
        return [one.change_set.hash for one in unsettled if one.state == "published"]
