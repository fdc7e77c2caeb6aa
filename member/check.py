"""Checking: every number of the replica, worked out again by this home alone."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from federation.terminal import Refused
from federation.views import View
from ledger.changeset import SignedChangeSet, Verified, verify_change_set
from ledger.checkpoint import verify_checkpoint
from ledger.errors import NoteError, StoreDamaged
from ledger.record import ManagerRecord, decode_record
from ledger.replay import journal_sha256
from ledger.store.audit import audit
from ledger.store.journal import JournalStore
from ledger.store.lookup import Lookup


@dataclass(slots=True)
class _Count:
    """How many signatures were checked, by whose they are."""

    change_sets: int = 0
    statements: int = 0

    def verify(self, community: bytes, signed: SignedChangeSet) -> Verified:
        """Verify a member's signature and count it."""
        self.change_sets += 1
        return verify_change_set(community, signed)

    def watch(self, records: Iterator[bytes]) -> Iterator[bytes]:
        """Pass records through and count the manager's statements among them."""
        for record in records:
            self.statements += isinstance(decode_record(record), ManagerRecord)
            yield record


def check_replica(store: JournalStore, progress: Callable[[int, int], None] | None = None) -> View:
    """Check the whole replica from its bytes and return what it is.

    Every batch is merged again with every signature; records, tree, balances, zero sums and
    checkpoints are compared.

    Args:
        store: The replica.
        progress: Told how many of how many records are done.

    Raises:
        StoreDamaged: The database file itself is not sound.
        Refused: A record or number is not what the rules make of the signed inputs; the message
            names it.
    """
    store.database.check()
    count = _Count()
    try:
        size = audit(store, progress, count.verify)
    except StoreDamaged as error:
        raise Refused(f"the replica does not hold: {error}") from error
    history = store.load_state().history
    digest = journal_sha256(count.watch(store.records(0, size)))
    lookup = Lookup(store.database)
    signed = _check_checkpoint(store, history, size)
    return {
        "ok": True,
        "community": store.community_key.hex(),
        "size": size,
        "root": history[size].hex() if size else "",
        "version": lookup.version_at(size - 1) if size else 0,
        "journal_sha256": digest.hex(),
        "checkpoint_size": signed,
        "sums_minor": lookup.sums(),
        "zero_sum": not any(lookup.sums().values()),
        "signatures": count.change_sets + count.statements + (signed is not None),
    }


def _check_checkpoint(store: JournalStore, history: Mapping[int, bytes], size: int) -> int | None:
    """Return the size of the newest signed note, which names the replica's own root there.

    Raises:
        Refused: It is not the community's, or is about another tree.
    """
    kept = store.newest_checkpoint()
    if kept is None or kept.size > size:
        return None
    try:
        signed = verify_checkpoint(store.community_key, kept.note)
    except NoteError as error:
        raise Refused(f"the checkpoint of size {kept.size} does not hold: {error}") from error
    stands = history.get(signed.size)
    if signed.root != stands:
        raise Refused(
            f"the checkpoint of size {signed.size} names root {signed.root.hex()}, but the "
            f"records have {stands.hex() if stands else 'no merge ending there'}; keep both: they "
            "prove what was signed"
        )
    return signed.size
