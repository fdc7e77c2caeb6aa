"""Checking: every number of the replica, worked out again by this home alone."""

from collections.abc import Callable

from federation.collector import uncollected
from federation.console.report import view_tally
from federation.console.terminal import Refused
from federation.console.views import View
from ledger.errors import StoreDamaged
from ledger.store.audit import Auditor
from ledger.store.journal import JournalStore


def check_replica(store: JournalStore, progress: Callable[[int, int], None] | None = None) -> View:
    """Check the whole replica from its bytes and return the report.

    The manager's audit before each signature is this very check (``ledger.store.audit``).

    Args:
        store: The replica.
        progress: Told how many of how many records are done.

    Raises:
        StoreDamaged: The database file itself is not sound.
        Refused: A record or number is not what the rules make of the signed inputs; the message
            names it.
    """
    store.database.check_pages()
    try:
        with uncollected():
            tally = Auditor(store).check(progress)
    except StoreDamaged as error:
        raise Refused(f"the replica does not hold: {error}") from error
    return view_tally(store.community_key, tally)
