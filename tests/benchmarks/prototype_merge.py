"""A plain merge in one thread, for the bench to stand beside: as little as merging can mean.

It opens, verifies, moves amounts between whole numbers in a dict, hashes a tree and two maps, and
commits what can be looked up later to SQLite. It knows payments only, and has no refusals that say
why, no limits but credit's, no duplicates or gaps, no blinding, no chains of own records, no
undoing, no polls and no database that guards itself.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from federation.item import MutableItem, SlotName
from federation.outbox import Inline, open_outbox, restore
from federation.slot import SealedSlot, changes_slot
from ledger.changeset import Verified, verify_restored
from ledger.codec import encode
from ledger.map import SparseMap
from ledger.merkle import Frontier, leaf_hash
from ledger.operation import Pay

CREDIT_LIMIT = 10**9
_TABLES = (
    "CREATE TABLE record (idx INTEGER PRIMARY KEY, hash BLOB UNIQUE, leaf BLOB, data BLOB)",
    "CREATE TABLE transfer (record INTEGER, debit BLOB, credit BLOB, amount CHECK (amount > 0))",
    "CREATE TABLE balance (account BLOB PRIMARY KEY, posted INTEGER) WITHOUT ROWID",
    "CREATE TABLE newest (key BLOB PRIMARY KEY, number INTEGER, hash BLOB) WITHOUT ROWID",
    "CREATE TABLE head (size INTEGER PRIMARY KEY, tree BLOB, balances BLOB, keys BLOB)",
)


class Prototype:
    """Balances by account, and the newest change-set of each key."""

    def __init__(self, path: Path, seed: bytes, community: bytes, keys: Iterable[bytes]) -> None:
        self._community = community
        self._slots: list[SealedSlot] = [changes_slot(seed, community, key) for key in keys]
        self._posted: dict[bytes, int] = {slot.sender[:16]: 0 for slot in self._slots}
        self._newest: dict[bytes, tuple[int, bytes]] = {}
        self._balances_map, self._keys_map = SparseMap(), SparseMap()
        self._tree = Frontier()
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        for table in _TABLES:
            self._database.execute(table)

    def merge(self, items: Mapping[SlotName, MutableItem]) -> int:
        """Merge what the slots hold and commit it; return how many change-sets took effect."""
        taken = [
            verified
            for slot in self._slots
            for verified in self._open(slot, items[slot.name].value)
            if self._pay(verified)
        ]
        first = self._tree.size
        records = [encode((one.key, one.body, one.signature)) for one in taken]
        leaves = [leaf_hash(record) for record in records]
        self._tree = self._tree.append(leaves)
        moved = [
            (at, one.key[:16], operation.to, operation.amount)
            for at, one in enumerate(taken, first)
            for operation in one.change_set.operations
            if isinstance(operation, Pay)
        ]
        posted = {account: self._posted[account] for row in moved for account in row[1:3]}
        newest = {one.key: self._newest[one.key] for one in taken}
        self._balances_map = self._balances_map.update(_encoded(posted))
        self._keys_map = self._keys_map.update(_encoded(newest))
        hashes = [one.hash for one in taken]
        self._commit(
            {
                "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)": [
                    (at, *row)
                    for at, row in enumerate(zip(hashes, leaves, records, strict=True), first)
                ],
                "INSERT OR REPLACE INTO transfer VALUES (?, ?, ?, ?)": moved,
                "INSERT OR REPLACE INTO balance VALUES (?, ?)": list(posted.items()),
                "INSERT OR REPLACE INTO newest VALUES (?, ?, ?)": [
                    (key, *held) for key, held in newest.items()
                ],
                "INSERT OR REPLACE INTO head VALUES (?, ?, ?, ?)": [
                    (self._tree.size, self._tree.root, self._balances_map.root, self._keys_map.root)
                ],
            }
        )
        return len(taken)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _open(self, slot: SealedSlot, value: bytes) -> Iterable[Verified]:
        content = open_outbox(slot, value)
        assert isinstance(content, Inline), "the bench's outboxes fit into their slots"
        _, before = self._newest.get(slot.sender, (0, b""))
        return [verify_restored(self._community, one) for one in restore(content, before)]

    def _pay(self, verified: Verified) -> bool:
        asked, payer = verified.change_set, verified.key[:16]
        if (asked.number - 1, asked.previous) != self._newest.get(verified.key, (0, b"")):
            return False
        for operation in asked.operations:
            assert isinstance(operation, Pay), "the bench only pays"
            if operation.to not in self._posted:
                return False
            if self._posted[payer] - operation.amount < -CREDIT_LIMIT:
                return False
            self._posted[payer] -= operation.amount
            self._posted[operation.to] += operation.amount
        self._newest[verified.key] = (asked.number, verified.hash)
        return True

    def _commit(self, rows: Mapping[str, Sequence[tuple[object, ...]]]) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        for statement, added in rows.items():
            self._database.executemany(statement, added)
        self._database.execute("COMMIT")


def _encoded(values: Mapping[bytes, object]) -> dict[bytes, bytes]:
    return {key: encode(value) for key, value in values.items()}
