"""The own community's registry, as its replica or its manager's journal has it."""

from collections.abc import Iterable

from ledger.checkpoint import add_cosignatures
from ledger.cosignature import note_line
from ledger.errors import ProofInvalid
from ledger.name.state import NameState
from ledger.proof.present import PresentProof
from ledger.state import State
from ledger.store.cosignature import CosignatureStore
from ledger.store.journal import JournalStore, KeptCheckpoint
from ledger.store.proving import Prover

COSIGNATURES_MAX = 4
"""Witnesses' lines that a proof carries: as many as the checkpoint's slot."""


class OwnRegistry:
    """The names of a journal that is all here.

    Args:
        store: The journal.
        state: What it adds up to.
        seen: When its newest checkpoint was last found to be the newest, Unix seconds.
    """

    def __init__(self, store: JournalStore, state: State, seen: int) -> None:
        self._store = store
        self._state = state
        self.seen = seen

    @property
    def community(self) -> bytes:
        """The community's public key, 32 bytes."""
        return self._state.key

    @property
    def size(self) -> int:
        """Records of the journal."""
        return self._state.tree.size

    @property
    def time(self) -> int:
        """When the newest of them was merged, Unix seconds."""
        return self._state.time

    @property
    def witnesses(self) -> int:
        """How many have cosigned its newest checkpoint, whoever they are."""
        sizes = CosignatureStore(self._store.database).sizes()
        return sum(size == self.size for size in sizes.values())

    def lookup(self, name: str) -> NameState | None:
        """Return what the registry holds at a canonical name."""
        return self._state.names.get(name)

    def names(self) -> Iterable[str]:
        """Return all names that it holds something at."""
        return self._state.names

    def prove(self, name: str) -> PresentProof:
        """Return the proof of what ``lookup`` says.

        Raises:
            ProofInvalid: No checkpoint covers all that is known yet.
        """
        kept = self._store.newest_checkpoint()
        if kept is None or kept.size != self.size:
            raise ProofInvalid(
                f"no signed checkpoint covers all {self.size} records yet; let `sync` or `run` "
                "fetch or publish one and try again"
            )
        rows = CosignatureStore(self._store.database).of_size(kept.size, COSIGNATURES_MAX)
        note = add_cosignatures(kept.note, [note_line(row) for row in rows])
        prover = Prover(self._store, KeptCheckpoint(kept.size, kept.root, note))
        return prover.present(self._state, "names", name.encode())
