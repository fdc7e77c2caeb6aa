"""A member's memory as a witness: what was cosigned, what others wait for, what is larger."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from ledger.checkpoint import VerifiedCheckpoint
from ledger.errors import HistoryMismatch
from ledger.store.database import Database
from ledger.store.journal import KeptCheckpoint
from ledger.store.tables import ListedRow, QuestionRow, WitnessedRow, table_of

_witnessed = table_of(WitnessedRow)
_listed = table_of(ListedRow)
_question = table_of(QuestionRow)


@dataclass(frozen=True, slots=True)
class Listed:
    """A change-set that a witness says is waiting.

    Attributes:
        witness: Whose, 32 bytes.
        hash: Which, 32 bytes.
        first: Size of the checkpoint beside which it was first listed.
        newest: The same of the newest.
    """

    witness: bytes
    hash: bytes
    first: int
    newest: int


@dataclass(frozen=True, slots=True)
class Question:
    """A checkpoint that somebody was shown and that could not be followed to yet.

    Attributes:
        witness: Who was shown it, 32 bytes.
        size: Its number of records.
        root: Their root, 32 bytes.
        note: Signed by the community and the witness.
        asked: Since when it is open, Unix seconds.
    """

    witness: bytes
    size: int
    root: bytes
    note: bytes
    asked: int


class WitnessedStore:
    """In the member's own database, so that a lost replica does not make him forget."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def newest(self, community: bytes) -> KeptCheckpoint | None:
        """Return the largest checkpoint of a community that was ever cosigned here."""
        query = select(_witnessed).where(_witnessed.c.community == community)
        with self.database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else KeptCheckpoint(row.size, row.root, row.note)

    def keep(self, checkpoint: VerifiedCheckpoint) -> None:
        """Keep a checkpoint before it is cosigned.

        Raises:
            HistoryMismatch: A larger one, or another root of this size, was cosigned before.
        """
        if self.keep_largest(checkpoint) > checkpoint.size:
            raise HistoryMismatch(
                f"this home has cosigned a larger journal; it never cosigns {checkpoint.size} "
                "records again"
            )

    def keep_largest(self, checkpoint: VerifiedCheckpoint) -> int:
        """Keep a checkpoint that a change-set names as seen, unless a larger one is kept.

        Another process of the home may have seen more by now.

        Returns:
            The size of that which is kept.

        Raises:
            HistoryMismatch: Another root of this size was kept before.
        """
        values = {
            "community": checkpoint.community,
            "size": checkpoint.size,
            "root": checkpoint.root,
            "note": checkpoint.note,
        }
        known = select(_witnessed).where(_witnessed.c.community == checkpoint.community)
        with self.database.writing() as connection:
            row = connection.execute(known).first()
            size = 0 if row is None else int(row.size)
            if size > checkpoint.size:
                return size
            if row is not None and size == checkpoint.size and row.root != checkpoint.root:
                raise HistoryMismatch(
                    f"this home has vouched for {size} records with root "
                    f"{row.root.hex()[:16]}…; it never cosigns {checkpoint.root.hex()[:16]}…"
                )
            statement = insert(_witnessed).values(values)
            connection.execute(
                statement.on_conflict_do_update(index_elements=["community"], set_=values)
            )
        return checkpoint.size

    def list_waiting(self, witness: bytes, hashes: Iterable[bytes], size: int) -> None:
        """Note what a witness lists beside a checkpoint; what it lists no more is forgotten.

        Args:
            witness: Its key.
            hashes: At most four.
            size: The checkpoint's number of records.
        """
        listed = set(hashes)
        mine = _listed.c.witness == witness
        with self.database.reading() as connection:
            known = connection.execute(select(_listed.c.hash).where(mine)).first()
        if known is None and not listed:
            return
        with self.database.writing() as connection:
            connection.execute(delete(_listed).where(mine, _listed.c.hash.not_in(listed)))
            for one in sorted(listed):
                values = {"witness": witness, "hash": one, "first": size, "newest": size}
                statement = insert(_listed).values(values)
                connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=["witness", "hash"],
                        set_={"newest": size},
                        where=_listed.c.newest < size,
                    )
                )

    def listed(self) -> list[Listed]:
        """Return what witnesses say is waiting, by witness."""
        query = select(_listed).order_by(_listed.c.witness, _listed.c.first, _listed.c.hash)
        with self.database.reading() as connection:
            return [Listed(*row) for row in connection.execute(query)]

    def settle(self, hashes: Iterable[bytes]) -> None:
        """Forget what does not wait any more."""
        with self.database.writing() as connection:
            connection.execute(delete(_listed).where(_listed.c.hash.in_(list(hashes))))

    def ask(self, question: Question) -> None:
        """Keep an open question; the same one stays open since when it was first asked."""
        values = {name: getattr(question, name) for name in Question.__slots__}
        statement = insert(_question).values(values)
        with self.database.writing() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["witness"],
                    set_={name: values[name] for name in ("size", "root", "note")},
                )
            )

    def questions(self) -> list[Question]:
        """Return the open questions, the smallest size first."""
        query = select(_question).order_by(_question.c.size, _question.c.witness)
        with self.database.reading() as connection:
            return [Question(*row) for row in connection.execute(query)]

    def answer(self, witnesses: Iterable[bytes]) -> None:
        """Close the questions that these witnesses raised."""
        with self.database.writing() as connection:
            connection.execute(delete(_question).where(_question.c.witness.in_(list(witnesses))))
