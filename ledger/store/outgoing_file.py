"""A member's own attached files, in his own database until the ledger has them."""

from collections.abc import Collection
from hashlib import sha256

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from ledger.store.attachment import keep_file
from ledger.store.bulk import plain, run
from ledger.store.database import Database
from ledger.store.failure import damaged
from ledger.store.tables import CarriedRow, FileRow, table_of

_file = table_of(FileRow)
_carried = table_of(CarriedRow)
_FORGET_FILE = plain(delete(_file).where(_file.c.hash == bindparam("gone")))
_FORGET_CARRIED = plain(delete(_carried).where(_carried.c.hash == bindparam("gone")))


def keep_files(connection: Connection, files: Collection[bytes], now: int) -> None:
    """Keep sealed files in the transaction that keeps the change-set which names them.

    Args:
        connection: That transaction's.
        files: Sealed, 17 to 262,160 bytes each.
        now: Unix seconds.
    """
    for sealed in files:
        keep_file(connection, sealed, now)


class OutgoingFileStore:
    """The sealed files that one home wants to be merged, shared by every process of it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def kept(self) -> dict[bytes, int]:
        """Return when each file that is kept here came, Unix seconds, by SHA-256, oldest first."""
        query = select(_file.c.hash, _file.c.kept).order_by(_file.c.kept)
        with self.database.reading() as connection:
            return {row.hash: row.kept for row in connection.execute(query)}

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

    def carried(self) -> set[bytes]:
        """Return the SHA-256 of the files that nodes of the DHT have taken."""
        with self.database.reading() as connection:
            return set(connection.execute(select(_carried.c.hash)).scalars())

    def mark_carried(self, named: bytes, now: int) -> None:
        """Note that nodes have taken every item of a file."""
        row = insert(_carried).values(hash=named, time=now)
        with self.database.writing() as connection:
            connection.execute(
                row.on_conflict_do_update(index_elements=["hash"], set_={"time": now})
            )

    def forget(self, hashes: Collection[bytes]) -> None:
        """Let go of files: the ledger has them, or has refused what names them."""
        gone = [(named,) for named in hashes]
        with self.database.writing() as connection:
            run(connection, _FORGET_FILE, gone)
            run(connection, _FORGET_CARRIED, gone)
