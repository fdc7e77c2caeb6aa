"""Communities in real databases, for tests of the store and of what stands on it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from ledger.merge import Merge
from ledger.merkle import leaf_hash
from ledger.operation import Accept, Hold, Post, Request, Reverse
from ledger.store.append import StoredMerge
from ledger.store.database import Database, Role, open_database
from ledger.store.journal import JournalStore
from tests.support.township import DAY_S, EUR, HOUR, START, Input, Town

Extra = Callable[[Connection], None]


class Stored(Town):
    """A community whose every merge is also committed to a store."""

    database: Database
    store: JournalStore | None
    extra: Extra | None
    steps: list[StoredMerge]

    def keep_in(self, database: Database) -> None:
        """Say where, before anything is merged."""
        self.database = database
        self.store = None
        self.extra = None
        self.steps = []

    def merge(self, *inputs: Input) -> Merge:
        """Merge, apply and append."""
        first = self.state.tree.size
        merged = super().merge(*inputs)
        if merged.records:
            stored = self.records[first:]
            leaves = [leaf_hash(one) for one in stored]
            self.steps.append(StoredMerge.of(merged, first, stored, leaves))
            self.journal.append(self.steps[-1:], self.extra)
        return merged

    @property
    def journal(self) -> JournalStore:
        """The store of this community, begun when it is first used."""
        if self.store is None:
            self.store = JournalStore.begin(self.database, self.key)
        return self.store


class StoredTown(Stored):
    """A community in a store whose members pay each other in two units."""

    def __init__(self, database: Database, *names: str, closed: bool = False) -> None:
        self.keep_in(database)
        super().__init__(*names, closed=closed, units=(EUR, HOUR))

    def live(self) -> None:
        """Let a bit of everything happen between ada, ben and cem."""
        self.merge(self.pay("ada", "ben", 300), self.pay("ben", "cem", 200, "HOUR"))
        robbed = self.ask("cem", self.payment("ada", 150)).hash
        hold = Hold(self["cem"].id, 70, "EUR", "", b"", START + DAY_S)
        self.merge(self["ada"].sign(hold), self["ben"].sign(hold))
        held = sorted(self.state.holds)
        self.ask("cem", Post(held[0], 50))
        ask = Request(self["ada"].id, 40, "EUR", "soup", b"", START + DAY_S)
        self.merge(self["ben"].sign(ask, ask))
        self.ask("ada", Accept(min(self.state.requests)))
        self.ask("ben", self.payment("ada", 10**9))
        undone = next(
            entry
            for entry, one in self.state.transactions.items()
            if one.transfers[0].amount == 150
        )
        assert robbed
        self.manage(Reverse(undone, None, "robbery"))


def open_manager(directory: Path) -> Database:
    """Return a new or the present manager's database of a directory."""
    return open_database(directory / "ledger.db", Role.MANAGER, write=True)


def raw(database: Database) -> sqlite3.Connection:
    """Return a connection of somebody who does not use our code, on stock settings."""
    return sqlite3.connect(database.path, isolation_level=None)
