"""The manager's door: what was polled, what waits, what was dropped, what is evidence."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from ledger.changeset import CHANGE_SET_BYTES_MAX, ChangeSet, Verified
from ledger.codec import decode
from ledger.store.bulk import plain, run, upsert_text, write_rows
from ledger.store.database import Database
from ledger.store.rows import Values
from ledger.store.slot import PutItem, write_slots
from ledger.store.tables import DroppedRow, EvidenceRow, PendingRow, PollRow, table_of

_poll = table_of(PollRow)
_pending = table_of(PendingRow)
_evidence = table_of(EvidenceRow)
_dropped = table_of(DroppedRow)
_KEEP_POLL = upsert_text(PollRow, ("seq", "item", "polled", "seen", "nodes")) + (
    ", merged = coalesce(excluded.merged, merged)"
)
_MARK_MERGED = upsert_text(PollRow, ("merged",))
_KEEP_PENDING = plain(insert(_pending).on_conflict_do_nothing())
_SETTLE_PENDING = plain(delete(_pending).where(_pending.c.hash == bindparam("settled")))
_KEEP_EVIDENCE = plain(insert(_evidence).on_conflict_do_nothing())
_COUNT_DROPPED = (
    "INSERT INTO dropped VALUES (?1, 1, ?2) "
    'ON CONFLICT (reason) DO UPDATE SET "count" = "count" + 1, newest = ?2'
)

EVIDENCE_PER_KEY_MAX = 16
"""Conflicts of one key that are kept: one proves it, more only fill the disk."""


@dataclass(frozen=True, slots=True)
class Poll:
    """What the manager knows of a key's slot.

    Attributes:
        key: The member's key, 32 bytes.
        seq: Version of the newest item read, None before the first.
        item: Hash of that item's value, empty before the first.
        polled: When the slot was last asked for, Unix seconds.
        seen: When an item was last found.
        merged: When a change-set of this key was last merged.
        nodes: The nodes that store it, in the poller's own form.
    """

    key: bytes
    seq: int | None = None
    item: bytes = b""
    polled: int = 0
    seen: int | None = None
    merged: int | None = None
    nodes: bytes = b""


@dataclass(frozen=True, slots=True)
class Pending:
    """A verified change-set that no merge has settled, and when it came, Unix seconds."""

    change_set: Verified
    received: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The other one of two change-sets with one number, and when it was noticed."""

    change_set: Verified
    noticed: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """How often input was dropped for a reason, and when last."""

    reason: str
    count: int
    newest: int


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What a round of polling brought.

    Attributes:
        polls: New knowledge of slots; ``merged`` is left as it is.
        items: By key, the verified change-sets of a new item; a key whose slot has not changed
            is not in here, and what waits of it stays.
        slots: The new items as they came, to be put again for their authors.
        conflicts: Second contents of numbers that are merged.
        dropped: Why input was left out, a fixed word each.
    """

    polls: tuple[Poll, ...] = ()
    items: Mapping[bytes, Sequence[Verified]] = field(default_factory=dict)
    slots: tuple[PutItem, ...] = ()
    conflicts: tuple[Verified, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def change_sets(self) -> Iterator[Verified]:
        """All change-sets, key by key."""
        return (one for held in self.items.values() for one in held)


class DoorStore:
    """What comes in, before merge; in the manager's database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def polls(self) -> dict[bytes, Poll]:
        """Return what is known of every slot, by key."""
        with self.database.reading() as connection:
            return {row.key: Poll(*row) for row in connection.execute(select(_poll))}

    def pending(self) -> list[Pending]:
        """Return what waits for a merge, by key, generation and number."""
        order = (_pending.c.key, _pending.c.generation, _pending.c.number, _pending.c.hash)
        with self.database.reading() as connection:
            rows = connection.execute(select(_pending).order_by(*order)).all()
        return [Pending(_verified(row), row.received) for row in rows]

    def evidence(self) -> list[Evidence]:
        """Return all conflicts, oldest first."""
        with self.database.reading() as connection:
            rows = connection.execute(select(_evidence).order_by(_evidence.c.noticed)).all()
        return [Evidence(_verified(row), row.noticed) for row in rows]

    def dropped(self) -> list[Dropped]:
        """Return how often input was dropped, by reason."""
        with self.database.reading() as connection:
            rows = connection.execute(select(_dropped).order_by(_dropped.c.reason)).all()
        return [Dropped(*row) for row in rows]


def keep_arrivals(
    connection: Connection,
    arrivals: Arrivals,
    staying: Container[bytes],
    merged: AbstractSet[bytes],
    now: int,
) -> None:
    """Keep what a round of polling brought, in the transaction of the merge that took it in.

    A slot holds all that its author has unsettled, so what came from a key before and is not in
    its new item any more is let go of.

    Args:
        connection: The one that JournalStore.append hands to its ``extra``.
        arrivals: What came.
        staying: Hashes of the change-sets that the merge has not settled.
        merged: Keys of which it merged change-sets.
        now: Unix seconds.
    """
    _keep_polls(connection, arrivals.polls, merged, now)
    write_slots(connection, sorted(arrivals.slots, key=_slot_key))
    waiting = connection.execute(select(_pending.c.key, _pending.c.hash)).all()
    lost = [one.hash for one in waiting if one.key in arrivals.items and one.hash not in staying]
    settle_pending(connection, lost)
    kept = [(*_row(one), now) for one in arrivals.change_sets if one.hash in staying]
    run(connection, _KEEP_PENDING, kept)
    keep_evidence(connection, arrivals.conflicts, now)
    run(connection, _COUNT_DROPPED, [(reason, now) for reason in arrivals.dropped])


def settle_pending(connection: Connection, hashes: Iterable[bytes]) -> None:
    """Let go of change-sets that a merge settled, in the merge's own transaction."""
    waiting = set(connection.execute(select(_pending.c.hash)).scalars())
    run(connection, _SETTLE_PENDING, [(one,) for one in waiting.intersection(hashes)])


def keep_evidence(connection: Connection, change_sets: Iterable[Verified], now: int) -> None:
    """Keep the other ones of conflicting change-sets, at most 16 a key."""
    for one in change_sets:
        known = select(_evidence.c.hash).where(_evidence.c.key == one.key)
        if len(connection.execute(known).all()) < EVIDENCE_PER_KEY_MAX:
            run(connection, _KEEP_EVIDENCE, [(*_row(one), now)])


def _keep_polls(
    connection: Connection, polls: Iterable[Poll], merged: AbstractSet[bytes], now: int
) -> None:
    """Keep what was polled, and note when change-sets of keys were last merged."""
    heard = {poll.key: poll for poll in polls}
    rows = [_poll_row(heard[key], now if key in merged else None) for key in sorted(heard)]
    write_rows(connection, _KEEP_POLL, rows)
    others = [_poll_row(Poll(key), now) for key in sorted(merged - heard.keys())]
    write_rows(connection, _MARK_MERGED, others)


def _poll_row(poll: Poll, merged: int | None) -> Values:
    return (poll.key, poll.seq, poll.item, poll.polled, poll.seen, merged, poll.nodes)


def _slot_key(item: PutItem) -> tuple[bytes, bytes]:
    return item.key, item.salt


def _row(one: Verified) -> Values:
    asked = one.change_set
    return (one.hash, one.key, asked.generation, asked.number, one.body, one.signature)


def _verified(row: Row[Any]) -> Verified:
    """Return what was verified before it was written."""
    change_set = decode(row.body, ChangeSet, CHANGE_SET_BYTES_MAX)
    return Verified(row.key, row.body, row.signature, change_set, row.hash)
