"""Single values by name: keys, settings, the newest known notes."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from ledger.codec import decode
from ledger.name.operation import NameRules
from ledger.name.state import FREE_RULES
from ledger.record import RECORD_BYTES_MAX
from ledger.state import Community, Succession
from ledger.store.database import Database
from ledger.store.tables import MetaRow, table_of

COMMUNITY = "community"
"""The community's settings, canonical bytes."""
COMMUNITY_KEY = "community_key"
"""The key under which checkpoints are followed or signed."""
FIRST_KEY = "first_key"
"""The key under which the journal began, where that is another."""
SUCCESSIONS = "successions"
"""How the community came to its key, canonical bytes; not there before the first succession."""
SUCCESSIONS_BYTES_MAX = 2**20
NAME_RULES = "name_rules"
"""The community's rules for names, canonical bytes; not there before it has set any."""
GENERATION = "generation"
"""The generation of a member's change-sets, decimal digits."""
RESERVED = frozenset((COMMUNITY, COMMUNITY_KEY, FIRST_KEY, SUCCESSIONS, NAME_RULES, GENERATION))
_meta = table_of(MetaRow)


def read_meta(connection: Connection, name: str) -> bytes | None:
    """Return a value, or None where none was written."""
    return connection.execute(select(_meta.c.value).where(_meta.c.name == name)).scalar()


def read_community(connection: Connection) -> Community | None:
    """Return the community's settings, or None before it was opened.

    Raises:
        CodecError: They are not canonical: the database is damaged.
    """
    data = read_meta(connection, COMMUNITY)
    return None if data is None else decode(data, Community, RECORD_BYTES_MAX)


def read_first_key(connection: Connection) -> bytes:
    """Return the key under which the journal began; empty in a database without a journal."""
    first = read_meta(connection, FIRST_KEY)
    return first if first is not None else read_meta(connection, COMMUNITY_KEY) or b""


def read_successions(connection: Connection) -> tuple[Succession, ...]:
    """Return how the community came to its key, oldest first.

    Raises:
        CodecError: They are not canonical: the database is damaged.
    """
    data = read_meta(connection, SUCCESSIONS)
    return () if data is None else decode(data, tuple[Succession, ...], SUCCESSIONS_BYTES_MAX)


def read_name_rules(connection: Connection) -> NameRules:
    """Return the community's rules for names, or those that stand without any.

    Raises:
        CodecError: They are not canonical: the database is damaged.
    """
    data = read_meta(connection, NAME_RULES)
    return FREE_RULES if data is None else decode(data, NameRules, RECORD_BYTES_MAX)


def write_meta(connection: Connection, name: str, value: bytes) -> None:
    """Write a value over the one before."""
    statement = insert(_meta).values(name=name, value=value)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )


class ValueStore:
    """Single values by name, for what has no table: settings, newest known notes, progress."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def get(self, name: str) -> bytes | None:
        """Return a value, or None where none was written."""
        with self.database.reading() as connection:
            return read_meta(connection, name)

    def set(self, name: str, value: bytes) -> None:
        """Write a value over the one before."""
        assert name not in RESERVED, f"{name} is the journal's own"
        with self.database.writing() as connection:
            write_meta(connection, name, value)

    def remove(self, name: str) -> None:
        """Remove a value, if it is there."""
        assert name not in RESERVED, f"{name} is the journal's own"
        with self.database.writing() as connection:
            connection.execute(delete(_meta).where(_meta.c.name == name))
