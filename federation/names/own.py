"""The own community's registry, as its replica or its manager's journal has it."""

from collections.abc import Iterable

from federation.errors import RegistryMissing
from ledger.checkpoint import add_cosignatures
from ledger.cosignature import note_line
from ledger.name.state import NameState
from ledger.proof.present import PresentProof
from ledger.store.cosignature import CosignatureStore
from ledger.store.journal import JournalStore, KeptCheckpoint
from ledger.store.name_lookup import NameLookup, Standing
from ledger.store.proving import Prover

COSIGNATURES_MAX = 4
"""Witnesses' lines that a proof carries: as many as the checkpoint's slot."""


class OwnRegistry:
    """The names of a journal that is all here, each read when it is asked for. Calls block.

    Args:
        store: The journal.
        standing: What its names are answered under.
        seen: When its newest checkpoint was last known to be the newest, Unix seconds.
    """

    def __init__(self, store: JournalStore, standing: Standing, seen: int) -> None:
        self._store = store
        self._lookup = NameLookup(store.database)
        self._standing = standing
        self.seen = seen

    @property
    def community(self) -> bytes:
        """The community's public key, 32 bytes."""
        return self._standing.community

    @property
    def size(self) -> int:
        """Records of the journal."""
        return self._standing.size

    @property
    def time(self) -> int:
        """When the newest of them was merged, Unix seconds."""
        return self._standing.time

    @property
    def witnesses(self) -> int:
        """How many have cosigned its newest checkpoint, whoever they are."""
        sizes = CosignatureStore(self._store.database).sizes()
        return sum(size == self.size for size in sizes.values())

    def lookup(self, name: str) -> NameState | None:
        """Return what the registry holds at a canonical name."""
        return self._lookup.find(name)

    def names(self) -> Iterable[str]:
        """Return all names that it holds something at."""
        return self._lookup.names()

    def prove(self, name: str) -> PresentProof:
        """Return the proof of what ``lookup`` says.

        Raises:
            RegistryMissing: No checkpoint covers all that is known yet.
        """
        state, kept = self._store.load_state(), self._store.newest_checkpoint()
        if kept is None or kept.size != state.tree.size:
            raise RegistryMissing(
                f"no signed checkpoint covers all {state.tree.size} records yet; let `sync` or "
                "`run` fetch or publish one and try again"
            )
        rows = CosignatureStore(self._store.database).of_size(kept.size, COSIGNATURES_MAX)
        note = add_cosignatures(kept.note, [note_line(row) for row in rows])
        prover = Prover(self._store, KeptCheckpoint(kept.size, kept.root, note))
        return prover.present(state, "names", name.encode())
