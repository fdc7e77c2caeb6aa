"""Attached files: which there are, and the sealed bytes of those that have come."""

from collections.abc import Collection, Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from ledger.attachment import SEAL_BYTES
from ledger.state import Attachment
from ledger.store.attachment_rows import attachment_from
from ledger.store.bulk import plain, run
from ledger.store.database import Database
from ledger.store.failure import damaged
from ledger.store.lookup import CANDIDATES_MAX, prefix_bounds
from ledger.store.tables import AttachmentRow, FileRow, table_of

SHOWN_MAX = 1_000
"""Attachments of one entry that are looked at, and missing files that are named at once."""
KEPT_AT_ONCE = 16
"""Files that are read in one step or kept in one transaction: 4 MiB at most."""
_attachment = table_of(AttachmentRow)
_file = table_of(FileRow)
_FORGET = plain(delete(_file).where(_file.c.hash == bindparam("gone")))


class Kept(NamedTuple):
    """An attachment, and whether its file is here.

    Attributes:
        number: How many were attached before it in the journal.
        here: Whether the sealed file is kept; a withdrawn one is not.
    """

    number: int
    attached: Attachment
    here: bool


def keep_file(connection: Connection, sealed: bytes, now: int) -> bytes:
    """Keep a sealed file in a writing transaction; return its SHA-256.

    Args:
        connection: Of a database with the table ``file``.
        sealed: 17 to 262,160 bytes that are what somebody named: this does not look.
        now: Unix seconds.
    """
    named = sha256(sealed).digest()
    row = insert(_file).values(hash=named, kept=now, sealed=sealed)
    connection.execute(row.on_conflict_do_nothing())
    return named


class AttachmentStore:
    """A community's attached files; each call sees one moment, beside any writer."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def keep(self, sealed: bytes, now: int) -> bytes:
        """Keep a sealed file, attached already or not yet; return its SHA-256.

        Keeping it again changes nothing.

        Args:
            sealed: 17 to 262,160 bytes, verified.
            now: Unix seconds.

        Raises:
            StoreFull: The disk has no room; it is not kept.
        """
        return self.keep_all([sealed], now)[0]

    def keep_all(self, files: Collection[bytes], now: int) -> list[bytes]:
        """Keep sealed files in one transaction, as ``keep`` does; return their SHA-256."""
        if not files:
            return []
        with self.database.writing() as connection:
            return [keep_file(connection, sealed, now) for sealed in files]

    def has(self, hashes: Collection[bytes]) -> set[bytes]:
        """Return those of some files' SHA-256 of which the files are here."""
        query = select(_file.c.hash).where(_file.c.hash.in_(list(hashes)))
        with self.database.reading() as connection:
            return set(connection.execute(query).scalars())

    def lengths(self, hashes: Collection[bytes]) -> dict[bytes, int]:
        """Return how many bytes those of some files have, sealed, that are here, by SHA-256."""
        query = select(_file.c.hash, func.length(_file.c.sealed)).where(
            _file.c.hash.in_(list(hashes))
        )
        with self.database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def standing(self, hashes: Collection[bytes]) -> set[bytes]:
        """Return those of some files' SHA-256 that an attachment names which was not withdrawn."""
        stands = _attachment.c.withdrawn.is_(None)
        query = select(_attachment.c.hash).where(_attachment.c.hash.in_(list(hashes)), stands)
        with self.database.reading() as connection:
            return set(connection.execute(query).scalars())

    def sealed(self, named: bytes) -> bytes | None:
        """Return the sealed file with a SHA-256, or None where it is not here.

        Raises:
            StoreDamaged: What is kept has another hash.
        """
        with self.database.reading() as connection:
            found = connection.execute(select(_file.c.sealed).where(_file.c.hash == named)).scalar()
        if found is not None and sha256(found).digest() != named:
            raise damaged(self.database.path, f"file {named.hex()} is not what it was")
        return found

    def get(self, attachment: bytes) -> Kept | None:
        """Return the attachment with a 16-byte id, or None."""
        found = self._read(_kept().where(_attachment.c.id == attachment))
        return found[0] if found else None

    def of_entry(self, about: bytes) -> list[Kept]:
        """Return what is attached to an entry (16-byte id), oldest first."""
        return self._read(_kept().where(_attachment.c.about == about).limit(SHOWN_MAX))

    def of_record(self, record: int) -> list[Kept]:
        """Return what the change-set at a journal index attaches, in its order."""
        return self._read(_kept().where(_attachment.c.record == record))

    def newest(self, limit: int) -> list[Kept]:
        """Return the newest attachments, newest first."""
        query = _kept().order_by(None).order_by(_attachment.c.number.desc())
        return self._read(query.limit(limit))

    def missing(self) -> list[Kept]:
        """Return attachments whose files have not come and were not withdrawn, newest first."""
        query = _kept().where(_file.c.hash.is_(None), _attachment.c.withdrawn.is_(None))
        return self._read(
            query.order_by(None).order_by(_attachment.c.number.desc()).limit(SHOWN_MAX)
        )

    def find(self, prefix: str) -> list[bytes]:
        """Return up to ten ids of attachments that begin with these hex digits.

        Args:
            prefix: 1 to 32 lower-case hex digits; anything else matches nothing.
        """
        bounds = prefix_bounds(prefix)
        if bounds is None:
            return []
        query = select(_attachment.c.id).where(_attachment.c.id.between(*bounds))
        with self.database.reading() as connection:
            return list(connection.execute(query.limit(CANDIDATES_MAX)).scalars())

    def forget(self, hashes: Collection[bytes]) -> None:
        """Let go of files that no attachment will name: a refused change-set's."""
        with self.database.writing() as connection:
            run(connection, _FORGET, [(named,) for named in hashes])

    def unattached(self, before: int) -> list[bytes]:
        """Return the SHA-256 of files that no attachment names and that came before a time."""
        named = select(_attachment.c.hash)
        query = select(_file.c.hash).where(_file.c.kept < before, _file.c.hash.not_in(named))
        with self.database.reading() as connection:
            return list(connection.execute(query).scalars())

    def count(self, size: int) -> int:
        """Return how many files the first ``size`` records attach."""
        query = select(func.count()).where(_attachment.c.record < size)
        with self.database.reading() as connection:
            return connection.execute(query).scalar_one()

    def attaching(self, size: int) -> list[tuple[int, int]]:
        """Return which of the first ``size`` records attach files, and how many there are by then.

        Ascending.
        """
        total = (func.max(_attachment.c.number) + 1).label("total")
        query = select(_attachment.c.record, total).where(_attachment.c.record < size)
        with self.database.reading() as connection:
            rows = connection.execute(query.group_by(_attachment.c.record))
            return sorted((row.record, row.total) for row in rows)

    def withdrawn_since(self, size: int) -> list[int]:
        """Return the numbers of attachments that were withdrawn after so many records."""
        query = select(_attachment.c.number).where(_attachment.c.withdrawn >= size)
        with self.database.reading() as connection:
            return list(connection.execute(query).scalars())

    def lacks(self, first: int, end: int) -> int:
        """Return how many files of numbers [first, end) have not come and were not withdrawn."""
        joined = _attachment.outerjoin(_file, _attachment.c.hash == _file.c.hash)
        query = select(func.count()).select_from(joined)
        within = (_attachment.c.number >= first, _attachment.c.number < end)
        absent = (_file.c.hash.is_(None), _attachment.c.withdrawn.is_(None))
        with self.database.reading() as connection:
            return connection.execute(query.where(*within, *absent)).scalar_one()

    def span(self, first: int, end: int) -> list[Kept]:
        """Return the attachments with numbers [first, end)."""
        within = (_attachment.c.number >= first, _attachment.c.number < end)
        with self.database.reading() as connection:
            return [_from(row) for row in connection.execute(_kept().where(*within))]

    def files(self, first: int, end: int) -> Iterator[bytes]:
        """Give the sealed files with numbers [first, end); empty for one that is not here.

        One that is not what it was is none either: an audit tells of it.
        """
        columns = (_attachment.c.hash, _file.c.sealed, _attachment.c.withdrawn)
        query = select(*columns).join_from(
            _attachment, _file, _attachment.c.hash == _file.c.hash, isouter=True
        )
        for at in range(first, end, KEPT_AT_ONCE):
            until = min(at + KEPT_AT_ONCE, end)
            part = query.where(_attachment.c.number >= at, _attachment.c.number < until)
            with self.database.reading() as connection:
                rows = connection.execute(part.order_by(_attachment.c.number)).all()
            for row in rows:
                sealed: bytes = (row.sealed or b"") if row.withdrawn is None else b""
                yield sealed if sha256(sealed).digest() == row.hash else b""

    def sealed_bytes(self, first: int, end: int) -> int:
        """Return how many bytes the files of numbers [first, end) have that are here, sealed."""
        total = func.coalesce(func.sum(_attachment.c.length + SEAL_BYTES), 0)
        query = select(total).join_from(_attachment, _file, _attachment.c.hash == _file.c.hash)
        within = (_attachment.c.number >= first, _attachment.c.number < end)
        with self.database.reading() as connection:
            here = query.where(*within, _attachment.c.withdrawn.is_(None))
            return int(connection.execute(here).scalar_one())

    def _read(self, query: Select[Any]) -> list[Kept]:
        with self.database.reading() as connection:
            return [_from(row) for row in connection.execute(query)]


def _kept() -> Select[Any]:
    here = _file.c.hash.is_not(None).label("here")
    joined = _attachment.outerjoin(_file, _attachment.c.hash == _file.c.hash)
    return select(_attachment, here).select_from(joined).order_by(_attachment.c.number)


def _from(row: Row[Any]) -> Kept:
    attached = attachment_from(row)
    return Kept(row.number, attached, bool(row.here) and attached.withdrawn is None)
