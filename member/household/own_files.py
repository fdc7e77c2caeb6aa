"""The own attached files: kept beside the outbox until the ledger has settled what names them."""

from collections.abc import Iterable, Sequence

from ledger.operation import Attach
from ledger.store.attachment import AttachmentStore
from ledger.store.database import Database
from ledger.store.outgoing import AlsoKeep, Outgoing, OutgoingStore
from ledger.store.outgoing_file import OutgoingFileStore, keep_files

SETTLED_MAX = 1_024
"""Newest own change-sets among which a file's is looked for."""


def keeping(files: Sequence[bytes], now: int) -> AlsoKeep | None:
    """Return what keeps sealed files in the transaction that signs what names them."""
    if not files:
        return None
    return lambda connection, _made: keep_files(connection, files, now)


def settle_files(own: Database, replica: Database, now: int) -> None:
    """Hand merged files over to the replica, and let go of those that nothing waits for any more.

    Safe to repeat after a crash at any instruction.

    Args:
        own: The member's own database.
        replica: Where his ledger is; opened for writing.
        now: Unix seconds.
    """
    files, outgoing = OutgoingFileStore(own), OutgoingStore(own)
    settled = files.hashes()
    if not settled:
        return
    settled -= _named(outgoing.unconfirmed())
    merged = (one for one in outgoing.newest(SETTLED_MAX) if one.state == "merged")
    kept = AttachmentStore(replica)
    for named in sorted(settled & _named(merged)):
        sealed = files.sealed(named)
        if sealed is not None:
            kept.keep(sealed, now)
    files.forget(settled)


def _named(outgoing: Iterable[Outgoing]) -> set[bytes]:
    return {
        operation.hash
        for one in outgoing
        for operation in one.change_set.change_set.operations
        if isinstance(operation, Attach)
    }
