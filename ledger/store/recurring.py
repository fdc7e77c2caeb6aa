"""What comes again by itself, in the member's own database: templates, and what is due next."""

from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import Connection, Row, insert, select, update

from ledger.changeset import Verified
from ledger.errors import LedgerError
from ledger.saying import said
from ledger.store.database import Database
from ledger.store.outgoing import AlsoKeep
from ledger.store.tables import RecurringRow, table_of

Rhythm = Literal["daily", "weekly", "monthly", "yearly"]
RecurringState = Literal["running", "paused", "stopped", "ended"]
"""Stopped by a person, or ended by its last date: both for good."""
_recurring = table_of(RecurringRow)


@dataclass(frozen=True, slots=True)
class Recurring:
    """Something that is signed again and again.

    Attributes:
        id: Small number by which people name it, from 1.
        operation: What is signed again and again, canonical bytes with their own signature.
        first: First due date, Unix seconds at 00:00 UTC.
        ends: Last day, Unix seconds at 00:00 UTC; what falls due later is not issued. None for
            without end.
        place: How many due dates have passed, issued or left out.
        due: The next due date, Unix seconds at 00:00 UTC.
        hash: Of the newest change-set that it made, or None.
        outcome: What became of that, or what is in the way of the next, in words.
        created: Unix seconds.
    """

    id: int
    operation: bytes
    rhythm: Rhythm
    first: int
    ends: int | None
    state: RecurringState
    place: int
    due: int
    hash: bytes | None
    outcome: str
    created: int


@dataclass(frozen=True, slots=True)
class Template:
    """What a person wants to come again; the fields are those of ``Recurring``."""

    operation: bytes
    rhythm: Rhythm
    first: int
    ends: int | None


class AlreadyIssued(LedgerError):
    """A due date that has been issued, or that was stopped, in the meantime."""


class RecurringStore:
    """The templates of one home, shared by every process of it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, template: Template, created: int) -> Recurring:
        """Keep a template that runs from now on; nothing is issued by that."""
        values: dict[str, Any] = {name: getattr(template, name) for name in Template.__slots__}
        values |= {"state": "running", "place": 0, "due": template.first}
        values |= {"hash": None, "outcome": "", "created": created}
        with self.database.writing() as connection:
            made = connection.execute(insert(_recurring).values(values)).inserted_primary_key
        assert made is not None, "SQLite numbers what is inserted"
        return Recurring(id=made[0], **values)

    def kept(self) -> list[Recurring]:
        """Return all templates, oldest first."""
        with self.database.reading() as connection:
            rows = connection.execute(select(_recurring).order_by(_recurring.c.id))
            return [_read(row) for row in rows]

    def due(self, now: int) -> list[Recurring]:
        """Return what runs and is due."""
        return [one for one in self.kept() if one.state == "running" and one.due <= now]

    def change_state(self, number: int, state: RecurringState) -> None:
        """Pause or stop a template; what has stopped or ended stays so."""
        self._update(number, {"state": state}, only=("running", "paused"))

    def pause_all(self, outcome: str) -> None:
        """Pause whatever runs, and note why."""
        statement = update(_recurring).where(_recurring.c.state == "running")
        with self.database.writing() as connection:
            connection.execute(statement.values(state="paused", outcome=outcome))

    def note(self, number: int, outcome: str) -> None:
        """Note what became of the newest one, or what is in the way of the next."""
        self._update(number, {"outcome": outcome})

    def pass_by(self, one: Recurring, place: int, due: int) -> None:
        """Leave due dates out, up to another one.

        Args:
            one: As it was read.
            place: How many dates have passed then.
            due: The next one, Unix seconds at 00:00 UTC; one behind the last day ends it.

        Raises:
            AlreadyIssued: It has changed since.
        """
        with self.database.writing() as connection:
            _move(connection, one, {"place": place, "due": due})

    def resume(self, one: Recurring, place: int, due: int) -> None:
        """Let a paused template go on from another due date; the arguments are ``pass_by``'s.

        Raises:
            AlreadyIssued: It has changed since.
        """
        assert one.state == "paused", "only what is paused is resumed"
        with self.database.writing() as connection:
            _move(connection, one, {"state": "running", "place": place, "due": due})

    def keep_issued(self, one: Recurring, due: int) -> AlsoKeep:
        """Return what marks the present due date as issued, for ``allocate_and_sign``.

        Args:
            one: As it was read; its date is issued only where it still stands so.
            due: The next due date, Unix seconds at 00:00 UTC.
        """

        def keep(connection: Connection, made: Verified) -> None:
            values = {"place": one.place + 1, "due": due, "hash": made.hash, "outcome": "issued"}
            _move(connection, one, values)

        return keep

    def _update(
        self, number: int, values: dict[str, object], only: tuple[RecurringState, ...] = ()
    ) -> None:
        statement = update(_recurring).where(_recurring.c.id == number).values(values)
        if only:
            statement = statement.where(_recurring.c.state.in_(only))
        with self.database.writing() as connection:
            connection.execute(statement)


def _move(connection: Connection, one: Recurring, values: dict[str, Any]) -> None:
    """Change a template that still stands as it was read, and end it behind its last day."""
    if one.ends is not None and values["due"] > one.ends:
        values = values | {"state": "ended"}
    statement = update(_recurring).where(
        _recurring.c.id == one.id,
        _recurring.c.place == one.place,
        _recurring.c.state == one.state,
    )
    if not connection.execute(statement.values(values)).rowcount:
        raise AlreadyIssued(
            said("number {id} was issued, paused or stopped in the meantime", id=one.id)
        )


def _read(row: Row[Any]) -> Recurring:
    return Recurring(
        row.id,
        row.operation,
        cast("Rhythm", row.rhythm),
        row.first,
        row.ends,
        cast("RecurringState", row.state),
        row.place,
        row.due,
        row.hash,
        row.outcome,
        row.created,
    )
