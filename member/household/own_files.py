"""The own attached files: kept beside the outbox until the ledger has settled what names them."""

from collections.abc import Iterable, Sequence

from federation.console.terminal import UsageInvalid
from ledger.operation import Attach, Operation
from ledger.saying import said
from ledger.store.attachment import AttachmentStore
from ledger.store.database import Database
from ledger.store.outgoing import AlsoKeep, Outgoing, OutgoingStore
from ledger.store.outgoing_file import OutgoingFileStore, keep_files

SETTLED_MAX = 1_024
"""Newest own change-sets among which a file's is looked for."""
UNSIGNED_S = 86_400
"""How long a file waits for its form to be signed, seconds."""
UNSIGNED_MAX = 64
"""Files that wait for it: 16 MiB."""


def keeping(files: Sequence[bytes], now: int) -> AlsoKeep | None:
    """Return what keeps sealed files in the transaction that signs what names them."""
    if not files:
        return None
    return lambda connection, _made: keep_files(connection, files, now)


def keep_uploads(own: Database, files: Sequence[bytes], now: int) -> None:
    """Keep sealed files that were handed in with a form, until the form is signed.

    Those that nothing was signed for within a day are let go of, and the oldest where they are
    more than 64.

    Args:
        own: The member's own database.
        files: 17 to 262,160 bytes each.
        now: Unix seconds.
    """
    store = OutgoingFileStore(own)
    with own.writing() as connection:
        keep_files(connection, files, now)
    unsigned = _unsigned(store, OutgoingStore(own))
    old = [named for named, kept in unsigned.items() if kept < now - UNSIGNED_S]
    store.forget({*old, *list(unsigned)[:-UNSIGNED_MAX]})


def check_files_kept(own: Database, operations: Iterable[Operation]) -> None:
    """Accept operations whose files are all here.

    Raises:
        UsageInvalid: One is not: its form is older than a day, or was not handed in here.
    """
    named = {one.hash: one.name for one in operations if isinstance(one, Attach)}
    kept = OutgoingFileStore(own).kept() if named else {}
    missing = [name for one, name in named.items() if one not in kept]
    if missing:
        raise UsageInvalid(
            said("the file {name} is not here any more; attach it again", name=missing[0])
        )


def settle_files(own: Database, replica: Database, now: int) -> None:
    """Hand merged files over to the replica, and let go of those that nothing waits for any more.

    Safe to repeat after a crash at any instruction.

    Args:
        own: The member's own database.
        replica: Where his ledger is; opened for writing.
        now: Unix seconds.
    """
    files, outgoing = OutgoingFileStore(own), OutgoingStore(own)
    kept = files.kept()
    if not kept:
        return
    unsigned = _unsigned(files, outgoing)
    young = {named for named, since in unsigned.items() if since >= now - UNSIGNED_S}
    settled = set(kept) - _named(outgoing.unconfirmed()) - young
    merged = _named(one for one in outgoing.newest(SETTLED_MAX) if one.state == "merged")
    here = AttachmentStore(replica)
    for named in sorted(here.standing(settled & merged)):
        sealed = files.sealed(named)
        if sealed is not None:
            here.keep(sealed, now)
    files.forget(settled)


def _unsigned(files: OutgoingFileStore, outgoing: OutgoingStore) -> dict[bytes, int]:
    """Return files that nothing signed names, with the time when they came, oldest first."""
    named = _named([*outgoing.unconfirmed(), *outgoing.newest(SETTLED_MAX)])
    return {one: kept for one, kept in files.kept().items() if one not in named}


def _named(outgoing: Iterable[Outgoing]) -> set[bytes]:
    return {
        operation.hash
        for one in outgoing
        for operation in one.change_set.change_set.operations
        if isinstance(operation, Attach)
    }
