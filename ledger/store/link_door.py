"""The manager's door to linked communities: what was polled, and the newest they have signed."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from ledger.store.bulk import plain, run, upsert_rows
from ledger.store.database import Database
from ledger.store.tables import LinkDoorRow, LinkEvidenceRow, table_of

LINK_EVIDENCE_MAX = 16
"""Contradictions of one community that are kept: one proves it, more only fill the disk."""
_door = table_of(LinkDoorRow)
_evidence = table_of(LinkEvidenceRow)
_KEEP_EVIDENCE = plain(insert(_evidence).on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class LinkDoor:
    """What the manager knows of a linked community's slot, and of its newest checkpoint.

    Attributes:
        peer: The community's key, 32 bytes.
        seq: Version of the newest item read from its slot, None before the first.
        polled: When the slot was last asked for, Unix seconds.
        seen: When an item was last found.
        taken: Number of our newest entry that it says it has taken.
        seen_size: Size of our newest checkpoint that it says it has seen.
        size: Of its newest checkpoint whose signature, and whose agreement with those before,
            was verified; 0 before the first.
        root: Its root, 32 bytes; empty before the first.
        note: The signed note.
        before_size: Of the one that was verified before it, 0 for none.
        before_root: Its root; empty for none.
        merged: When entries of it were last merged.
        problem: Why its newest word does not fit, in words; empty where it does.
    """

    peer: bytes
    seq: int | None = None
    polled: int = 0
    seen: int | None = None
    taken: int = 0
    seen_size: int = 0
    size: int = 0
    root: bytes = b""
    note: bytes = b""
    before_size: int = 0
    before_root: bytes = b""
    merged: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LinkEvidence:
    """A note of a linked community that contradicts another one of its own.

    Attributes:
        peer: The community's key, 32 bytes.
        root: The root that the note names, 32 bytes.
        size: The size that it names.
        note: The signed note.
        against: The other note, which was kept before.
        noticed: Unix seconds.
    """

    peer: bytes
    root: bytes
    size: int
    note: bytes
    against: bytes
    noticed: int


class LinkDoorStore:
    """What is known of linked communities beside the journal; in the manager's database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def doors(self) -> dict[bytes, LinkDoor]:
        """Return what is known of every linked community, by its key."""
        with self.database.reading() as connection:
            return {row.peer: LinkDoor(*row) for row in connection.execute(select(_door))}

    def door(self, peer: bytes) -> LinkDoor:
        """Return what is known of one; nothing yet where it was never asked."""
        query = select(_door).where(_door.c.peer == peer)
        with self.database.reading() as connection:
            row = connection.execute(query).first()
        return LinkDoor(peer) if row is None else LinkDoor(*row)

    def keep(self, doors: Iterable[LinkDoor]) -> None:
        """Keep what was polled, in a transaction of its own."""
        with self.database.writing() as connection:
            keep_link_doors(connection, doors)

    def evidence(self) -> list[LinkEvidence]:
        """Return all contradictions, oldest first."""
        order = (_evidence.c.noticed, _evidence.c.peer, _evidence.c.root)
        with self.database.reading() as connection:
            rows = connection.execute(select(_evidence).order_by(*order)).all()
        return [LinkEvidence(*row) for row in rows]

    def keep_evidence(self, one: LinkEvidence) -> None:
        """Keep a contradiction, at most 16 a community; the same one again changes nothing."""
        known = select(_evidence.c.root).where(_evidence.c.peer == one.peer)
        with self.database.writing() as connection:
            if len(connection.execute(known).all()) < LINK_EVIDENCE_MAX:
                row = (one.peer, one.root, one.size, one.note, one.against, one.noticed)
                run(connection, _KEEP_EVIDENCE, [row])


def keep_link_doors(connection: Connection, doors: Iterable[LinkDoor]) -> None:
    """Keep what was polled, in the transaction of the merge that took it in.

    Args:
        connection: The one that JournalStore.append hands to its ``extra``.
        doors: What is known now; a smaller checkpoint than the kept one, or another root for
            its size, is our own mistake: it belongs to the evidence.
    """
    rows = [tuple(getattr(one, name) for name in LinkDoor.__slots__) for one in doors]
    upsert_rows(connection, LinkDoorRow, rows)
