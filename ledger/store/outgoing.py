"""A member's own change-sets: numbered, signed and kept until the ledger has settled them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import Connection, Row, Select, and_, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_update

from ledger.changeset import CHANGE_SET_BYTES_MAX, ChangeSet, Verified
from ledger.codec import decode
from ledger.store.database import Database
from ledger.store.meta import GENERATION, read_meta, write_meta
from ledger.store.submission import keep_submitted, read_submitted
from ledger.store.tables import ChangeSetRow, ContactRow, table_of

_change_set = table_of(ChangeSetRow)
_contact = table_of(ContactRow)

Progress = Literal["waiting", "published", "merged", "refused", "superseded"]
"""What became of a change-set; merged and refused are final."""
_OPEN = ("waiting", "published", "superseded")
"""States from which the ledger may still settle a change-set."""
BuildChangeSet = Callable[[int, int, bytes], Verified]
"""Signs a change-set for a generation, a number and the hash of the one before."""
AlsoKeep = Callable[[Connection, Verified], None]
"""Keeps something with a change-set, in its transaction."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A change-set of this home and what became of it.

    Attributes:
        created: When it was signed, Unix seconds.
        published: When nodes first accepted it.
        version: Version of the ledger that settled it.
        code: Why it was refused, else empty.
        text: The same in words.
    """

    change_set: Verified
    created: int
    state: Progress
    published: int | None
    version: int | None
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A card that this home keeps: its kind, key (32 bytes), name and text."""

    kind: str
    key: bytes
    name: str
    card: str
    added: int


class OutgoingStore:
    """The member's own database, shared by every process of a home."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def allocate_and_sign(
        self,
        build: BuildChangeSet,
        created: int,
        *,
        submission: bytes = b"",
        extra: AlsoKeep | None = None,
    ) -> Verified:
        """Give the next number of the present generation to a change-set and keep it.

        One transaction: however many processes call at once, numbers have no holes.

        Args:
            build: Called with generation, number from 1, and previous hash (empty for number
                1); what it raises leaves no trace.
            created: Unix seconds.
            submission: 16 random bytes of the form that was handed in, or empty. Where it made a
                change-set before, that one is returned and nothing is signed.
            extra: Writes what has to be kept with it; what it raises leaves no trace either.
        """
        with self.database.writing() as connection:
            earlier = _find_submitted(connection, submission) if submission else None
            if earlier is not None:
                return earlier
            generation = _generation(connection)
            newest, previous = _newest(connection, generation)
            number = newest + 1
            made = build(generation, number, previous)
            asked = made.change_set
            assert (asked.generation, asked.number) == (generation, number), "signed as asked"
            assert asked.previous == previous, "chained to the one before"
            connection.execute(insert(_change_set).values(_row(made, created)))
            if submission:
                keep_submitted(connection, submission, made.hash, created)
            if extra is not None:
                extra(connection, made)
        return made

    def submitted(self, submission: bytes) -> Verified | None:
        """Return the change-set that a form made, or None where it was not handed in before."""
        with self.database.reading() as connection:
            return _find_submitted(connection, submission)

    def generation(self) -> int:
        """Return the generation that new change-sets get, from 0."""
        with self.database.reading() as connection:
            return _generation(connection)

    def start_generation(self, generation: int) -> None:
        """Go on in a later generation, after a restore; what waited in older ones is void.

        Args:
            generation: Greater than the present one.
        """
        with self.database.writing() as connection:
            assert generation > _generation(connection), "generations only rise"
            write_meta(connection, GENERATION, str(generation).encode())
            connection.execute(
                update(_change_set)
                .where(
                    _change_set.c.generation < generation,
                    _change_set.c.state.in_(("waiting", "published")),
                )
                .values(state="superseded")
            )

    def unsettled(self) -> list[Outgoing]:
        """Return what no checkpoint settles yet, oldest first: the content of the slot."""
        query = select(_change_set).where(_change_set.c.state.in_(("waiting", "published")))
        return self._list(query.order_by(_change_set.c.generation, _change_set.c.number))

    def unconfirmed(self) -> list[Outgoing]:
        """Return what no checkpoint settles yet, void by a restore or not, oldest first.

        A manager may have merged what this home went past: until the ledger has a later
        generation, only the ledger knows.
        """
        void = and_(_change_set.c.state == "superseded", _change_set.c.code == "")
        query = select(_change_set).where(
            or_(_change_set.c.state.in_(("waiting", "published")), void)
        )
        return self._list(query.order_by(_change_set.c.generation, _change_set.c.number))

    def newest(self, limit: int) -> list[Outgoing]:
        """Return the newest change-sets, newest first."""
        order = (_change_set.c.generation.desc(), _change_set.c.number.desc())
        return self._list(select(_change_set).order_by(*order).limit(limit))

    def find(self, change_set_hash: bytes) -> Outgoing | None:
        """Return a change-set by its hash."""
        found = self._list(select(_change_set).where(_change_set.c.hash == change_set_hash))
        return found[0] if found else None

    def mark_published(self, hashes: Iterable[bytes], now: int) -> None:
        """Note that nodes accepted an item that holds these change-sets."""
        with self.database.writing() as connection:
            for one in hashes:
                connection.execute(
                    update(_change_set)
                    .where(_change_set.c.hash == one, _change_set.c.state == "waiting")
                    .values(state="published", published=now)
                )

    def settle(
        self, change_set_hash: bytes, state: Progress, version: int, code: str = "", text: str = ""
    ) -> None:
        """Note what the ledger made of a change-set; settling again changes nothing.

        What a restore made void and a manager merged all the same is merged.

        Args:
            change_set_hash: 32 bytes; one that is not of this home is ignored.
            state: ``merged``, ``refused`` or ``superseded``.
            version: Version of the ledger that settled it.
            code: Why it was refused.
            text: The same in words.
        """
        with self.database.writing() as connection:
            connection.execute(
                update(_change_set)
                .where(
                    _change_set.c.hash == change_set_hash,
                    _change_set.c.state.in_(_OPEN),
                )
                .values(state=state, version=version, code=code, text=text)
            )

    def add_contact(self, contact: Contact) -> None:
        """Keep a card; a newer one of the same kind and key takes its place."""
        values = {name: getattr(contact, name) for name in Contact.__slots__}
        statement = insert_or_update(_contact).values(values)
        with self.database.writing() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["kind", "key"], set_=values)
            )

    def contacts(self, kind: str) -> list[Contact]:
        """Return the cards of a kind, by name."""
        query = select(_contact).where(_contact.c.kind == kind).order_by(_contact.c.name)
        with self.database.reading() as connection:
            return [Contact(*row) for row in connection.execute(query)]

    def _list(self, query: Select[Any]) -> list[Outgoing]:
        with self.database.reading() as connection:
            return [outgoing_of(row) for row in connection.execute(query)]


def _generation(connection: Connection) -> int:
    return int(read_meta(connection, GENERATION) or b"0")


def _newest(connection: Connection, generation: int) -> tuple[int, bytes]:
    """Return number and hash of a generation's newest change-set, 0 and nothing for none."""
    query = select(_change_set).where(_change_set.c.generation == generation)
    row = connection.execute(query.order_by(_change_set.c.number.desc()).limit(1)).first()
    return (row.number, row.hash) if row else (0, b"")


def _find_submitted(connection: Connection, submission: bytes) -> Verified | None:
    made = read_submitted(connection, submission)
    if made is None:
        return None
    row = connection.execute(select(_change_set).where(_change_set.c.hash == made)).one()
    return outgoing_of(row).change_set


def _row(made: Verified, created: int) -> dict[str, object]:
    return {
        "generation": made.change_set.generation,
        "number": made.change_set.number,
        "hash": made.hash,
        "key": made.key,
        "body": made.body,
        "signature": made.signature,
        "created": created,
        "state": "waiting",
        "code": "",
        "text": "",
    }


def outgoing_of(row: Row[Any]) -> Outgoing:
    """Return a change-set of this home from its row."""
    change_set = decode(row.body, ChangeSet, CHANGE_SET_BYTES_MAX)
    signed = Verified(row.key, row.body, row.signature, change_set, row.hash)
    state = cast("Progress", row.state)
    return Outgoing(signed, row.created, state, row.published, row.version, row.code, row.text)
