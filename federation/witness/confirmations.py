"""Confirmations: what witnesses said of one journal, taken in once it has been verified."""

from collections.abc import Iterable

from ledger.checkpoint import VerifiedCheckpoint
from ledger.cosignature import (
    KeptCosignature,
    decode_cosignatures,
    read_lines,
    verify_kept,
)
from ledger.errors import NoteError, SegmentInvalid
from ledger.finality import Confirmation, weigh
from ledger.note import parse_note
from ledger.state import State
from ledger.store.cosignature import CosignatureStore
from ledger.store.database import Database
from ledger.store.journal import JournalStore
from ledger.store.meta import ValueStore

_FINAL = "final_size"
"""Value in the journal's database: how many records were ever seen to be final, decimal digits."""


class Confirmations:
    """One journal's witnesses, heard by whoever keeps the journal. Calls block."""

    def __init__(self, store: JournalStore) -> None:
        self._community = store.community_key
        self._store = CosignatureStore(store.database)
        self._values = ValueStore(store.database)
        self._sizes = self._store.sizes()
        self._final = _read_final(store.database)

    @property
    def final_size(self) -> int:
        """How many records were ever seen to be final."""
        return self._final

    def take(self, said: Iterable[KeptCosignature], state: State, now: int) -> int:
        """Take in what is newer than what its witness said before, and holds.

        Args:
            said: Untrusted, by anybody; of each witness only what lies on this history counts.
            state: The present; its keys may witness.
            now: Unix seconds.

        Returns:
            How many were newer.
        """
        kept = [one for one in said if self._holds(one, state)]
        newer = self._store.add(kept, now)
        for one in kept:
            self._sizes[one.witness] = max(self._sizes.get(one.witness, 0), one.size)
        self._rise(state)
        return newer

    def take_note(self, checkpoint: VerifiedCheckpoint, state: State, now: int) -> int:
        """Take in the cosignatures under a checkpoint of this history."""
        note = parse_note(checkpoint.note)
        if len(note.signatures) == 1:
            return 0
        witnesses = {*state.keys, *linked_witnesses(state)}
        return self.take(read_lines(note, checkpoint.size, witnesses), state, now)

    def take_file(self, data: bytes, key: bytes | None, state: State, now: int) -> int:
        """Take in a snapshot's file of cosignatures; one that does not read says nothing.

        Args:
            data: Untrusted.
            key: The present epoch's in a closed ledger.
            state: The present.
            now: Unix seconds.
        """
        try:
            rows = decode_cosignatures(data, key)
        except SegmentInvalid:
            return 0
        return self.take(rows, state, now)

    def _holds(self, one: KeptCosignature, state: State) -> bool:
        if one.witness == self._community:
            return False
        if one.witness not in state.keys and one.witness not in linked_witnesses(state):
            return False
        if one.size < self._sizes.get(one.witness, 0):
            return False
        root = state.history.get(one.size)
        if root is None:
            return False
        try:
            verify_kept(self._community, root, one)
        except NoteError:
            return False
        return True

    def _rise(self, state: State) -> None:
        """Keep what became final: who leaves later does not take his word back."""
        final = weigh(state, self._sizes).final_size
        if final > self._final:
            self._values.set(_FINAL, str(final).encode())
            self._final = final


def linked_witnesses(state: State) -> frozenset[bytes]:
    """Return the keys by which linked communities' managers witness this one.

    Their word is kept and handed on like members'; they are no accounts, so it makes nothing final.
    """
    return frozenset(link.link_key for link in tuple(state.links.values()))


def read_confirmation(database: Database, state: State) -> Confirmation:
    """Return what witnesses have confirmed of a journal, as its database keeps it."""
    return weigh(state, CosignatureStore(database).sizes(), _read_final(database))


def _read_final(database: Database) -> int:
    return int(ValueStore(database).get(_FINAL) or b"0")
