"""A manager who signs whatever he likes: the real press over books that nobody checks."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from federation.home import Home
from federation.port import Put
from federation.snapshot import SnapshotFolder
from ledger.blind import blind, community_secret
from ledger.changeset import ManagerStatement, VerifiedStatement, sign_statement
from ledger.merkle import Frontier, leaf_hash
from ledger.operation import AddUnit, ManagerOperation
from ledger.record import NONCE_BYTES, Record, StateRecord, decode_record
from ledger.store.attachment import AttachmentStore
from ledger.store.database import Database, Role, open_database
from ledger.store.desk import DeskStore
from ledger.store.journal import JournalStore
from ledger.store.rows import hash_of, kind_of
from ledger.store.tree import grow, pack_frontier
from ledger.unit import Unit
from manager.books import Books
from manager.press import Press
from tests.support.simdht import SimDht
from tests.support.simswarm import SimSwarm
from tests.support.vandal import drop_guards
from tests.support.world import MANAGER, World, seed_of

Bodies = list[list[bytes]]
"""The bodies of all records, those of each merge together."""


class Unchecked(Books):
    """Books that say of themselves that all is well."""

    def check(self) -> None:
        """Sign for anything."""


class Liar:
    """A copy of the manager's home, in the hands of somebody with the same key and no shame.

    Args:
        world: The manager does not run while his home is copied.
        directory: Where the copy lies.
        party: Under what name it takes part in the network.

    Attributes:
        files: Makes what is taken for the attached files that are kept.
    """

    files: Callable[[Database], AttachmentStore] = AttachmentStore

    def __init__(self, world: World, directory: Path, party: str = "liar") -> None:
        assert not world.is_open, "a home is copied while nothing runs in it"
        shutil.copytree(world.parties[MANAGER].home.path, directory)
        self.home = Home(directory)
        shutil.rmtree(self.home.snapshots, ignore_errors=True)
        self._world = world
        self._dht = SimDht(world.dht, party)
        self._swarm = SimSwarm(world.swarm, party)

    def rewrite(self, change: Callable[[Bodies], None], *, anew: bool = False) -> None:
        """Change the journal, and hash all of it again as if it had always been so.

        Args:
            change: Changes the bodies in place.
            anew: Forget what was published, so that other files carry it all.
        """
        secret, key = community_secret(seed_of(MANAGER)), self._world.community
        with closing(sqlite3.connect(self.home.ledger, isolation_level=None)) as raw:
            drop_guards(raw)
            bodies = _read(raw)
            change(bodies)
            for table in ("record", "batch", "node"):
                raw.execute(f"DELETE FROM {table}")  # noqa: S608 -- one of three
            tree = Frontier()
            for version, batch in enumerate(bodies, 1):
                records = [blind(secret, at, body) for at, body in enumerate(batch, tree.size)]
                _write(raw, key, version, tree, records)
                tree = tree.append(map(leaf_hash, records))
            for table in ("checkpoint", "publication"):
                stale = "" if anew else "WHERE size NOT IN (SELECT size FROM batch)"
                raw.execute(f"DELETE FROM {table} {stale}")  # noqa: S608 -- one of two

    async def publish(self, beyond: int = 0) -> Put | None:
        """Sign and publish what the books say now.

        Args:
            beyond: A ``seq`` that the item goes beyond, so that even an old one is put anew.
        """
        database = open_database(self.home.ledger, Role.MANAGER, write=True)
        try:
            books = Unchecked(JournalStore(database), seed_of(MANAGER))
            books.files = self.files(database)
            press = Press(
                seed=seed_of(MANAGER),
                books=books,
                folder=SnapshotFolder(self.home.snapshots, self._world.community),
                dht=self._dht,
                swarm=self._swarm,
            )
            press.saw(beyond)
            return await press.publish(self._world.now())
        finally:
            database.close()

    async def publish_after(self, more: int, *operations: ManagerOperation) -> None:
        """Merge the manager's statements, and so many more, and publish what comes of it."""
        for number in range(more + 1):
            database = open_database(self.home.ledger, Role.MANAGER, write=True)
            try:
                desk, now = DeskStore(database), self._world.now()
                for operation in operations if number == 0 else (_more(number),):
                    desk.sign_statement(_signing(operation, now), now)
                Unchecked(JournalStore(database), seed_of(MANAGER)).merge(now)
            finally:
                database.close()
        await self.publish()


def _more(number: int) -> ManagerOperation:
    return AddUnit(Unit("MORE", 0, f"More {number}", 0, 10))


def _signing(operation: ManagerOperation, now: int) -> Callable[[int], VerifiedStatement]:
    def build(number: int) -> VerifiedStatement:
        return sign_statement(seed_of(MANAGER), ManagerStatement(number, now, operation))

    return build


def _read(raw: sqlite3.Connection) -> Bodies:
    bodies: Bodies = []
    merges = raw.execute("SELECT first, size FROM batch ORDER BY size").fetchall()
    for bounds in merges:
        query = "SELECT data FROM record WHERE idx >= ? AND idx < ? ORDER BY idx"
        bodies.append([data[NONCE_BYTES:] for (data,) in raw.execute(query, bounds)])
    return bodies


def _write(
    raw: sqlite3.Connection, key: bytes, version: int, before: Frontier, records: list[bytes]
) -> None:
    parsed: list[Record] = [decode_record(record) for record in records]
    leaves = [leaf_hash(record) for record in records]
    rows = zip(parsed, leaves, records, strict=True)
    raw.executemany(
        "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
        [(at, kind_of(one), hash_of(key, one), leaf, data)
         for at, (one, leaf, data) in enumerate(rows, before.size)],
    )  # fmt: skip
    state = parsed[-1]
    assert isinstance(state, StateRecord), "each merge ends in one"
    after, nodes = grow(before, leaves)
    raw.executemany("INSERT INTO node VALUES (?, ?, ?)", nodes)
    row = (after.size, version, before.size, after.root, state.time, pack_frontier(after))
    raw.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)", row)
