"""Inheriting: what a new key's journal begins with, replayed from a home's own."""

from federation.console.terminal import UsageInvalid
from federation.replica import Replica
from federation.snapshot import SnapshotFolder
from ledger.attachment import is_file_of
from ledger.epoch import KeyChain
from ledger.state import State
from ledger.store.attachment import KEPT_AT_ONCE, AttachmentStore
from ledger.store.database import Database
from ledger.store.journal import JournalStore


def inherit(
    source: JournalStore, size: int, database: Database, key: bytes, folder: SnapshotFolder
) -> State:
    """Copy a journal's first records into an empty database, and return the present after them.

    The attached files that they name go with them, as far as the source has them.

    Every record is replayed from the first one on; nothing of the source is trusted.

    Args:
        source: Of a member or a manager; only read.
        size: How many records; a merge must end there.
        database: Empty, opened for writing.
        key: The key under which the journal goes on.
        folder: That key's snapshots.

    Raises:
        UsageInvalid: No merge of the source ends at this size.
        HistoryMismatch: A record is not what the rules make of those before.
        StoreFull: The disk has no room.
    """
    check_size(source, size)
    replica = Replica(
        store=JournalStore.begin(database, key, source.first_key),
        folder=folder,
        find_grant=lambda _grants, _known, _index: None,
        chain=KeyChain(),
        observe=lambda _replayed, _version: None,
    )
    replica.take_records(source.records(0, size))
    _take_files(AttachmentStore(source.database), AttachmentStore(database), size)
    return replica.state


def _take_files(source: AttachmentStore, into: AttachmentStore, size: int) -> None:
    for at in range(0, into.count(size), KEPT_AT_ONCE):
        named = [one.attached for one in into.span(at, at + KEPT_AT_ONCE)]
        found = [(one, source.sealed(one.hash)) for one in named if one.withdrawn is None]
        files = [sealed for one, sealed in found if sealed and is_file_of(sealed, one)]
        into.keep_all(files, named[-1].time)


def check_size(source: JournalStore, size: int) -> None:
    """Accept a size at which a merge of a journal ended.

    Raises:
        UsageInvalid: None did; the message names the nearest.
    """
    whole = source.tip().tree.size
    if size > whole or size < 1:
        raise UsageInvalid(f"got size {size}; the journal here has {whole} records")
    ends = source.batch_sizes(0, whole)
    if size not in ends:
        before = max((one for one in ends if one < size), default=ends[0])
        after = min(one for one in ends if one > size)
        raise UsageInvalid(
            f"no merge ended at {size} records; the nearest are {before} and {after}"
        )
