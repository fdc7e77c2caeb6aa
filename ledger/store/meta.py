"""Single values by name: keys, settings, the newest known notes."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from ledger.store.tables import MetaRow, table_of

COMMUNITY = "community"
"""The community's settings, canonical bytes."""
COMMUNITY_KEY = "community_key"
SECRET = "secret"  # noqa: S105 -- the name of a row
"""The community's 32-byte secret; only the manager has it."""
_meta = table_of(MetaRow)


def read_meta(connection: Connection, name: str) -> bytes | None:
    """Return a value, or None where none was written."""
    return connection.execute(select(_meta.c.value).where(_meta.c.name == name)).scalar()


def write_meta(connection: Connection, name: str, value: bytes) -> None:
    """Write a value over the one before."""
    statement = insert(_meta).values(name=name, value=value)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )


def remove_meta(connection: Connection, name: str) -> None:
    """Remove a value, if it is there."""
    connection.execute(delete(_meta).where(_meta.c.name == name))
