"""What a home last put into its slots, so that it can put it again and never goes back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from ledger.store.bulk import upsert_text, write_rows
from ledger.store.database import Database
from ledger.store.rows import Values
from ledger.store.tables import SlotRow, table_of

_slot = table_of(SlotRow)
_KEEP = upsert_text(SlotRow, ("seq", "value", "signature", "sealed", "put")) + (
    " WHERE slot.seq <= excluded.seq"
)


@dataclass(frozen=True, slots=True)
class PutItem:
    """A signed item as it went, or is about to go, into a slot.

    Attributes:
        key: Public key of the slot, 32 bytes.
        salt: Its salt, 0 to 64 bytes.
        seq: Version of the item.
        value: Bencoded.
        signature: 64 bytes.
        sealed: What the immutable items beside it are cut from; empty for none.
        put: When nodes last accepted it, Unix seconds; None until then.
    """

    key: bytes
    salt: bytes
    seq: int
    value: bytes
    signature: bytes
    sealed: bytes = b""
    put: int | None = None


class SlotStore:
    """The slots that a home writes, in the member's or the manager's database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def newest(self, key: bytes, salt: bytes) -> PutItem | None:
        """Return the newest item of a slot, or None if this home never wrote it."""
        query = select(_slot).where(_slot.c.key == key, _slot.c.salt == salt)
        with self.database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else PutItem(*row)

    def keep(self, item: PutItem) -> None:
        """Keep an item before it is put; the one before it is forgotten."""
        with self.database.writing() as connection:
            kept = write_slots(connection, [item])
        assert kept == 1, f"seq {item.seq} goes back behind what this slot had"

    def all(self) -> list[PutItem]:
        """Return every slot's newest item."""
        with self.database.reading() as connection:
            return [PutItem(*row) for row in connection.execute(select(_slot))]

    def mark_put(self, item: PutItem, now: int) -> None:
        """Note that nodes accepted this version of a slot."""
        this = (_slot.c.key == item.key, _slot.c.salt == item.salt, _slot.c.seq == item.seq)
        with self.database.writing() as connection:
            connection.execute(update(_slot).where(*this).values(put=now))

    def forget(self, key: bytes, salt: bytes) -> None:
        """Let go of a slot that is not put again; nodes forget it by themselves."""
        with self.database.writing() as connection:
            connection.execute(delete(_slot).where(_slot.c.key == key, _slot.c.salt == salt))


def write_slots(connection: Connection, items: Sequence[PutItem]) -> int:
    """Keep the newest items of some slots, on a writing connection; return how many were newer."""
    return write_rows(connection, _KEEP, [_row(item) for item in items])


def _row(item: PutItem) -> Values:
    return (item.key, item.salt, item.seq, item.value, item.signature, item.sealed, item.put)
