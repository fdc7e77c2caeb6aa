"""Snapshots that were published, or fetched: their sizes decide the names of all files."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from ledger.errors import HistoryMismatch, SegmentInvalid
from ledger.segment import parse_name
from ledger.snapshot import checkpoint_name
from ledger.store.database import Database
from ledger.store.tables import BatchRow, PublicationRow, table_of

WINDOW = 5
"""Publications whose files are still needed."""
_batch = table_of(BatchRow)
_publication = table_of(PublicationRow)


@dataclass(frozen=True, slots=True)
class Publication:
    """One snapshot.

    Attributes:
        version: How many merges it covers.
        size: How many records.
        infohash: v1, 20 bytes.
        infohash_v2: 32 bytes.
        files: Names of all its files.
        time: When it was published or had arrived, Unix seconds.
    """

    version: int
    size: int
    infohash: bytes
    infohash_v2: bytes
    files: tuple[str, ...]
    time: int


class PublicationStore:
    """The snapshots of one community, beside its journal."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(
        self, size: int, infohash: bytes, infohash_v2: bytes, files: Sequence[str], time: int
    ) -> None:
        """Keep a snapshot, before its checkpoint is put.

        Args:
            size: Tree size at which a merge ended; each is published once.
            infohash: v1, 20 bytes.
            infohash_v2: 32 bytes.
            files: Names of its files.
            time: Unix seconds.
        """
        values = {
            "size": size,
            "infohash": infohash,
            "infohash_v2": infohash_v2,
            "files": json.dumps(list(files)),
            "time": time,
        }
        with self.database.writing() as connection:
            connection.execute(insert(_publication).values(values))

    def newest(self, limit: int = WINDOW) -> list[Publication]:
        """Return the newest snapshots, newest first."""
        query = (
            select(_publication, _batch.c.version)
            .join(_batch, _batch.c.size == _publication.c.size)
            .order_by(_publication.c.size.desc())
            .limit(limit)
        )
        with self.database.reading() as connection:
            return [
                Publication(
                    row.version,
                    row.size,
                    row.infohash,
                    row.infohash_v2,
                    tuple(json.loads(row.files)),
                    row.time,
                )
                for row in connection.execute(query)
            ]

    def sizes(self) -> list[int]:
        """Return the sizes of all snapshots, ascending."""
        with self.database.reading() as connection:
            query = select(_publication.c.size).order_by(_publication.c.size)
            return list(connection.execute(query).scalars())


def compare_publications(connection: Connection) -> None:
    """Accept the publications of the window whose files can be those of their sizes.

    Raises:
        HistoryMismatch: One lists no files, another checkpoint's, or records with a hole.
    """
    query = select(_publication).order_by(_publication.c.size.desc()).limit(WINDOW)
    for row in connection.execute(query):
        try:
            files = set(json.loads(row.files))
            fits = checkpoint_name(row.size) in files and _covered(files) == row.size
        except (ValueError, TypeError, SegmentInvalid) as error:
            raise HistoryMismatch(f"the publication of size {row.size}: {error}") from error
        if not fits:
            raise HistoryMismatch(f"the publication of size {row.size} lists another one's files")


def _covered(files: set[str]) -> int:
    """Return how many records the listed segments hold from the first on, without a hole."""
    names = sorted(parse_name(file) for file in files if file[:1] in {"l", "r"})
    pairs = {kind: [name for of, name in names if of == kind] for kind in ("l", "r")}
    if pairs["l"] != pairs["r"]:
        return -1
    at = 0
    for name in sorted(pairs["r"], key=lambda name: name.first):
        if name.first != at:
            return -1
        at = name.end
    return at
