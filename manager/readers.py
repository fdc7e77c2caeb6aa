"""Who may read a closed ledger: the files of grants, and of copies for those without one."""

from collections.abc import Iterator

from ledger.blind import community_secret, epoch_key
from ledger.epoch import Copy, Grant, encode_copies, encode_grants
from ledger.operation import Close, Suspend
from ledger.record import ManagerRecord
from ledger.state import Account, State
from ledger.store.journal import JournalStore
from ledger.store.lookup import Lookup

COPIES_MAX = 1_000
"""Newest records of one account that are copied for its members."""


class Readers:
    """Makes both files; what did not change is not sealed again."""

    def __init__(self, store: JournalStore, seed: bytes) -> None:
        self._store = store
        self._lookup = Lookup(store.database)
        self._secret = community_secret(seed)
        self._known: tuple[tuple[int, tuple[bytes, ...]], bytes] | None = None

    def grants(self, state: State) -> bytes | None:
        """Return the file of the present epoch's grants; None where the ledger is open."""
        community = state.community
        if community is None or not community.closed:
            return None
        members = tuple(sorted(_reading_keys(state)))
        if self._known is None or self._known[0] != (community.epoch, members):
            key = epoch_key(self._secret, community.epoch)
            grant = Grant(community.epoch, community.epoch_first, key)
            data = encode_grants(self._secret, grant, members)
            self._known = ((community.epoch, members), data)
        return self._known[1]

    def copies(self, state: State) -> bytes | None:
        """Return the file of records whose members may not read on; None where there are none."""
        if state.community is None or not state.community.closed:
            return None
        copies = [
            (key, copy)
            for account in state.accounts.values()
            if account.status != "active"
            for copy in self._copies_of(account)
            for key in account.keys
        ]
        return encode_copies(self._secret, copies) if copies else None

    def _copies_of(self, account: Account) -> Iterator[Copy]:
        """Yield an account's records back to the one that ended its reading."""
        for stored in self._lookup.history(account.id, COPIES_MAX):
            plain = next(self._store.records(stored.index, stored.index + 1))
            yield Copy(stored.index, plain)
            if _ends_reading(stored.record, account.id):
                return


def _reading_keys(state: State) -> Iterator[bytes]:
    for account in state.accounts.values():
        if account.status == "active":
            # After a succession the manager's own words alone do not open the epochs before it.
            own = not state.successions
            yield from (key for key in account.keys if not (own and key == state.key))


def _ends_reading(record: object, account: bytes) -> bool:
    return (
        isinstance(record, ManagerRecord)
        and isinstance(record.statement.operation, Suspend | Close)
        and record.statement.operation.account == account
    )
