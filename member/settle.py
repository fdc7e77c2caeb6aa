"""Settling: what became of the own change-sets, as the verified journal says."""

from ledger.outcome import Fate
from ledger.record import RefusalRecord
from ledger.refusal import Code, Refusal, explain
from ledger.replay import Replayed
from ledger.state import State
from ledger.store.database import Database
from ledger.store.lookup import Lookup
from ledger.store.outgoing import OutgoingStore


class Settler:
    """Moves the outbox of one home forward; settling again changes nothing."""

    def __init__(self, own: Database, replica: Database, key: bytes) -> None:
        self._outgoing = OutgoingStore(own)
        self._lookup = Lookup(replica)
        self._key = key

    def observe(self, replayed: Replayed, version: int) -> None:
        """Settle from a merge that was just replayed: it knows every figure of a refusal.

        Args:
            replayed: A committed merge.
            version: Its number, from 1.
        """
        community = replayed.merged.changes.community
        units = community.units if community else ()
        for outcome in replayed.merged.outcomes:
            if outcome.key != self._key:
                continue
            if outcome.fate is Fate.MERGED:
                self._outgoing.settle(outcome.hash, "merged", version)
            elif outcome.refusal is not None:
                text = explain(outcome.refusal, units)
                code = str(outcome.refusal.code)
                self._outgoing.settle(outcome.hash, "refused", version, code, text)

    def settle(self, state: State) -> None:
        """Settle what a crash left between a commit of the replica and ``observe``.

        Args:
            state: The replica's present.
        """
        units = state.community.units if state.community else ()
        known = state.keys.get(self._key)
        for waiting in self._outgoing.unconfirmed():
            made = waiting.change_set
            stored = self._lookup.find_record(made.hash)
            if stored is not None:
                version = self._lookup.version_at(stored.index) or 0
                if isinstance(stored.record, RefusalRecord):
                    code = stored.record.code
                    text = explain(Refusal(Code(code)), units)
                    self._outgoing.settle(made.hash, "refused", version, code, text)
                else:
                    self._outgoing.settle(made.hash, "merged", version)
            elif known is not None and known.generation > made.change_set.generation:
                text = explain(Refusal(Code.SUPERSEDED), units)
                self._outgoing.settle(made.hash, "superseded", 0, str(Code.SUPERSEDED), text)
