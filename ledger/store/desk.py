"""The manager's statements on their way into the journal."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from ledger.changeset import SignedStatement, VerifiedStatement, verify_statement
from ledger.codec import decode, encode
from ledger.errors import LedgerError
from ledger.record import RECORD_BYTES_MAX
from ledger.store.database import Database
from ledger.store.failure import damaged
from ledger.store.meta import COMMUNITY_KEY, read_community, read_meta
from ledger.store.submission import HandedIn, keep_statements, read_statements
from ledger.store.tables import StatementRow, table_of

_statement = table_of(StatementRow)

BuildStatement = Callable[[int], VerifiedStatement]
"""Signs a statement under the number it is given."""


@dataclass(frozen=True, slots=True)
class QueuedStatement:
    """A statement and what became of it.

    Attributes:
        state: ``waiting``, ``merged`` or ``refused``.
        size: Tree size of the merge that settled it.
        code: Why it was refused, else empty.
        text: The same in words.
    """

    signed: SignedStatement
    created: int
    state: str
    size: int | None
    code: str
    text: str

    @property
    def number(self) -> int:
        """The manager's number that orders it."""
        return self.signed.statement.number


class DeskStore:
    """What a manager keeps beside the journal, in the same file."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def sign_statement(self, build: BuildStatement, created: int) -> VerifiedStatement:
        """Give the next number to a statement and queue it; any process of the home may call.

        Args:
            build: Signs it; what it raises leaves no trace.
            created: Unix seconds.
        """
        with self.database.writing() as connection:
            return _queue(connection, build, created)

    def sign_form(
        self, builds: Sequence[BuildStatement], created: int, handed: HandedIn | None = None
    ) -> range:
        """Queue the statements of a form, all or none; return their numbers.

        Args:
            builds: Sign them; what one raises leaves no trace.
            created: Unix seconds.
            handed: The form as a page handed it in, if one did. Where it made statements before,
                their numbers are returned and nothing is signed.
        """
        with self.database.writing() as connection:
            earlier = read_statements(connection, handed) if handed else None
            if earlier is not None:
                return earlier
            signed = [_queue(connection, build, created).statement.number for build in builds]
            numbers = range(signed[0], signed[0] + len(signed)) if signed else range(0)
            if handed is not None and signed:
                keep_statements(connection, handed, numbers, created)
        return numbers

    def handed_in(self, handed: HandedIn) -> range | None:
        """Return the numbers of what a form made, or None where it was not handed in before."""
        with self.database.reading() as connection:
            return read_statements(connection, handed)

    def waiting_statements(self) -> list[VerifiedStatement]:
        """Return what no merge has settled, in order, verified again.

        Raises:
            StoreDamaged: One of them is not what was signed.
        """
        query = select(_statement).where(_statement.c.state == "waiting")
        with self.database.reading() as connection:
            community = read_meta(connection, COMMUNITY_KEY) or b""
            rows = connection.execute(query.order_by(_statement.c.number)).all()
        try:
            return [verify_statement(community, _queued(row).signed) for row in rows]
        except LedgerError as error:
            raise damaged(self.database.path, f"a queued statement: {error}") from error

    def statement(self, number: int) -> QueuedStatement | None:
        """Return a statement of this desk by its number."""
        query = select(_statement).where(_statement.c.number == number)
        with self.database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else _queued(row)

    def statements(self, limit: int) -> list[QueuedStatement]:
        """Return the newest statements, newest first."""
        query = select(_statement).order_by(_statement.c.number.desc()).limit(limit)
        with self.database.reading() as connection:
            return [_queued(row) for row in connection.execute(query)]


def settle_statements(
    connection: Connection,
    size: int,
    merged: Iterable[int],
    refused: Iterable[tuple[int, str, str]],
) -> None:
    """Note what a merge made of statements, in the merge's own transaction.

    Args:
        connection: The one that JournalStore.append hands to its ``extra``.
        size: Tree size after the merge.
        merged: Numbers that took effect.
        refused: Number, code and words of those that did not.
    """
    done = [(number, "merged", "", "") for number in merged]
    done += [(number, "refused", code, text) for number, code, text in refused]
    for number, state, code, text in done:
        connection.execute(
            update(_statement)
            .where(_statement.c.number == number)
            .values(state=state, size=size, code=code, text=text)
        )


def _queue(connection: Connection, build: BuildStatement, created: int) -> VerifiedStatement:
    signed = build(_next_number(connection))
    values = {
        "number": signed.statement.number,
        "body": encode(signed),
        "created": created,
        "state": "waiting",
        "code": "",
        "text": "",
    }
    connection.execute(insert(_statement).values(values))
    return signed


def _next_number(connection: Connection) -> int:
    """Return one more than every number that was signed or merged.

    A manager restored from a backup may lack his last statements; the ledger may know them.
    """
    queued = connection.execute(select(func.max(_statement.c.number))).scalar() or 0
    community = read_community(connection)
    merged = community.manager_number if community else 0
    return max(queued, merged) + 1


def _queued(row: Row[Any]) -> QueuedStatement:
    signed = decode(row.body, SignedStatement, RECORD_BYTES_MAX)
    return QueuedStatement(signed, row.created, row.state, row.size, row.code, row.text)
